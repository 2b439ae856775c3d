"""Feature maps: functions of the row of a token and head (algebra of each in its docstring).

Those without parameters go by name in `linear_attention(feature_map=...)`: "elu+1",
"relu", "relu^2", "identity", "sigmoid", "silu", "exp", "softmax", "softmax+-". Those
with parameters are made here and passed in the same place.
"""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NoReturn, Union

from plait.arrays import expect_integer, expect_number
from plait.errors import ArgumentError
from plait.tracing import functions as f
from plait.tracing.value import Value, refuse

Map = Callable[[Value], Value]

BY_NAME: dict[str, Map] = {
    "elu+1": lambda x: f.where(x > 0, x + 1, f.exp(x)),
    "relu": lambda x: f.maximum(x, 0),
    "relu^2": lambda x: f.maximum(x, 0) ** 2,
    "identity": lambda x: x,
    "sigmoid": f.sigmoid,
    "silu": f.silu,
    "exp": lambda x: f.exp(x - f.max(x)),
    "softmax": f.softmax,
    "softmax+-": lambda x: f.concat([f.softmax(x), f.softmax(-x)]),
}


class KeyedMap:
    """A feature map that treats queries and keys differently, each by a function of its own."""

    def __init__(self, query: Map, key: Map) -> None:
        self.query, self.key = query, key

    def __call__(self, x: Value) -> NoReturn:
        """Refuses: a row does not say which of the two it is."""
        refuse("this feature map has one function for queries and one for keys; write phi.query(q) and phi.key(k)")


def maps_of(feature_map: Union[str, Map]) -> tuple[Map, Map]:
    """The maps of queries and of keys that a name or a function stands for.

    Raises:
        ArgumentError: the name is unknown, or it is no function.
    """
    if isinstance(feature_map, str):
        if feature_map not in BY_NAME:
            names = ", ".join(repr(name) for name in BY_NAME)
            raise ArgumentError(f"feature_map: expects one of {names} or a function, but got {feature_map!r}")
        return BY_NAME[feature_map], BY_NAME[feature_map]
    if isinstance(feature_map, KeyedMap):
        return feature_map.query, feature_map.key
    if not callable(feature_map):
        raise ArgumentError(f"feature_map: expects a name or a function, but got {type(feature_map).__name__}")
    return feature_map, feature_map


def hedgehog(W: Any, b: Any) -> Map:
    """softmax([y, -y]) with y = x W + b (Zhang et al. 2024, arXiv 2402.04347); W [D, E], b [E].

    >>> import numpy as np, plait
    >>> phi = plait.feature_maps.hedgehog(np.eye(4, dtype=np.float32), np.zeros(4, np.float32))
    >>> x = np.ones((1, 2, 1, 4), np.float32)
    >>> plait.linear_attention(x, x, x, feature_map=phi).shape
    (1, 2, 1, 4)
    """

    def phi(x: Value) -> Value:
        y = x @ W + b
        return f.softmax(f.concat([y, -y]))

    return phi


def t2r(W: Any, b: Any) -> Map:
    """relu(x W + b) (Kasai et al. 2021, arXiv 2103.13076); W [D, E], b [E].

    >>> import numpy as np, plait
    >>> phi = plait.feature_maps.t2r(np.eye(4, dtype=np.float32), np.zeros(4, np.float32))
    >>> x = np.ones((1, 2, 1, 4), np.float32)
    >>> plait.linear_attention(x, x, x, feature_map=phi).shape
    (1, 2, 1, 4)
    """

    def phi(x: Value) -> Value:
        return f.maximum(x @ W + b, 0)

    return phi


def favor(W: Any, eps: float = 1e-4) -> KeyedMap:
    """Positive random features (Choromanski et al. 2020, arXiv 2009.14794); W [D, m].

    m^-1/2 (exp(x' W - abs(x')^2 / 2 - c) + eps) with x' = x D^-1/4 and c the row's
    maximum of x' W for queries and 0 for keys. In a variant of one's own: phi.query(q)
    and phi.key(k).

    >>> import numpy as np, plait
    >>> W = np.random.default_rng(0).standard_normal((4, 8), np.float32)
    >>> x = np.ones((1, 2, 1, 4), np.float32)
    >>> plait.linear_attention(x, x, x, feature_map=plait.feature_maps.favor(W)).shape
    (1, 2, 1, 4)
    """

    def features(x: Value, stable: bool) -> Value:
        scaled = _softmax_scaled(x)
        y: Value = scaled @ W
        exponent = y - 0.5 * f.sum(scaled * scaled)
        exponent = exponent - f.max(y) if stable else exponent
        return (f.exp(exponent) + eps) * (1 / math.sqrt(y.width))

    return KeyedMap(lambda x: features(x, True), lambda x: features(x, False))


def favor_hyperbolic(W: Any) -> Map:
    """Positive features in pairs of opposite signs (Choromanski et al. 2020, arXiv 2009.14794); W [D, m].

    (2 m)^-1/2 [exp(x' W - abs(x')^2 / 2), exp(-x' W - abs(x')^2 / 2)] with x' = x D^-1/4.

    >>> import numpy as np, plait
    >>> W = np.random.default_rng(0).standard_normal((4, 8), np.float32)
    >>> x = np.ones((1, 2, 1, 4), np.float32)
    >>> plait.linear_attention(x, x, x, feature_map=plait.feature_maps.favor_hyperbolic(W)).shape
    (1, 2, 1, 4)
    """

    def phi(x: Value) -> Value:
        scaled = _softmax_scaled(x)
        y, half = scaled @ W, 0.5 * f.sum(scaled * scaled)
        return f.concat([f.exp(y - half), f.exp(-y - half)]) * (1 / math.sqrt(2 * y.width))

    return phi


def rff(W: Any) -> Map:
    """Random Fourier features sqrt(2/n) [cos(x W), sin(x W)]; W [D, n/2] (Rahimi and Recht 2007).

    >>> import numpy as np, plait
    >>> W = np.random.default_rng(0).standard_normal((4, 8), np.float32)
    >>> x = np.ones((1, 2, 1, 4), np.float32)
    >>> plait.linear_attention(x, x, x, feature_map=plait.feature_maps.rff(W)).shape
    (1, 2, 1, 4)
    """

    def phi(x: Value) -> Value:
        y: Value = x @ W
        return f.concat([f.cos(y), f.sin(y)]) * math.sqrt(1.0 / y.width)

    return phi


def dpfp(nu: int) -> Map:
    """DPFP-nu: r * roll(r, i) for i = 1..nu, r = [relu(x), relu(-x)] (Schlag et al. 2021, arXiv 2102.11174).

    >>> import numpy as np, plait
    >>> x = np.ones((1, 2, 1, 4), np.float32)
    >>> o, state = plait.linear_attention(
    ...     x, x, x, feature_map=plait.feature_maps.dpfp(2), output_final_state=True)
    >>> state.shape
    (1, 1, 16, 5)

    Raises:
        ArgumentError: nu is no integer from 1 to 256.
    """
    nu = expect_integer("nu", nu, 1, 256)

    def phi(x: Value) -> Value:
        r = f.concat([f.maximum(x, 0), f.maximum(-x, 0)])
        return f.concat([r * f.roll(r, i) for i in range(1, nu + 1)])

    return phi


def cosformer(horizon: int) -> Map:
    """relu(x) [cos(p), sin(p)], p = pi i / (2 horizon) at position i (Qin et al. 2022, arXiv 2202.08791).

    Positions count from the first token of the call; a step takes its token's as `position`.

    >>> import numpy as np, plait
    >>> x = np.ones((1, 2, 1, 4), np.float32)
    >>> plait.linear_attention(x, x, x, feature_map=plait.feature_maps.cosformer(8)).shape
    (1, 2, 1, 4)
    >>> o, state = plait.linear_attention.step(
    ...     x[:, 0], x[:, 0], x[:, 0], plait.feature_maps.cosformer(8), position=0)

    Raises:
        ArgumentError: the horizon is no integer of at least 1.
    """
    span = expect_number("horizon", expect_integer("horizon", horizon, 1))

    def phi(x: Value) -> Value:
        angle = x.trace.position(x) * (math.pi / (2 * span))
        r = f.maximum(x, 0)
        return f.concat([r * f.cos(angle), r * f.sin(angle)])

    return phi


def taylor2() -> Map:
    """[1, x', x_i^2 / sqrt(2 d), x_i x_j / sqrt(d) for i < j], x' = x d^-1/4 (Arora et al. 2024, arXiv 2402.18668).

    The features, 1 + d + d (d + 1) / 2 of them and at most 512, are written out: d is at most 30.

    >>> import numpy as np, plait
    >>> x = np.ones((1, 2, 1, 4), np.float32)
    >>> plait.linear_attention(x, x, x, feature_map=plait.feature_maps.taylor2()).shape
    (1, 2, 1, 4)
    """

    def phi(x: Value) -> Value:
        d = x.width
        one = x[..., :1] * 0.0 + 1.0
        return f.concat([one, _softmax_scaled(x), *_products(x, 1 / math.sqrt(2 * d), 1 / math.sqrt(d))])

    return phi


def rebased(gamma: Any, beta: Any) -> Map:
    """[z_i^2 / sqrt(d), sqrt(2 / d) z_i z_j for i < j], z = gamma LayerNorm(x) + beta; gamma, beta [D].

    The features, d (d + 1) / 2 of them and at most 512, are written out: d is at most 31.
    Source: ReBased (Aksenov et al. 2024, arXiv 2402.10644).

    >>> import numpy as np, plait
    >>> phi = plait.feature_maps.rebased(np.ones(4, np.float32), np.zeros(4, np.float32))
    >>> x = np.random.default_rng(0).standard_normal((1, 2, 1, 4), np.float32)
    >>> plait.linear_attention(x, x, x, feature_map=phi).shape
    (1, 2, 1, 4)
    """

    def phi(x: Value) -> Value:
        centred = x - f.mean(x)
        z: Value = gamma * (centred * f.rsqrt(f.mean(centred * centred) + 1e-5)) + beta
        d = x.width
        return f.concat(_products(z, 1 / math.sqrt(d), math.sqrt(2 / d)))

    return phi


def _softmax_scaled(x: Value) -> Value:
    """x D^-1/4: a product of two such rows has the scale D^-1/2 of softmax attention."""
    return x * (1 / math.sqrt(math.sqrt(x.width)))


def _products(x: Value, square: float, mixed: float) -> list[Value]:
    """The squares of a row, then row element i times those after it."""
    return [x * x * square, *(x[..., i : i + 1] * x[..., i + 1 :] * mixed for i in range(x.width - 1))]
