"""A trace gathers what a variant does and prints it as one function of the IR."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

from typing import Any, Optional

from plait.arrays import Spec, describe, expect_number, is_array, show
from plait.errors import DtypeError, ShapeError
from plait.records import Record
from plait.tracing.operations import EXTENTS, MapRows, Printer, Project, Statement
from plait.tracing.region import resolve
from plait.tracing.value import Dim, Operand, Shape, Value, place, refuse


class Request(Record):
    """What a call asks of the recurrences of a variant."""

    scale: Optional[float] = None
    reverse: bool = False
    initial_state: bool = False
    output_final_state: bool = False
    in_place: bool = False


class Argument(Record):
    """An argument of the compiled function and where the call takes it from.

    `source` is "argument", "state" or "capture" with its position, or "position"
    with the heads of the first argument that share one of its own. Of a state,
    columns `start` .. `stop` - 1 are meant.
    """

    value: Value
    source: str
    position: int
    start: int = 0
    stop: int = -1


class Result(Record):
    """A result: the output, or a part of the final state number `position`."""

    value: Value
    source: str
    position: int = 0
    start: int = 0
    stop: int = -1


class Trace:
    """The function being made. `batch`, `time` and `heads` are those of the first argument."""

    def __init__(self, name: str, request: Request, shape: tuple[int, int, int], stepping: bool = False) -> None:
        self.name, self.request, self.stepping = name, request, stepping
        self.batch, self.time = Dim("B", shape[0]), Dim("T", shape[1])
        self.heads = Dim("H", shape[2])
        self.arguments: list[Argument] = []
        self.statements: list[Statement] = []
        self.results: list[Result] = []
        self.captures: list[Any] = []
        #: What the variant is called with, by parameter; for messages.
        self.given: dict[str, Any] = {}
        self.states = 0
        self._captured: list[Any] = []
        self._elements: dict[int, str] = {}
        self._stored: dict[int, tuple[Value, Value]] = {}
        self._taken = set(EXTENTS.values())
        self._used: set[int] = set()

    # -- leaves --------------------------------------------------------------

    def leaf(self, name: str, shape: Shape, dtype: str = "f32") -> Value:
        """A tensor with a name of its own."""
        unique, number = name, 1
        while unique in self._taken:
            unique, number = f"{name}_{number}", number + 1
        self._taken.add(unique)
        return Value(self, "tensor", (), shape, dtype, unique)

    def result(self, name: str, shape: Shape, element: Value) -> Value:
        """The result of an op, f32 unless the variant returns it; `element` has the op's element type."""
        value = self.leaf(name, shape)
        self._elements[id(value)] = element.dtype
        return value

    def argument(self, name: str, spec: Spec, position: int, per_token: bool) -> Value:
        """A parameter of the variant that is given an array."""
        shape: Shape = spec.shape
        if per_token:
            heads = self.heads_of(name, spec.shape[2])
            shape = (self.batch, self.time, heads, *spec.shape[3:])
        value = self.leaf(name, shape, spec.dtype)
        self.arguments.append(Argument(value, "argument", position))
        return value

    def state_argument(self, name: str, shape: Shape, start: int, stop: int) -> Value:
        """A part of the initial state that the next recurrence takes."""
        value = self.leaf(name, shape)
        self.arguments.append(Argument(value, "state", self.states, start, stop))
        return value

    def heads_of(self, name: str, count: int) -> Dim:
        """The heads of an argument: as many as the first one's, or a divisor."""
        most = self.heads.extent
        if count == most:
            return self.heads
        if count < 1 or most % count:
            raise ShapeError(f"{name}: expects a number of heads that divides {most}, but got {count}")
        return Dim("H", count, most // count)

    def lift(self, operand: Any) -> Operand:
        """An operand of a row function: a value, a number, or an array to be captured."""
        if isinstance(operand, Value):
            if operand.trace is not self:
                refuse("a traced value of another call is used here")
            return operand
        if isinstance(operand, (bool, int, float)):
            return expect_number("a constant", operand)
        if is_array(operand):
            return self.capture(operand)
        if isinstance(operand, Dim):
            refuse(f"the extent {operand} is free in a variant, and no number")
        if hasattr(operand, "__float__"):
            return float(operand)
        return refuse(f"expects a traced value, a number or an array, but got {type(operand).__name__}")

    def capture(self, array: Any) -> Value:
        """An array of the enclosing program becomes an argument of the kernel."""
        for argument in self.arguments:
            if argument.source == "capture" and self._captured[argument.position] is array:
                return argument.value
        taken = _as_f32(array)
        value = self.leaf(f"capture{len(self.captures)}", describe("a captured array", taken).shape)
        self.arguments.append(Argument(value, "capture", len(self.captures)))
        self.captures.append(taken)
        self._captured.append(array)
        return value

    def position(self, rows: Value) -> Value:
        """The position of each token of `rows`: counted from the first one of the call, in a step what it says."""
        if not self.stepping:
            return Value(self, "position", (), (1, self.time, 1, 1))
        heads = rows.shape[2]
        assert isinstance(heads, Dim)
        shape = (self.batch, self.time, heads)
        known = (x.value for x in self.arguments if x.source == "position" and x.value.shape == shape)
        value = next(known, None)
        if value is None:
            value = self.leaf("position", shape)
            self.arguments.append(Argument(value, "position", heads.ratio))
        return value[..., None]

    # -- ops -----------------------------------------------------------------

    def store(self, value: Value, name: str) -> Value:
        """Makes a leaf of a value: itself, or the result of a row map."""
        if value.op == "tensor":
            self._used.add(id(value))
            return value
        if id(value) not in self._stored:
            shape = self._whole(value)
            resolve(value, shape)
            result = self.leaf(name, shape)
            self.statements.append(MapRows(value, result))
            self._stored[id(value)] = (value, result)
        return self._stored[id(value)][1]

    def store_alike(self, values: list[Value], names: tuple[str, ...]) -> list[Value]:
        """Makes leaves of values, all of one element type: theirs, or f32."""
        leaves = [self.store(value, name) for value, name in zip(values, names)]
        if len({leaf.dtype for leaf in leaves}) == 1:
            return leaves
        return [
            leaf if leaf.dtype == "f32" else self.store(Value(self, "identity", (leaf,), leaf.shape), name)
            for leaf, name in zip(leaves, names)
        ]

    def _whole(self, value: Value) -> Shape:
        """The shape [B, T, H, D] or [B, T, H] that a value broadcasts to."""
        rank = 4 if len(value.shape) in (2, 4) or (value.shape and value.shape[-1] == 1) else 3
        heads = self.heads
        shape = value.shape
        position = len(shape) - (2 if rank == 4 else 1)
        if position >= 0 and isinstance(shape[position], Dim):
            found = shape[position]
            assert isinstance(found, Dim)
            heads = found
        elif position >= 0 and shape[position] != 1:
            heads = self.heads_of("a value per head", int(shape[position]))
        if rank == 3:
            return (self.batch, self.time, heads)
        return (self.batch, self.time, heads, shape[-1])

    def project(self, rows: Value, matrix: Any) -> Value:
        """rows @ matrix, a matrix for all heads [D, E] or one a head [H, D, E]."""
        operand = self.lift(matrix)
        if not isinstance(operand, Value) or operand.op != "tensor":
            refuse("@ expects an array on its right, [D, E] or [H, D, E]")
        if len(rows.shape) != 4 or len(operand.shape) not in (2, 3) or operand.shape[-2] != rows.shape[-1]:
            shapes = f"{show(rows.shape)} and {show(operand.shape)}"
            raise ShapeError(f"@ expects [B, T, H, D] and a matrix [D, E] or [H, D, E], but got {shapes} ({place()})")
        if len(operand.shape) == 3:
            operand.shape = (rows.shape[2], *operand.shape[1:])
        source = self.store(rows, "rows")
        if operand.dtype not in ("f32", source.dtype):
            raise DtypeError(f"@ expects a matrix of f32, but got {operand.dtype} ({place()})")
        result = self.result("projected", (*source.shape[:3], operand.shape[-1]), source)
        self.statements.append(Project(source, operand, result))
        return result

    # -- the function --------------------------------------------------------

    def finish(self, result: Any, dtype: str) -> None:
        """Takes what the variant returns as the output, in the element type given."""
        if not isinstance(result, Value):
            refuse(f"a variant expects to return a traced value, but got {type(result).__name__}")
        made = id(result) in self._elements
        if made and id(result) not in self._used and self._elements[id(result)] == dtype:
            result.dtype = dtype
        elif not made or result.dtype != dtype:
            source = result if result.op != "tensor" else Value(self, "identity", (result,), result.shape)
            result = self.store(source, "result")
            result.dtype = dtype
        self.results.insert(0, Result(result, "output"))

    def used_arguments(self) -> list[Argument]:
        """The arguments that the body reads, in order: those of the call, states, captures, positions."""
        order = {"argument": 0, "state": 1, "capture": 2, "position": 3}
        return sorted(self.arguments, key=lambda argument: order[argument.source])

    def text(self, locations: bool = False, one_token: bool = False) -> str:
        """The IR of the function, a module of its own; a step is of one token in any case."""
        arguments = self.used_arguments()
        printer = Printer([argument.value for argument in arguments], locations, one_token or self.stepping)
        for statement in self.statements:
            statement.render(printer)
        names = ", ".join(f"%{result.value.attribute}" for result in self.results)
        types = ", ".join(printer.type_of(result.value) for result in self.results)
        printer.add(f"return {names} : {types}")
        inputs = ", ".join(self._parameter(printer, argument) for argument in arguments)
        outputs = ", ".join(
            f'{printer.type_of(result.value)} {{plait.name = "{name}"}}'
            for result, name in zip(self.results, self._result_names())
        )
        body = "\n".join(printer.lines)
        return f"module {{\n  func.func @{self.name}({inputs}) -> ({outputs}) {{\n{body}\n  }}\n}}\n"

    def _parameter(self, printer: Printer, argument: Argument) -> str:
        value = argument.value
        attributes = f'plait.name = "{value.attribute}"'
        if argument.source == "state" and self.request.in_place:
            attributes += f", plait.result = {self.result_of(argument)} : index"
        return f"%{value.attribute}: {printer.type_of(value)} {{{attributes}}}"

    def result_of(self, argument: Argument) -> int:
        """The position of the result that replaces a part of the state."""
        for position, result in enumerate(self.results):
            if result.source == "state" and tuple(result)[2:] == tuple(argument)[2:]:
                return position
        raise AssertionError(f"no result takes the place of {argument.value.attribute}")

    def _result_names(self) -> list[str]:
        """Names for messages; no two arguments of a function share one."""
        names = []
        for result in self.results:
            part = "normalizer" if result.start else "state"
            number = f"{result.position}" if result.position else ""
            names.append("out" if result.source == "output" else f"final_{part}{number}")
        return names


def _as_f32(array: Any) -> Any:
    """A captured array itself, or its copy where it is no f32."""
    spelled = str(getattr(array, "dtype", "")).removeprefix("torch.")
    if spelled == "float32":
        return array
    if spelled.rstrip("0123456789") not in ("float", "bfloat", "int", "uint", "bool"):
        raise DtypeError(f"a captured array: expects real numbers, but got {spelled} ({place()})")
    return array.astype("float32") if hasattr(array, "astype") else array.float()
