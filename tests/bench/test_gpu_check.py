"""tools/gpu-check: its rehearsal on the emulator, and what it does where something is missing or wrong."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
BENCH = ROOT / "tools" / "bench"
sys.path.insert(0, str(BENCH))

import plait  # noqa: E402
from plait_bench import cuda_driver, gpu_cases, gpu_check, gpu_report, gpu_steps, reference  # noqa: E402

needs_emulator = pytest.mark.skipif(not cuda_driver.EMULATOR.exists(), reason="the emulator is not built")


def run(program: str, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A part of the check in a process of its own, which opens its own driver."""
    path = os.pathsep.join([str(BENCH), *filter(None, [os.environ.get("PYTHONPATH")])])
    command = [sys.executable, *program.split(), *options]
    environment = {**os.environ, "PYTHONPATH": path, "PLAIT_CUDA_DRIVER": "", **environment}
    return subprocess.run(command, env=environment, capture_output=True, text=True)


@needs_emulator
def test_rehearsal(tmp_path: Path) -> None:
    out = tmp_path / "new" / "out"
    done = run("-m plait_bench.gpu_check --rehearse --out", str(out), PLAIT_CACHE_DIR=str(tmp_path / "cache"))
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads((out / "report.json").read_text())
    assert report["passed"] and report["rehearsal"] and not report["errors"]
    assert "emulator" in report["device"]["name"] and report["software"]["kernels for"] == "sm_90a"
    assert report["tests"]["passed"] > 40 and report["tests"]["failed"] == [] and report["tests"]["skipped"] < 5
    assert [(finding["tool"], finding["clean"]) for finding in report["sanitizer"]] == [("emulator", True)]
    config = report["config"]
    assert len(report["rows"]) == len(config["shapes"] + config["steps"]) * len(config["variants"])
    for row in report["rows"]:
        assert 0 < row["error"] < report["bound"] and 0 < row["sibling_error"] < report["bound"]
        assert row["repeats"] and row["median"] is None and row["fla"]["seconds"] is None
    assert re.search(r"retention.tune` at B, T, H, D = [\d, ]+: (\d+) of \1 agree", report["tuner"])
    text = (out / "report.md").read_text()
    assert text.startswith("# Rehearsal of the check") and "no time was measured" in text
    assert not re.search(r"\d (us|ms|GB/s)\b|\dx \(", text)
    for heading in ("## Tests", "## Sanitizer", "## Benchmark", "## Tuner"):
        assert heading in text


#: The check of a device, small, on a driver that happens to be the emulator.
ON_A_DEVICE = """
import json, pathlib, sys
from plait_bench import gpu_check, gpu_steps
here_before, gpu_check.HERE = gpu_check.HERE, pathlib.Path(sys.argv[1])
config = json.loads((here_before / "gpu.json").read_text())
config["device"] = {**config["rehearsal"], "shapes": [[1, 64, 2, 64]], "steps": [], "tests": "test_round_trip"}
(gpu_check.HERE / "gpu.json").write_text(json.dumps(config))
gpu_steps.find_sanitizer = lambda: sys.argv[2]
sys.exit(gpu_check.main(["--out", sys.argv[1]]))
"""


@needs_emulator
def test_device(tmp_path: Path) -> None:
    program = sanitizer(tmp_path, "none")
    Path(program).write_text('#!/bin/sh\nshift 6\n[ -x "$1" ] || shift\n"$@" || exit\necho "==== X SUMMARY: 0"\n')
    done = run("-c", ON_A_DEVICE, str(tmp_path), program, PLAIT_CUDA_DRIVER=str(cuda_driver.EMULATOR))
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["passed"] and not report["rehearsal"] and report["tests"]["passed"] > 5
    assert [finding["note"] for finding in report["sanitizer"]] == ["X SUMMARY: 0"] * 3
    assert "15 calls, the largest error is" in (tmp_path / "memcheck.log").read_text()
    assert report["bandwidth"] > 0 and report["host_seconds"] > 0
    for row in report["rows"]:
        assert 0 < row["least"] <= row["median"] and row["minimum"] > 0
        assert row["fla"]["note"] and row["torch"]["note"]
    text = (tmp_path / "report.md").read_text()
    assert "GB/s" in text and "rehearsal" not in text.lower() and "## Tuner" in text


def test_the_cases_are_those_of_the_table() -> None:
    config = json.loads((BENCH / "gpu.json").read_text())
    published = json.loads((BENCH / "published.json").read_text())["rows"]
    assert config["device"]["shapes"] == [row["shape"] for row in published]
    assert config["device"].keys() == config["rehearsal"].keys()
    assert config["device"]["variants"] == config["rehearsal"]["variants"]
    assert all(tokens == 1 for _, tokens, _, _ in config["device"]["steps"] + config["rehearsal"]["steps"])


@pytest.mark.parametrize("program", ["-m plait_bench.cuda_driver", "-m plait_bench.gpu_check"])
@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"PLAIT_CUDA_DRIVER": "/nowhere/libcuda.so"}, "expects a CUDA driver, but can't open it: /nowhere/libcuda.so"),
        ({"PLAIT_CUDA_DRIVER": "libc.so.6"}, "expects a CUDA driver that has cuInit, but libc.so.6 has not"),
        pytest.param(
            {"PLAIT_CUDA_DRIVER": "emulator", "PLAIT_EMULATOR_DEVICES": "0"},
            "to succeed, but it gives CUDA_ERROR_NO_DEVICE",
            marks=needs_emulator,
        ),
    ],
)
def test_no_device(program: str, environment: dict[str, str], message: str, tmp_path: Path) -> None:
    done = run(program, *(["--out", str(tmp_path / "out")] if "check" in program else []), **environment)
    assert done.returncode == 1 and done.stderr.startswith("tools/gpu-check: expects ") and message in done.stderr
    assert not (tmp_path / "out").exists()


def test_unknown_option() -> None:
    done = run("-m plait_bench.gpu_check", "--fast")
    assert done.returncode == 2 and "unrecognized arguments: --fast" in done.stderr


SANITIZER = """#!/bin/sh
echo "$@" >>{log}
case "$*" in *"--tool {tool} "*) echo '========= ERROR SUMMARY: 3 errors'; exit 86 ;; esac
[ "$2" != synccheck ] || exit 9
echo "========= $2 SUMMARY: 0 hazards displayed (0 errors, 0 warnings)"
"""


def sanitizer(folder: Path, tool: str) -> str:
    """A program that answers as compute-sanitizer does, with errors of one tool, and fails in synccheck."""
    program = folder / "compute-sanitizer"
    program.write_text(SANITIZER.format(log=folder / "log", tool=tool))
    program.chmod(0o755)
    return str(program)


def test_sanitizer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = sanitizer(tmp_path, "memcheck")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    assert gpu_steps.find_sanitizer() == program
    memcheck, racecheck, synccheck = gpu_steps.sanitize(tmp_path, program)
    assert memcheck == ("memcheck", False, "ERROR SUMMARY: 3 errors")
    assert racecheck == ("racecheck", True, "racecheck SUMMARY: 0 hazards displayed (0 errors, 0 warnings)")
    assert synccheck == ("synccheck", False, "it ended with 9; synccheck.log says why")
    first = (tmp_path / "log").read_text().splitlines()[0]
    assert first.endswith("-m plait_bench.gpu_program") and "--error-exitcode 86" in first
    assert "3 errors" in (tmp_path / "memcheck.log").read_text()


def test_sanitizer_that_says_nothing(tmp_path: Path) -> None:
    program = sanitizer(tmp_path, "none")
    Path(program).write_text("#!/bin/sh\n")
    assert {finding.clean for finding in gpu_steps.sanitize(tmp_path, program)} == {False}


def test_what_hangs_is_ended(tmp_path: Path) -> None:
    program = sanitizer(tmp_path, "none")
    Path(program).write_text("#!/bin/sh\nexec sleep 60\n")
    assert {(f.clean, f.note) for f in gpu_steps.sanitize(tmp_path, program, 0.1)} == {
        (False, "it did not end in 0.1 s")
    }
    assert gpu_steps.run_tests(tmp_path, "", 0.1) == (0, 0, ("pytest",), "it did not end in 0.1 s")


def test_sanitizer_in_a_toolkit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "toolkit" / "compute-sanitizer"
    folder.mkdir(parents=True)
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setenv("CUDA_HOME", str(folder.parent))
    assert not str(gpu_steps.find_sanitizer()).startswith(str(tmp_path))
    program = sanitizer(folder, "none")
    assert gpu_steps.find_sanitizer() == program


@pytest.mark.parametrize("tokens", [1, 9])
@pytest.mark.parametrize("variant", ["recur", "retention", "linear_attention", "simple_gla", "gla"])
def test_reference_of_a_head(variant: str, tokens: int) -> None:
    case = gpu_cases.make(variant, (2, tokens, 3, 8))
    arrays = [np.asarray(x, np.float32) for x in case.arrays]
    if case.state is None:
        found = getattr(plait, variant)(*arrays)
    else:
        found = getattr(plait, variant).step(*(x[:, 0] for x in arrays), state=case.state)[0][:, None]
    assert found.shape == case.shape
    for b, h in ((0, 0), (1, 2)):
        error = reference.relative_rms(found[b : b + 1, :, h : h + 1], gpu_cases.exact(case, b, h))
        assert error < 2e-6


def test_bytes_of_a_case() -> None:
    """Of q, k, v and o 2 bytes each, of gates 4, and of a state, with a normaliser's column, 4, read and written."""
    rows = 2 * 5 * 3 * 8
    assert gpu_cases.make("retention", (2, 5, 3, 8)).nbytes == 8 * rows
    assert gpu_cases.make("gla", (2, 5, 3, 8)).nbytes == 12 * rows
    assert gpu_cases.make("simple_gla", (2, 5, 3, 8)).nbytes == 8 * rows + 4 * 2 * 5 * 3
    assert gpu_cases.make("linear_attention", (2, 1, 3, 8)).nbytes == 8 * 2 * 3 * 8 + 2 * 4 * 2 * 3 * 8 * 9


def test_fla_is_called_as_it_wants(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[Any] = []

    def record(name: str) -> Any:
        return lambda *arrays, **options: given.append((name, arrays, options))

    monkeypatch.setitem(sys.modules, "fla", types.ModuleType("fla"))
    monkeypatch.setitem(sys.modules, "fla.ops", types.ModuleType("fla.ops"))
    for name in ("linear_attn", "retention", "simple_gla", "gla"):
        module = types.ModuleType(f"fla.ops.{name}")
        for form in ("chunk", "fused_recurrent"):
            setattr(module, f"{form}_{name}", record(f"{form}_{name}"))
        monkeypatch.setitem(sys.modules, module.__name__, module)

    def call(variant: str, tokens: int, *arrays: int, state: Any = None) -> None:
        found = gpu_cases.fla_call(gpu_cases.make(variant, (1, tokens, 1, 8)), list(arrays), state)
        assert found is not None
        found()

    call("recur", 3, 1, 2, 3)
    call("retention", 1, 1, 2, 3, state=4)
    call("simple_gla", 3, 1, 2, 3, 4)
    call("gla", 1, 1, 2, 3, 4, state=5)
    assert given == [
        ("chunk_linear_attn", (1, 2, 3), {"scale": 1.0, "normalize": False}),
        ("fused_recurrent_retention", (1, 2, 3), {"initial_state": 4, "output_final_state": True}),
        ("chunk_simple_gla", (1, 2, 3, 4), {}),
        ("fused_recurrent_gla", (1, 2, 3, 4), {"initial_state": 5, "output_final_state": True}),
    ]
    assert gpu_cases.fla_call(gpu_cases.make("linear_attention", (1, 3, 1, 8)), [1, 2, 3], None) is None


def test_no_sanitizer(tmp_path: Path) -> None:
    assert {finding.clean for finding in gpu_steps.sanitize(tmp_path, None)} == {None}


def test_reports_of_tests(tmp_path: Path) -> None:
    report = tmp_path / "tests.xml"
    report.write_text(
        "<testsuites><testsuite><testcase classname='a' name='one'/><testcase classname='a' name='two'><failure/>"
        "</testcase><testcase classname='a' name='three'><skipped/></testcase>"
        "<testcase classname='a' name='four'><error/></testcase></testsuite></testsuites>"
    )
    assert gpu_steps.read_tests(report, 1) == (1, 1, ("a::two", "a::four"), "")
    report.write_text("<testsuites><testcase classname='a' name='one'/></testsuites>")
    assert gpu_steps.read_tests(report, 0) == (1, 0, (), "")
    assert gpu_steps.read_tests(report, 3) == (1, 0, ("pytest",), "it ended with 3")


PEER = {"seconds": 2e-3, "note": "chunk form"}
ROW = {
    "variant": "recur", "shape": [1, 2, 3, 4], "sibling_error": 1e-3, "error": 2e-3, "repeats": True,
    "median": 1e-3, "least": 9e-4, "minimum": 5e-4, "fla": PEER, "torch": {"seconds": None, "note": "absent"},
}  # fmt: skip
REPORT: dict[str, Any] = {
    "rehearsal": False, "passed": True, "software": {"device": "a device"}, "errors": {}, "bound": 4e-3,
    "tests": {"passed": 1, "failed": [], "skipped": 0, "note": ""}, "sanitizer": [], "rows": [ROW],
    "config": {"flush_bytes": 256_000_000, "tests": ""}, "bandwidth": 3e12, "host_seconds": 1e-5, "tuner": "none",
}  # fmt: skip


def test_report_of_a_device() -> None:
    text = gpu_report.markdown(REPORT)
    row = "| recur | 1, 2, 3, 4 | 1.0e-03 | 2.0e-03 | yes | 1000.0 us | 900.0 us | 2.00x "
    assert text.startswith("# The check on a CUDA device") and "3000 GB/s" in text and "rehearsal" not in text.lower()
    assert row + "| 2000.0 us, 2.00x (chunk form) | absent |" in text


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"errors": {"tuner": "ValueError: no"}}, "**The step tuner failed**: ValueError: no"),
        ({"tests": {**REPORT["tests"], "failed": ["a::b"]}}, "1 passed, 1 failed, 0 skipped"),
        ({"sanitizer": [{"tool": "memcheck", "clean": False, "note": "3 errors"}]}, "**found something**"),
        ({"rows": [{**ROW, "repeats": False}]}, "**no**"),
        ({"rows": [{**ROW, "error": 5e-3}]}, "5.0e-03"),
        ({"rows": [{**ROW, "sibling_error": float("nan")}]}, "nan"),
        ({"rows": []}, "Something failed"),
    ],
)
def test_what_fails(change: dict[str, Any], says: str) -> None:
    assert gpu_check.passed(REPORT)
    report = {**REPORT, **change}
    assert not gpu_check.passed(report)
    assert says in gpu_report.markdown({**report, "passed": False})


def test_without_times() -> None:
    report = json.loads(json.dumps(REPORT))
    gpu_check.without_times(report)
    assert report["bandwidth"] is None and report["rows"][0]["median"] is None
    assert report["rows"][0]["fla"] == {"seconds": None, "note": "chunk form"}
