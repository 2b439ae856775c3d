"""Recurrences whose value channels decay by themselves, on the emulator, against their definition in f64.

Whatever the emulator reports (races, accesses out of bounds, copies read too early) fails the call.
"""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import plait
import reference
from emulated import BOUND, BOUNDS, RANDOM, error, random
from test_cuda_shapes import LENGTHS

pytestmark = pytest.mark.usefixtures("emulator")

STEEP = (-20.0, -80.0)


def gates(*shape: int, steep: tuple[float, ...] = (-1.0,)) -> np.ndarray[Any, Any]:
    """Log decays near 0, and now and then a steep one."""
    often = -0.05 * RANDOM.random(shape)
    return np.where(RANDOM.random(shape) < 0.1, RANDOM.choice(steep, shape), often).astype(np.float32)


def check(q: Any, k: Any, v: Any, bound: float, **options: Any) -> None:
    """Output and last state; an infinity or NaN is in no bound."""
    arrays = {name: x for name, x in options.items() if isinstance(x, np.ndarray)}
    rounded = {name: x.astype(np.float64) for name, x in arrays.items()}
    out, state = reference.recur(*(x.astype(np.float64) for x in (q, k, v)), **{**options, **rounded})
    device = {name: plait.cuda.array(x) for name, x in arrays.items()}
    results = plait.recur(*map(plait.cuda.array, (q, k, v)), output_final_state=True, **{**options, **device})
    for result, expected in zip(results, (out, state)):
        assert error(result, expected) < bound, (q.shape, options.keys())


@pytest.mark.parametrize("width", (32, 64, 100, 128, 256))
def test_lengths(width: int) -> None:
    for length in LENGTHS:
        q, k, v = (random(1, length, 2, width) for _ in range(3))
        check(q, k, v, BOUND, value_decay=gates(*v.shape, steep=(*STEEP, -np.inf)))


def decay_of(kind: str, k: np.ndarray[Any, Any]) -> dict[str, Any]:
    shapes = {"head": k.shape[2:3], "token": k.shape[:3], "channel": k.shape}
    return {"decay": gates(*shapes[kind])} if kind in shapes else {}


@pytest.mark.parametrize("dtype", list(BOUNDS))
@pytest.mark.parametrize("decay", ("none", "head", "token", "channel"))
@pytest.mark.parametrize("columns", (64, 1))
def test_beside_other_decays(decay: str, columns: int, dtype: Any) -> None:
    """From a state, in both directions; a single channel's decay is one of tokens."""
    q, k, v = (random(1, 130, 2, width, dtype=dtype) for width in (64, 64, columns))
    w, state = gates(*v.shape), random(1, 2, 64, columns, dtype=np.float32)
    for reverse in (False, True):
        options = {"reverse": reverse, "scale": 0.5, "initial_state": state}
        check(q, k, v, BOUNDS[dtype], value_decay=w, **decay_of(decay, k), **options)


@pytest.mark.parametrize("decay", ("none", "token", "channel"))
@pytest.mark.parametrize("columns", (32, 1))
@pytest.mark.parametrize("bonus", (False, True))
def test_reads(decay: str, columns: int, bonus: bool) -> None:
    """Exclusive reads of query heads in groups, in the other direction with a bonus."""
    q, k, v = (random(1, 70, *shape, dtype=np.float32) for shape in ((2, 32), (1, 32), (1, columns)))
    options: dict[str, Any] = {"value_decay": gates(*v.shape), "read": "exclusive", **decay_of(decay, k)}
    if bonus:
        options.update(reverse=True, bonus=random(1, 32, dtype=np.float32))
    check(q, k, v, BOUNDS[np.float32], **options)


@pytest.mark.parametrize("dtype", list(BOUNDS))
def test_widest_heads(dtype: Any) -> None:
    """Two tiles of values, beside the state of the most keys."""
    q, k, v = (random(1, 65, 1, 256, dtype=dtype) for _ in range(3))
    state = random(1, 1, 256, 256, dtype=np.float32)
    check(q, k, v, BOUNDS[dtype], value_decay=gates(*v.shape, steep=STEEP), initial_state=state)


def test_steep_decays_of_one_channel() -> None:
    q, k, v = (random(1, 200, 2, width) for width in (64, 64, 1))
    check(q, k, v, BOUND, value_decay=gates(*v.shape, steep=STEEP))


@plait.variant
def gated_slots(q: Any, k: Any, v: Any, s: Any, g: Any) -> Any:
    scores = plait.recur(q, k, s, value_decay=g)
    return plait.recur(plait.softmax(scores), s, v, decay=g)


def test_gated_slots() -> None:
    """Slots are values that decay, and then keys that do."""
    q, k, v = (random(1, 130, 1, 64, dtype=np.float32) / 8 for _ in range(3))
    s, g = random(1, 130, 1, 64, dtype=np.float32), gates(1, 130, 1, 64, steep=STEEP)
    expected, _ = reference.gsa(*(x.astype(np.float64) for x in (q, k, v, s, g)), scale=1.0)
    assert error(gated_slots(*map(plait.cuda.array, (q, k, v, s, g))), expected) < BOUNDS[np.float32]
