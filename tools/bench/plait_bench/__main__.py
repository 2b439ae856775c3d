"""Measure Plait against what it must reach, and against its peers.

Prints a table (and writes it to OUT/results.json, plots to OUT/*.png) with the measured
value, the bar and the verdict of each case. Times are the shortest of several samples,
taken in turn with what they are compared to; peaks are measured in this process.
"""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import argparse
import fnmatch
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, TimeElapsedColumn

from plait_bench import accuracy, calibrate, calls, plots, report, throughput
from plait_bench.timing import Effort, interleave

HERE = Path(__file__).resolve().parents[1]
KINDS: dict[str, Callable[[Any, Effort], list[report.Row]]] = {
    "efficiency": throughput.efficiency,
    "ratio": throughput.ratio,
    "bandwidth": throughput.bandwidth,
    "threads": throughput.threads,
    "slope": throughput.slope,
    "peer": throughput.peer,
    "first_call": calls.first_call,
    "overhead": calls.overhead,
    "step": calls.step,
    "accuracy": accuracy.accuracy,
}


def arguments(given: list[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="tools/bench/run", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("patterns", nargs="*", metavar="PATTERN", help='cases to run, such as "recur*"; all by default')
    parser.add_argument("--config", type=Path, default=HERE / "goals.json", help="the cases, by default goals.json")
    parser.add_argument("--tiny", action="store_true", help="run tiny.json: every kind of case in seconds, for tests")
    parser.add_argument("--list", action="store_true", help="print the names of the cases")
    parser.add_argument("--plots", action=argparse.BooleanOptionalAction, default=True, help="draw the plots")
    parser.add_argument("--check", action="store_true", help="exit with 1 if a bar is missed")
    parser.add_argument("--out", type=Path, default=HERE.parents[1] / "build" / "bench", help="folder of the results")
    options = parser.parse_args(given)
    if options.tiny:
        options.config = HERE / "tiny.json"
    return options


def peaks(effort: Effort, megabytes: int) -> dict[str, float]:
    """What the core can do now: Gflop/s, and GB/s on arrays of a size."""
    size = megabytes * 1_000_000 // 4
    fma = {f"FMA of {n} floats, Gflop/s": calibrate.fma(n) for n in (16, 8, 4) if n <= calibrate.lanes("x86-64-v4")}
    found = interleave({name: run for name, (run, _) in fma.items()}, effort)
    result = {name: fma[name][1] / timing.least / 1e9 for name, timing in found.items()}
    few = effort._replace(rounds=min(effort.rounds, 5))
    updated = calibrate.update(np.ones(size, np.float32), 1)
    memory = {"read": calibrate.read(size), "update in place": updated, **calibrate.copies(size)}
    for name, timing in interleave(memory, few).items():
        result[f"{name}, GB/s"] = (4 if name == "read" else 8) * size / timing.least / 1e9
    return result


def measure(cases: list[dict[str, Any]], effort: Effort, console: Console) -> list[report.Row]:
    """The rows of all cases; one that can't be measured is a miss that says why."""
    rows: list[report.Row] = []
    columns = (*Progress.get_default_columns(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=len(cases))
        for case in cases:
            progress.update(task, description=case["name"])
            try:
                rows += KINDS[case["kind"]](case, effort)
            except Exception as error:
                text = str(error).splitlines() or [type(error).__name__]
                rows.append(report.Row(case["name"], float("nan"), "", "", False, text[0]))
            progress.advance(task)
    return rows


def main(given: list[str] | None = None) -> int:
    """Runs the driver."""
    options = arguments(given)
    config = json.loads(options.config.read_text())
    cases = [
        case
        for case in config["cases"]
        if not options.patterns or any(fnmatch.fnmatch(case["name"], pattern) for pattern in options.patterns)
    ]
    if options.list:
        print("\n".join(case["name"] for case in cases))
        return 0
    if not cases:
        print(f"tools/bench/run: expects names of --list, but got {' '.join(options.patterns)}", file=sys.stderr)
        return 2
    effort = Effort(config["effort"]["rounds"], config["effort"]["sample_ms"] / 1e3)
    options.out.mkdir(parents=True, exist_ok=True)
    console = Console(width=None if sys.stdout.isatty() else 160)
    console.print(", ".join(report.machine().values()), highlight=False)
    found = peaks(effort, config["effort"]["memory_mb"])
    console.print("\n".join(f"  {name:<28} {value:8.1f}" for name, value in found.items()), highlight=False)
    rows = measure(cases, effort, console)
    console.print(report.table(rows, config["title"]))
    missed = sum(row.passed is False for row in rows)
    console.print(f"{sum(row.passed is True for row in rows)} pass, {missed} miss", highlight=False)
    report.write_json(options.out / "results.json", rows, found, options.config.name)
    if options.plots and not options.patterns:
        for draw, name in ((plots.time_against_length, "time"), (plots.efficiency_against_dim, "efficiency")):
            console.print(f"wrote {draw(config['plots'][name], effort, options.out)}", highlight=False)
    return 1 if missed and options.check else 0


if __name__ == "__main__":
    sys.exit(main())
