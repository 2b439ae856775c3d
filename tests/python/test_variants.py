"""Every variant against its definition in f64."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

from typing import Any

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import cases
import plait
import reference
from cases import rms_error

F32_BOUND = 1e-6


def check(case: cases.Case, bound: float = F32_BOUND, **options: Any) -> None:
    """Compares output and final state of a call with the definition."""
    o, state = case.variant(*case.args, output_final_state=True, **options)
    expected, final = case.expect(**options)
    assert rms_error(o, expected) < bound
    assert state.dtype == np.float32
    assert rms_error(state, final) < F32_BOUND


def state_of(case: cases.Case, shape: cases.Shape, name: str, seed: int = 1) -> Any:
    """A random initial state of the right shape."""
    heads = shape.heads * (shape.group if name == "mamba2" else 1)
    values = shape.values + (name == "linear_attention")
    state = np.random.default_rng(seed).standard_normal((shape.batch, heads, shape.keys, values))
    return np.abs(state).astype(np.float32)


@pytest.mark.parametrize("name", cases.NAMES)
@pytest.mark.parametrize("tokens", [1, 7, 64, 130])
def test_tokens(name: str, tokens: int) -> None:
    check(cases.build(name, cases.Shape(tokens=tokens)))


@pytest.mark.parametrize("name", cases.NAMES)
@pytest.mark.parametrize("keys,values", [(1, 1), (5, 3), (60, 100), (64, 64), (100, 32)])
def test_head_dims(name: str, keys: int, values: int) -> None:
    check(cases.build(name, cases.Shape(keys=keys, values=values)))


@pytest.mark.parametrize("name", cases.NAMES)
def test_grouped_heads(name: str) -> None:
    check(cases.build(name, cases.Shape(group=3)))


@pytest.mark.parametrize("group", [1, 3])
def test_long_rows(group: int) -> None:
    """Rows of queries and keys that a kernel without gates copies."""
    q, k, v = cases.build("gla", cases.Shape(tokens=40, group=group, keys=256, values=80)).args[:3]
    assert rms_error(plait.recur(q, k, v), reference.recur(q, k, v)[0]) < F32_BOUND


@pytest.mark.parametrize("name", ["gla", "mamba2"])
def test_one_head_for_all(name: str) -> None:
    """More query heads than registers hold sums for; Mamba-2's B and C of one group."""
    check(cases.build(name, cases.Shape(heads=1, group=40)))


@pytest.mark.parametrize("name", cases.NAMES)
@pytest.mark.parametrize("reverse", [False, True])
def test_initial_state(name: str, reverse: bool) -> None:
    shape = cases.Shape()
    case = cases.build(name, shape)
    check(case, initial_state=state_of(case, shape, name), reverse=reverse)


@pytest.mark.parametrize("name", cases.NAMES)
def test_scale(name: str) -> None:
    check(cases.build(name), scale=0.5)


@pytest.mark.parametrize("name", cases.NAMES)
@pytest.mark.parametrize("dtype,bound", [(ml_dtypes.bfloat16, 4e-3), (np.float16, 5e-4)])
def test_half_precision(name: str, dtype: Any, bound: float) -> None:
    case = cases.build(name, dtype=dtype)
    assert case.variant(*case.args).dtype == dtype
    check(case, bound)


@pytest.mark.parametrize("name", ["retention", "lightning_attention", "simple_gla", "gla", "hgrn2", "rwkv6", "mamba2"])
@pytest.mark.parametrize("group", [1, 2])
def test_half_precision_gates(name: str, group: int) -> None:
    """A gate may have the type of q: the definition is given the rounded one."""
    case = cases.build(name, cases.Shape(group=group), dtype=ml_dtypes.bfloat16)
    rounded = [*case.args, -np.arange(1, 3, dtype=np.float32) / 4] if name == "retention" else list(case.args)
    for position in {"hgrn2": (1,), "mamba2": (1, 2, 5), "rwkv6": (3, 4)}.get(name, (3,)):
        rounded[position] = rounded[position].astype(ml_dtypes.bfloat16)
    exact = [np.asarray(x, np.float64) for x in rounded]
    o, state = case.variant(*rounded, output_final_state=True)
    expected, final = getattr(reference, name)(*exact)
    assert rms_error(o, expected) < 4e-3 and rms_error(state, final) < F32_BOUND


def test_a_half_precision_gate_per_token_beside_keys_that_are_computed() -> None:
    computed = plait.variant(lambda q, f, v, g: plait.recur(q, 1 - plait.exp(f), v, decay=g))
    q, f, v = cases.build("hgrn2", dtype=ml_dtypes.bfloat16).args
    f, g = f.astype(q.dtype), f[..., 0].astype(q.dtype)
    rows = [np.asarray(x, np.float64) for x in (q, f, v, g)]
    expected, _ = reference.recur(rows[0], 1 - np.exp(rows[1]), rows[2], decay=rows[3])
    assert rms_error(computed(q, f, v, g), expected) < 4e-3


@pytest.mark.parametrize("name", cases.NAMES)
@pytest.mark.parametrize("sizes", [(0, 3, 2), (2, 0, 2), (2, 3, 0)])
def test_empty(name: str, sizes: tuple[int, int, int]) -> None:
    shape = cases.Shape(*sizes)
    case = cases.build(name, shape)
    o, state = case.variant(*case.args, output_final_state=True)
    assert o.shape == (*sizes, shape.values)
    assert state.shape == state_of(case, shape, name).shape and not state.any()


@pytest.mark.parametrize("groups", [1, 2])
def test_groups_of_no_heads(groups: int) -> None:
    x, dt, b = (np.zeros((1, 5, *tail), np.float32) for tail in ((0, 4), (0,), (groups, 3)))
    assert plait.mamba2(x, dt, np.zeros(0, np.float32), b, b).shape == (1, 5, 0, 4)


@pytest.mark.parametrize("name", cases.NAMES)
def test_no_tokens_pass_the_state_through(name: str) -> None:
    shape = cases.Shape(tokens=0)
    case = cases.build(name, shape)
    state = state_of(case, shape, name)
    _, final = case.variant(*case.args, initial_state=state, output_final_state=True)
    assert np.array_equal(state, final)


@pytest.mark.parametrize("feature_map", list(cases.MAPS))
@pytest.mark.parametrize("causal", [False, True])
def test_feature_maps(feature_map: str, causal: bool) -> None:
    q, k, v = cases.build("linear_attention", cases.Shape(tokens=40)).args
    if feature_map in ("identity", "silu"):
        q, k = np.abs(q), np.abs(k)
    o = plait.linear_attention(q, k, v, feature_map, causal=causal)
    phi = cases.MAPS[feature_map]
    expected = reference.attention(q, k, v, phi=phi, causal=causal, normalize="sum", eps=1e-6)[0]
    assert rms_error(o, expected) < 2e-6


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize(
    "normalize,mode,eps",
    [(None, "none", 0.0), (plait.sum_eps(0.1), "sum", 0.1), (plait.clamp_min(30.0), "clamp", 30.0)],
)
def test_normalizers(causal: bool, normalize: Any, mode: str, eps: float) -> None:
    q, k, v = cases.build("linear_attention").args
    o = plait.linear_attention(q, k, v, normalize=normalize, causal=causal)
    expected = reference.attention(q, k, v, phi=reference.elu_plus_one, causal=causal, normalize=mode, eps=eps)[0]
    assert rms_error(o, expected) < F32_BOUND


@pytest.mark.parametrize("shape", [cases.Shape(), cases.Shape(tokens=130, keys=48, values=64)])
def test_value_decay(shape: cases.Shape) -> None:
    case = cases.build("gla", shape)
    q, k, v, g = case.args
    w = -np.abs(np.random.default_rng(3).standard_normal(v.shape)).astype(np.float32) / 8
    o = plait.recur(q, k, v, decay=g, value_decay=w)
    expected, _ = reference.recur(q, k, v, decay=g, value_decay=w)
    assert rms_error(o, expected) < F32_BOUND


@pytest.mark.parametrize("decay", ["none", "token", "key"])
@pytest.mark.parametrize("value_decay", [False, True])
@pytest.mark.parametrize("group", [1, 2])
def test_gates_before_an_exclusive_read(decay: str, value_decay: bool, group: int) -> None:
    q, k, v, g = cases.build("gla", cases.Shape(tokens=70, group=group)).args
    w = -np.abs(np.random.default_rng(3).standard_normal(v.shape)).astype(np.float32) / 8
    gates = {"decay": {"none": None, "token": g[..., 0].copy(), "key": g}[decay]}
    if value_decay:
        gates["value_decay"] = w
    o, state = plait.recur(q, k, v, read="exclusive", output_final_state=True, **gates)
    expected, final = reference.recur(q, k, v, read="exclusive", **gates)
    assert rms_error(o, expected) < F32_BOUND and rms_error(state, final) < F32_BOUND


@pytest.mark.parametrize("normalize", [plait.sum_eps(0.1), plait.clamp_min(25.0)])
@pytest.mark.parametrize("bonus", [False, True])
@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("group", [1, 2])
def test_normalised_exclusive_read(normalize: Any, bonus: bool, reverse: bool, group: int) -> None:
    q, k, v, g, u = cases.build("rwkv6", cases.Shape(group=group)).args
    q, k, u = np.abs(q), np.abs(k), np.abs(u)
    initial = np.abs(np.random.default_rng(2).standard_normal((2, 2, 16, 25))).astype(np.float32)
    options = {"read": "exclusive", "bonus": u if bonus else None, "scale": 0.5, "initial_state": initial}
    o, state = plait.recur(q, k, v, decay=g, normalize=normalize, reverse=reverse, output_final_state=True, **options)
    ones = np.concatenate([v, np.ones_like(v[..., :1])], -1)
    sums, final = reference.recur(q, k, ones, decay=g, reverse=reverse, **options)
    total = sums[..., 24:]
    assert 0.1 < np.mean(total < 25) < 0.9
    total = total + 0.1 if normalize.mode == "sum" else np.maximum(total, 25)
    assert rms_error(o, sums[..., :24] / total) < F32_BOUND
    assert rms_error(state, final) < F32_BOUND


@pytest.mark.parametrize("values", [1, 511, 512])
@pytest.mark.parametrize("bonus", [None, np.full((2, 8), 0.5, np.float32)])
def test_normalised_exclusive_read_of_any_values(bonus: Any, values: int) -> None:
    rng = np.random.default_rng(4)
    q, k = (rng.random((1, 5, 2, 8), np.float32) for _ in range(2))
    v = rng.standard_normal((1, 5, 2, values)).astype(np.float32)
    initial = rng.random((1, 2, 8, values + 1), np.float32)
    options = {"read": "exclusive", "bonus": bonus}
    whole = {"initial_state": initial, "output_final_state": True}
    o, state = plait.recur(q, k, v, normalize=plait.sum_eps(1e-3), **options, **whole)
    sums, final = reference.recur(
        q, k, np.concatenate([v, np.ones_like(v[..., :1])], -1), initial_state=initial, **options
    )
    assert rms_error(o, sums[..., :-1] / (sums[..., -1:] + 1e-3)) < F32_BOUND
    assert rms_error(state, final) < F32_BOUND
    for t in range(5):
        args = q[:, t], k[:, t], v[:, t]
        step, initial = plait.recur.step(*args, state=initial, inplace=True, normalize=plait.sum_eps(1e-3), **options)
        assert rms_error(step, o[:, t]) < F32_BOUND
    assert rms_error(initial, final) < F32_BOUND


def test_steps_of_a_normalised_exclusive_read() -> None:
    q, k, v, g, u = cases.build("rwkv6", cases.Shape(tokens=5), dtype=ml_dtypes.bfloat16).args
    q, k = np.abs(q), np.abs(k)
    options = {"read": "exclusive", "bonus": np.abs(u), "normalize": plait.sum_eps(0.1)}
    whole, final = plait.recur(q, k, v, decay=g, output_final_state=True, **options)
    state = None
    for t in range(5):
        o, state = plait.recur.step(q[:, t], k[:, t], v[:, t], decay=g[:, t], state=state, inplace=True, **options)
        assert o.dtype == q.dtype and rms_error(o.astype(np.float64), whole[:, t].astype(np.float64)) < 4e-3
    assert rms_error(state, final) < F32_BOUND


@given(
    st.sampled_from(cases.NAMES),
    st.integers(1, 3),
    st.integers(0, 150),
    st.integers(1, 3),
    st.sampled_from([1, 2, 4]),
    st.sampled_from([(16, 24), (64, 64), (7, 33)]),
    st.booleans(),
    st.integers(0, 2**16),
)
def test_random(
    name: str, batch: int, tokens: int, heads: int, group: int, dims: tuple[int, int], reverse: bool, seed: int
) -> None:
    check(cases.build(name, cases.Shape(batch, tokens, heads, group, *dims), seed), reverse=reverse)


@pytest.mark.parametrize("name", ["simple_gla", "gla"])
@pytest.mark.parametrize("low", [-20.0, -80.0])
def test_steep_gates(name: str, low: float) -> None:
    case = cases.build(name, cases.Shape(tokens=300))
    g = case.args[3]
    g[:, ::17] = low
    check(case)


@pytest.mark.parametrize("name", ["simple_gla", "gla"])
@pytest.mark.parametrize("bound", [-20.0, 4.0])
def test_gates_at_the_bounds_of_folding(name: str, bound: float) -> None:
    case = cases.build(name, cases.Shape(tokens=300))
    g = case.args[3]
    near = np.float32(bound) * (1 + np.arange(-3, 4, dtype=np.float32) * np.finfo(np.float32).eps)
    # Growth is undone by what follows, so that nothing overflows.
    g[:, ::2] = np.random.default_rng().choice(near, g[:, ::2].shape)
    g[:, 1::2] = -abs(bound)
    check(case)


@pytest.mark.parametrize("name", ["decay", "value_decay"])
def test_a_state_that_many_short_blocks_carry(name: str) -> None:
    # The gates of the first channel end a block at every token.
    rng = np.random.default_rng(5)
    zeros, ones = np.zeros((1, 300, 1, 17), np.float32), np.ones((1, 1, 17, 17), np.float32)
    g = rng.uniform(-0.3, 0, zeros.shape).astype(np.float32)
    g[:, ::2, :, 0] = -100
    _, state = plait.recur(zeros, zeros, zeros, initial_state=ones, output_final_state=True, **{name: g})
    kept = (state[0, 0] if name == "value_decay" else state[0, 0].T)[0, 1:]
    assert rms_error(kept / np.exp(g[0, :, 0, 1:].sum(0, dtype=np.float64)), np.ones(16)) < 1.5e-6


@pytest.mark.parametrize("kind", ["head", "token", "key"])
@pytest.mark.parametrize("rate", [-0.003, -0.0003])
def test_a_normaliser_under_a_slow_decay(kind: str, rate: float) -> None:
    # An exponential rounded the same way at each of many tokens would show.
    rng, shape = np.random.default_rng(6), (1, 3000, 1, 16)
    q, k = (np.abs(rng.standard_normal(shape)).astype(np.float32) for _ in range(2))
    v = (rng.standard_normal(shape) + 1).astype(np.float32)
    g = np.full({"head": (1,), "token": shape[:3], "key": shape}[kind], rate, np.float32)
    o = plait.recur(q, k, v, decay=g, normalize=plait.sum_eps(1e-6))
    numerator, _ = reference.recur(q, k, v, decay=g)
    denominator, _ = reference.recur(q, k, np.ones((*shape[:3], 1), np.float32), decay=g)
    assert rms_error(o, numerator / (denominator + 1e-6)) < F32_BOUND


def test_growth() -> None:
    case = cases.build("simple_gla", cases.Shape(tokens=20))
    case.args[3][:] = 0.5
    check(case)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_non_finite_values_stay_in_their_sequence(bad: float) -> None:
    case = cases.build("gla", cases.Shape(tokens=20))
    q, k, v, g = case.args
    k[0, 10, 0, 3] = bad
    with np.errstate(all="ignore"):
        o = plait.gla(q, k, v, g)
        assert not np.isfinite(o[0, 10:, 0]).all()
    assert np.isfinite(o[1]).all() and np.isfinite(o[:, :10]).all() and np.isfinite(o[:, :, 1]).all()


@pytest.mark.parametrize("keys", [1, 17, 500])
def test_an_infinite_value_in_one_column(keys: int) -> None:
    q, k, v, g = cases.build("simple_gla", cases.Shape(tokens=20, keys=keys, values=1)).args
    q, k = np.abs(q) + 1, np.abs(k) + 1
    v[0, 10, 0] = np.inf
    o, state = plait.simple_gla(q, k, v, g, output_final_state=True)
    assert np.all(o[0, 10:, 0] == np.inf) and np.all(state[0, 0] == np.inf)
    assert np.isfinite(o[:, :10]).all() and np.isfinite(o[1]).all() and np.isfinite(o[:, :, 1]).all()
