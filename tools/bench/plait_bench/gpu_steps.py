"""The steps of tools/gpu-check that run other programs: the tests of CUDA, and compute-sanitizer."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as tree
from pathlib import Path
from typing import NamedTuple, Optional

ROOT = Path(__file__).resolve().parents[3]
#: Of compute-sanitizer, with options of their own.
SANITIZERS: dict[str, tuple[str, ...]] = {
    "memcheck": ("--report-api-errors=no",),  # callers ask the driver for what it may not have
    "racecheck": (),
    "synccheck": (),
}
#: The status that a sanitizer ends with where it found something.
FOUND = 86


#: Seconds after which a kernel is taken to hang, of all tests and of one sanitizer.
TESTS_LIMIT, SANITIZER_LIMIT = 3600.0, 900.0


class Tests(NamedTuple):
    """What pytest counted."""

    passed: int
    skipped: int
    failed: tuple[str, ...]
    note: str = ""


class Finding(NamedTuple):
    """What a sanitizer said; `clean` is None where it did not run."""

    tool: str
    clean: Optional[bool]
    note: str


def run_tests(out: Path, selection: str, limit: float = TESTS_LIMIT) -> Tests:
    """Runs tests/python/test_cuda*.py with the driver that PLAIT_CUDA_DRIVER names."""
    files = sorted(str(path) for path in (ROOT / "tests" / "python").glob("test_cuda*.py"))
    report = out / "tests.xml"
    report.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", *files, f"--junitxml={report}", "-k", selection]
    with open(out / "tests.log", "w") as log:
        try:
            status = subprocess.run(command, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT, timeout=limit).returncode
        except subprocess.TimeoutExpired:
            return Tests(0, 0, ("pytest",), f"it did not end in {limit:g} s")
    if not report.exists():
        return Tests(0, 0, ("pytest",), f"it ended with {status}")
    return read_tests(report, status)


def read_tests(report: Path, status: int) -> Tests:
    """What a report in JUnit's format says; a failure without a test that failed is pytest's own."""
    passed, skipped, failed = 0, 0, []
    for case in tree.parse(report).iter("testcase"):
        kinds = {child.tag for child in case}
        if kinds & {"failure", "error"}:
            failed.append(f"{case.get('classname', '')}::{case.get('name', '')}")
        elif "skipped" in kinds:
            skipped += 1
        else:
            passed += 1
    if status and not failed:
        failed.append("pytest")
    return Tests(passed, skipped, tuple(failed), f"it ended with {status}" if failed == ["pytest"] else "")


def find_sanitizer() -> Optional[str]:
    """compute-sanitizer: in PATH, in a toolkit that a variable names, or in /usr/local/cuda."""
    roots = [os.environ[name] for name in ("CUDA_ROOT", "CUDA_HOME", "CUDA_PATH") if os.environ.get(name)]
    folders = [str(Path(root, part)) for root in (*roots, "/usr/local/cuda") for part in ("bin", "compute-sanitizer")]
    return shutil.which("compute-sanitizer", path=os.pathsep.join([os.environ.get("PATH", ""), *folders]))


def _run_program(before: list[str], log: Path, limit: float = SANITIZER_LIMIT) -> tuple[Optional[int], str]:
    """The status of the program, None where it did not end in time, and its output."""
    command = [*before, sys.executable, "-m", "plait_bench.gpu_program"]
    path = os.pathsep.join([str(ROOT / "tools" / "bench"), *filter(None, [os.environ.get("PYTHONPATH")])])
    with open(log, "w") as file:
        try:
            done = subprocess.run(
                command, env={**os.environ, "PYTHONPATH": path}, stdout=file, stderr=subprocess.STDOUT, timeout=limit
            )
            status: Optional[int] = done.returncode
        except subprocess.TimeoutExpired:
            status = None
    return status, log.read_text(errors="replace")


def sanitize(out: Path, program: Optional[str], limit: float = SANITIZER_LIMIT) -> list[Finding]:
    """Runs a short program under each sanitizer of a compute-sanitizer."""
    if program is None:
        return [Finding(tool, None, "compute-sanitizer is not installed") for tool in SANITIZERS]
    found = []
    for tool, more in SANITIZERS.items():
        options = ["--tool", tool, "--error-exitcode", str(FOUND), "--target-processes", "all", *more]
        status, text = _run_program([program, *options], out / f"{tool}.log", limit)
        summary = re.findall(r"^=+ (.* SUMMARY: .*)$", text, re.MULTILINE)
        if status is None:
            note = f"it did not end in {limit:g} s"
        else:
            note = summary[-1].strip() if summary else f"it ended with {status}; {tool}.log says why"
        found.append(Finding(tool, status == 0 and bool(summary), note))
    return found


def rehearse_sanitizer(out: Path) -> list[Finding]:
    """Runs the same program on the emulator, which looks for the same defects in each launch."""
    status, text = _run_program([], out / "emulator.log")
    lines = text.splitlines() or ["it says nothing"]
    return [Finding("emulator", status == 0, lines[-1])]
