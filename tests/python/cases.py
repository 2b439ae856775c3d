"""Every variant with random arguments, and what its definition says of them."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

import plait
import reference

NAMES = (
    "linear_attention",
    "retention",
    "lightning_attention",
    "simple_gla",
    "gla",
    "hgrn2",
    "rwkv6",
    "mamba2",
)

MAPS: dict[str, Callable[[Any], Any]] = {
    "elu+1": reference.elu_plus_one,
    "relu": reference.relu,
    "relu^2": lambda x: reference.relu(x) ** 2,
    "identity": lambda x: x,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "silu": lambda x: x / (1 + np.exp(-x)),
    "exp": lambda x: np.exp(x - x.max(-1, keepdims=True)),
    "softmax": reference.softmax,
    "softmax+-": lambda x: np.concatenate([reference.softmax(x), reference.softmax(-x)], -1),
}


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

    variant: plait.Variant
    args: tuple[Any, ...]
    expect: Callable[..., tuple[Any, Any]]


class Wrapped:
    """An array that offers no more than DLPack."""

    def __init__(self, array: Any) -> None:
        self.array, self.shape, self.dtype = array, array.shape, array.dtype

    def __dlpack__(self, **kwargs: Any) -> Any:
        return self.array.__dlpack__(**kwargs)

    def __dlpack_device__(self) -> Any:
        return self.array.__dlpack_device__()


def build(name: str, shape: Shape = Shape(), seed: int = 0, dtype: Any = np.float32) -> Case:
    """A case by the name of its variant. With `group`, mamba2 has that many heads a group."""
    rng = np.random.default_rng(seed)
    b, t, h, group, keys, values = shape

    def rows(heads: int, width: int) -> Any:
        return rng.standard_normal((b, t, heads, width)).astype(np.float32).astype(dtype)

    def gate(*tail: int) -> Any:
        return (-np.logaddexp(0, -rng.standard_normal((b, t, *tail))) / 4).astype(np.float32)

    q, k, v = rows(h * group, keys), rows(h, keys), rows(h, values)
    wide = h * group
    numbers = rng.random(wide).astype(np.float32)
    args: dict[str, tuple[Any, ...]] = {
        "linear_attention": (q, k, v),
        "retention": (q, k, v),
        "lightning_attention": (q, k, v, -numbers[:h]),
        "simple_gla": (q, k, v, gate(h)),
        "gla": (q, k, v, gate(h, keys)),
        "hgrn2": (q, gate(h, keys), v),
        "rwkv6": (q, k, v, gate(h, keys), rng.standard_normal((h, keys)).astype(np.float32)),
        "recur": (q, k, v),
        "mamba2": (rows(wide, values), np.exp(gate(wide)), -numbers, k, rows(h, keys), numbers),
    }
    definition = getattr(reference, name)
    return Case(getattr(plait, name), args[name], lambda **options: definition(*args[name], **options))


def rms_error(got: Any, expected: Any) -> float:
    """Relative root mean square error; 0 for empty arrays."""
    got, expected = np.asarray(got, np.float64), np.asarray(expected, np.float64)
    assert got.shape == expected.shape, (got.shape, expected.shape)
    if expected.size == 0:
        return 0.0
    scale = np.sqrt(np.mean(expected**2))
    return float(np.sqrt(np.mean((got - expected) ** 2)) / (scale or 1.0))
