"""Shared by the Python tests: a cache folder and an order of warps of the run's own, settings, the emulator."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import os
import random
import tempfile
from pathlib import Path

import hypothesis
import pytest

# Kernels are compiled once a run, whose processes share them; PLAIT_TEST_CACHE keeps them between runs.
if "PYTEST_XDIST_WORKER" not in os.environ:
    os.environ["PLAIT_CACHE_DIR"] = os.environ.get("PLAIT_TEST_CACHE") or tempfile.mkdtemp(prefix="plait-test-")

# Kernels on the emulator are right in any order of warps: each run has another, which the summary says.
os.environ.setdefault("PLAIT_EMULATOR_ORDER", f"random:{random.SystemRandom().randrange(2**32)}")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    terminalreporter.write_line(f"PLAIT_EMULATOR_ORDER={os.environ['PLAIT_EMULATOR_ORDER']}")


hypothesis.settings.register_profile("plait", deadline=None, max_examples=25, derandomize=True)
hypothesis.settings.load_profile("plait")


@pytest.fixture
def emulator(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first use of CUDA opens the emulator, or what PLAIT_CUDA_DRIVER names, for the life of the process."""
    from plait import _plait

    if os.environ.get("PLAIT_CUDA_DRIVER", "emulator") != "emulator":
        return
    if not Path(_plait.compiler_path()).with_name("libplait_cuda_emulator.so").exists():
        pytest.skip("the emulator is not built")
    monkeypatch.setenv("PLAIT_CUDA_DRIVER", "emulator")
