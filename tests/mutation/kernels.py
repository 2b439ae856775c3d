"""The generated kernels whose mutants are tried, and their arguments."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import pathlib
import re
import sys
from typing import Any, NamedTuple

import ml_dtypes
import numpy as np

from driver import Buffers, Entry, Launch, launch
from plait import _plait

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "python"))
import cases
import reference

TARGET = "sm_90a"
#: Tokens of the launches. A thread copies rows 8 or 16 apart of a chunk of 32: the last chunk ends within each of
#: those groups, whether it is the first, which is loaded before the loop, or a later one. It ends at even and at odd
#: columns of masks, and with the most tokens that go the way of few and the least that don't. The more tokens, the more
#: sums show the last bits of what they add.
TOKENS = (65, 200, 255, *range(68, 128, 8), *range(69, 128, 8), *range(4, 64, 8), 1, 64, 79, 80)
#: The same of three ranges of chunks of 16: the last range with tokens is each of them, with one chunk or two.
RANGE_TOKENS = (90, 48, 81, 96, 84, 87, 92, 33, 36, 44, 49, 52, 61, 20, 4, 1, 127)
BOUNDS = {"float32": 3e-6, "bfloat16": 5e-3, "float16": 5e-4}


def steepen(decay: Any) -> None:
    """Makes a channel of the first head of decays [B, T, H, K] steep, which takes the head's others with it onto the
    way of steep ones; other heads go that of gentle ones.
    """
    decay[:, :, 0, 0] -= 8


class Kernel(NamedTuple):
    """A call of a variant: types, head dims and options."""

    variant: str
    dtype: Any
    keys: int
    values: int
    reverse: bool = False
    states: bool = False
    key_decay: bool = False
    value_decay: bool = False
    #: A feature map that moves channels.
    moves: bool = False
    #: Of one token, with states.
    step: bool = False
    #: Ranges of tokens that run side by side.
    splits: int = 1
    #: Value channels of a warp are few, and keys split over warps.
    few_channels: bool = False

    @property
    def name(self) -> str:
        words = [self.variant, np.dtype(self.dtype).name, f"{self.keys}x{self.values}"]
        options = ("reverse", "states", "key_decay", "value_decay", "moves", "step", "few_channels")
        words += [word for word in options if getattr(self, word)]
        return "-".join(words + [f"splits{self.splits}"] * (self.splits > 1))

    @property
    def lengths(self) -> tuple[int, ...]:
        """The tokens of its launches."""
        if self.step:
            return (1,)
        return RANGE_TOKENS if self.splits > 1 else TOKENS

    @property
    def usual(self) -> int:
        """Tokens of several chunks, the last one not whole."""
        return 1 if self.step else RANGE_TOKENS[0] if self.splits > 1 else 200

    @property
    def schedule(self) -> str:
        if self.few_channels:
            return "channels=8"
        return f"block=16,splits={self.splits}" if self.splits > 1 else ""

    def case(self, tokens: int) -> cases.Case:
        shape = cases.Shape(batch=2, tokens=tokens, heads=2, keys=self.keys, values=self.values)
        case = cases.build(self.variant, shape, seed=tokens, dtype=self.dtype)
        if self.variant in ("gla", "rwkv6"):
            steepen(case.args[3])
        if self.moves:
            # Rows so far apart that the largest number of one is none to subtract from another's exponents.
            for rows in case.args[:2]:
                rows[:, ::3] *= 60
        return case

    def options(self, tokens: int) -> dict[str, Any]:
        """Those that the variant and its definition have in common."""
        rng = np.random.default_rng(1)
        found: dict[str, Any] = {"reverse": self.reverse}
        if self.states:
            # The normaliser is the last column of a state.
            columns = self.values + (self.variant == "linear_attention")
            found["initial_state"] = rng.random((2, 2, self.keys, columns), np.float32)
        if self.key_decay:
            found["decay"] = -rng.random((2, tokens, 2, self.keys), np.float32)
            steepen(found["decay"])
        if self.value_decay:
            found["value_decay"] = -rng.random((2, tokens, 2, self.values), np.float32)
        return found

    def program(self) -> str:
        case, options = self.case(self.lengths[0]), self.options(self.lengths[0])
        if self.step:
            token = [x[:, 0] if x.ndim > 2 else x for x in case.args]
            return str(case.variant.mlir(*token, state=options["initial_state"]))
        if self.moves:
            options["feature_map"] = "softmax+-"
        return str(case.variant.program(case.args, {**options, "output_final_state": self.states}).text())

    def expect(self, tokens: int) -> tuple[Any, Any]:
        options = self.options(tokens)
        if self.moves:
            options["phi"] = lambda x: np.concatenate([reference.softmax(x), reference.softmax(-x)], axis=-1)
        out, state = self.case(tokens).expect(**options)
        return out, state if self.states else None


KERNELS = (
    Kernel("linear_attention", ml_dtypes.bfloat16, 64, 64),
    Kernel("simple_gla", ml_dtypes.bfloat16, 32, 32),
    Kernel("gla", ml_dtypes.bfloat16, 64, 64, states=True),
    Kernel("linear_attention", np.float32, 32, 32, states=True),
    Kernel("lightning_attention", ml_dtypes.bfloat16, 32, 32, reverse=True),
    Kernel("simple_gla", ml_dtypes.bfloat16, 32, 24, states=True),
    Kernel("rwkv6", np.float16, 64, 32, states=True),
    Kernel("recur", ml_dtypes.bfloat16, 32, 32, states=True, value_decay=True),
    # Blocks of 16 tokens, whose scores are held twice.
    Kernel("recur", ml_dtypes.bfloat16, 32, 32, states=True, key_decay=True, value_decay=True),
    Kernel("linear_attention", ml_dtypes.bfloat16, 16, 32, moves=True),
    # Sums of all columns that two warps have in parts.
    Kernel("gla", ml_dtypes.bfloat16, 64, 24, states=True, few_channels=True),
    Kernel("gla", ml_dtypes.bfloat16, 64, 24, states=True, splits=3),
    Kernel("linear_attention", ml_dtypes.bfloat16, 64, 64, states=True, splits=3),
    Kernel("simple_gla", ml_dtypes.bfloat16, 40, 24, states=True, step=True),
    Kernel("gla", ml_dtypes.bfloat16, 64, 24, states=True, step=True),
    Kernel("rwkv6", np.float32, 40, 72, states=True, step=True),
)


def _tell_apart(text: str) -> str:
    """Gives registers of a second kernel numbers of their own: what a register is made of is looked up by its name."""
    start = text.rindex(".visible .entry")
    if ".entry" not in text[:start]:
        return text
    beyond = 10000
    second = re.sub(r"(%(?:rs|rd|r|p|f|fd))(\d+)\b", lambda m: f"{m[1]}{int(m[2]) + beyond}", text[start:])
    second = re.sub(r"(\.reg .*<)(\d+)>", lambda m: f"{m[1]}{int(m[2]) + beyond}>", second)
    return text[:start] + second


class Subject:
    """A compiled kernel, or the two of a split call, with what launches need, and what they give unchanged."""

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel
        ir, schedule = kernel.program(), kernel.schedule
        self.text = _tell_apart(_plait.print(ir, TARGET, schedule, "ptx"))
        tiles = _plait.print(ir, TARGET, schedule, "vector")
        host = _plait.print(ir, TARGET, schedule, "bufferized")
        # What passes from one kernel to the next: a matrix of each range of each head.
        between = re.findall(r"(%alloc\w*) = memref\.alloc\(.*memref<\?x\?x(\d+)x(\d+)xf32>", host)
        self._between = [(2, 2 * kernel.splits, int(rows), int(columns)) for _, rows, columns in between]
        arguments = len(set(re.findall(r"%arg(\d+): memref", host.split("func.func @")[-1])))
        numbers = {name: arguments + i for i, (name, *_) in enumerate(between)}
        self.entries = []
        for name, operands in re.findall(r"call @(\w+)\(((?:%(?:arg|alloc)\w*, )+)", host):
            # A kernel takes the function's arguments in an order of its own.
            order = [numbers.get(one) or int(one.removeprefix("%arg")) for one in operands.split(", ")[:-1]]
            found = re.search(rf"@{name}\(.*tile\.shared_bytes = (\d+)", tiles)
            self.entries.append(Entry(name, int(found[1]) if found else 0, order))
        assert len(self.entries) == min(kernel.splits, 2), "expects a function that calls its kernels"
        self._buffers: dict[int, tuple[Buffers, Launch]] = {}

    def launch(self, text: str, tokens: int) -> Launch:
        return launch(text, self.entries, self._ready(tokens)[0], (2, 2, self.kernel.splits))

    def unchanged(self, tokens: int) -> Launch:
        """The launch of the kernel as it is, which must agree with the definition in f64."""
        return self._ready(tokens)[1]

    def _ready(self, tokens: int) -> tuple[Buffers, Launch]:
        if tokens not in self._buffers:
            options = self.kernel.options(tokens)
            inputs = [*map(np.asarray, self.kernel.case(tokens).args)]
            inputs += [options[name] for name in ("decay", "value_decay") if name in options]
            inputs += self._parts(options.get("initial_state"))
            out, state = self.kernel.expect(tokens)
            expected = [out, *self._parts(state)]
            dtype = np.dtype(self.kernel.dtype)
            outputs = [np.empty(x.shape, np.float32 if i else dtype) for i, x in enumerate(expected)]
            buffers = Buffers(inputs, outputs, [np.empty(shape, np.float32) for shape in self._between])
            result = launch(self.text, self.entries, buffers, (2, 2, self.kernel.splits))
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
