"""The generated kernels whose mutants are tried, and their arguments."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import pathlib
import re
import sys
from typing import Any, NamedTuple

import ml_dtypes
import numpy as np

from driver import Buffers, Launch, launch
from plait import _plait

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "python"))
import cases

TARGET = "sm_90a"
#: Tokens of the launches. A thread copies rows 8 or 16 apart of a chunk of 64: the last chunk ends within each of
#: those groups, whether it is the first, which is loaded before the loop, or a later one. It ends at even and at odd
#: columns of masks. The more tokens, the more sums show the last bits of what they add.
TOKENS = (65, 200, 255, *range(68, 128, 8), *range(69, 128, 8), *range(4, 64, 8), 1, 64)
BOUNDS = {"float32": 3e-6, "bfloat16": 5e-3}


class Kernel(NamedTuple):
    """A call of a variant: types, head dims and options."""

    variant: str
    dtype: Any
    keys: int
    values: int
    reverse: bool = False
    states: bool = False

    @property
    def name(self) -> str:
        words = [self.variant, np.dtype(self.dtype).name, f"{self.keys}x{self.values}"]
        return "-".join(words + [word for word in ("reverse", "states") if getattr(self, word)])

    def case(self, tokens: int) -> cases.Case:
        shape = cases.Shape(batch=2, tokens=tokens, heads=2, keys=self.keys, values=self.values)
        return cases.build(self.variant, shape, seed=tokens, dtype=self.dtype)

    def options(self) -> dict[str, Any]:
        # The normaliser is the last column of a state.
        columns = self.values + (self.variant == "linear_attention")
        state = np.random.default_rng(1).random((2, 2, self.keys, columns), np.float32)
        return {"reverse": self.reverse, **({"initial_state": state} if self.states else {})}


KERNELS = (
    Kernel("linear_attention", ml_dtypes.bfloat16, 64, 64),
    Kernel("simple_gla", ml_dtypes.bfloat16, 32, 32),
    Kernel("gla", ml_dtypes.bfloat16, 64, 64, states=True),
    Kernel("linear_attention", np.float32, 32, 32, states=True),
    Kernel("lightning_attention", ml_dtypes.bfloat16, 32, 32, reverse=True),
    Kernel("simple_gla", ml_dtypes.bfloat16, 32, 24, states=True),
)


class Subject:
    """A compiled kernel with what its launches need, and what they give unchanged."""

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel
        case = kernel.case(TOKENS[0])
        ir = case.variant.program(case.args, {**kernel.options(), "output_final_state": kernel.states}).text()
        self.text = _plait.print(ir, TARGET, "", "ptx")
        found = re.search(r"tile\.shared_bytes = (\d+)", _plait.print(ir, TARGET, "", "vector"))
        assert found, "expects the kernel to say its shared memory"
        self.shared = int(found[1])
        # The kernel takes the function's arguments in an order of its own.
        called = re.search(r"call @\w+\(((?:%arg\d+, )+)", _plait.print(ir, TARGET, "", "bufferized"))
        assert called, "expects a function that calls its kernel"
        self._order = [int(number) for number in re.findall(r"\d+", called[1])]
        self._buffers: dict[int, tuple[Buffers, Launch]] = {}

    def launch(self, text: str, tokens: int) -> Launch:
        return launch(text, self._ready(tokens)[0], (2, 2), self.shared)

    def unchanged(self, tokens: int) -> Launch:
        """The launch of the kernel as it is, which must agree with the definition in f64."""
        return self._ready(tokens)[1]

    def _ready(self, tokens: int) -> tuple[Buffers, Launch]:
        if tokens not in self._buffers:
            case, options = self.kernel.case(tokens), self.kernel.options()
            inputs = [*map(np.asarray, case.args), *self._parts(options.get("initial_state"))]
            out, state = case.expect(**options)
            expected = [out, *self._parts(state if self.kernel.states else None)]
            dtype = np.dtype(self.kernel.dtype)
            outputs = [np.empty(x.shape, np.float32 if i else dtype) for i, x in enumerate(expected)]
            buffers = Buffers(inputs, outputs, self._order)
            result = launch(self.text, buffers, (2, 2), self.shared)
            assert not result.report, result.report
            for got, empty, value in zip(result.outputs[len(inputs) :], outputs, expected):
                error = cases.rms_error(np.frombuffer(got, empty.dtype).reshape(empty.shape), value)
                assert error < BOUNDS[dtype.name], (self.kernel.name, tokens, error)
            self._buffers[tokens] = buffers, result
        return self._buffers[tokens]

    def _parts(self, state: Any) -> list[np.ndarray]:
        """The arrays that a kernel has for a state: the normaliser is apart."""
        if state is None:
            return []
        columns = [self.kernel.values] if state.shape[-1] > self.kernel.values else []
        return [np.ascontiguousarray(part) for part in np.split(state, columns, axis=-1)]
