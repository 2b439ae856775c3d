"""Shared by the Python tests: one cache folder of the run's own, and settings of hypothesis."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import os
import tempfile

import hypothesis

# Kernels are compiled once a run; PLAIT_TEST_CACHE keeps them between runs.
os.environ["PLAIT_CACHE_DIR"] = os.environ.get("PLAIT_TEST_CACHE") or tempfile.mkdtemp(prefix="plait-test-")

hypothesis.settings.register_profile("plait", deadline=None, max_examples=25, derandomize=True)
hypothesis.settings.load_profile("plait")
