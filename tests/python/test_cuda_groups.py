"""Groups of query heads on the emulator: CTAs take parts of one, and one of them writes the state they share.

Whatever the emulator reports (two CTAs that write one state, most of all) fails the call.
"""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import ml_dtypes
import numpy as np
import pytest

import plait
import reference
from emulated import BOUNDS, error, random
from plait import _plait, jit
from plait.tracing.trace import Request
from plait.variants import variant as variants

pytestmark = pytest.mark.usefixtures("emulator")

BF16 = ml_dtypes.bfloat16


def operands(name: str, group: int, tokens: int, width: int, dtype: Any, heads: int = 2) -> list[Any]:
    """Queries, keys, values, and the gates that a variant has."""
    q, k, v = (random(2, tokens, h, width, dtype=dtype) for h in (group * heads, heads, heads))
    shape = {"simple_gla": k.shape[:3], "gla": k.shape}.get(name)
    return [q, k, v] + ([-np.abs(random(*shape, dtype=np.float32)) / 20] if shape else [])


def both(name: str, arrays: list[Any], bound: float, **options: Any) -> None:
    """Results and last states, from given ones."""
    k, v = arrays[1:3]
    columns = v.shape[-1] + (name == "linear_attention")
    start = np.abs(random(k.shape[0], k.shape[2], k.shape[-1], columns, dtype=np.float32))
    expected = getattr(reference, name)(*arrays, initial_state=start, **options)
    got = getattr(plait, name)(
        *map(plait.cuda.array, arrays), initial_state=plait.cuda.array(start), output_final_state=True, **options
    )
    assert error(got[0], expected[0]) < bound and error(got[1], expected[1]) < bound


@pytest.fixture
def schedule(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[None]:
    """Calls of retention have this schedule, whatever their size."""
    monkeypatch.setattr(jit, "scheduled", lambda *size: request.param)
    plait.retention.dispatcher().reset()
    yield
    plait.retention.dispatcher().reset()


@pytest.mark.parametrize("name", ["linear_attention", "retention", "simple_gla", "gla"])
@pytest.mark.parametrize(
    ("group", "width", "dtype"), [(8, 64, BF16), (64, 64, BF16), (6, 128, np.float32), (10, 256, np.float32)]
)
def test_parts_of_a_group(name: str, group: int, width: int, dtype: Any) -> None:
    """64 heads of 64 channels are more than shared memory holds at once."""
    both(name, operands(name, group, 70, width, dtype, heads=1 if group == 64 else 2), BOUNDS[dtype])


def test_parts_in_reverse_and_of_wide_values() -> None:
    """Parts and tiles of values: the last of both writes the normaliser's state."""
    both("simple_gla", operands("simple_gla", 8, 65, 64, np.float32), BOUNDS[np.float32], reverse=True)
    q, k, _ = operands("linear_attention", 8, 40, 64, np.float32)
    both("linear_attention", [q, k, random(*k.shape[:3], 200, dtype=np.float32)], BOUNDS[np.float32])


@pytest.mark.parametrize("schedule", ["heads=1", "heads=2", "heads=4", "heads=8", "heads=2,splits=3"], indirect=True)
@pytest.mark.usefixtures("schedule")
def test_heads_of_a_schedule() -> None:
    both("retention", operands("retention", 8, 200, 64, np.float32), BOUNDS[np.float32])


@pytest.mark.parametrize("name", ["linear_attention", "retention"])
@pytest.mark.parametrize(("group", "width"), [(8, 64), (16, 64), (64, 128), (12, 256)])
@pytest.mark.parametrize("inplace", [False, True])
def test_steps(name: str, group: int, width: int, inplace: bool) -> None:
    """A state in place is read by all parts before the last writes it."""
    q, k, v = (x[:, 0] for x in operands(name, group, 1, width, BF16))
    state = np.abs(random(2, 2, width, width + (name == "linear_attention"), dtype=np.float32))
    held = plait.cuda.array(state)
    variant = getattr(plait, name)
    o, after = variant.step(*map(plait.cuda.array, (q, k, v)), state=held, inplace=inplace)
    expected, last = variant.step(*(x.astype(np.float32) for x in (q, k, v)), state=state)
    assert (after is held) == inplace
    assert error(o, expected) < BOUNDS[BF16] and error(after, last) < 1e-6
    if not inplace:
        assert np.array_equal(plait.cuda.numpy(held), state)


@pytest.mark.parametrize("of_values", [False, True])
def test_numbers_beside_parts_in_turn(of_values: bool) -> None:
    """The next part's number of a token, of a row of one channel, is read ahead, but none past the last part's."""

    @plait.variant
    def scaled(q: Any, k: Any, v: Any, s: Any) -> Any:
        return plait.recur(q * s, k, v)

    width = 1 if of_values else 64
    q, k = (x[:, 0] for x in operands("linear_attention", 8, 1, 64, BF16, heads=1)[:2])
    v, s = random(*k.shape[:2], width).astype(BF16), random(*q.shape[:2], 1).astype(BF16)
    state = random(*k.shape[:2], 64, width, dtype=np.float32)
    step, given = (plait.recur.step, (q, k, v)) if of_values else (scaled.step, (q, k, v, s))
    held = plait.cuda.array(state)
    o, after = step(*map(plait.cuda.array, given), state=held, inplace=True)
    expected, last = step(*(x.astype(np.float32) for x in given), state=state)
    assert after is held and error(o, expected) < BOUNDS[BF16] and error(held, last) < 1e-6


@pytest.mark.parametrize("width", [48, 136])
def test_a_state_in_place(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A CTA takes all parts, and all tiles of values, in turn: of widths that no other call has traced."""
    monkeypatch.setattr(variants, "_request", lambda *call: Request(None, False, True, True, in_place=True))
    q, k, _ = operands("linear_attention", 8, 50, 64, np.float32)
    v = random(*k.shape[:3], width, dtype=np.float32)
    start = np.abs(random(2, 2, 64, width + 1, dtype=np.float32))
    state = plait.cuda.array(start)
    out, same = plait.linear_attention(*map(plait.cuda.array, (q, k, v)), initial_state=state, output_final_state=True)
    expected, last = reference.linear_attention(q, k, v, initial_state=start)
    assert same is state and error(out, expected) < 2e-6 and error(state, last) < 2e-6


@pytest.mark.parametrize("dtype", [BF16, np.float32])
def test_all_tokens_for_a_group(dtype: Any) -> None:
    """Attention that isn't causal: a product with the sum of keys and values of the group."""
    q, k, v = operands("linear_attention", 64, 70, 64, dtype, heads=1)
    out = plait.linear_attention(*map(plait.cuda.array, (q, k, v)), causal=False)
    expected = plait.linear_attention(*(x.astype(np.float32) for x in (q, k, v)), causal=False)
    assert error(out, expected) < BOUNDS[dtype]


def test_schedules_of_a_group() -> None:
    """What does not divide a group is an error; tuning tries other heads than the default, apart and together."""
    q, k = plait.Spec((1, 4096, 8, 64), "bf16"), plait.Spec((1, 4096, 1, 64), "bf16")
    with pytest.raises(plait.CompileError, match="expects a number of heads that divides a group's 8, but got 3"):
        plait.retention.compile(q, k, k, targets=["sm_90a"], schedule="heads=3")
    tried = _plait.schedules(plait.retention.program([q, k, k], {}).text(), "sm_90a", 500, 4096, 132)
    assert tried[0] == "" and {"heads=1", "heads=4"} < set(tried)
    q = plait.Spec((1, 4096, 3, 64), "bf16")
    tried = _plait.schedules(plait.retention.program([q, k, k], {}).text(), "sm_90a", 500, 4096, 132)
    assert not any("heads" in schedule for schedule in tried)
