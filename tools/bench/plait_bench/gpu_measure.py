"""The benchmark of a CUDA device: errors against f64, times by events, PyTorch and fla where they are installed."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import importlib.util
import math
import statistics
import time
from collections.abc import Callable
from typing import Any, NamedTuple, Optional

import ml_dtypes
import numpy as np

import plait
from plait_bench import peers, reference
from plait_bench.cuda_driver import Driver, Memory, Stopwatch
from plait_bench.workloads import generator

Shape = tuple[int, int, int, int]
#: Random values made anew; longer arrays repeat them.
_FRESH = (1 << 22) - 7


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


def retention_decays(heads: int) -> Any:
    """The decays that retention has by default."""
    return np.log1p(-np.exp2(-5.0 - np.arange(heads)))


def exact(variant: str, q: Any, k: Any, v: Any, head: int = 0) -> Any:
    """The definition in f64 on [1, T, H, D] arrays whose first head is the head `head` of the call."""
    if variant == "linear_attention":
        return reference.attention(q, k, v, np.float64)
    if variant == "recur":
        return reference.recurrence(q, k, v, np.float64)
    tokens, heads, dim = q.shape[1:]
    decays = np.broadcast_to(retention_decays(head + heads)[head:], (1, tokens, heads))
    return reference.recurrence(np.asarray(q, np.float64) * dim**-0.5, k, v, np.float64, decay=decays)


def random(shape: tuple[int, ...]) -> Any:
    """Normal values in bf16."""
    count = math.prod(shape)
    fresh = generator().standard_normal(min(count, _FRESH), np.float32).astype(ml_dtypes.bfloat16)
    return np.resize(fresh, shape)


def sibling_error(variant: str, shape: Shape) -> float:
    """The error of the whole output on small arrays of the same head dim."""
    q, k, v = (random(shape) for _ in range(3))
    found = plait.cuda.numpy(getattr(plait, variant)(*map(plait.cuda.array, (q, k, v))))
    return max(
        reference.relative_rms(found[b : b + 1], exact(variant, *(x[b : b + 1] for x in (q, k, v))))
        for b in range(shape[0])
    )


def full_error(variant: str, arrays: tuple[Any, Any, Any], found: Any) -> float:
    """The larger error of two heads, the first of the first sequence and the last of the last one."""
    batch, _, heads, _ = found.shape
    errors = []
    for b, h in ((0, 0), (batch - 1, heads - 1)):
        part = np.s_[b : b + 1, :, h : h + 1]
        errors.append(reference.relative_rms(found[part], exact(variant, *(x[part] for x in arrays), head=h)))
    return max(errors)


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


def tensors(torch: Any, arrays: tuple[Any, Any, Any], device: str) -> list[Any]:
    """The arrays as PyTorch's, on a device of it."""
    return [torch.from_numpy(x.view(np.int16)).view(torch.bfloat16).to(device) for x in arrays]


def fla_call(variant: str, q: Any, k: Any, v: Any) -> Optional[Callable[[], object]]:
    """fla's chunk form of a variant, where it has the same."""
    if variant == "recur":
        from fla.ops.linear_attn import chunk_linear_attn

        return lambda: chunk_linear_attn(q, k, v, scale=1.0, normalize=False)
    if variant == "retention":
        from fla.ops.retention import chunk_retention

        return lambda: chunk_retention(q, k, v)
    return None


def time_fla(watch: Stopwatch, variant: str, arrays: tuple[Any, Any, Any], device: str, rounds: int) -> Peer:
    """fla's time."""
    if importlib.util.find_spec("fla") is None:
        return Peer(None, "fla is not installed")
    try:
        import torch

        call = fla_call(variant, *tensors(torch, arrays, device))
        return Peer(median(watch, call, rounds)[0], "chunk form") if call else Peer(None, "fla has no like of it")
    except Exception as error:
        return Peer(None, f"fla fails: {_first_line(error)}")


def time_torch(watch: Stopwatch, variant: str, arrays: tuple[Any, Any, Any], device: str, rounds: int) -> Peer:
    """The time of PyTorch's best chunk form, where peers.py has the variant."""
    if variant != "linear_attention":
        return Peer(None, "no form of it in peers.py")
    if importlib.util.find_spec("torch") is None:
        return Peer(None, "PyTorch is not installed")
    try:
        import torch

        q, k, v = (x.transpose(1, 2).contiguous() for x in tensors(torch, arrays, device))
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
    arrays = random(shape), random(shape), random(shape)
    q, k, v = map(plait.cuda.array, arrays)
    out = plait.cuda.array(np.zeros(shape, ml_dtypes.bfloat16))
    rows, rounds = [], config["rounds"]
    for name in config["variants"]:
        variant = getattr(plait, name)
        variant(q, k, v, out=out)
        found = plait.cuda.numpy(out)
        times = median(watch, lambda variant=variant: variant(q, k, v, out=out), rounds)
        again = plait.cuda.numpy(out)
        rows.append(
            Row(
                name,
                shape,
                sibling_error(name, (*config["sibling"], shape[3])),
                full_error(name, arrays, found),
                bool(np.array_equal(found.view(np.int16), again.view(np.int16))),
                *times,
                4 * found.nbytes / bandwidth,
                time_fla(watch, name, arrays, device, rounds),
                time_torch(watch, name, arrays, device, rounds),
            )
        )
    return rows
