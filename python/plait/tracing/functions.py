"""Row functions: what a variant may do with the row of a token and head.

Each takes and gives traced values, inside a variant or a feature map. They are
computed in f32 and fused into the kernel around them; nothing the size of a
sequence is stored.

>>> import numpy as np, plait
>>> x = np.ones((1, 3, 1, 2), np.float32)
>>> o = plait.linear_attention(x, x, x, feature_map=lambda row: plait.exp(row) + 1)
>>> bool(np.allclose(o, 1))
True
"""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from plait.arrays import expect_integer
from plait.tracing.value import Value, apply, broadcast, combine, refuse


def _one(function: Callable[..., Value]) -> Callable[..., Value]:
    """Checks that the first argument of a row function is traced."""
    name = function.__name__

    def checked(x: Any, *args: Any, **kwargs: Any) -> Value:
        if not isinstance(x, Value):
            refuse(f"plait.{name} works on values of a variant, but got {type(x).__name__}")
        return function(x, *args, **kwargs)

    checked.__name__ = checked.__qualname__ = name
    checked.__doc__ = function.__doc__
    checked.__wrapped__ = function  # type: ignore[attr-defined]
    return checked


@_one
def exp(x: Value) -> Value:
    """e to the power of each element.

    >>> import numpy as np, plait
    >>> plait.variant(lambda q: plait.exp(q))(np.array([[[[0, 0]]]], np.float32)).ravel().tolist()
    [1.0, 1.0]
    """
    return apply("exp", x)


@_one
def log(x: Value) -> Value:
    """Natural logarithm of each element.

    >>> import numpy as np, plait
    >>> plait.variant(lambda q: plait.log(q))(np.array([[[[1, 1]]]], np.float32)).ravel().tolist()
    [0.0, 0.0]
    """
    return apply("log", x)


@_one
def log1p(x: Value) -> Value:
    """log(1 + x), exact near 0.

    >>> import numpy as np, plait
    >>> plait.variant(lambda q: plait.log1p(q))(np.array([[[[0, 0]]]], np.float32)).ravel().tolist()
    [0.0, 0.0]
    """
    return apply("log1p", x)


@_one
def expm1(x: Value) -> Value:
    """exp(x) - 1, exact near 0.

    >>> import numpy as np, plait
    >>> plait.variant(lambda q: plait.expm1(q))(np.array([[[[0, 0]]]], np.float32)).ravel().tolist()
    [0.0, 0.0]
    """
    return apply("expm1", x)


@_one
def sqrt(x: Value) -> Value:
    """Square root of each element.

    >>> import numpy as np, plait
    >>> plait.variant(lambda q: plait.sqrt(q))(np.array([[[[4, 9]]]], np.float32)).ravel().tolist()
    [2.0, 3.0]
    """
    return apply("sqrt", x)


@_one
def rsqrt(x: Value) -> Value:
    """1 / sqrt(x) of each element.

    >>> import numpy as np, plait
    >>> plait.variant(lambda q: plait.rsqrt(q))(np.array([[[[4, 16]]]], np.float32)).ravel().tolist()
    [0.5, 0.25]
    """
    return apply("rsqrt", x)


@_one
def tanh(x: Value) -> Value:
    """Hyperbolic tangent of each element.

    >>> import numpy as np, plait
    >>> plait.variant(lambda q: plait.tanh(q))(np.array([[[[0, 50]]]], np.float32)).ravel().tolist()
    [0.0, 1.0]
    """
    return apply("tanh", x)


@_one
def erf(x: Value) -> Value:
    """Gauss error function of each element.

    >>> import numpy as np, plait
    >>> plait.variant(lambda q: plait.erf(q))(np.array([[[[0, 9]]]], np.float32)).ravel().tolist()
    [0.0, 1.0]
    """
    return apply("erf", x)


@_one
def sin(x: Value) -> Value:
    """Sine of each element; NaN where it is past 2^22 in size.

    >>> import numpy as np, plait
    >>> plait.variant(lambda q: plait.sin(q))(np.array([[[[0, 0]]]], np.float32)).ravel().tolist()
    [0.0, 0.0]
    """
    return apply("sin", x)


@_one
def cos(x: Value) -> Value:
    """Cosine of each element; NaN where it is past 2^22 in size.

    >>> import numpy as np, plait
    >>> plait.variant(lambda q: plait.cos(q))(np.array([[[[0, 0]]]], np.float32)).ravel().tolist()
    [1.0, 1.0]
    """
    return apply("cos", x)


@_one
def abs(x: Value) -> Value:
    """Absolute value of each element.

    >>> import numpy as np, plait
    >>> plait.variant(lambda q: plait.abs(q))(np.array([[[[-1, 2]]]], np.float32)).ravel().tolist()
    [1.0, 2.0]
    """
    return apply("abs", x)


@_one
def sigmoid(x: Value) -> Value:
    """1 / (1 + exp(-x)).

    >>> import numpy as np, plait
    >>> plait.variant(lambda q: plait.sigmoid(q))(np.array([[[[0, 50]]]], np.float32)).ravel().tolist()
    [0.5, 1.0]
    """
    return 1.0 / (1.0 + exp(-x))


@_one
def silu(x: Value) -> Value:
    """x * sigmoid(x).

    >>> import numpy as np, plait
    >>> plait.variant(lambda q: plait.silu(q))(np.array([[[[0, 50]]]], np.float32)).ravel().tolist()
    [0.0, 50.0]
    """
    return x / (1.0 + exp(-x))


@_one
def softplus(x: Value) -> Value:
    """log(1 + exp(x)), without overflow.

    >>> import numpy as np, plait
    >>> plait.variant(lambda q: plait.softplus(q))(np.array([[[[-200, 50]]]], np.float32)).ravel().tolist()
    [0.0, 50.0]
    """
    return maximum(x, 0.0) + log1p(exp(-abs(x)))


@_one
def logsigmoid(x: Value) -> Value:
    """log(sigmoid(x)), without overflow.

    >>> import numpy as np, plait
    >>> plait.variant(lambda q: plait.logsigmoid(q))(np.array([[[[-50, 200]]]], np.float32)).ravel().tolist()
    [-50.0, 0.0]
    """
    return minimum(x, 0.0) - log1p(exp(-abs(x)))


def maximum(x: Any, y: Any) -> Value:
    """The larger of two operands, element by element; NaN if either is.

    >>> import numpy as np, plait
    >>> plait.variant(lambda q: plait.maximum(q, 2))(np.array([[[[1, 3]]]], np.float32)).ravel().tolist()
    [2.0, 3.0]
    """
    return _two("max", "maximum", x, y)


def minimum(x: Any, y: Any) -> Value:
    """The smaller of two operands, element by element; NaN if either is.

    >>> import numpy as np, plait
    >>> plait.variant(lambda q: plait.minimum(q, 2))(np.array([[[[1, 3]]]], np.float32)).ravel().tolist()
    [1.0, 2.0]
    """
    return _two("min", "minimum", x, y)


def where(condition: Value, x: Any, y: Any) -> Value:
    """x where the condition holds, y elsewhere; the condition is a comparison.

    >>> import numpy as np, plait
    >>> plait.variant(lambda q: plait.where(q > 0, q, -1))(np.array([[[[-5, 3]]]], np.float32)).ravel().tolist()
    [-1.0, 3.0]
    """
    if not isinstance(condition, Value) or condition.dtype != "i1":
        refuse("plait.where expects a comparison of traced values, such as x > 0")
    trace = condition.trace
    operands = (condition, trace.lift(x), trace.lift(y))
    return Value(trace, "select", operands, broadcast("where", *operands))


@_one
def sum(x: Value) -> Value:
    """Sum over the row; the result keeps a last dimension of 1.

    >>> import numpy as np, plait
    >>> plait.variant(lambda q: plait.sum(q))(np.array([[[[1, 3]]]], np.float32)).ravel().tolist()
    [4.0]
    """
    return _reduce("reduce_add", x)


@_one
def max(x: Value) -> Value:
    """Maximum over the row; the result keeps a last dimension of 1.

    >>> import numpy as np, plait
    >>> plait.variant(lambda q: plait.max(q))(np.array([[[[1, 3]]]], np.float32)).ravel().tolist()
    [3.0]
    """
    return _reduce("reduce_max", x)


@_one
def mean(x: Value) -> Value:
    """Mean over the row; the result keeps a last dimension of 1.

    >>> import numpy as np, plait
    >>> plait.variant(lambda q: plait.mean(q))(np.array([[[[1, 3]]]], np.float32)).ravel().tolist()
    [2.0]
    """
    return _reduce("reduce_add", x) * (1.0 / x.width)


@_one
def softmax(x: Value) -> Value:
    """exp(x - max) / sum of that, over the row.

    >>> import numpy as np, plait
    >>> plait.variant(lambda q: plait.softmax(q))(np.array([[[[7, 7]]]], np.float32)).ravel().tolist()
    [0.5, 0.5]
    """
    e = exp(x - max(x))
    return e / sum(e)


@_one
def rms_norm(x: Value, eps: float = 1e-6) -> Value:
    """x / sqrt(mean(x^2) + eps), over the row.

    >>> import numpy as np, plait
    >>> plait.variant(lambda q: plait.rms_norm(q, 0.0))(np.array([[[[4, -4]]]], np.float32)).ravel().tolist()
    [1.0, -1.0]
    """
    return x * rsqrt(mean(x * x) + eps)


@_one
def l2_norm(x: Value, eps: float = 1e-6) -> Value:
    """x / sqrt(sum(x^2) + eps), over the row.

    >>> import numpy as np, plait
    >>> plait.variant(lambda q: plait.l2_norm(q, 0.0))(np.array([[[[0, 4]]]], np.float32)).ravel().tolist()
    [0.0, 1.0]
    """
    return x * rsqrt(sum(x * x) + eps)


def concat(rows: list[Value]) -> Value:
    """Joins rows end to end.

    >>> import numpy as np, plait
    >>> plait.variant(lambda q: plait.concat([q, -q]))(np.array([[[[1, 3]]]], np.float32)).ravel().tolist()
    [1.0, 3.0, -1.0, -3.0]
    """
    if not isinstance(rows, (list, tuple)) or not rows or not all(isinstance(row, Value) for row in rows):
        refuse(f"plait.concat expects a list of traced rows, but got {rows!r}")
    if len(rows) == 1:
        return rows[0]
    trace, width = rows[0].trace, 0
    for row in rows:
        width += row.width
    shape = broadcast("concat", *(_reduce("reduce_add", row) for row in rows))
    return Value(trace, "concat", tuple(rows), (*shape[:-1], width))


def roll(x: Value, shift: int) -> Value:
    """Shifts the row to the right, round its end, as numpy.roll does.

    >>> import numpy as np, plait
    >>> plait.variant(lambda q: plait.roll(q, 1))(np.array([[[[1, 2, 3]]]], np.float32)).ravel().tolist()
    [3.0, 1.0, 2.0]
    """
    width = x.width
    shift = expect_integer("shift", shift) % width
    return x if shift == 0 else concat([x[..., width - shift :], x[..., : width - shift]])


def _two(op: str, name: str, x: Any, y: Any) -> Value:
    if not isinstance(x, Value) and not isinstance(y, Value):
        refuse(f"plait.{name} works on values of a variant, but got {type(x).__name__} and {type(y).__name__}")
    return combine(op, x, y)


def _reduce(op: str, x: Value) -> Value:
    assert x.width, "raises where x has no rows"
    return Value(x.trace, op, (x,), (*x.shape[:-1], 1))
