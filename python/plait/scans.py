"""Plain scans h_t = a_t h_{t-1} + b_t and their kin, along any axis of arrays of any rank.

The dimensions before the axis and those after it each lie evenly in memory (as in any
array that is contiguous, or a slice along the axis), and the last one has stride 1 unless
it is the axis; other strides are an error, in `out` too.
"""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

from functools import cache
from typing import Any, Optional

from plait.arrays import MOST_DIMS, expect_flag, expect_integer
from plait.errors import ArgumentError, UnsupportedError
from plait.tracing import scan
from plait.tracing.value import Value


def cumsum(
    x: Any,
    *,
    axis: int = 1,
    exclusive: bool = False,
    reverse: bool = False,
    cu_seqlens: Any = None,
    num_threads: Optional[int] = None,
    out: Any = None,
) -> Any:
    """Running sum along an axis, accumulated in f32.

    Args:
        x: an array of any rank, f32, bf16 or f16.
        exclusive: leaves the element itself out; the first one is then 0.
        reverse: runs from the end of the axis.
        out: takes the result and is returned; its strides are as free as those of the inputs
            (see `help(plait.scans)`), and it shares memory with none.

    Returns:
        An array of the shape and type of x.

    Raises:
        ShapeError, DtypeError, ArgumentError: an argument does not fit.

    >>> import numpy as np, plait
    >>> plait.cumsum(np.arange(5, dtype=np.float32), axis=0).tolist()
    [0.0, 1.0, 3.0, 6.0, 10.0]
    """
    return _scan("cumsum", "add", (x,), None, axis, exclusive, reverse, cu_seqlens, num_threads, out)


def affine_scan(
    a: Any,
    b: Any,
    initial: Any = None,
    *,
    axis: int = 1,
    exclusive: bool = False,
    reverse: bool = False,
    cu_seqlens: Any = None,
    num_threads: Optional[int] = None,
    out: Any = None,
) -> Any:
    """h_t = a_t h_{t-1} + b_t elementwise along an axis (Mamba-1, RG-LRU, HGRN), h in f32.

    Args:
        a, b: arrays of one shape, any rank, f32, bf16 or f16.
        initial: the value before the first element, f32, of their shape without the axis; 0 by default.
        exclusive: gives h before the element; the first one is then `initial`.
        reverse: runs from the end of the axis.
        out: takes the result and is returned; its strides are as free as those of the inputs
            (see `help(plait.scans)`), and it shares memory with none.

    Returns:
        An array of the shape and type of a.

    Raises:
        ShapeError, DtypeError, ArgumentError: an argument does not fit.

    >>> import numpy as np, plait
    >>> x = np.full(4, 0.5, np.float32)
    >>> plait.affine_scan(x, x, axis=0).tolist()
    [0.5, 0.75, 0.875, 0.9375]
    """
    return _scan("affine_scan", "affine", (a, b), initial, axis, exclusive, reverse, cu_seqlens, num_threads, out)


def cummax(
    x: Any,
    *,
    axis: int = 1,
    exclusive: bool = False,
    reverse: bool = False,
    cu_seqlens: Any = None,
    num_threads: Optional[int] = None,
    out: Any = None,
) -> Any:
    """Running maximum along an axis.

    Args:
        x: an array of any rank, f32, bf16 or f16.
        exclusive: leaves the element itself out; the first one is then -inf.
        reverse: runs from the end of the axis.
        out: takes the result and is returned; its strides are as free as those of the inputs
            (see `help(plait.scans)`), and it shares memory with none.

    Returns:
        An array of the shape and type of x.

    Raises:
        ShapeError, DtypeError, ArgumentError: an argument does not fit.

    >>> import numpy as np, plait
    >>> plait.cummax(np.array([1, 3, 2, 5], np.float32), axis=0).tolist()
    [1.0, 3.0, 3.0, 5.0]
    """
    return _scan("cummax", "max", (x,), None, axis, exclusive, reverse, cu_seqlens, num_threads, out)


def logcumsumexp(
    x: Any,
    *,
    axis: int = 1,
    exclusive: bool = False,
    reverse: bool = False,
    cu_seqlens: Any = None,
    num_threads: Optional[int] = None,
    out: Any = None,
) -> Any:
    """log of the running sum of exp(x) along an axis, without overflow.

    Args:
        x: an array of any rank, f32, bf16 or f16.
        exclusive: leaves the element itself out; the first one is then -inf.
        reverse: runs from the end of the axis.
        out: takes the result and is returned; its strides are as free as those of the inputs
            (see `help(plait.scans)`), and it shares memory with none.

    Returns:
        An array of the shape and type of x.

    Raises:
        ShapeError, DtypeError, ArgumentError: an argument does not fit.

    >>> import numpy as np, plait
    >>> y = plait.logcumsumexp(np.zeros(4, np.float32), axis=0)
    >>> bool(np.allclose(y, np.log([1, 2, 3, 4])))
    True
    """
    return _scan("logcumsumexp", "logsumexp", (x,), None, axis, exclusive, reverse, cu_seqlens, num_threads, out)


def _scan(
    name: str,
    kind: str,
    inputs: tuple[Any, ...],
    initial: Any,
    axis: int,
    exclusive: bool,
    reverse: bool,
    cu_seqlens: Any,
    num_threads: Optional[int],
    out: Any,
) -> Any:
    if cu_seqlens is not None:
        raise UnsupportedError("cu_seqlens: packed sequences are not supported by this version")
    exclusive, reverse = expect_flag("exclusive", exclusive), expect_flag("reverse", reverse)
    axis = expect_integer("axis", axis, -MOST_DIMS, MOST_DIMS - 1)
    if any(isinstance(x, Value) for x in inputs):
        if axis != 1:
            raise ArgumentError(f"axis: expects 1 inside a variant, but got {axis}")
        return scan.record(kind, inputs, initial, exclusive, reverse)
    scanner = _scanner(name, kind, len(inputs), exclusive, reverse)
    return scanner(inputs, initial, axis, num_threads, out)


@cache
def _scanner(name: str, kind: str, count: int, exclusive: bool, reverse: bool) -> Any:
    from plait import _plait

    inputs = ("a", "b") if count == 2 else ("x",)

    def make(dtype: str, width: int, initial: bool, device: int, alignment: int) -> _plait.Function:
        from plait import jit
        from plait.program import Program

        trace = scan.function(name, kind, inputs, dtype, width, initial, exclusive, reverse)
        program = Program(name, trace, (), (), 0, False)
        return jit.load(program, program.text(), jit.isa_of(device), jit.aligned("", alignment))

    return _plait.Scanner(make, inputs)
