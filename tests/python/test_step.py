"""One token at a time gives what all tokens at once give, and the state stays in place."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import cases
import plait
import reference
from cases import rms_error

#: Parameters without a token, by variant.
SHARED = {"lightning_attention": (3,), "rwkv6": (4,), "mamba2": (2, 5)}


def token(name: str, args: tuple[Any, ...], t: int) -> tuple[Any, ...]:
    """The arguments of a step."""
    return tuple(x if i in SHARED.get(name, ()) else x[:, t] for i, x in enumerate(args))


@pytest.mark.parametrize("name", cases.NAMES)
@pytest.mark.parametrize("inplace", [False, True])
@pytest.mark.parametrize("group", [1, 2])
def test_steps_follow_the_call(name: str, inplace: bool, group: int) -> None:
    case = cases.build(name, cases.Shape(batch=3, tokens=9, group=group))
    expected, final = case.expect()
    state = None
    for t in range(9):
        before = state
        o, state = case.variant.step(*token(name, case.args, t), state=state, inplace=inplace)
        assert before is None or (state is before) == inplace
        assert rms_error(o, expected[:, t]) < 2e-6
    assert rms_error(state, final) < 1e-6


def test_step_continues_a_prefill() -> None:
    case = cases.build("gla", cases.Shape(tokens=21))
    o, _ = case.variant(*case.args, output_final_state=True)
    _, state = case.variant(*(x[:, :20] for x in case.args), output_final_state=True)
    o1, _ = case.variant.step(*token("gla", case.args, 20), state=state)
    assert rms_error(o1, o[:, 20]) < 1e-6


def test_steps_of_a_normaliser_under_a_slow_decay() -> None:
    # Both parts of the quotient are rounded alike at each token, which cancels.
    rng, shape, g = np.random.default_rng(8), (1, 3000, 1, 16), np.full((1,), -0.0003, np.float32)
    q, k = (np.abs(rng.standard_normal(shape)).astype(np.float32) for _ in range(2))
    v = (rng.standard_normal(shape) + 1).astype(np.float32)
    o, state = np.empty_like(v), None
    for t in range(shape[1]):
        x = (array[:, t] for array in (q, k, v))
        o[:, t], state = plait.recur.step(*x, decay=g, normalize=plait.sum_eps(1e-6), state=state)
    numerator, _ = reference.recur(q, k, v, decay=g)
    denominator, _ = reference.recur(q, k, np.ones((*shape[:3], 1), np.float32), decay=g)
    assert rms_error(o, numerator / (denominator + 1e-6)) < 2e-6


def test_state_is_not_touched_without_inplace() -> None:
    case = cases.build("simple_gla", cases.Shape(tokens=2))
    state = np.ones((2, 2, 16, 24), np.float32)
    case.variant.step(*token("simple_gla", case.args, 0), state=state)
    assert (state == 1).all()


@pytest.mark.parametrize("name", cases.NAMES)
def test_no_heads(name: str) -> None:
    case = cases.build(name, cases.Shape(batch=2, tokens=1, heads=0))
    o, state = case.variant.step(*token(name, case.args, 0), state=None)
    assert o.shape[:2] == (2, 0) and state.shape[:2] == (2, 0)


def test_a_variant_without_a_recurrence_has_an_empty_state() -> None:
    double = plait.variant(lambda q: q * 2)
    q = np.ones((2, 3, 4, 8), np.float32)
    o, state = double(q, output_final_state=True)
    assert state == () and (o == 2).all()
    for inplace in (False, True):
        o, state = double.step(q[:, 0], state=state, inplace=inplace)
        assert state == () and (o == 2).all()


def test_out_of_a_step() -> None:
    case = cases.build("retention", cases.Shape(tokens=1))
    q, k, v = token("retention", case.args, 0)
    out = np.empty_like(v)
    o, _ = plait.retention.step(q, k, v, out=out)
    assert o is out
    assert rms_error(out, case.expect()[0][:, 0]) < 1e-6


def test_inplace_refuses_what_it_cant_write() -> None:
    case = cases.build("retention", cases.Shape(tokens=1))
    state = np.zeros((2, 2, 16, 24), np.float32)
    state.flags.writeable = False
    with pytest.raises(plait.ArgumentError, match="state: .*read-only"):
        plait.retention.step(*token("retention", case.args, 0), state=state, inplace=True)
    shared = np.zeros((2, 2, 24, 24), np.float32)
    with pytest.raises(plait.ArgumentError, match="state: .*no other argument shares"):
        q = shared[0, :, :2, :]
        plait.retention.step(shared[:, :, 0], shared[:, :, 1], shared[:, :, 2], state=shared, inplace=True)
        del q


@pytest.mark.parametrize("group", [1, 2])
@pytest.mark.parametrize("inplace", [False, True])
def test_steps_of_a_map_of_the_position(group: int, inplace: bool) -> None:
    q, k, v = cases.build("linear_attention", cases.Shape(batch=3, tokens=9, group=group)).args
    cosformer = plait.feature_maps.cosformer(10)
    whole, final = plait.linear_attention(q, k, v, cosformer, output_final_state=True)
    state = None
    for t in range(9):
        # All items at one position, or each at its own: as an integer and as an array.
        position = t if t % 2 else np.full(3, t, np.int32 if t % 4 else np.int64)
        o, state = plait.linear_attention.step(
            q[:, t], k[:, t], v[:, t], cosformer, state=state, inplace=inplace, position=position
        )
        assert rms_error(o, whole[:, t]) < 2e-6
    assert rms_error(state, final) < 1e-6


def test_each_item_of_a_step_has_its_position() -> None:
    q, k, v = cases.build("linear_attention", cases.Shape(batch=2, tokens=9)).args
    cosformer = plait.feature_maps.cosformer(10)
    whole = plait.linear_attention(q, k, v, cosformer)
    _, state = plait.linear_attention(q[:, :4], k[:, :4], v[:, :4], cosformer, output_final_state=True)
    _, longer = plait.linear_attention(q[:, :7], k[:, :7], v[:, :7], cosformer, output_final_state=True)
    q1, k1, v1 = (np.stack([x[0, 4], x[1, 7]]) for x in (q, k, v))
    state[1] = longer[1]
    o, _ = plait.linear_attention.step(q1, k1, v1, cosformer, state=state, position=np.array([4, 7, 9])[:2])
    assert rms_error(o, np.stack([whole[0, 4], whole[1, 7]])) < 2e-6


@pytest.mark.parametrize("position", [None, -1, 2**70, True, 1.5, "1", np.arange(3), np.zeros(2, np.float32), [0, 0]])
def test_positions_that_are_none(position: Any) -> None:
    x = np.ones((2, 1, 4), np.float32)
    with pytest.raises(plait.ArgumentError, match="position: expects .*or an array of 2 on the CPU, but got"):
        plait.linear_attention.step(x, x, x, plait.feature_maps.cosformer(10), position=position)


def test_a_position_without_a_map_of_it() -> None:
    x = np.ones((2, 1, 4), np.float32)
    with pytest.raises(plait.ArgumentError, match="position: expects a feature map of the position"):
        plait.linear_attention.step(x, x, x, position=3)
