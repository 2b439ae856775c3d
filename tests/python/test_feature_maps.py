"""Feature maps with parameters, against their formulas in f64."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import plait
import reference
from cases import rms_error
from plait import feature_maps as maps

D, E = 12, 10
RNG = np.random.default_rng(0)
W = (RNG.standard_normal((D, E)) / 4).astype(np.float32)
BIAS = RNG.standard_normal(E).astype(np.float32)
GAMMA, BETA = RNG.standard_normal((2, D)).astype(np.float32)
Q, K, V = (RNG.standard_normal((2, 40, 2, D)).astype(np.float32) for _ in range(3))


def products(x: Any, square: float, mixed: float) -> list[Any]:
    """The squares of a row, then element i times those after it."""
    d = x.shape[-1]
    return [x * x * square, *(x[..., i : i + 1] * x[..., i + 1 :] * mixed for i in range(d))]


def hedgehog(x: Any) -> Any:
    y = x @ W + BIAS
    return reference.softmax(np.concatenate([y, -y], -1))


def favor(x: Any, stable: bool) -> Any:
    scaled = x * D**-0.25
    y = scaled @ W.astype(np.float64)
    c = y.max(-1, keepdims=True) if stable else 0
    return (np.exp(y - (scaled**2).sum(-1, keepdims=True) / 2 - c) + 1e-4) * E**-0.5


def favor_hyperbolic(x: Any) -> Any:
    scaled = x * D**-0.25
    y = scaled @ W.astype(np.float64)
    envelope = np.exp(-(scaled**2).sum(-1, keepdims=True) / 2)
    return envelope * np.concatenate([np.exp(y), np.exp(-y)], -1) * (2 * E) ** -0.5


def rff(x: Any) -> Any:
    y = x @ W.astype(np.float64)
    return np.concatenate([np.cos(y), np.sin(y)], -1) * np.sqrt(2 / (2 * E))


def dpfp(x: Any) -> Any:
    r = reference.relu(np.concatenate([x, -x], -1))
    return np.concatenate([r * np.roll(r, i, -1) for i in (1, 2, 3)], -1)


def cosformer(x: Any) -> Any:
    angle = np.pi * np.arange(x.shape[1])[:, None, None] / (2 * 64)
    r = reference.relu(x)
    return np.concatenate([r * np.cos(angle), r * np.sin(angle)], -1)


def taylor2(x: Any) -> Any:
    parts = products(x, 1 / np.sqrt(2 * D), 1 / np.sqrt(D))
    return np.concatenate([np.ones((*x.shape[:-1], 1)), x * D**-0.25, *parts], -1)


def rebased(x: Any) -> Any:
    centred = x - x.mean(-1, keepdims=True)
    z = GAMMA * centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-5) + BETA
    return np.concatenate(products(z, 1 / np.sqrt(D), np.sqrt(2 / D)), -1)


MAPS = {
    "hedgehog": (maps.hedgehog(W, BIAS), hedgehog, hedgehog),
    "t2r": (maps.t2r(W, BIAS), *[lambda x: reference.relu(x @ W.astype(np.float64) + BIAS)] * 2),
    "favor": (maps.favor(W), lambda x: favor(x, True), lambda x: favor(x, False)),
    "favor_hyperbolic": (maps.favor_hyperbolic(W), favor_hyperbolic, favor_hyperbolic),
    "rff": (maps.rff(W), rff, rff),
    "dpfp": (maps.dpfp(3), dpfp, dpfp),
    "cosformer": (maps.cosformer(64), cosformer, cosformer),
    "taylor2": (maps.taylor2(), taylor2, taylor2),
    "rebased": (maps.rebased(GAMMA, BETA), rebased, rebased),
}


@pytest.mark.parametrize("name", list(MAPS))
@pytest.mark.parametrize("causal", [False, True])
def test_maps(name: str, causal: bool) -> None:
    feature_map, phi, psi = MAPS[name]
    # A polynomial of mixed signs has no useful normaliser.
    o = plait.linear_attention(Q, K, V, feature_map, normalize=None, causal=causal)
    expected = reference.attention(Q, K, V, phi=phi, psi=psi, causal=causal)[0]
    assert rms_error(o, expected) < 2e-6


@pytest.mark.parametrize("name", ["hedgehog", "favor", "favor_hyperbolic"])
def test_steps(name: str) -> None:
    feature_map, phi, psi = MAPS[name]
    expected = reference.attention(Q, K, V, phi=phi, psi=psi, normalize="sum", eps=1e-6)[0]
    state = None
    for t in range(5):
        o, state = plait.linear_attention.step(Q[:, t], K[:, t], V[:, t], feature_map, state=state, inplace=True)
        assert rms_error(o, expected[:, t]) < 2e-6


def test_a_map_of_queries_and_keys_in_a_variant_of_ones_own() -> None:
    phi = maps.favor(W)
    own = plait.variant(lambda q, k, v: plait.recur(phi.query(q), phi.key(k), v, normalize=plait.sum_eps(1e-6)))
    assert np.array_equal(own(Q, K, V), plait.linear_attention(Q, K, V, phi))
    with pytest.raises(plait.TraceError, match=r"phi.query\(q\) and phi.key\(k\)"):
        plait.variant(lambda q: plait.recur(phi(q), phi(q), q))(Q)


def test_a_map_of_ones_own_with_a_matrix_per_head() -> None:
    each = RNG.standard_normal((2, D, E)).astype(np.float32)
    o = plait.linear_attention(Q, K, V, lambda x: plait.exp(plait.l2_norm(x @ each)))

    def phi(x: Any) -> Any:
        y = np.einsum("bthd,hde->bthe", x, each.astype(np.float64))
        return np.exp(y / np.sqrt((y**2).sum(-1, keepdims=True) + 1e-6))

    assert rms_error(o, reference.attention(Q, K, V, phi=phi, normalize="sum", eps=1e-6)[0]) < 2e-6


@pytest.mark.parametrize("name,widest", [("taylor2", 30), ("rebased", 31)])
def test_polynomial_maps_are_for_small_rows(name: str, widest: int) -> None:
    def call(d: int) -> Any:
        x, row = np.ones((1, 2, 1, d), np.float32), np.ones(d, np.float32)
        return plait.linear_attention(x, x, x, maps.taylor2() if name == "taylor2" else maps.rebased(row, row))

    assert call(widest).shape == (1, 2, 1, widest)
    with pytest.raises(plait.ShapeError, match="q: expects .* of 1 to 512, but got"):
        call(widest + 1)


def test_the_cheaper_exponential_below_zero_has_the_bits_of_the_whole_one() -> None:
    @plait.variant
    def choosing(q: Any, k: Any, v: Any, x: Any) -> Any:
        return plait.recur(q, k, v) * plait.where(x > 0, x + 1, plait.exp(x))

    @plait.variant
    def whole(q: Any, k: Any, v: Any, x: Any) -> Any:
        return plait.recur(q, k, v) * plait.exp(x)

    rng = np.random.default_rng(5)
    x = -(np.float32(10) ** rng.uniform(-9, 2.05, (1, 1, 256, 64)).astype(np.float32))
    x[0, 0, 0, :8] = [0, -0.0, -87.34, -103.9, -104.1, -3e38, -np.inf, np.nan]
    one = np.ones((1, 1, 256, 1), np.float32)
    ones = np.ones((1, 1, 256, 64), np.float32)
    expected = whole(one, one, ones, x)
    assert expected[0, 0, 0, 3] > 0 and 0 < np.sum(expected < np.finfo(np.float32).tiny) < expected.size
    np.testing.assert_array_equal(choosing(one, one, ones, x), expected)
    np.testing.assert_array_equal(choosing(one, one, ones, -x)[x < 0], (1 - x)[x < 0])
