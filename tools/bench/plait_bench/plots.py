"""Plots as PNG: time against T, efficiency against head dim."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from plait import _plait
from plait_bench import calibrate, peers, throughput, workloads
from plait_bench.timing import Effort, interleave

Plot = Mapping[str, Any]


def _figure() -> tuple[Any, Any]:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    return pyplot.subplots(figsize=(7, 5), layout="constrained")


def _slope(points: Mapping[int, float]) -> float:
    return float(np.polyfit(np.log(list(points)), np.log(list(points.values())), 1)[0])


def time_against_length(plot: Plot, effort: Effort, folder: Path) -> Path:
    """The paper's attention, and PyTorch's forms beside it, log-log with the slopes."""
    case = {**plot, "variant": "linear_attention"}
    curves = {"Plait": throughput.times_by_length(case, effort), **_peers(plot, effort)}
    figure, axes = _figure()
    for name, points in curves.items():
        milliseconds = [seconds * 1e3 for seconds in points.values()]
        axes.loglog(list(points), milliseconds, "o-", label=f"{name}, slope {_slope(points):.2f}")
    axes.set(
        xlabel="tokens T",
        ylabel="milliseconds a call, one thread",
        title=f"elu+1, causal, normalised: B=1, H={plot['heads']}, D={plot['dim']}, f32",
    )
    axes.grid(True, which="both", alpha=0.3)
    axes.legend()
    path = folder / str(plot["file"])
    figure.savefig(path, dpi=120)
    return path


def _peers(plot: Plot, effort: Effort) -> dict[str, dict[int, float]]:
    module = peers.torch()
    if module is None:
        return {}
    chunked: dict[int, float] = {}
    softmax: dict[int, float] = {}
    few = effort._replace(rounds=min(effort.rounds, 5))
    for tokens in plot["lengths"]:
        work = workloads.build({"dim": plot["dim"], "heads": plot["heads"], "tokens": tokens})
        quadratic = tokens <= plot["quadratic_up_to"]
        arrays = (work.arguments["q"], work.arguments["k"], work.arguments["v"])
        times = interleave(peers.calls(module, arrays, quadratic), few)
        if quadratic:
            softmax[tokens] = times.pop("softmax attention").least
        chunked[tokens] = min(timing.least for timing in times.values())
    return {"PyTorch, best chunk form": chunked, "PyTorch, softmax attention": softmax}


def efficiency_against_dim(plot: Plot, effort: Effort, folder: Path) -> Path:
    """Share of the FMA peak of three kernels for each head dim."""
    kernels = {
        "recur": {},
        "recur, gate per key channel": {"gate": "channel"},
        "elu+1, causal, normalised": {"variant": "linear_attention"},
    }
    peak, peak_flops = calibrate.fma(calibrate.lanes(_plait.target_isa()))
    shares: dict[str, list[float]] = {name: [] for name in kernels}
    for dim in plot["dims"]:
        spec = {"dim": dim, "heads": plot["heads"], "tokens": plot["tokens"]}
        works = {name: workloads.build({**spec, **more}) for name, more in kernels.items()}
        times = interleave({"peak": peak, **{name: work.run for name, work in works.items()}}, effort)
        for name, work in works.items():
            shares[name].append(100 * work.flops / times[name].least / (peak_flops / times["peak"].least))
    figure, axes = _figure()
    for name, values in shares.items():
        axes.plot(plot["dims"], values, "o-", label=name)
    axes.set(
        xlabel="head dim D (K = V)",
        ylabel="useful flops, % of the FMA peak",
        ylim=(0, 105),
        title=f"one thread, B=1, H={plot['heads']}, T={plot['tokens']}, f32",
    )
    axes.grid(True, alpha=0.3)
    axes.legend(loc="lower right")
    path = folder / str(plot["file"])
    figure.savefig(path, dpi=120)
    return path
