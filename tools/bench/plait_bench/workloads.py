"""What a case runs, built from its description: arrays with fresh random content, and a call."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

import plait

Spec = Mapping[str, Any]


class Workload(NamedTuple):
    """A call on one thread unless its description says more, and what it has to do."""

    run: Callable[[], object]
    flops: float
    bytes: int
    arguments: dict[str, Any]


def generator() -> np.random.Generator:
    """Fresh content each run; signs included."""
    return np.random.default_rng()


def on_cache_line(array: Any) -> Any:
    """A copy that starts on a cache line, as arrays of PyTorch and JAX do; NumPy's start 16 bytes behind one."""
    line = 64
    space = np.empty(array.nbytes + line, np.uint8)
    start = -space.ctypes.data % line
    copy = space[start : start + array.nbytes].view(array.dtype).reshape(array.shape)
    copy[...] = array
    return copy


def log_sigmoid_gate(rng: np.random.Generator, *shape: int) -> Any:
    """Log decays logsigmoid(normal) / 16."""
    return (-np.logaddexp(0, -rng.standard_normal(shape, np.float32)) / 16).astype(np.float32)


def dtype_of(name: str) -> Any:
    """A NumPy type by the name that Plait gives it."""
    if name == "bf16":
        import ml_dtypes

        return ml_dtypes.bfloat16
    return {"f32": np.float32, "f16": np.float16}[name]


def recurrence(spec: Spec) -> Workload:
    """`plait.recur` or `plait.linear_attention` on [B, T, H, D]."""
    batch, tokens, heads = spec.get("batch", 1), spec.get("tokens", 2048), spec.get("heads", 8)
    kv_heads, keys = spec.get("kv_heads", heads), spec["dim"]
    values, dtype, rng = spec.get("values", keys), dtype_of(spec.get("dtype", "f32")), generator()

    def rows(count: int, width: int) -> Any:
        return on_cache_line(rng.standard_normal((batch, tokens, count, width), np.float32).astype(dtype))

    q, k, v = rows(heads, keys), rows(kv_heads, keys), rows(kv_heads, values)
    arguments = {"q": q, "k": k, "v": v}
    gates = {
        "head": (kv_heads,),
        "token": (batch, tokens, kv_heads),
        "channel": (batch, tokens, kv_heads, keys),
    }
    if "gate" in spec:
        arguments["decay"] = on_cache_line(log_sigmoid_gate(rng, *gates[spec["gate"]]))
    variant = getattr(plait, spec.get("variant", "recur"))
    out = on_cache_line(np.zeros((batch, tokens, heads, values), dtype))
    options = {"num_threads": spec.get("threads", 1), "out": out}
    flops = 4.0 * keys * values * batch * tokens * heads
    return Workload(lambda: variant(**arguments, **options), flops, q.nbytes * 4, arguments)


def scan(spec: Spec) -> Workload:
    """A scan of [B, T, H, D] along T."""
    rng = generator()
    shape = (spec.get("batch", 1), spec["tokens"], spec.get("heads", 8), spec.get("dim", 64))
    x = rng.standard_normal(shape, np.float32)
    out = np.zeros_like(x)
    if spec["scan"] == "affine_scan":
        a = np.exp(log_sigmoid_gate(rng, *shape))
        arguments = {"a": a, "b": x}
    else:
        arguments = {"x": x}
    function = getattr(plait, spec["scan"])
    options = {"out": out, "reverse": spec.get("reverse", False), "num_threads": 1}
    touched = out.nbytes + sum(array.nbytes for array in arguments.values())
    return Workload(lambda: function(**arguments, **options), 0.0, touched, arguments)


def build(spec: Spec) -> Workload:
    """The workload of a description."""
    return scan(spec) if "scan" in spec else recurrence(spec)


@contextlib.contextmanager
def target(isa: str) -> Iterator[None]:
    """Compiles for another instruction set while it lasts."""
    before = os.environ.get("PLAIT_TARGET")
    variants = (plait.recur, plait.linear_attention)
    os.environ["PLAIT_TARGET"] = isa
    try:
        for variant in variants:
            variant.dispatcher().reset()
        yield
    finally:
        os.environ.pop("PLAIT_TARGET")
        if before is not None:
            os.environ["PLAIT_TARGET"] = before
        for variant in variants:
            variant.dispatcher().reset()
