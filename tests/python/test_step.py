"""One token at a time gives the bits of all tokens at once, and the state stays in place."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import cases
import plait
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


def test_state_is_not_touched_without_inplace() -> None:
    case = cases.build("simple_gla", cases.Shape(tokens=2))
    state = np.ones((2, 2, 16, 24), np.float32)
    case.variant.step(*token("simple_gla", case.args, 0), state=state)
    assert (state == 1).all()


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


def test_positions_have_no_step() -> None:
    x = np.ones((1, 1, 4), np.float32)
    with pytest.raises(plait.UnsupportedError, match="position"):
        plait.linear_attention.step(x, x, x, plait.feature_maps.cosformer(10))
