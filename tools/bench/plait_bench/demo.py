"""The paper's attention from Python source to a checked, timed table.

For each head dim: compiles python/examples/00_paper_attention.py, times its schedules
and keeps the best, compares its result with the f64 interpreter, and times it on one
thread against the core's FMA peak and against PyTorch where that is installed.
"""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import argparse
import runpy
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from plait import _plait, tuning
from plait_bench import calibrate, peers, reference, report
from plait_bench.timing import Effort, interleave

EXAMPLE = Path(__file__).resolve().parents[3] / "python" / "examples" / "00_paper_attention.py"
EFFORT = Effort(40, 0.001)
NOTE = """\
First call: traced, then compiled or taken from the cache. Gflop/s counts the recurrence,
4 D D a token and head. Times are the shortest of 40 samples, taken in turn with the peak.
PyTorch: its best chunk form, and how many times longer it takes"""


class Line(NamedTuple):
    """What the demo found about one head dim."""

    dim: int
    compile_ms: float
    schedule: str
    error: float
    microseconds: float
    gflops: float
    share: float
    peer: str


def arrays(tokens: int, heads: int, dim: int) -> tuple[Any, Any, Any]:
    """Fresh random q, k, v."""
    rng = np.random.default_rng()
    return tuple(rng.standard_normal((1, tokens, heads, dim), np.float32) for _ in range(3))  # type: ignore[return-value]


def error_against_interpreter(variant: Any, dim: int) -> float:
    """Relative RMS error on a short sequence; the interpreter follows the definitions in f64."""
    inputs = arrays(200, 2, dim)
    exact = np.empty(inputs[2].shape, np.float64)
    program = variant.program(inputs, {})
    _plait.interpret(program.text(), program.name, inputs, [exact])
    return reference.relative_rms(variant(*inputs), exact)


def line(variant: Any, dim: int, tokens: int, heads: int, progress: Progress, task: Any) -> Line:
    """All stages for one head dim."""

    def stage(name: str) -> None:
        progress.update(task, advance=1, description=f"D={dim}: {name}")

    def tuned(done: int, total: int) -> None:
        progress.update(task, description=f"D={dim}: tune {done + 1}/{total}")

    q, k, v = arrays(tokens, heads, dim)
    stage("compile")
    start = time.perf_counter()
    variant(q, k, v, num_threads=1)
    compile_ms = (time.perf_counter() - start) * 1e3
    stage("tune")
    schedule = tuning.tune(variant, (q, k, v), {"num_threads": 1}, tuned).chosen or "default"
    stage("check")
    error = error_against_interpreter(variant, dim)
    stage("time")
    out = np.empty_like(v)
    peak, peak_flops = calibrate.fma(calibrate.lanes(_plait.target_isa()))
    calls = {"peak": peak, "plait": lambda: variant(q, k, v, num_threads=1, out=out)}
    module = peers.torch()
    chunked = peers.fastest(peers.calls(module, (q, k, v), softmax=False)) if module else {}
    times = interleave({**calls, **chunked}, EFFORT)
    own = times["plait"].least
    rate = 4.0 * dim * dim * tokens * heads / own
    best = min((times[name].least for name in chunked), default=0.0)
    return Line(dim, compile_ms, schedule, error, own * 1e6, rate / 1e9, 100 * rate * times["peak"].least / peak_flops,
                f"{best * 1e6:.0f} us, {best / own:.1f}x" if chunked else "-")  # fmt: skip


def table(lines: list[Line], tokens: int, heads: int) -> Table:
    """The demo's table."""
    result = Table(
        title=f"elu+1, causal, normalised attention: B=1, T={tokens}, H={heads}, f32, one thread",
        title_justify="left",
    )
    for column in ("D", "first call", "schedule chosen", "error vs f64", "time", "Gflop/s", "of FMA peak", "PyTorch"):
        result.add_column(column, justify="left" if column == "schedule chosen" else "right", no_wrap=True)
    for x in lines:
        result.add_row(
            str(x.dim), f"{x.compile_ms:.0f} ms", x.schedule, f"{x.error:.1e}", f"{x.microseconds:.0f} us",
            f"{x.gflops:.1f}", f"{x.share:.0f} %", x.peer,
        )  # fmt: skip
    return result


def main() -> int:
    """Runs the demo."""
    parser = argparse.ArgumentParser(
        prog="tools/demo", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--dims", type=int, nargs="+", default=[32, 64, 100, 128, 256], metavar="D", help="head dims")
    parser.add_argument("--tokens", type=int, default=2048, metavar="T", help="tokens, by default 2048")
    parser.add_argument("--heads", type=int, default=8, metavar="H", help="heads, by default 8")
    options = parser.parse_args()
    console = Console(width=None if sys.stdout.isatty() else 120)
    variant = runpy.run_path(str(EXAMPLE))["paper_attention"]
    source = EXAMPLE.relative_to(EXAMPLE.parents[2])
    console.print(f"{source} on {', '.join(report.machine().values())}", highlight=False)
    columns = (TextColumn("{task.description:<18}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=4 * len(options.dims))
        lines = [line(variant, dim, options.tokens, options.heads, progress, task) for dim in options.dims]
    console.print(table(lines, options.tokens, options.heads))
    console.print(NOTE + ("." if peers.torch() else f" ({peers.ABSENT})."), highlight=False)
    wrong = [x.dim for x in lines if not x.error <= 1e-6]
    for dim in wrong:
        console.print(f"D={dim}: expects an error of at most 1e-6 against f64", style="red")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
