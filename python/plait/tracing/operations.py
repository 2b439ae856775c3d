"""Ops on whole tensors, as a trace records them and as the IR spells them."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Optional

from plait.arrays import show
from plait.tracing.region import Region, literal
from plait.tracing.value import Dim, Extent, Shape, Value

#: Names of values that hold free extents; no tensor takes them.
EXTENTS = {"B": "batch", "T": "tokens", "H": "heads"}


class Printer:
    """Collects the lines of a function; free extents are asked of its arguments once.

    Time is no free extent in the function of `one_token`.
    """

    def __init__(self, arguments: list[Value], locations: bool, one_token: bool) -> None:
        self.lines: list[str] = []
        self._arguments = arguments
        self._locations = locations
        self._one_token = one_token
        self._known: dict[object, str] = {}

    def tensor_type(self, shape: Shape, dtype: str) -> str:
        """Spells a tensor type: tensor<?x?x?x64xf32>."""
        return f"tensor<{''.join(f'{self._spell(extent)}x' for extent in shape)}{dtype}>"

    def type_of(self, value: Value) -> str:
        """The tensor type of a leaf."""
        return self.tensor_type(value.shape, value.dtype)

    def operands(self, *values: Value) -> str:
        """Spells leaves with their types: %q, %k : tensor<..>, tensor<..>."""
        names = ", ".join(f"%{value.attribute}" for value in values)
        return f"{names} : {', '.join(map(self.type_of, values))}"

    def add(self, text: str, source: Optional[Value] = None) -> None:
        """Adds an operation, with the place in the user's program if asked for."""
        if self._locations and source is not None:
            file, line = source.line
            text += f' loc("{file}":{line}:1)'
        self.lines.append(f"    {text}")

    def index(self, number: int) -> str:
        """The name of a constant of type index."""
        return self._once(("c", number), f"%c{number}", f"arith.constant {number} : index")

    def extent(self, dim: Dim) -> str:
        """The name of the value of a free extent."""
        name = f"%{EXTENTS[dim.name]}" + (f"_{dim.ratio}" if dim.ratio != 1 else "")
        if dim not in self._known:
            for argument in self._arguments:
                if dim in argument.shape:
                    operand = f"%{argument.attribute}, {self.index(argument.shape.index(dim))}"
                    return self._once(dim, name, f"tensor.dim {operand} : {self.type_of(argument)}")
            raise AssertionError(f"no argument has the extent {dim} of {show(tuple(self._arguments))}")
        return self._known[dim]

    def empty(self, name: str, shape: Shape, dtype: str) -> str:
        """Adds an empty tensor and gives its name."""
        extents = ", ".join(self.extent(dim) for dim in shape if isinstance(dim, Dim) and self._is_free(dim))
        self.add(f"%{name} = tensor.empty({extents}) : {self.tensor_type(shape, dtype)}")
        return f"%{name}"

    def fill(self, name: str, shape: Shape, number: float) -> str:
        """Adds an f32 tensor filled with a number and gives its name."""
        key = ("f", literal(number))
        constant = self._once(key, f"%fill{len(self._known)}", f"arith.constant {literal(number)} : f32")
        kind = self.tensor_type(shape, "f32")
        empty = self.empty(f"{name}_empty", shape, "f32")
        self.add(f"%{name} = linalg.fill ins({constant} : f32) outs({empty} : {kind}) -> {kind}")
        return f"%{name}"

    def _is_free(self, dim: Dim) -> bool:
        return not (self._one_token and dim.name == "T")

    def _spell(self, extent: Extent) -> str:
        if isinstance(extent, Dim):
            return "?" if self._is_free(extent) else "1"
        return str(extent)

    def _once(self, key: object, name: str, text: str) -> str:
        if key not in self._known:
            self._known[key] = name
            self.add(f"{name} = {text}")
        return self._known[key]


class Statement(ABC):
    """One op of a trace; `results` are the leaves that it defines."""

    results: list[Value]

    @abstractmethod
    def render(self, printer: Printer) -> None:
        """Adds the op's lines."""


class MapRows(Statement):
    """`plait.map_rows` of one result."""

    def __init__(self, source: Value, result: Value) -> None:
        self.source, self.results = source, [result]

    def render(self, printer: Printer) -> None:
        """Adds the op and its region."""
        result = self.results[0]
        region = Region()
        _, dims = region.value(self.source), result.shape
        region.finish([(_as_rank(self.source, len(dims)), result.dtype)])
        name = str(result.attribute)
        out = printer.empty(f"{name}_empty", dims, result.dtype)
        inputs = ", ".join(f"%{value.attribute}" for value in region.inputs)
        types = ", ".join(map(printer.type_of, region.inputs))
        ins = f"{inputs} : {types}" if inputs else ""
        token = f" from({printer.index(0)})" if region.position else ""
        arguments = region.arguments + (["%token: index"] if region.position else [])
        kind = printer.type_of(result)
        body = "\n".join([f"    ^bb0({', '.join(arguments)}):", *region.lines])
        printer.add(
            f"%{name} = plait.map_rows ins({ins}){token} outs({out} : {kind}) {{\n{body}\n    }} -> {kind}", result
        )


def _as_rank(value: Value, rank: int) -> Value:
    """The value as a row [B, T, H, D] or as a number [B, T, H]."""
    while len(value.shape) > rank:
        value = Value(value.trace, "squeeze", (value,), value.shape[:-1])
    if len(value.shape) == rank:
        return value
    return Value(value.trace, "expand", (value,), (*([1] * (rank - len(value.shape))), *value.shape))


class Project(Statement):
    """`plait.project`."""

    def __init__(self, source: Value, matrix: Value, result: Value) -> None:
        self.source, self.matrix, self.results = source, matrix, [result]

    def render(self, printer: Printer) -> None:
        """Adds the op."""
        result = self.results[0]
        out, kind = printer.empty(f"{result.attribute}_empty", result.shape, result.dtype), printer.type_of(result)
        ins = printer.operands(self.source, self.matrix)
        printer.add(f"%{result.attribute} = plait.project ins({ins}) outs({out} : {kind}) -> {kind}", result)


class Call(Statement):
    """`plait.recur`, `plait.attention` or `plait.scan`: an op with clauses.

    `clauses` are texts, or functions that give one when leaves have their final types.
    """

    def __init__(self, op: str, results: list[Value]) -> None:
        self.op, self.results = op, results
        #: Flops that a token costs, for each head of keys and for each head of queries.
        self.flops = (0, 0)
        self.clauses: list[Callable[[Printer], str]] = []

    def say(self, clause: Callable[[Printer], str]) -> None:
        """Appends a clause."""
        self.clauses.append(clause)

    def say_operands(self, keyword: str, *values: Value) -> None:
        """Appends `keyword(%a, %b : types)`."""
        self.clauses.append(lambda printer: f"{keyword}({printer.operands(*values)})")

    def render(self, printer: Printer) -> None:
        """Adds the op."""
        clauses = [clause(printer) for clause in self.clauses]
        names = ", ".join(f"%{result.attribute}" for result in self.results)
        printer.add(" ".join([f"{names} = {self.op}", *(clause for clause in clauses if clause)]), self.results[0])
