"""Interleaved timing: A B C A B C ..., so that a drift of the clock meets all alike."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple


class Timing(NamedTuple):
    """Seconds a call: the shortest and the median sample."""

    least: float
    median: float


class Effort(NamedTuple):
    """How long to measure: samples of each contender, and the least duration of one."""

    rounds: int
    sample_seconds: float


def interleave(calls: Mapping[str, Callable[[], object]], effort: Effort) -> dict[str, Timing]:
    """Times functions in turn; a sample repeats a short one."""
    repeats = {name: _repeats(call, effort.sample_seconds) for name, call in calls.items()}
    samples: dict[str, list[float]] = {name: [] for name in calls}
    enabled = gc.isenabled()
    gc.disable()
    try:
        for _ in range(effort.rounds):
            for name, call in calls.items():
                samples[name].append(_sample(call, repeats[name]))
    finally:
        if enabled:
            gc.enable()
    return {name: Timing(min(found), statistics.median(found)) for name, found in samples.items()}


def _sample(call: Callable[[], object], repeat: int) -> float:
    start = time.perf_counter()
    for _ in range(repeat):
        call()
    return (time.perf_counter() - start) / repeat


def _repeats(call: Callable[[], object], seconds: float) -> int:
    call()
    repeat = 1
    while _sample(call, repeat) * repeat < seconds and repeat < 1 << 20:
        repeat *= 2
    return repeat
