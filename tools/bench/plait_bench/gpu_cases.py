"""The calls and steps that tools/gpu-check makes: their arrays, their definition in f64, and fla's like of them."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import importlib
import math
from collections.abc import Callable
from typing import Any, NamedTuple, Optional

import ml_dtypes
import numpy as np

import plait
from plait_bench import emulate, reference
from plait_bench.workloads import generator

Shape = tuple[int, int, int, int]
#: Random values made anew; longer arrays repeat them.
_FRESH = (1 << 22) - 7
#: fla's name of a variant, and what else it takes so that it computes the same.
_FLA: dict[str, tuple[str, dict[str, Any]]] = {
    "recur": ("linear_attn", {"scale": 1.0, "normalize": False}),
    "retention": ("retention", {}),
    "simple_gla": ("simple_gla", {}),
    "gla": ("gla", {}),
}


class Case(NamedTuple):
    """A variant on arrays of the host."""

    variant: str
    #: [B, T, H, D]; of one token it is a step.
    shape: Shape
    #: q, k and v [B, T, H, D] in bf16, and gates [B, T, H] or [B, T, H, D] in f32.
    arrays: tuple[Any, ...]
    #: Of a step [B, H, D, D] in f32, with a normaliser's as one more column; else None.
    state: Optional[Any]

    @property
    def nbytes(self) -> int:
        """Bytes that pass the device's memory once: those of arrays, of the output, and twice of a step's state."""
        state = 0 if self.state is None else 2 * self.state.nbytes
        return sum(x.nbytes for x in self.arrays) + self.arrays[2].nbytes + state


def random(shape: tuple[int, ...]) -> Any:
    """Normal values in bf16."""
    count = math.prod(shape)
    fresh = generator().standard_normal(min(count, _FRESH), np.float32).astype(ml_dtypes.bfloat16)
    return np.resize(fresh, shape)


def random_decays(shape: tuple[int, ...]) -> Any:
    """Gates as GLA is trained with them, a sixteenth of the logarithm of a sigmoid of normal values, in f32."""
    return -np.log1p(np.exp(random(shape).astype(np.float32))) / 16


def make(name: str, shape: Shape) -> Case:
    """A case of random arrays."""
    variant = getattr(plait, name)
    gates = (random_decays(gate) for gate in emulate.gates(variant, shape))
    state = random(emulate.state(variant, shape)).astype(np.float32) if emulate.is_step(shape) else None
    if state is not None and name == "linear_attention":
        state = np.abs(state)  # a normaliser is a sum of what is positive
    return Case(name, shape, (random(shape), random(shape), random(shape), *gates), state)


def exact(case: Case, batch: int, head: int) -> Any:
    """The definition in f64 of one sequence's head, [1, T, 1, D]."""
    part = np.s_[batch : batch + 1, :, head : head + 1]
    q, k, v, *gates = (x[part] for x in case.arrays)
    state = None if case.state is None else case.state[batch : batch + 1, head : head + 1]
    if case.variant == "linear_attention":
        return reference.attention(q, k, v, np.float64, initial_state=state)
    decay = gates[0] if gates else None
    if case.variant == "retention":
        decay = np.full(q.shape[:3], np.log1p(-(2.0 ** (-5 - head))))  # its default
    scale = 1.0 if case.variant == "recur" else case.shape[3] ** -0.5
    return reference.recurrence(np.asarray(q, np.float64) * scale, k, v, np.float64, decay=decay, initial_state=state)


class OnDevice:
    """A case with its arrays on the device."""

    def __init__(self, case: Case) -> None:
        self._variant = getattr(plait, case.variant)
        self._is_step = case.state is not None
        rows = (x[:, 0] if self._is_step else x for x in case.arrays)
        self._arrays = [plait.cuda.array(np.ascontiguousarray(x)) for x in rows]
        self._state = plait.cuda.array(case.state) if self._is_step else None
        self._out = plait.cuda.array(np.zeros(case.shape[:1] + case.shape[1 + self._is_step :], ml_dtypes.bfloat16))

    def compute(self) -> Any:
        """The output, [B, T, H, D] on the host; a step's state stays as it was."""
        if not self._is_step:
            self.run()
            return plait.cuda.numpy(self._out)
        self._variant.step(*self._arrays, state=self._state, out=self._out)
        return plait.cuda.numpy(self._out)[:, None]

    def run(self) -> None:
        """What is timed, into an output that there is: a call, or a step that updates its state."""
        if self._is_step:
            self._variant.step(*self._arrays, state=self._state, inplace=True, out=self._out)
        else:
            self._variant(*self._arrays, out=self._out)


def fla_call(case: Case, arrays: list[Any], state: Any) -> Optional[Callable[[], object]]:
    """fla's chunk form of a call, or recurrent one of a step, on PyTorch's tensors; None where it has no like of it."""
    if case.variant not in _FLA:
        return None
    name, options = _FLA[case.variant]
    form = "chunk" if state is None else "fused_recurrent"
    function = getattr(importlib.import_module(f"fla.ops.{name}"), f"{form}_{name}")
    if state is not None:
        options = {**options, "initial_state": state, "output_final_state": True}
    return lambda: function(*arrays, **options)
