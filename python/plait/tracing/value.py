"""Values of a trace: arrays whose shape is known and whose content is not."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import operator
import os
import sys
from typing import TYPE_CHECKING, Any, NoReturn, Union

from plait.arrays import show
from plait.errors import ShapeError, TraceError

if TYPE_CHECKING:
    from plait.tracing.trace import Trace

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class Dim:
    """An extent that stays free: batch, time or heads.

    `ratio` says of heads how many heads of the first argument share one of these.
    `extent` is what the call that is traced has.
    """

    __slots__ = ("extent", "name", "ratio")

    def __init__(self, name: str, extent: int, ratio: int = 1) -> None:
        self.name, self.extent, self.ratio = name, extent, ratio

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Dim) and (self.name, self.ratio) == (other.name, other.ratio)

    def __hash__(self) -> int:
        return hash((self.name, self.ratio))

    def __repr__(self) -> str:
        return self.name if self.ratio == 1 else f"{self.name}/{self.ratio}"

    def __index__(self) -> NoReturn:
        refuse(f"the extent {self.name} is free in a variant: one kernel serves every {self.name}")


Extent = Union[int, Dim]
Shape = tuple[Extent, ...]
Operand = Union["Value", float]

#: Operators of NumPy arrays and numbers that have a traced value on their right.
_UFUNCS = {"add": "add", "subtract": "sub", "multiply": "mul", "divide": "div"}


class Value:
    """An array in a trace: an argument, the result of an op, or of row functions.

    Its last dimension is the row that row functions work on. Shapes broadcast as
    NumPy's do; `g[..., None]` gives a number per token the shape of a row.
    """

    __slots__ = ("attribute", "dtype", "line", "op", "operands", "shape", "trace")

    def __init__(
        self,
        trace: Trace,
        op: str,
        operands: tuple[Operand, ...],
        shape: Shape,
        dtype: str = "f32",
        attribute: Any = None,
    ) -> None:
        self.trace, self.op, self.operands = trace, op, operands
        self.shape, self.dtype, self.attribute = shape, dtype, attribute
        self.line = caller()
        for operand in operands[1:] if op == "select" else operands:
            if isinstance(operand, Value) and operand.dtype == "i1":
                refuse("a comparison is no number; write plait.where(comparison, 1, 0)")

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return len(self.shape)

    @property
    def width(self) -> int:
        """The head dim: how many elements a row has."""
        last = self.shape[-1] if self.shape else None
        if not isinstance(last, int):
            raise ShapeError(f"a row function expects rows [..., D], but got {self!r} ({place()})")
        return last

    def __repr__(self) -> str:
        return f"<traced {self.dtype} {show(self.shape)}>"

    # -- arithmetic ----------------------------------------------------------

    def __add__(self, other: Any) -> Value:
        return combine("add", self, other)

    def __radd__(self, other: Any) -> Value:
        return combine("add", other, self)

    def __sub__(self, other: Any) -> Value:
        return combine("sub", self, other)

    def __rsub__(self, other: Any) -> Value:
        return combine("sub", other, self)

    def __mul__(self, other: Any) -> Value:
        return combine("mul", self, other)

    def __rmul__(self, other: Any) -> Value:
        return combine("mul", other, self)

    def __truediv__(self, other: Any) -> Value:
        return combine("div", self, other)

    def __rtruediv__(self, other: Any) -> Value:
        return combine("div", other, self)

    def __neg__(self) -> Value:
        return apply("neg", self)

    def __abs__(self) -> Value:
        return apply("abs", self)

    def __pow__(self, exponent: Any) -> Value:
        if exponent == 0.5:
            return apply("sqrt", self)
        try:
            exponent = operator.index(exponent)
        except TypeError:
            pass
        if not isinstance(exponent, int) or not 1 <= exponent <= 64:
            refuse(f"** expects an exponent of 0.5 or an integer from 1 to 64, but got {exponent!r}")
        half = self ** (exponent // 2) if exponent > 1 else None
        square = half * half if half is not None else None
        if square is None:
            return self
        return square * self if exponent % 2 else square

    def __matmul__(self, matrix: Any) -> Value:
        return self.trace.project(self, matrix)

    # -- comparisons ---------------------------------------------------------

    def __lt__(self, other: Any) -> Value:
        return combine("olt", self, other, "i1")

    def __le__(self, other: Any) -> Value:
        return combine("ole", self, other, "i1")

    def __gt__(self, other: Any) -> Value:
        return combine("ogt", self, other, "i1")

    def __ge__(self, other: Any) -> Value:
        return combine("oge", self, other, "i1")

    def __eq__(self, other: object) -> Value:  # type: ignore[override]
        return combine("oeq", self, other, "i1")

    def __ne__(self, other: object) -> Value:  # type: ignore[override]
        return combine("une", self, other, "i1")

    __hash__ = object.__hash__

    # -- rows ----------------------------------------------------------------

    def __getitem__(self, key: Any) -> Value:
        return index(self, key)

    # -- what has no meaning before the data is there --------------------------

    def __bool__(self) -> NoReturn:
        refuse("a comparison of traced values has no truth value yet; use plait.where")

    def __iter__(self) -> NoReturn:
        refuse("a traced value can't be iterated over")

    def __len__(self) -> NoReturn:
        refuse("a traced value has no length; its head dim is value.shape[-1]")

    def __float__(self) -> NoReturn:
        refuse("a traced value has no number yet")

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Value:
        """`array * value` and the like, which NumPy sees first."""
        op = _UFUNCS.get(ufunc.__name__)
        if method != "__call__" or op is None or kwargs:
            refuse(f"numpy.{ufunc.__name__} can't work on traced values; use the row functions of plait")
        return combine(op, *inputs)

    def __array__(self, *args: Any, **kwargs: Any) -> NoReturn:
        refuse("NumPy can't work on traced values; use the row functions of plait")

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("__"):
            raise AttributeError(name)
        refuse(f"a traced value has no {name!r}; see plait's row functions")


def index(value: Value, key: Any) -> Value:
    """`value[..., None]`, `value[..., 0]` of a row of one, and slices of the row."""
    if not isinstance(key, tuple) or len(key) != 2 or key[0] is not Ellipsis:
        refuse(f"an index of a traced value is [..., None], [..., 0] or [..., start:stop], but got {key!r}")
    last = key[1]
    if last is None:
        return Value(value.trace, "expand", (value,), (*value.shape, 1))
    width = value.shape[-1]
    if last == 0 and width == 1:
        return Value(value.trace, "squeeze", (value,), value.shape[:-1])
    if not isinstance(last, slice) or isinstance(width, Dim):
        refuse(f"an index of a traced value is [..., None], [..., 0] or [..., start:stop], but got {key!r}")
    start, stop, step = last.indices(width)
    if step != 1 or stop <= start:
        refuse(f"a slice of a row expects step 1 and at least one element, but got {last!r}")
    return Value(value.trace, "slice", (value,), (*value.shape[:-1], stop - start), attribute=start)


def apply(op: str, value: Value) -> Value:
    """An elementwise function of one value."""
    return Value(value.trace, op, (value,), value.shape)


def combine(op: str, left: Any, right: Any, dtype: str = "f32") -> Value:
    """An elementwise function of two operands, with broadcasting."""
    trace = left.trace if isinstance(left, Value) else right.trace
    operands = (trace.lift(left), trace.lift(right))
    return Value(trace, op, operands, broadcast(op, *operands), dtype)


def broadcast(op: str, *operands: Operand) -> Shape:
    """The common shape of the operands, NumPy's rules; equal extents of a call make one of [H]."""
    result: list[Extent] = []
    values = [operand for operand in operands if isinstance(operand, Value)]
    for shape in (value.shape for value in values):
        result[:0] = [1] * (len(shape) - len(result))
        offset = len(result) - len(shape)
        for position, extent in enumerate(shape, offset):
            result[position] = _join(op, result[position], extent, values)
    return tuple(result)


def _join(op: str, left: Extent, right: Extent, values: list[Value]) -> Extent:
    if left == right or (isinstance(right, int) and right == 1):
        return left
    if isinstance(left, int) and left == 1:
        return right
    if isinstance(left, Dim) and isinstance(right, int) and left.extent == right and left.name == "H":
        return left
    if isinstance(right, Dim) and isinstance(left, int) and right.extent == left and right.name == "H":
        return right
    spelled = " and ".join(f"{x.attribute} {show(x.shape)}" if x.op == "tensor" else show(x.shape) for x in values)
    hint = ""
    if {len(value.shape) for value in values} == {3, 4}:
        hint = "; write g[..., None] to make a number per token a row"
    raise ShapeError(f"{op}: expects shapes that broadcast, but got {spelled}{hint} ({place()})")


def caller() -> tuple[str, int]:
    """File and line of the nearest frame outside this package."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        frame = frame.f_back
    return frame.f_code.co_filename, frame.f_lineno


def place() -> str:
    """The same as a text: "file.py:12"."""
    return "{}:{}".format(*caller())


def refuse(message: str) -> NoReturn:
    """Raises TraceError with the line of the variant."""
    raise TraceError(f"{message} ({place()})")
