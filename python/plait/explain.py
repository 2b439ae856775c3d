"""`Variant.explain`: how a call runs, on one page."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import math
import re
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from plait import _plait, jit
from plait.arrays import describe, device_of, is_array, show
from plait.program import Program
from plait.tracing.operations import Call
from plait.tracing.value import Dim

if TYPE_CHECKING:
    from plait.variants.variant import Variant


def explain(variant: Variant, args: Sequence[Any], kwargs: dict[str, Any]) -> str:
    """The page: signature, ops with their forms, schedule, cost, time."""
    step = variant.is_step(kwargs)
    if step:
        kwargs = {**kwargs, "inplace": False}  # calls again and again, and leaves the state as it is
    values, common = variant.bind(args, kwargs, step)
    device = device_of(values)
    traced, dispatcher = variant.traced(values, common, step), variant.dispatcher(step)
    before = jit.sources()
    start = time.perf_counter()
    results = (variant.step if step else variant)(*args, **kwargs)
    first = time.perf_counter() - start
    after = jit.sources()
    origin = "compiled now" if after.compiled > before.compiled else "loaded from the disk cache"
    if after == before:
        origin = "in memory already"
    items, tokens, alignment, _ = dispatcher.time((), *args, **kwargs)
    program = jit.sized(traced, tokens, device)
    text, isa = program.text(), jit.isa_of(device)
    schedule = jit.scheduled(program, text, items, tokens, device)
    function = jit.load(program, text, isa, jit.aligned(schedule, alignment))
    *_, timings = dispatcher.time([function], *args, **kwargs)
    best = timings[0][1] / 1e9
    flops, size = _flops(program), _bytes([*values.values(), *common.values(), results])
    where = isa if device >= 0 else f"{isa}, {_plait.get_num_threads()} thread(s)"
    lines = [f"{program.name} on {where}"]
    for name, value in values.items():
        if is_array(value):
            spec = describe(name, value)
            lines.append(f"  {name:<10} {spec.dtype:<5} {show(spec.shape)}")
    lines += ["ops and forms:", *(f"  {line}" for line in _forms(text, isa, schedule))]
    lines.append(f"kernel: {origin}, first call {first * 1e3:.1f} ms")
    count = len(jit.schedules(text, items, tokens, device))
    lines.append(f"schedule: {schedule or 'default'}, one of {count}{'' if step else ' that tune() tries'}")
    registers, spilled = function.registers()
    if registers:
        lines.append(f"registers: {registers} of a thread, {spilled} bytes spilled")
    rate = f", {flops / best / 1e9:.1f} Gflop/s" if flops else ""
    lines.append(f"cost: {flops / 1e6:.2f} Mflop in the recurrences, {size / 1e6:.2f} MB of arrays")
    lines.append(f"time: {best * 1e6:.1f} us a call{rate}, {size / best / 1e9:.1f} GB/s")
    return "\n".join(lines)


def _bytes(values: Sequence[Any]) -> int:
    """Of all arrays, each read or written once."""
    total = 0
    for value in values:
        if isinstance(value, tuple):
            total += _bytes(value)
        elif is_array(value):
            spec = describe("array", value)
            total += math.prod(map(int, spec.shape)) * (4 if spec.dtype == "f32" else 2)
    return total


def _forms(text: str, isa: str, schedule: str) -> list[str]:
    """The ops of a program with the form that the compiler chose for each."""
    tiled = _plait.print(text, jit.target(isa), schedule, "tiled")
    found = re.findall(r"plait\.(recur|scan|map_rows|project)\b", tiled)
    forms = re.findall(r"#plait\.schedule<(\w+), \{([^}]*)\}>", tiled)
    ops = [f"{op} x {found.count(op)}" for op in dict.fromkeys(found)]
    return ops + [f"form {form} {{{parameters}}}" for form, parameters in dict.fromkeys(forms)]


def _flops(program: Program) -> float:
    """What the recurrences of a call cost; normalisers, maps and gates are left out."""
    trace = program.trace
    tokens = trace.batch.extent * trace.time.extent
    total = 0.0
    for statement in trace.statements:
        if isinstance(statement, Call) and any(statement.flops):
            state = statement.results[1] if len(statement.results) > 1 else None
            ratio = next((dim.ratio for dim in state.shape if isinstance(dim, Dim)), 1) if state is not None else 1
            write, read = statement.flops
            total += tokens * trace.heads.extent * (write / ratio + read)
    return total
