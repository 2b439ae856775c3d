"""Cases about speed: share of a peak, ratio of two kernels, growth with T, threads, peers."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from plait import _plait
from plait_bench import calibrate, peers, workloads
from plait_bench.report import Row, judge
from plait_bench.timing import Effort, interleave

Case = Mapping[str, Any]


def efficiency(case: Case, effort: Effort) -> list[Row]:
    """Useful flops a second as a share of the FMA peak, both sampled in turn."""
    isa = case.get("target", _plait.target_isa())
    if not _runs(isa):
        return [Row(case["name"], 0.0, "", note=f"skipped: this machine has no {isa}")]
    with workloads.target(isa) if "target" in case else contextlib.nullcontext():
        work = workloads.build(case)
        peak, peak_flops = calibrate.fma(calibrate.lanes(isa))
        times = interleave({"peak": peak, "kernel": work.run}, effort)
    rate, bound = work.flops / times["kernel"].least / 1e9, peak_flops / times["peak"].least / 1e9
    return [judge(case["name"], 100 * rate / bound, "%", case, f"{rate:.1f} of {bound:.1f} Gflop/s")]


def _runs(isa: str) -> bool:
    order = ("x86-64", "x86-64-v3", "x86-64-v4")
    own = _plait.cpu_isa()
    return isa == own or (own in order and isa in order and order.index(isa) <= order.index(own))


def ratio(case: Case, effort: Effort) -> list[Row]:
    """Time of one workload over that of another."""
    times = interleave(
        {name: workloads.build(case[name]).run for name in ("of", "against")}, effort
    )
    of, against = times["of"].least, times["against"].least
    return [judge(case["name"], of / against, "x", case, f"{of * 1e6:.0f} us against {against * 1e6:.0f} us")]


def bandwidth(case: Case, effort: Effort) -> list[Row]:
    """Bytes read and written as a share of what the faster of two copies moves."""
    work = workloads.build(case)
    size = int(np.prod([case.get("batch", 1), case["tokens"], case.get("heads", 8), case.get("dim", 64)]))
    times = interleave({"kernel": work.run, **calibrate.copies(size)}, effort)
    moved = work.bytes / times.pop("kernel").least / 1e9
    best = min(times, key=lambda name: times[name].least)
    bound = 8 * size / times[best].least / 1e9
    return [judge(case["name"], 100 * moved / bound, "%", case, f"{moved:.1f} GB/s, {best} {bound:.1f} GB/s")]


def threads(case: Case, effort: Effort) -> list[Row]:
    """How many times faster two threads are than one."""
    times = interleave(
        {str(n): workloads.build({**case, "threads": n}).run for n in (1, 2)}, effort
    )
    one, two = times["1"].least, times["2"].least
    return [judge(case["name"], one / two, "x", case, f"{one * 1e6:.0f} us, {two * 1e6:.0f} us")]


def times_by_length(case: Case, effort: Effort) -> dict[int, float]:
    """Seconds a call for each of the lengths, on slices of one set of arrays."""
    import plait

    longest = max(case["lengths"])
    arrays = workloads.build({**case, "tokens": longest}).arguments
    out = np.zeros_like(arrays["v"])
    variant = getattr(plait, case.get("variant", "recur"))

    def of(tokens: int) -> Any:
        part = {name: array[:, :tokens] for name, array in arrays.items()}
        return lambda: variant(**part, out=out[:, :tokens], num_threads=1)

    found = interleave({str(tokens): of(tokens) for tokens in case["lengths"]}, effort)
    return {int(name): timing.least for name, timing in found.items()}


def slope(case: Case, effort: Effort) -> list[Row]:
    """The slope of log time against log T, and memory that a call takes beyond its arrays."""
    found = times_by_length(case, effort)
    lengths = sorted(found)
    fitted = float(np.polyfit(np.log(lengths), np.log([found[n] for n in lengths]), 1)[0])
    per_token = [f"{found[n] / n * 1e9:.0f}" for n in (lengths[0], lengths[-1])]
    note = f"{per_token[0]} ns a token at T={lengths[0]}, {per_token[1]} at T={lengths[-1]}"
    low, high = case.get("between", (-np.inf, np.inf))
    bar = f"{low:g} .. {high:g}" if "between" in case else ""
    memory = memory_of_a_call({**case, "tokens": lengths[-1]})
    return [
        Row(case["name"], fitted, "", bar, low <= fitted <= high if bar else None, note),
        Row(
            f"memory of a call at T={lengths[-1]}",
            memory,
            "MiB",
            "<= 1" if bar else "",
            memory <= 1 if bar else None,
            "beyond inputs and outputs",
        ),
    ]


def memory_of_a_call(case: Case) -> float:
    """MiB by which the resident set peaks over what it was before the call."""
    work = workloads.build(case)
    work.run()
    try:
        with open("/proc/self/clear_refs", "w") as file:
            file.write("5")
    except OSError:
        return float("nan")
    before = _status("VmRSS")
    work.run()
    return (_status("VmHWM") - before) / 1024


def _status(field: str) -> float:
    with open("/proc/self/status") as file:
        return next(float(line.split()[1]) for line in file if line.startswith(field + ":"))


def peer(case: Case, effort: Effort) -> list[Row]:
    """The paper's attention against PyTorch's best chunk form, and softmax attention beside it."""
    module = peers.torch()
    if module is None:
        return [Row(case["name"], 0.0, "", note=f"skipped: {peers.ABSENT}")]
    work = workloads.build({**case, "variant": "linear_attention"})
    arrays = (work.arguments["q"], work.arguments["k"], work.arguments["v"])
    calls = peers.calls(module, arrays, softmax=True)
    times = interleave({"plait": work.run, **calls}, effort)
    own, softmax = times.pop("plait").least, times.pop("softmax attention").least
    best = min(times, key=lambda name: times[name].least)
    name = case["name"]
    return [
        judge(name, times[best].least / own, "x", case, f"{best}: {times[best].least * 1e3:.2f} ms"),
        Row(f"{name.replace('chunk form', 'softmax attention')}", softmax / own, "x", note=f"{softmax * 1e3:.2f} ms"),
    ]
