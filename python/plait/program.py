"""A variant traced for one signature: its IR, and how a call fills its arguments."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from plait.arrays import Spec, describe, expect_float, is_array, show
from plait.errors import DtypeError, ShapeError
from plait.records import Record
from plait.tracing.trace import Argument, Request, Result, Trace
from plait.tracing.value import Dim


class Parameters(Record):
    """The parameters of a variant's function and what is known of them.

    `shared` are those without batch and time; `same` must have the element type of
    the first one; `repeat` may have fewer heads than the first one, each serving several.
    """

    names: tuple[str, ...]
    defaults: dict[str, Any]
    positional: int
    shared: tuple[str, ...] = ()
    same: tuple[str, ...] = ("q", "k", "v")
    repeat: tuple[str, ...] = ()


class Field(Record):
    """An argument of the compiled function, as the native module fills it.

    `source`: 0 a parameter, 1 a part of the initial state, 2 a captured array, 3 the
    output, 4 a part of the final state, 5 the token's position, of which `position`
    heads of the first parameter share one. `time` is where an axis of one token is put in,
    -1 for nowhere; `start`, `stop` the columns meant; `heads` the axis of heads.
    """

    source: int
    position: int
    time: int
    start: int
    stop: int
    heads: int
    repeat: bool


class Output(Record):
    """An array that a call makes. Each extent is (parameter, axis), or (-1, constant)."""

    dtype: str
    shape: tuple[tuple[int, int], ...]


class Program(Record):
    """A traced variant; with `one_token` only for calls of one."""

    name: str
    trace: Trace
    inputs: tuple[Field, ...]
    outputs: tuple[Output, ...]
    states: int
    returns_state: bool
    one_token: bool = False

    def text(self, locations: bool = False) -> str:
        """The IR."""
        return self.trace.text(locations, self.one_token)


_SOURCES = {"argument": 0, "state": 1, "capture": 2, "position": 5}


def trace(
    name: str,
    function: Callable[..., Any],
    parameters: Parameters,
    values: dict[str, Any],
    request: Request,
    step: bool = False,
) -> Program:
    """Traces a variant's function for the arrays and options among `values`."""
    specs = {x: describe(x, value) for x, value in values.items() if is_array(value)}
    first = parameters.names[0]
    base = _base(first, specs, values, step)
    _check_types(parameters, specs)
    traced = Trace(f"{name}_step" if step else name, request, base, step)
    traced.given = values
    arguments = dict(values)
    times: dict[int, int] = {}
    for position, parameter in enumerate(parameters.names):
        spec = specs.get(parameter)
        if spec is None:
            continue
        per_token = is_per_token(spec.shape, base, step, parameter in parameters.shared)
        if per_token and step:
            spec, times[position] = spec.replace(shape=(spec.shape[0], 1, *spec.shape[1:])), 1
        if per_token and parameter in parameters.repeat:
            traced.heads_of(parameter, spec.shape[2])
            spec = spec.replace(shape=(*spec.shape[:2], base[2], *spec.shape[3:]))
        arguments[parameter] = traced.argument(parameter, spec, position, per_token)
    traced.finish(function(**arguments), specs[first].dtype)
    return _program(traced, parameters, times, step)


def is_per_token(shape: tuple[int, ...], base: tuple[int, int, int], step: bool, shared: bool) -> bool:
    """Whether an array has batch and time; the native module decides by the same rule."""
    batch, time, heads = base
    if shared:
        return False
    if step:
        divides = len(shape) == 2 and (shape[1] == heads or (shape[1] > 0 and heads % shape[1] == 0))
        return shape[:1] == (batch,) and (len(shape) == 3 or divides)
    return len(shape) == 4 or (len(shape) == 3 and shape[:2] == (batch, time))


def _base(first: str, specs: dict[str, Spec], values: dict[str, Any], step: bool) -> tuple[int, int, int]:
    spec = specs.get(first)
    if spec is None:
        raise DtypeError(f"{first}: expects an array, but got {type(values.get(first)).__name__}")
    layout, rank = ("[B, H, D]", 3) if step else ("[B, T, H, D]", 4)
    if len(spec.shape) != rank:
        raise ShapeError(f"{first}: expects shape {layout}, but got {show(spec.shape)}")
    if spec.shape[-1] < 1:
        raise ShapeError(f"{first}: expects a head dim of at least 1, but got {show(spec.shape)}")
    return (spec.shape[0], 1 if step else spec.shape[1], spec.shape[1] if step else spec.shape[2])


def _check_types(parameters: Parameters, specs: dict[str, Spec]) -> None:
    first = parameters.names[0]
    main = specs[first].dtype
    expect_float(first, main)
    for name, spec in specs.items():
        if name in parameters.same and spec.dtype != main:
            raise DtypeError(f"{name}: expects {main}, the type of {first}, but got {spec.dtype}")
        if spec.dtype not in ("f32", main):
            expected = "f32" if main == "f32" else f"f32 or {main}, the type of {first}"
            raise DtypeError(f"{name}: expects {expected}, but got {spec.dtype}")


def _program(traced: Trace, parameters: Parameters, times: dict[int, int], step: bool) -> Program:
    request = traced.request
    axes = _axes(traced, times)
    fields = []
    for argument in traced.used_arguments():
        per_token = times.get(argument.position, -1) if argument.source == "argument" else -1
        repeat = argument.source == "argument" and parameters.names[argument.position] in parameters.repeat
        fields.append(_field(_SOURCES[argument.source], argument, per_token, repeat))
    outputs = [_output(traced.results[0].value.dtype, traced.results[0].value.shape, axes, drop_time=step)]
    widths: dict[int, Result] = {}
    for result in traced.results:
        if result.source == "state":
            widths[result.position] = result
        if result.source == "output" or not request.in_place:
            fields.append(_field(3 if result.source == "output" else 4, result, 1 if step else -1, False))
    if not request.in_place:
        for result in widths.values():
            whole = (*result.value.shape[:-1], result.stop if result.stop > 0 else result.value.shape[-1])
            outputs.append(_output("f32", whole, axes, drop_time=False))
    return Program(
        traced.name, traced, tuple(fields), tuple(outputs), len(widths) or traced.states, request.output_final_state
    )


def _field(source: int, of: Any, time: int, repeat: bool) -> Field:
    assert isinstance(of, (Argument, Result))
    heads = next((i for i, dim in enumerate(of.value.shape) if isinstance(dim, Dim) and dim.name == "H"), -1)
    if source in (1, 4):
        time = -1
    return Field(source, of.position, time, of.start, of.stop, heads, repeat)


def _axes(traced: Trace, times: dict[int, int]) -> dict[Dim, tuple[int, int]]:
    """Where a call finds each free extent: a parameter and an axis of it as given."""
    axes: dict[Dim, tuple[int, int]] = {}
    for argument in traced.arguments:
        if argument.source != "argument":
            continue
        shift = times.get(argument.position, -1)
        for axis, dim in enumerate(argument.value.shape):
            if isinstance(dim, Dim) and dim not in axes and axis != shift:
                axes[dim] = (argument.position, axis - (shift >= 0 and axis > shift))
    return axes


def _output(dtype: str, shape: tuple[Any, ...], axes: dict[Dim, tuple[int, int]], drop_time: bool) -> Output:
    extents = []
    for axis, dim in enumerate(shape):
        if drop_time and axis == 1:
            continue
        extents.append(axes[dim] if isinstance(dim, Dim) else (-1, int(dim)))
    return Output(dtype, tuple(extents))
