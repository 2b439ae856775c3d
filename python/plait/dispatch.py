"""What happens when the native dispatcher meets a signature for the first time."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from plait import _plait, jit
from plait.arrays import Spec
from plait.errors import ArgumentError, TraceError
from plait.tracing.value import Value, place

if TYPE_CHECKING:
    from plait.variants.variant import Variant


def dispatcher(variant: Variant, step: bool) -> _plait.Dispatcher:
    """The native object that a variant is called through."""

    def miss(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        values, common = variant.bind(args, kwargs, step)
        traced = next((value for value in values.values() if isinstance(value, Value)), None)
        if traced is not None:
            return _inline(variant, traced, values, common, step)
        for name, value in (*values.items(), *common.items()):
            if isinstance(value, Spec):
                raise ArgumentError(f"{name}: expects an array, but got a Spec, which holds no data")
        return jit.plan(variant.traced(values, common, step))

    parameters = variant.parameters
    return _plait.Dispatcher(miss, parameters.names, parameters.shared, variant.generate, step)


def _inline(variant: Variant, traced: Value, values: dict[str, Any], common: dict[str, Any], step: bool) -> Value:
    """A variant called inside another one becomes part of it."""
    given = [name for name in ("initial_state", "state", "output_final_state", "cu_seqlens", "out") if common.get(name)]
    if step or given:
        what = "step" if step else given[0]
        raise TraceError(f"inside a variant {variant.__name__} takes scale and reverse, but got {what} ({place()})")
    trace = traced.trace
    outer = trace.request
    trace.request = outer.replace(
        scale=outer.scale if common["scale"] is None else float(common["scale"]),
        reverse=outer.reverse or bool(common["reverse"]),
    )
    try:
        result = variant.__wrapped__(**values)
    finally:
        trace.request = outer
    assert isinstance(result, Value)
    return result
