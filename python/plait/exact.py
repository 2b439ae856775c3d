"""A variant in the f64 interpreter: what a call should give, whatever the kernel does."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from plait import _plait
from plait.program import Program, is_per_token
from plait.tracing.value import Dim

if TYPE_CHECKING:
    from plait.variants.variant import Variant

#: Relative root mean square error that a kernel may have, by the type of its output.
BOUNDS = {"f32": 1e-5, "f16": 2e-3, "bf16": 2e-2}


def head_of(variant: Variant, values: dict[str, Any], tokens: int) -> dict[str, Any]:
    """The arguments of the first sequence's first tokens."""
    first = values[variant.parameters.names[0]]
    base = (int(first.shape[0]), int(first.shape[1]), int(first.shape[2]))
    return {
        name: value[:1, :tokens]
        if hasattr(value, "shape") and is_per_token(value.shape, base, False, name in variant.parameters.shared)
        else value
        for name, value in values.items()
    }


def output(program: Program, values: dict[str, Any]) -> Any:
    """The output of a traced call without an initial state, in f64."""
    import numpy as np

    names = list(values)
    arrays: dict[str, Any] = {}
    extents: dict[Dim, int] = {}
    for argument in program.trace.used_arguments():
        source = program.trace.captures if argument.source == "capture" else [values[name] for name in names]
        array = as_f32(source[argument.position])
        for axis, dim in enumerate(argument.value.shape):
            if isinstance(dim, Dim) and array.shape[axis] != dim.extent:
                array = np.repeat(array, dim.extent // array.shape[axis], axis)
            if isinstance(dim, Dim):
                extents[dim] = array.shape[axis]
        arrays[str(argument.value.attribute)] = np.ascontiguousarray(array)
    results = [
        np.zeros([extents[dim] if isinstance(dim, Dim) else dim for dim in result.value.shape])
        for result in program.trace.results
    ]
    _plait.interpret(program.text(), program.name, list(arrays.values()), results)
    return results[0]


def rms_error(got: Any, expected: Any) -> float:
    """The relative root mean square error."""
    import numpy as np

    scale = float(np.sqrt(np.mean(expected**2))) if expected.size else 1.0
    return float(np.sqrt(np.mean((as_f32(got) - expected) ** 2))) / (scale or 1.0) if expected.size else 0.0


def as_f32(array: Any) -> Any:
    """An array of any library as NumPy's f32."""
    import numpy as np

    if hasattr(array, "detach"):  # PyTorch, whose bf16 NumPy does not take
        array = array.float()
    return np.asarray(array).astype(np.float32)
