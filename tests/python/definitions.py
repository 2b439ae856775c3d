"""The variants by their definitions, in NumPy and f64, one token at a time."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Optional

import numpy as np

Array = Any


def recur(
    q: Array,
    k: Array,
    v: Array,
    *,
    decay: Optional[Array] = None,
    value_decay: Optional[Array] = None,
    bonus: Optional[Array] = None,
    exclusive: bool = False,
    scale: float = 1.0,
    reverse: bool = False,
    initial_state: Optional[Array] = None,
) -> tuple[Array, Array]:
    """(o, final state) of algebra: S_t = diag(e^g) S diag(e^w) + k v^T, read with q."""
    q, k, v = (np.asarray(x, np.float64) for x in (q, k, v))
    batch, tokens, heads, width = v.shape
    group = q.shape[2] // heads if heads else 1
    state = (
        np.zeros((batch, heads, k.shape[3], width)) if initial_state is None else np.array(initial_state, np.float64)
    )
    out = np.zeros((batch, tokens, q.shape[2], width))
    for t in reversed(range(tokens)) if reverse else range(tokens):
        query = q[:, t].reshape(batch, heads, group, q.shape[3]) * scale
        write = np.einsum("bhk,bhv->bhkv", k[:, t], v[:, t])
        read = state
        state = state * _gate(decay, t) * (1 if value_decay is None else np.exp(_f64(value_decay)[:, t, :, None, :]))
        state = state + write
        read = read if exclusive else state
        o = np.einsum("bhgk,bhkv->bhgv", query, read)
        if bonus is not None:
            inner = np.einsum("bhgk,hk,bhk->bhg", query, _f64(bonus), k[:, t])
            o = o + inner[..., None] * v[:, t][:, :, None]
        out[:, t] = o.reshape(batch, heads * group, width)
    return out, state


def _f64(x: Array) -> Array:
    return np.asarray(x, np.float64)


def _gate(decay: Optional[Array], t: int) -> Array:
    if decay is None:
        return 1.0
    decay = np.exp(_f64(decay))
    if decay.ndim == 1:
        return decay[None, :, None, None]
    return decay[:, t, :, None, None] if decay.ndim == 3 else decay[:, t, :, :, None]


def attention(
    q: Array,
    k: Array,
    v: Array,
    phi: Callable[[Array], Array],
    *,
    eps: Optional[float] = 1e-6,
    clamp: bool = False,
    causal: bool = True,
    key_map: Optional[Callable[[Array], Array]] = None,
    **options: Any,
) -> tuple[Array, Array]:
    """(o, final state) of feature-map attention; the state's last column is the normaliser."""
    q, k, v = phi(_f64(q)), (key_map or phi)(_f64(k)), _f64(v)
    if eps is not None:
        v = np.concatenate([v, np.ones((*v.shape[:3], 1))], -1)
    if causal:
        out, state = recur(q, k, v, **options)
    else:
        _, state = recur(q, k, v, initial_state=options.get("initial_state"))
        group = q.shape[2] // k.shape[2]
        out = np.einsum("bthk,bhkv->bthv", q, np.repeat(state, group, 1)) * options.get("scale", 1.0)
    if eps is None:
        return out, state
    number, den = out[..., :-1], out[..., -1:]
    return number / (np.maximum(den, eps) if clamp else den + eps), state


def softmax(x: Array) -> Array:
    """Softmax over the row."""
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


MAPS: dict[str, Callable[[Array], Array]] = {
    "elu+1": lambda x: np.where(x > 0, x + 1, np.exp(np.minimum(x, 0))),
    "relu": lambda x: np.maximum(x, 0),
    "relu^2": lambda x: np.maximum(x, 0) ** 2,
    "identity": lambda x: x,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "silu": lambda x: x / (1 + np.exp(-x)),
    "exp": lambda x: np.exp(x - x.max(-1, keepdims=True)),
    "softmax": softmax,
    "softmax+-": lambda x: np.concatenate([softmax(x), softmax(-x)], -1),
}


def affine(a: Array, b: Array, initial: Optional[Array], axis: int, exclusive: bool, reverse: bool) -> Array:
    """h_t = a_t h_{t-1} + b_t along an axis."""
    a, b = np.moveaxis(_f64(a), axis, 0), np.moveaxis(_f64(b), axis, 0)
    h = np.zeros(a.shape[1:]) if initial is None else _f64(initial)
    out = np.zeros(a.shape)
    for t in reversed(range(len(a))) if reverse else range(len(a)):
        before, h = h, a[t] * h + b[t]
        out[t] = before if exclusive else h
    return np.moveaxis(out, 0, axis)


def running(function: Callable[[Array, Array], Array], start: float) -> Callable[..., Array]:
    """A scan of a function of (carry, element)."""

    def scan(x: Array, axis: int, exclusive: bool, reverse: bool) -> Array:
        x = np.moveaxis(_f64(x), axis, 0)
        carry, out = np.full(x.shape[1:], start), np.zeros(x.shape)
        for t in reversed(range(len(x))) if reverse else range(len(x)):
            before, carry = carry, function(carry, x[t])
            out[t] = before if exclusive else carry
        return np.moveaxis(out, 0, axis)

    return scan


def rms_error(got: Array, expected: Array) -> float:
    """Relative root mean square error; 0 for empty arrays."""
    got, expected = _f64(got), _f64(expected)
    assert got.shape == expected.shape, (got.shape, expected.shape)
    if expected.size == 0:
        return 0.0
    scale = np.sqrt(np.mean(expected**2))
    return float(np.sqrt(np.mean((got - expected) ** 2)) / (scale or 1.0))
