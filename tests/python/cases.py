"""Every variant with random arguments, and what its definition says of them."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

import definitions
import plait


class Shape(NamedTuple):
    """Sizes of a case: batch, tokens, key and value heads, query heads for each, head dims."""

    batch: int = 2
    tokens: int = 33
    heads: int = 2
    group: int = 1
    keys: int = 16
    values: int = 24


class Case(NamedTuple):
    """A call: the variant, its arguments, and the definition of (o, state)."""

    variant: Any
    args: tuple[Any, ...]
    expect: Callable[..., tuple[Any, Any]]


def build(name: str, shape: Shape = Shape(), seed: int = 0, dtype: Any = np.float32) -> Case:
    """A case by the name of its variant."""
    rng = np.random.default_rng(seed)
    b, t, h, group, kd, vd = shape

    def rows(heads: int, width: int) -> Any:
        return rng.standard_normal((b, t, heads, width)).astype(np.float32).astype(dtype)

    def gate(*tail: int) -> Any:
        return (-np.logaddexp(0, -rng.standard_normal((b, t, *tail))) / 4).astype(np.float32)

    q, k, v = rows(h * group, kd), rows(h, kd), rows(h, vd)
    return _CASES[name](shape, q, k, v, gate, rng)


def _given(variant: Any, args: tuple[Any, ...], **fixed: Any) -> Case:
    q, k, v = args[:3]
    scale = q.shape[-1] ** -0.5
    return Case(variant, args, lambda **options: definitions.recur(q, k, v, **{"scale": scale, **fixed, **options}))


def _linear(shape: Shape, q: Any, k: Any, v: Any, gate: Any, rng: Any) -> Case:
    phi = definitions.MAPS["elu+1"]
    return Case(plait.linear_attention, (q, k, v), lambda **options: definitions.attention(q, k, v, phi, **options))


def _retention(shape: Shape, q: Any, k: Any, v: Any, gate: Any, rng: Any) -> Case:
    decay = np.log(1 - 2.0 ** (-5 - np.arange(shape.heads)))
    return _given(plait.retention, (q, k, v), decay=decay)


def _lightning(shape: Shape, q: Any, k: Any, v: Any, gate: Any, rng: Any) -> Case:
    decay = -rng.random(shape.heads).astype(np.float32)
    return _given(plait.lightning_attention, (q, k, v, decay), decay=decay)


def _simple_gla(shape: Shape, q: Any, k: Any, v: Any, gate: Any, rng: Any) -> Case:
    g = gate(shape.heads)
    return _given(plait.simple_gla, (q, k, v, g), decay=g)


def _gla(shape: Shape, q: Any, k: Any, v: Any, gate: Any, rng: Any) -> Case:
    g = gate(shape.heads, shape.keys)
    return _given(plait.gla, (q, k, v, g), decay=g)


def _hgrn2(shape: Shape, q: Any, k: Any, v: Any, gate: Any, rng: Any) -> Case:
    f = gate(shape.heads, shape.keys)
    key, scale = -np.expm1(f.astype(np.float64)), q.shape[-1] ** -0.5
    return Case(plait.hgrn2, (q, f, v), lambda **o: definitions.recur(q, key, v, **{"decay": f, "scale": scale, **o}))


def _rwkv6(shape: Shape, q: Any, k: Any, v: Any, gate: Any, rng: Any) -> Case:
    w, u = gate(shape.heads, shape.keys), rng.standard_normal((shape.heads, shape.keys)).astype(np.float32)
    return _given(plait.rwkv6, (q, k, v, w, u), decay=w, bonus=u, exclusive=True)


def _mamba2(shape: Shape, q: Any, k: Any, v: Any, gate: Any, rng: Any) -> Case:
    heads = v.shape[2] * shape.group
    x = np.repeat(v, shape.group, 2) if shape.group > 1 else v
    dt = np.exp(gate(heads))
    A, D = -rng.random(heads).astype(np.float32), rng.standard_normal(heads).astype(np.float32)
    C = q[:, :, : shape.heads]

    def expect(**options: Any) -> tuple[Any, Any]:
        key, query = (np.repeat(y, shape.group, 2) for y in (k, C))
        value = np.asarray(x, np.float64) * dt[..., None]
        y, state = definitions.recur(query, key, value, decay=A * dt, **options)
        return y + D[:, None] * np.asarray(x, np.float64), state

    return Case(plait.mamba2, (x, dt, A, k, C, D), expect)


_CASES: dict[str, Any] = {
    "linear_attention": _linear,
    "retention": _retention,
    "lightning_attention": _lightning,
    "simple_gla": _simple_gla,
    "gla": _gla,
    "hgrn2": _hgrn2,
    "rwkv6": _rwkv6,
    "mamba2": _mamba2,
}
NAMES = tuple(_CASES)
