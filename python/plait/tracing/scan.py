"""Scans inside a trace: one `plait.scan` on rows."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

from typing import Any, Optional

from plait.arrays import Spec, show
from plait.errors import ShapeError
from plait.tracing.operations import Call, Printer
from plait.tracing.trace import Request, Trace
from plait.tracing.value import Dim, Value, place, refuse

_START = {"add": 0.0, "affine": 0.0, "max": float("-inf"), "logsumexp": float("-inf")}


def record(kind: str, inputs: tuple[Any, ...], initial: Optional[Any], exclusive: bool, reverse: bool) -> Value:
    """Adds a scan along time to the trace of its inputs and gives its output."""
    traced = [x for x in inputs if isinstance(x, Value)]
    if not traced:
        refuse("a scan expects traced values inside a variant")
    trace = traced[0].trace
    lifted = [trace.lift(x) for x in inputs]
    leaves = []
    for value in lifted:
        if not isinstance(value, Value) or len(value.shape) != 4 or not isinstance(value.shape[2], Dim):
            raise ShapeError(f"a scan inside a variant expects rows [B, T, H, D], but got {value!r} ({place()})")
        leaves.append(trace.store(value, "row"))
    shape = leaves[0].shape
    if any(leaf.shape != shape for leaf in leaves):
        spelled = " and ".join(show(leaf.shape) for leaf in leaves)
        raise ShapeError(f"a scan expects rows of one shape, but got {spelled} ({place()})")
    out = trace.result("scanned", shape, leaves[0])
    carry = trace.leaf("carry", (shape[0], shape[2], shape[3]))
    start = trace.lift(initial) if initial is not None else None
    if start is not None and (not isinstance(start, Value) or len(start.shape) != 3):
        refuse("initial: expects an array [B, H, D]")
    if isinstance(start, Value):
        start.shape = carry.shape
    call = Call("plait.scan", [out, carry])
    call.say_operands(f"{kind} ins", *leaves)
    call.say(lambda printer: _outs(printer, kind, out, carry, start))
    if exclusive:
        call.say(lambda printer: "read(exclusive)")
    if reverse:
        call.say(lambda printer: "reverse")
    call.say(lambda printer: f"-> {printer.type_of(out)}, {printer.type_of(carry)}")
    trace.statements.append(call)
    return out


def _outs(printer: Printer, kind: str, out: Value, carry: Value, start: Any) -> str:
    empty = printer.empty(f"{out.attribute}_empty", out.shape, out.dtype)
    if isinstance(start, Value):
        initial = f"%{start.attribute}"
    else:
        initial = printer.fill(f"{carry.attribute}_start", carry.shape, _START[kind])
    return f"outs({empty}, {initial} : {printer.type_of(out)}, {printer.type_of(carry)})"


def function(
    name: str,
    kind: str,
    inputs: tuple[str, ...],
    dtype: str,
    width: int,
    initial: bool,
    exclusive: bool,
    reverse: bool,
) -> Trace:
    """A function of one scan over arrays [B, T, H, D] with D = `width`."""
    trace = Trace(name, Request(), (2, 2, 2))
    spec = Spec((2, 2, 2, width), dtype)
    leaves = tuple(trace.argument(x, spec, position, True) for position, x in enumerate(inputs))
    start = trace.argument("initial", Spec((2, 2, width), "f32"), len(inputs), False) if initial else None
    if start is not None:
        start.shape = (trace.batch, trace.heads, width)
    trace.finish(record(kind, leaves, start, exclusive, reverse), dtype)
    return trace
