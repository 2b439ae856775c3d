"""The report of tools/gpu-check, in Markdown."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

from typing import Any

_REHEARSAL = """This is a rehearsal on the emulator: sizes are small, and no time was measured. It shows that
each step works, and that results are right as far as the PTX decides that."""

_METHOD = """Times are medians between two events around one call; before each, the device fills {flush} MB with zeros,
which empties the caches and hides the host's work for the launch. Rows of one token are steps. The minimum is that of
all arrays, and of a step's state twice, at the bandwidth of a copy on this device in this run, {bandwidth:.0f} GB/s.
Errors are relative RMS errors against f64: "small" of a whole small output, "full" of the first and the last head at
full length; the bound is {bound:g}. "Repeats" says whether two calls gave the same bits."""


def _time(seconds: Any) -> str:
    return "-" if seconds is None else f"{seconds * 1e6:.1f} us"


def _peer(peer: dict[str, Any], seconds: Any) -> str:
    if peer["seconds"] is None or seconds is None:
        return peer["note"]
    return f"{_time(peer['seconds'])}, {peer['seconds'] / seconds:.2f}x ({peer['note']})"


def _table(head: list[str], rows: list[list[str]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return [f"| {' | '.join(line)} |" for line in lines]


def _tests(tests: dict[str, Any], selection: str) -> list[str]:
    failed = tests["failed"]
    line = f"{tests['passed']} passed, {len(failed)} failed, {tests['skipped']} skipped"
    line += f"; {tests['note']}" if tests["note"] else ""
    line += f", of those that `-k '{selection}'` selects" if selection else ""
    return [f"{line}. `tests.log` has their output.", *_list(failed)]


def _list(items: list[str]) -> list[str]:
    return ["", *(f"- {item}" for item in items)] if items else []


def _sanitizer(findings: list[dict[str, Any]]) -> list[str]:
    verdicts = {True: "clean", False: "**found something**", None: "not run"}
    return _table(["tool", "verdict", "says"], [[f["tool"], verdicts[f["clean"]], f["note"]] for f in findings])


def _benchmark(report: dict[str, Any]) -> list[str]:
    rehearsal = report["rehearsal"]
    head = ["variant", "B, T, H, D", "error, small", "error, full", "repeats"]
    if not rehearsal:
        head += ["median", "shortest", "of the minimum"]
    head += ["fla", "PyTorch"]
    rows = []
    for row in report["rows"]:
        line = [row["variant"], ", ".join(map(str, row["shape"])), f"{row['sibling_error']:.1e}"]
        line += [f"{row['error']:.1e}", "yes" if row["repeats"] else "**no**"]
        if not rehearsal:
            line += [_time(row["median"]), _time(row["least"]), f"{row['median'] / row['minimum']:.2f}x"]
        rows.append([*line, _peer(row["fla"], row["median"]), _peer(row["torch"], row["median"])])
    lines = _table(head, rows)
    if not rehearsal and report["bandwidth"] is not None:
        flush = report["config"]["flush_bytes"] // 1_000_000
        method = _METHOD.format(flush=flush, bandwidth=report["bandwidth"] / 1e9, bound=report["bound"])
        lines += ["", method, "", f"A call of one token takes the host {_time(report['host_seconds'])}."]
    return lines


def markdown(report: dict[str, Any]) -> str:
    """The whole report."""
    verdict = "Everything passed." if report["passed"] else "**Something failed**, or the check did not end."
    lines = [f"# {'Rehearsal of the' if report['rehearsal'] else 'The'} check on a CUDA device", ""]
    if report["rehearsal"]:
        lines += [_REHEARSAL, ""]
    lines += [verdict, "", *_list([f"{key}: {value}" for key, value in report["software"].items()])[1:]]
    for step, error in report["errors"].items():
        lines += ["", f"**The step {step} failed**: {error}"]
    if report["tests"]:
        lines += ["", "## Tests", *_tests(report["tests"], report["config"]["tests"])]
    if report["sanitizer"]:
        lines += ["", "## Sanitizer", *_sanitizer(report["sanitizer"])]
    if report["rows"]:
        lines += ["", "## Benchmark", *_benchmark(report)]
    if report["tuner"]:
        lines += ["", "## Tuner", report["tuner"]]
    return "\n".join(lines) + "\n"
