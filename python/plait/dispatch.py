"""What happens when the native dispatcher meets a signature for the first time."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

from typing import Any

from plait import _plait, jit
from plait.arrays import describe, expect_data, expect_flag, expect_float, expect_number
from plait.errors import TraceError
from plait.tracing.value import Value, place
from plait.variants.variant import COMMON, Variant


def dispatcher(variant: Variant, step: bool) -> _plait.Dispatcher:
    """The native object that a variant is called through."""

    def miss(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        values, common = variant.bind(args, kwargs, step)
        traced = next((value for value in values.values() if isinstance(value, Value)), None)
        if traced is not None:
            return _inline(variant, traced, values, common, step)
        expect_data({**values, **common})
        name = "state" if step else "initial_state"
        state = common[name]
        for part in state if isinstance(state, tuple) else () if state is None else (state,):
            expect_float(name, describe(name, part).dtype, "f32")
        return jit.plan(variant.traced(values, common, step))

    parameters = variant.parameters
    return _plait.Dispatcher(miss, parameters.names, parameters.shared, variant.generate, step)


def _inline(variant: Variant, traced: Value, values: dict[str, Any], common: dict[str, Any], step: bool) -> Value:
    """A variant called inside another one becomes part of it."""
    taken = ("scale", "reverse")
    given = ["step"] if step else [x for x, value in common.items() if x not in taken and value is not COMMON[x]]
    if given:
        raise TraceError(f"inside a variant {variant.__name__} takes scale and reverse, but got {given[0]} ({place()})")
    for name in variant.generate:
        if values[name] is None:  # what would be made has the heads of one call, the kernel serves any number
            raise TraceError(f"inside a variant {variant.__name__} expects {name}, but got none ({place()})")
    trace = traced.trace
    outer = trace.request
    trace.request = outer.replace(
        scale=outer.scale if common["scale"] is None else expect_number("scale", common["scale"]),
        reverse=outer.reverse or expect_flag("reverse", common["reverse"]),
    )
    try:
        result = variant.__wrapped__(**values)
    finally:
        trace.request = outer
    assert isinstance(result, Value)
    return result
