"""The benchmark of a CUDA device: errors against f64, times by events, PyTorch and fla where they are installed."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import importlib.util
import statistics
import time
from collections.abc import Callable
from typing import Any, NamedTuple, Optional

import ml_dtypes
import numpy as np

import plait
from plait_bench import gpu_cases, peers, reference
from plait_bench.cuda_driver import Driver, Memory, Stopwatch
from plait_bench.gpu_cases import Case, OnDevice, Shape, random


class Peer(NamedTuple):
    """What another library takes for the same, or why it was not timed."""

    seconds: Optional[float]
    note: str


class Row(NamedTuple):
    """A variant at a shape."""

    variant: str
    shape: Shape
    #: Relative RMS errors against f64: of the small sibling, and of the first and the last head at full length.
    sibling_error: float
    error: float
    #: Whether two calls gave the same bits.
    repeats: bool
    median: float
    least: float
    #: The time in which the arrays pass the device's memory once, at the bandwidth of a copy in this run.
    minimum: float
    fla: Peer
    torch: Peer


def sibling_error(variant: str, shape: Shape) -> float:
    """The error of the whole output on small arrays of the same head dim."""
    case = gpu_cases.make(variant, shape)
    sequences = ([gpu_cases.exact(case, b, h) for h in range(shape[2])] for b in range(shape[0]))
    expected = np.concatenate([np.concatenate(heads, 2) for heads in sequences])
    return reference.relative_rms(OnDevice(case).compute(), expected)


def full_error(case: Case, found: Any) -> float:
    """The larger error of two heads, the first of the first sequence and the last of the last one."""
    batch, _, heads, _ = case.shape
    return max(
        reference.relative_rms(found[b : b + 1, :, h : h + 1], gpu_cases.exact(case, b, h))
        for b, h in ((0, 0), (batch - 1, heads - 1))
    )


def median(watch: Stopwatch, work: Callable[[], object], rounds: int) -> tuple[float, float]:
    """The median and the shortest of some samples, in seconds; the first runs compile and warm up."""
    for _ in range(2):
        work()
    samples = [watch.sample(work) for _ in range(rounds)]
    return statistics.median(samples), min(samples)


def copy_bandwidth(driver: Driver, watch: Stopwatch, size: int, rounds: int) -> float:
    """Bytes a second that a copy on the device reads and writes."""
    with Memory(driver, size) as source, Memory(driver, size) as target:
        source.clear()
        seconds, _ = median(watch, lambda: target.copy_from(source), rounds)
    return 2 * size / seconds


def host_seconds(driver: Driver, calls: int) -> float:
    """Seconds that the host takes for a call of one token."""
    q, k, v = (plait.cuda.array(random((1, 1, 1, 64))) for _ in range(3))
    out = plait.cuda.array(random((1, 1, 1, 64)))
    plait.retention(q, k, v, out=out)
    driver.synchronize()
    start = time.perf_counter()
    for _ in range(calls):
        plait.retention(q, k, v, out=out)
    seconds = (time.perf_counter() - start) / calls
    driver.synchronize()
    return seconds


def tensor(torch: Any, x: Any, device: str) -> Any:
    """An array as PyTorch's, on a device of it."""
    if x.dtype == ml_dtypes.bfloat16:
        return torch.from_numpy(x.view(np.int16)).view(torch.bfloat16).to(device)
    return torch.from_numpy(x).to(device)


def time_fla(watch: Stopwatch, case: Case, device: str, rounds: int) -> Peer:
    """fla's time."""
    if importlib.util.find_spec("fla") is None:
        return Peer(None, "fla is not installed")
    try:
        import torch

        arrays = [tensor(torch, x, device) for x in case.arrays]
        state = None if case.state is None else tensor(torch, case.state, device)
        call = gpu_cases.fla_call(case, arrays, state)
        form = "chunk form" if state is None else "recurrent form"
        return Peer(median(watch, call, rounds)[0], form) if call else Peer(None, "fla has no like of it")
    except Exception as error:
        return Peer(None, f"fla fails: {_first_line(error)}")


def time_torch(watch: Stopwatch, case: Case, device: str, rounds: int) -> Peer:
    """The time of PyTorch's best chunk form, where peers.py has the variant."""
    if case.variant != "linear_attention" or case.state is not None:
        return Peer(None, "no form of it in peers.py")
    if importlib.util.find_spec("torch") is None:
        return Peer(None, "PyTorch is not installed")
    try:
        import torch

        q, k, v = (tensor(torch, x, device).transpose(1, 2).contiguous() for x in case.arrays)
        best = Peer(None, "no chunk divides the length")
        for size in peers.chunk_sizes(q.shape[2])[-3:]:
            with torch.inference_mode():
                seconds, _ = median(watch, lambda size=size: peers.batched(q, k, v, size), rounds)
            if best.seconds is None or seconds < best.seconds:
                best = Peer(seconds, f"chunks of {size}")
        return best
    except Exception as error:
        return Peer(None, f"PyTorch fails: {_first_line(error)}")


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:100]


def measure(watch: Stopwatch, bandwidth: float, config: dict[str, Any], shape: Shape, device: str) -> list[Row]:
    """The rows of all variants at a shape; PyTorch and fla run on `device`, a name of PyTorch's."""
    rows, rounds = [], config["rounds"]
    batch, tokens, heads = config["sibling"]
    for name in config["variants"]:
        case = gpu_cases.make(name, shape)
        on_device = OnDevice(case)
        found, again = on_device.compute(), on_device.compute()
        times = median(watch, on_device.run, rounds)
        rows.append(
            Row(
                name,
                shape,
                sibling_error(name, (batch, min(tokens, shape[1]), heads, shape[3])),
                full_error(case, found),
                bool(np.array_equal(found.view(np.int16), again.view(np.int16))),
                *times,
                case.nbytes / bandwidth,
                time_fla(watch, case, device, rounds),
                time_torch(watch, case, device, rounds),
            )
        )
    return rows
