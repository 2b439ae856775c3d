"""The body of a row map: row functions become arith, math and vector ops."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import math
import struct
from typing import Optional

from plait.errors import ShapeError
from plait.tracing.value import Dim, Operand, Shape, Value, refuse

_UNARY = {
    "neg": "arith.negf",
    "abs": "math.absf",
    "exp": "math.exp",
    "log": "math.log",
    "log1p": "math.log1p",
    "expm1": "math.expm1",
    "sqrt": "math.sqrt",
    "rsqrt": "math.rsqrt",
    "tanh": "math.tanh",
    "erf": "math.erf",
    "sin": "math.sin",
    "cos": "math.cos",
}
_BINARY = {
    "add": "arith.addf",
    "sub": "arith.subf",
    "mul": "arith.mulf",
    "div": "arith.divf",
    "max": "arith.maximumf",
    "min": "arith.minimumf",
}
_COMPARE = ("olt", "ole", "ogt", "oge", "oeq", "une")
_REDUCE = {"reduce_add": "add", "reduce_max": "maximumf"}


def literal(value: float) -> str:
    """Spells a number as MLIR reads an f32."""
    if math.isnan(value) or math.isinf(value):
        return "0x{:08X}".format(struct.unpack("<I", struct.pack("<f", value))[0])
    mantissa, _, exponent = repr(float(value)).partition("e")
    mantissa = mantissa if "." in mantissa else mantissa + ".0"
    return f"{mantissa}e{exponent}" if exponent else mantissa


def resolve(value: Value, dims: Shape) -> None:
    """Tells the leaves under `value` which of their extents are heads.

    `dims` are the dimensions that `value` broadcasts to; a constant extent of a
    leaf that meets the heads there becomes free.
    """
    dims = dims[len(dims) - len(value.shape) :]
    own = tuple(
        dim if isinstance(dim, Dim) and extent == dim.extent and extent != 1 else extent
        for extent, dim in zip(value.shape, dims)
    )
    if value.op in ("tensor", "position"):
        if any(isinstance(was, Dim) and was != now for was, now in zip(value.shape, own)):
            raise ShapeError(f"{value.attribute}: is used both per head and as a row")
        value.shape = own
        return
    inner: Shape = own
    if value.op == "expand":
        inner = own[:-1]
    elif value.op == "squeeze":
        inner = (*own, 1)
    for operand in value.operands:
        if isinstance(operand, Value):
            last = operand.shape[-1:] if value.op in ("reduce_add", "reduce_max", "slice", "concat") else inner[-1:]
            resolve(operand, (*inner[:-1], *last))


class Region:
    """Prints the operations of one row map.

    A row is a `vector<Dxf32>`; a number per token or head, and a row of one, is
    an `f32`. Operands arrive in their own types and are extended.
    """

    def __init__(self, indent: str = "      ") -> None:
        self.inputs: list[Value] = []
        self.arguments: list[str] = []
        self.lines: list[str] = []
        self.position: Optional[str] = None
        self._indent = indent
        self._names: dict[int, tuple[str, int]] = {}
        self._constants: dict[str, str] = {}
        self._count = 0

    def finish(self, results: list[tuple[Value, str]]) -> None:
        """Computes the results and yields them in the element types given."""
        names, types = [], []
        for value, dtype in results:
            if value.dtype == "i1":
                refuse("a comparison is no number; write plait.where(comparison, 1, 0)")
            row = len(value.shape) == 4
            name, width = self.value(value)
            if row and width == 0:
                last = value.shape[-1]
                assert isinstance(last, int)
                name, width = self._splat(name, last), last
            if dtype != "f32":
                name = self._add(f"arith.truncf {name} : {_type(width)} to {_type(width, dtype)}")
            names.append(name)
            types.append(_type(width, dtype))
        self.lines.append(f"{self._indent}plait.yield {', '.join(names)} : {', '.join(types)}")

    def value(self, value: Value) -> tuple[str, int]:
        """The name of a value and the width of its row, 0 for a number."""
        known = self._names.get(id(value))
        if known is None:
            known = self._names[id(value)] = self._compute(value)
        return known

    def _compute(self, value: Value) -> tuple[str, int]:
        op = value.op
        if op == "tensor":
            return self._argument(value)
        if op == "position":
            return self._token()
        if op in ("expand", "squeeze", "identity"):
            return self.value(_only(value))
        if op in _REDUCE:
            return self._reduce(value)
        if op == "slice":
            return self._slice(value)
        if op == "concat":
            return self._concat(value)
        return self._elementwise(value)

    def _argument(self, value: Value) -> tuple[str, int]:
        name = f"%x{len(self.inputs)}"
        last = value.shape[-1] if value.shape else None
        width = last if isinstance(last, int) and len(value.shape) != 3 else 0
        self.inputs.append(value)
        self.arguments.append(f"{name}: {_type(width, value.dtype)}")
        if value.dtype != "f32":
            name = self._add(f"arith.extf {name} : {_type(width, value.dtype)} to {_type(width)}")
        if width == 1:
            return self._add(f"vector.extract {name}[0] : f32 from vector<1xf32>"), 0
        return name, width

    def _token(self) -> tuple[str, int]:
        if self.position is None:
            self.position = "%token"
        integer = self._add("arith.index_cast %token : index to i64")
        return self._add(f"arith.sitofp {integer} : i64 to f32"), 0

    def _reduce(self, value: Value) -> tuple[str, int]:
        operand = _only(value)
        name, width = self.value(operand)
        full = operand.shape[-1]
        assert isinstance(full, int)
        if width == 0 and full == 1:
            return name, 0
        name = name if width else self._splat(name, full)
        return self._add(f"vector.reduction <{_REDUCE[value.op]}>, {name} : {_type(full)} into f32"), 0

    def _slice(self, value: Value) -> tuple[str, int]:
        operand = _only(value)
        name, width = self.value(operand)
        size = value.shape[-1]
        assert isinstance(size, int)
        if width == 0:
            return name, 0
        if size == 1:
            return self._add(f"vector.extract {name}[{value.attribute}] : f32 from {_type(width)}"), 0
        where = f"{{offsets = [{value.attribute}], sizes = [{size}], strides = [1]}}"
        return self._add(f"vector.extract_strided_slice {name} {where} : {_type(width)} to {_type(size)}"), size

    def _concat(self, value: Value) -> tuple[str, int]:
        total = value.shape[-1]
        assert isinstance(total, int)
        result, offset = self._constant(0.0, total), 0
        for operand in value.operands:
            assert isinstance(operand, Value)
            width = operand.shape[-1]
            assert isinstance(width, int)
            name, have = self.value(operand)
            name = name if have else self._splat(name, width)
            where = f"{{offsets = [{offset}], strides = [1]}}"
            result = self._add(
                f"vector.insert_strided_slice {name}, {result} {where} : {_type(width)} into {_type(total)}"
            )
            offset += width
        return result, (total if total > 1 else 0)

    def _elementwise(self, value: Value) -> tuple[str, int]:
        parts = [self.value(operand) if isinstance(operand, Value) else None for operand in value.operands]
        width = max((part[1] for part in parts if part), default=0)
        names = [self._fit(operand, part, width) for operand, part in zip(value.operands, parts)]
        joined, kind = ", ".join(names), _type(width)
        if value.op in _UNARY:
            text = f"{_UNARY[value.op]} {joined} : {kind}"
        elif value.op in _BINARY:
            text = f"{_BINARY[value.op]} {joined} : {kind}"
        elif value.op in _COMPARE:
            text = f"arith.cmpf {value.op}, {joined} : {kind}"
        else:
            text = f"arith.select {joined} : {_type(width, 'i1')}, {kind}"
        return self._add(text), width

    def _fit(self, operand: Operand, part: Optional[tuple[str, int]], width: int) -> str:
        """An operand with the width of the operation."""
        if part is None:
            assert not isinstance(operand, Value)
            return self._constant(operand, width)
        name, have = part
        if have == width:
            return name
        assert isinstance(operand, Value)
        return self._splat(name, width, operand.dtype if operand.dtype == "i1" else "f32")

    def _splat(self, name: str, width: int, dtype: str = "f32") -> str:
        return self._add(f"vector.broadcast {name} : {dtype} to {_type(width, dtype)}")

    def _constant(self, number: float, width: int) -> str:
        text = literal(number) if width == 0 else f"dense<{literal(number)}>"
        text = f"arith.constant {text} : {_type(width)}"
        if text not in self._constants:
            self._constants[text] = self._add(text)
        return self._constants[text]

    def _add(self, text: str) -> str:
        name = f"%{self._count}"
        self._count += 1
        self.lines.append(f"{self._indent}{name} = {text}")
        return name


def _type(width: int, dtype: str = "f32") -> str:
    return f"vector<{width}x{dtype}>" if width else dtype


def _only(value: Value) -> Value:
    operand = value.operands[0]
    assert isinstance(operand, Value)
    return operand
