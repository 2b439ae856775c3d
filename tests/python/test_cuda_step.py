"""Steps on the emulator: one token at a time, in f32 but for the arrays of 16 bits that come and go.

Whatever the emulator reports (races, accesses out of bounds, copies read too early) fails the call.
"""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

from typing import Any

import ml_dtypes
import numpy as np
import pytest

import cases
import plait
import reference
from emulated import RANDOM, error, random
from plait import jit
from plait.tracing.trace import Request
from plait.variants import variant as variants
from test_step import SHARED, token

pytestmark = pytest.mark.usefixtures("emulator")

#: Bounds of the relative RMS error of many numbers: what rounding the result makes, and little more.
BOUNDS = {np.float32: 1e-6, ml_dtypes.bfloat16: 2.6e-3, np.float16: 4e-4}
STATE_BOUND = 2e-7


def on_device(arrays: tuple[Any, ...]) -> list[Any]:
    return [plait.cuda.array(np.ascontiguousarray(x)) for x in arrays]


@pytest.mark.parametrize("name", cases.NAMES)
@pytest.mark.parametrize("dtype", BOUNDS)
def test_steps_follow_the_definition(name: str, dtype: Any) -> None:
    """Over tokens, with odd head dims, the states in place from the second on."""
    case = cases.build(name, cases.Shape(tokens=3, keys=20, values=34), seed=int(RANDOM.integers(1000)), dtype=dtype)
    expected, final = case.expect()
    state = None
    for t in range(3):
        o, state = case.variant.step(*on_device(token(name, case.args, t)), state=state, inplace=state is not None)
        assert error(o, expected[:, t]) < BOUNDS[dtype]
    assert error(state, final) < STATE_BOUND


@pytest.mark.parametrize(("keys", "values"), [(1, 1), (32, 32), (64, 64), (100, 100), (128, 256), (256, 200)])
@pytest.mark.parametrize("decay", [(), (2,), (3, 2), (3, 2, 0)], ids=["none", "head", "token", "key"])
@pytest.mark.parametrize("inplace", [False, True])
def test_widths_decays_and_states(keys: int, values: int, decay: tuple[int, ...], inplace: bool) -> None:
    dtype = np.float32 if keys == 1 else ml_dtypes.bfloat16
    q, k = (np.abs(random(3, 1, heads, keys, dtype=dtype)) for heads in (4, 2))
    v, start = random(3, 1, 2, values, dtype=dtype), np.abs(random(3, 2, keys, values + 1, dtype=np.float32))
    sizes = [size or keys for size in decay]
    g = -np.abs(random(*sizes, dtype=np.float32)) if decay else None
    held = plait.cuda.array(start)
    gate = {} if g is None else {"decay": plait.cuda.array(g)}
    o, state = plait.recur.step(
        *on_device((q[:, 0], k[:, 0], v[:, 0])), **gate, normalize=plait.sum_eps(1e-6), state=held, inplace=inplace
    )
    columns = np.concatenate([np.asarray(v, np.float64), np.ones((3, 1, 2, 1))], -1)
    all_tokens = g if g is None or g.ndim == 1 else g[:, None]
    sums, final = reference.recur(q, k, columns, decay=all_tokens, initial_state=start)
    assert (state is held) == inplace
    assert error(o, (sums[..., :-1] / (sums[..., -1:] + 1e-6))[:, 0]) < BOUNDS[dtype]
    assert error(state, final) < STATE_BOUND
    assert inplace or (np.asarray(plait.cuda.numpy(held)) == start).all()


@pytest.mark.parametrize("values", [1, 48])
def test_exclusive_reads(values: int) -> None:
    """Without a bonus what is read is the state before."""
    q, k, v = (random(2, 1, 2, width, dtype=np.float32) for width in (64, 64, values))
    start = random(2, 2, 64, values, dtype=np.float32)
    arrays = on_device((q[:, 0], k[:, 0], v[:, 0]))
    o, state = plait.recur.step(*arrays, read="exclusive", state=plait.cuda.array(start))
    expected, final = reference.recur(q, k, v, read="exclusive", initial_state=start)
    assert error(o, expected[:, 0]) < 5e-6 and error(state, final) < STATE_BOUND


@pytest.mark.parametrize("values", [1, 48])
def test_decays_of_values(values: int) -> None:
    q, k, v = (random(2, 1, 2, width, dtype=np.float32) for width in (64, 64, values))
    start, w = random(2, 2, 64, values, dtype=np.float32), -np.abs(random(2, 1, 2, values, dtype=np.float32))
    arrays = on_device((q[:, 0], k[:, 0], v[:, 0]))
    o, state = plait.recur.step(*arrays, value_decay=plait.cuda.array(w[:, 0].copy()), state=plait.cuda.array(start))
    expected, final = reference.recur(q, k, v, value_decay=w, initial_state=start)
    assert error(o, expected[:, 0]) < 5e-6 and error(state, final) < STATE_BOUND


@pytest.mark.parametrize("steep", [-20, -80, -np.inf])
def test_steep_decays(steep: float) -> None:
    q, k, v = (random(2, 1, 2, 64, dtype=np.float32) for _ in range(3))
    start, g = random(2, 2, 64, 64, dtype=np.float32), np.zeros((2, 1, 2, 64), np.float32)
    g[..., ::3] = steep
    o, state = plait.gla.step(*on_device((q[:, 0], k[:, 0], v[:, 0], g[:, 0])), state=plait.cuda.array(start))
    expected, final = reference.gla(q, k, v, g, initial_state=start)
    assert error(o, expected[:, 0]) < 2e-6 and error(state, final) < STATE_BOUND


def test_rows_and_values_of_maps() -> None:
    """Of maps on values, rows of several query heads, and what a map makes of the result."""

    @plait.variant
    def mapped(q: Any, k: Any, v: Any) -> Any:
        return plait.recur(plait.where(q > 0, q + 1, plait.exp(q)), k * k, v * 2, normalize=plait.sum_eps(1e-3)) * 0.5

    q, k, v = random(2, 1, 6, 64), random(2, 1, 2, 64), random(2, 1, 2, 48)
    start = np.abs(random(2, 2, 64, 49, dtype=np.float32))
    o, state = mapped.step(*on_device((q[:, 0], k[:, 0], v[:, 0])), state=plait.cuda.array(start))
    columns = np.concatenate([2 * np.asarray(v, np.float64), np.ones((2, 1, 2, 1))], -1)
    phi = reference.elu_plus_one(np.asarray(q, np.float64))
    sums, final = reference.recur(phi, np.asarray(k, np.float64) ** 2, columns, initial_state=start)
    expected = sums[..., :-1] / (sums[..., -1:] + 1e-3) / 2
    assert error(o, expected[:, 0]) < BOUNDS[ml_dtypes.bfloat16] and error(state, final) < STATE_BOUND


@pytest.mark.parametrize("name", cases.NAMES)
@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("group", [1, 2])
def test_calls_of_one_token_are_steps(name: str, reverse: bool, group: int) -> None:
    """Bit for bit, with the state of a call before."""
    shape = cases.Shape(batch=3, tokens=7, group=group)
    case = cases.build(name, shape, seed=int(RANDOM.integers(1000)), dtype=ml_dtypes.bfloat16)
    of_each = [i not in SHARED.get(name, ()) for i in range(len(case.args))]
    before, one = (
        on_device(tuple(x[:, cut] if per_token else x for x, per_token in zip(case.args, of_each)))
        for cut in (slice(6), slice(6, 7))
    )
    _, state = case.variant(*before, output_final_state=True)
    rows = on_device(token(name, case.args, 6))
    o, after = case.variant(*one, initial_state=state, output_final_state=True, reverse=reverse)
    expected, last = case.variant.step(*rows, state=state)
    assert np.array_equal(plait.cuda.numpy(o)[:, 0], plait.cuda.numpy(expected))
    assert np.array_equal(plait.cuda.numpy(after), plait.cuda.numpy(last))


def test_explaining_and_tuning_calls_of_one_token() -> None:
    rows = on_device(tuple(random(1, 1, 2, 64) for _ in range(3)))
    assert "form step" in plait.retention.explain(*rows)
    x = plait.Spec((1, 2, 64), "bf16")
    tried = [trial.schedule for trial in plait.retention.tune(*rows).trials]
    assert tried == jit.schedules(plait.retention.mlir(x, x, x, state=None), 2, 1, 0)


def test_compiled_ahead_of_time() -> None:
    """What has a state is a step: its arrays have one token."""
    q, state = plait.Spec((1, 2, 64), "bf16"), plait.Spec((1, 2, 64, 64), "f32")
    for given in (state, None):
        text = plait.retention.mlir(q, q, q, state=given)
        assert "@retention_step(%q: tensor<?x1x?x64xbf16>" in text and ("%state:" in text) == (given is not None)
        pack = plait.retention.compile(q, q, q, state=given, targets=["sm_80", "x86-64-v3"])
        assert list(pack.functions) == ["retention_step"]
        assert {isa for isa, _ in pack.functions["retention_step"]} == {"sm_80", "x86-64-v3"}


def test_explaining_leaves_the_state() -> None:
    start = random(1, 2, 64, 64, dtype=np.float32)
    held, rows = plait.cuda.array(start), on_device(tuple(random(1, 2, 64) for _ in range(3)))
    page = plait.retention.explain(*rows, state=held, inplace=True)
    assert page.startswith(f"retention_step on {jit.isa_of(0)}\n") and "form step {block = 16" in page
    assert (np.asarray(plait.cuda.numpy(held)) == start).all()


def test_an_argument_named_state_makes_no_step() -> None:
    takes = plait.variant(lambda q, k, v, state: plait.recur(q, k, v) * state)
    x = plait.Spec((1, 9, 2, 64))
    assert takes.mlir(x, x, x, state=x) == takes.mlir(x, x, x, x)


@pytest.mark.parametrize("tokens", [1, 40])
def test_states_in_place_beside_split_values(monkeypatch: pytest.MonkeyPatch, tokens: int) -> None:
    """Of two recurrences one has so many channels that a CTA takes them in turn, and the other's state each time."""

    @plait.variant
    def gated(q: Any, k: Any, v: Any, w: Any) -> Any:
        return plait.recur(q, k * 2, v) * plait.sum(plait.recur(q, k * 2, w))

    q, k, v, w = (np.abs(random(2, tokens, 2, width, dtype=np.float32)) / 8 for width in (64, 64, 200, 48))
    starts = tuple(np.abs(random(2, 2, 64, width, dtype=np.float32)) for width in (200, 48))
    held = tuple(plait.cuda.array(start) for start in starts)
    if tokens == 1:
        o, states = gated.step(*on_device(tuple(x[:, 0] for x in (q, k, v, w))), state=held, inplace=True)
    else:
        monkeypatch.setattr(variants, "_request", lambda *call: Request(None, False, True, True, in_place=True))
        o, states = gated(*on_device((q, k, v, w)), initial_state=held, output_final_state=True)
    (wide, one), (few, other) = (
        reference.recur(q, 2 * k, x, initial_state=start) for x, start in zip((v, w), starts)
    )
    expected = wide * few.sum(-1, keepdims=True)
    assert error(o, expected[:, 0] if tokens == 1 else expected) < 4e-6
    assert all(mine is given for mine, given in zip(states, held))
    assert error(held[0], one) < 2e-6 and error(held[1], other) < 2e-6


@pytest.mark.parametrize("group", [1, 2])
def test_steps_of_a_map_of_the_position(group: int) -> None:
    """Each item at a position of its own, and all at one: on the device as on the host."""
    q, k, v = (x[:, 0] for x in cases.build("linear_attention", cases.Shape(batch=3, tokens=1, group=group)).args)
    cosformer = plait.feature_maps.cosformer(100)
    state = before = None
    for position in (0, np.array([4, 90, 90], np.int32), 17):
        o, state = plait.linear_attention.step(*on_device((q, k, v)), cosformer, state=state, position=position)
        expected, before = plait.linear_attention.step(q, k, v, cosformer, state=before, position=position)
        assert error(o, expected) < 2e-6 and error(state, before) < 2e-6
    with pytest.raises(plait.ArgumentError, match=r"or an array of 3 on the CPU, but got <plait.cuda.Array of int64"):
        plait.linear_attention.step(*on_device((q, k, v)), cosformer, position=plait.cuda.array(np.arange(3)))
