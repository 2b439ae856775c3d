"""Calls on plait.cuda arrays against the same calls on the host, through the emulator's driver."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ml_dtypes
import numpy as np
import pytest

import cases
import plait
from plait import jit

pytestmark = pytest.mark.usefixtures("emulator")

#: Bounds of the relative RMS error, host against device.
BOUNDS = {np.float32: 2e-6, ml_dtypes.bfloat16: 4e-3, np.float16: 4e-3}


def random(*shape: int) -> np.ndarray[Any, Any]:
    return np.random.default_rng(sum(shape)).standard_normal(shape, np.float32)


def difference(result: Any, expected: Any) -> float:
    a, b = (np.asarray(x, np.float64) for x in (plait.cuda.numpy(result), expected))
    assert a.shape == b.shape
    return float(np.sqrt(((a - b) ** 2).mean() / (b**2).mean())) if b.any() else float(np.abs(a).sum())


def both(call: Callable[..., Any], *args: Any, bound: float = 2e-6, **kwargs: Any) -> None:
    """Compares each result of a call on the device with those of the host."""

    def moved(x: Any) -> Any:
        return plait.cuda.array(x) if isinstance(x, np.ndarray) else x

    expected = call(*args, **kwargs)
    results = call(*map(moved, args), **{name: moved(value) for name, value in kwargs.items()})
    if not isinstance(expected, tuple):
        results, expected = (results,), (expected,)
    for result, host in zip(results, expected):
        assert isinstance(result, plait.cuda.Array) and result.dtype == host.dtype
        assert difference(result, host) < bound


@pytest.mark.parametrize("dtype", list(BOUNDS))
@pytest.mark.parametrize("name", ["linear_attention", "retention", "simple_gla", "gla", "hgrn2", "rwkv6", "mamba2"])
def test_variants(name: str, dtype: Any) -> None:
    case = cases.build(name, dtype=dtype)
    both(case.variant, *case.args, bound=BOUNDS[dtype])


Q, K, V = random(2, 70, 2, 64), random(2, 70, 2, 64) / 8, random(2, 70, 2, 32)


def test_state() -> None:
    both(plait.retention, Q, K, V, initial_state=random(2, 2, 64, 32), output_final_state=True)
    both(plait.retention, Q, K, V, reverse=True, output_final_state=True)


def test_step_in_place() -> None:
    token = [plait.cuda.array(x[:, 0].copy()) for x in (Q, K, V)]
    state = np.abs(random(2, 2, 64, 32))
    held = plait.cuda.array(state)
    o, after = plait.retention.step(*token, state=held, inplace=True)
    expected, final = plait.retention.step(Q[:, 0], K[:, 0], V[:, 0], state=state)
    assert after is held and difference(o, expected) < 2e-6 and difference(held, final) < 2e-6


def test_grouped_heads() -> None:
    both(plait.simple_gla, np.concatenate([Q, Q], 2), K, V, -np.abs(V[..., 0]))


def test_no_tokens() -> None:
    both(plait.retention, Q[:, :0], K[:, :0], V[:, :0], output_final_state=True)


def test_out() -> None:
    q, k, v = map(plait.cuda.array, (Q, K, V))
    out = plait.cuda.array(np.zeros_like(V))
    assert plait.retention(q, k, v, out=out) is out
    assert difference(out, plait.retention(Q, K, V)) < 2e-6


def test_captured_arrays_are_copied_once(monkeypatch: pytest.MonkeyPatch) -> None:
    weights = random(64)

    @plait.variant
    def mapped(q: Any, k: Any, v: Any) -> Any:
        return plait.recur(q * weights, k, v)

    arrays = list(map(plait.cuda.array, (Q, K, V)))
    first = plait.cuda.numpy(mapped(*arrays))
    monkeypatch.setattr(plait.cuda, "array", None)
    assert np.array_equal(plait.cuda.numpy(mapped(*arrays)), first)
    assert np.allclose(first, mapped(Q, K, V), rtol=1e-4, atol=1e-4)


def test_kernels_come_from_the_disk() -> None:
    arrays = list(map(plait.cuda.array, (Q, K, V)))
    expected = plait.cuda.numpy(plait.retention(*arrays))
    plait.retention.dispatcher().reset()
    jit._loaded.clear()
    before = jit.sources()
    assert np.array_equal(plait.cuda.numpy(plait.retention(*arrays)), expected)
    assert jit.sources() == before.replace(from_disk=before.from_disk + 1)
