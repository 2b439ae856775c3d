"""What a compiled kernel has to do: counted by the emulator, and what ptxas says of it."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import ctypes
import json
import re
import subprocess
import tempfile
from functools import cache
from inspect import Parameter, signature
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import numpy as np

import plait
from plait import _plait, jit
from plait.jit import assembler
from plait_bench import sass
from plait_bench.roofline import Work
from plait_bench.workloads import generator

ROOT = Path(__file__).resolve().parents[3]
#: Tokens of two calls, of which one has twice the work: all counters are a line through them. Of a split call, four
#: times those of a range.
LENGTHS = (256, 512)
#: What variants take beside q, k and v: gates of so many of the dims B, T, H, D, in f32.
GATES = {"simple_gla": 3, "gla": 4}
#: PTX on the units of the special functions.
SPECIAL = ("ex2", "lg2", "rcp", "rsqrt", "sqrt", "sin", "cos", "tanh")
_INSTRUCTION = re.compile(r"^\s+(@!?%\w+\s+)?[a-z][\w.:]*(\s.*)?;", re.MULTILINE)


class Code(NamedTuple):
    """Kernels as machine code: registers of a thread and bytes spilled at most, machine instructions to one of PTX, and
    the main loop of each, of a step all of it.
    """

    registers: int
    spilled: int
    growth: float
    loops: list[list[sass.Instruction]]


@cache
def _emulator() -> ctypes.CDLL:
    """The library that the process has open as its driver."""
    library = ctypes.CDLL(str(Path(_plait.compiler_path()).with_name("libplait_cuda_emulator.so")))
    library.plaitEmulatorCounters.restype = ctypes.c_char_p
    return library


def gates(variant: Any, shape: tuple[int, int, int, int]) -> list[tuple[int, ...]]:
    """The shapes of a variant's gates for q, k and v of [B, T, H, D]."""
    return [shape[: GATES[variant.__name__]]] if variant.__name__ in GATES else []


def is_step(shape: tuple[int, int, int, int]) -> bool:
    """Whether a call is one token's, with a state."""
    return shape[1] == 1


def state(variant: Any, shape: tuple[int, int, int, int]) -> tuple[int, ...]:
    """The shape of a step's state, with a normaliser's."""
    program = variant.program(specs(variant, shape), {}, step=True)
    return (shape[0], shape[2], *(size for _, size in program.outputs[1].shape[2:]))


def beside(variant: Any, shape: tuple[int, int, int, int]) -> list[tuple[int, ...]]:
    """The f32 arrays that pass the memory beside q, k, v and o: gates, and of a step its state, twice."""
    return gates(variant, shape) + ([state(variant, shape)] * 2 if is_step(shape) else [])


def can_call(variant: Any) -> bool:
    """Whether a variant takes q, k, v and gates that are known, if any."""
    if not hasattr(variant, "mlir"):
        return False
    needed = [value for value in signature(variant).parameters.values() if value.default is Parameter.empty]
    return len(needed) == 3 + (variant.__name__ in GATES)


def specs(variant: Any, shape: tuple[int, int, int, int]) -> list[Any]:
    """The arguments of a call, or of a step, whose arrays have no dim of tokens."""
    kinds = ["bf16"] * 3 + ["f32"] * len(gates(variant, shape))
    shapes = [shape] * 3 + gates(variant, shape)
    return [plait.Spec(one[:1] + one[2:] if is_step(shape) else one, kind) for one, kind in zip(shapes, kinds)]


def options(variant: Any, shape: tuple[int, int, int, int]) -> dict[str, Any]:
    """A step's state."""
    return {"state": plait.Spec(state(variant, shape), "f32")} if is_step(shape) else {}


def default_splits(variant: Any, shape: tuple[int, int, int, int], arch: str, processors: int) -> int:
    """Into how many ranges a call's tokens are split where nothing was tuned."""
    text = variant.mlir(*specs(variant, shape), **options(variant, shape))
    schedule = _plait.schedules(text, arch, shape[0] * shape[2], shape[1], processors)[0]
    return int(schedule.removeprefix("splits=") or 1)


def schedule_of(splits: int) -> str:
    """The schedule's text."""
    return f"splits={splits}" if splits > 1 else ""


@cache
def counters(variant: Any, shape: tuple[int, int, int, int], splits: int) -> dict[str, Any]:
    """The emulator's counters of one call on bf16 arrays; the process must have it as its driver. Gates are gentle."""
    import ml_dtypes

    step = is_step(shape)
    rng = generator()
    rows = [rng.standard_normal(shape, np.float32).astype(ml_dtypes.bfloat16) for _ in range(3)]
    rows += [-np.abs(rng.standard_normal(gate, np.float32)) / 20 for gate in gates(variant, shape)]
    arrays = [plait.cuda.array(row[:, 0].copy() if step else row) for row in rows]
    held = {name: plait.cuda.array(rng.random(x.shape, np.float32)) for name, x in options(variant, shape).items()}
    library = _emulator()
    library.plaitEmulatorClear()
    variant.dispatcher(step).reset()
    with mock.patch.object(jit, "scheduled", lambda *size: schedule_of(splits)):
        variant.step(*arrays, **held) if step else variant(*arrays)
        plait.cuda.numpy(arrays[0])  # waits
    variant.dispatcher(step).reset()
    found: dict[str, Any] = json.loads(library.plaitEmulatorCounters())
    if found["launches"] != min(splits, 2):
        raise RuntimeError(f"expects {min(splits, 2)} launches on the emulator, but got {found['launches']}")
    return found


@cache
def machine_code(variant: Any, dim: int, arch: str, splits: int, step: bool = False) -> Code:
    """Compiles a variant for an architecture by plait-compile and ptxas."""
    shape = (1, 1 if step else 64, 1, dim)
    with tempfile.TemporaryDirectory(prefix="plait-roofline-") as folder:
        source, out = Path(folder, "kernel.mlir"), Path(folder, "kernel")
        source.write_text(variant.mlir(*specs(variant, shape), **options(variant, shape)))
        program = str(ROOT / "build" / "bin" / "plait-compile")
        flags = [f"--schedule={schedule_of(splits)}", f"--target={arch}", f"--ptxas={assembler()}", "-o", str(out)]
        flags += ["--emit=ptx,cubin", "--resource-usage"]
        done = subprocess.run([program, str(source), *flags], capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(done.stderr.strip())
        said = re.findall(r"(\d+) registers, (\d+) bytes spilled", done.stderr)
        if len(said) != min(splits, 2):
            raise RuntimeError(f"expects what ptxas says of {min(splits, 2)} kernels, but got {done.stderr!r}")
        lines = len(_INSTRUCTION.findall(out.with_suffix(".ptx").read_text()))
        registers, spilled = (max(map(int, numbers)) for numbers in zip(*said))
        capability = int(arch.removeprefix("sm_").rstrip("a"))
        kernels = [sass.decode(code, capability) for code in sass.sections(out.with_suffix(".cubin").read_bytes())]
        loops = kernels if step else [sass.main_loop(code) for code in kernels]
        return Code(registers, spilled, sum(map(len, kernels)) / lines, loops)


def iterations(work: Work, step: bool) -> float:
    """Of the loops of a call's code: the copies of a block of tokens are one group, and those of the first are started
    before the loop.
    """
    return 1 if step else work.rounds / work.launches - 1


def work(variant: Any, shape: tuple[int, int, int, int], code: Code, splits: int) -> Work:
    """What a call of a variant on bf16 arrays [B, T, H, D] has to do: counted at two lengths, taken on to T."""
    batch, tokens, heads, dim = shape
    lengths = [1, 1] if is_step(shape) else [length * splits // (1 if splits == 1 else 4) for length in LENGTHS]
    short, long = (counters(variant, (1, length, 1, dim), splits) for length in lengths)
    rows, launches = batch * heads, min(splits, 2)

    def grown(first: float, second: float) -> float:
        slope = (second - first) / max(lengths[1] - lengths[0], 1)
        return first + slope * (tokens - lengths[0])

    def total(*names: str) -> float:
        return rows * grown(sum(short[name] for name in names), sum(long[name] for name in names))

    def special(found: dict[str, Any]) -> float:
        return sum(float(found["kinds"].get(kind, 0)) for kind in SPECIAL)

    def rounds(found: dict[str, Any]) -> float:
        """Groups of copies of one block of each launch: "cp" counts the commit and the wait of each warp."""
        warps = found["blocks"] / launches * found["block_threads"] / 32
        return float(found["kinds"].get("cp", 0)) / 2 / warps

    return Work(
        launches=launches,
        blocks=rows * long["blocks"] / launches,
        threads=long["block_threads"],
        registers=code.registers,
        shared=long["block_shared"],
        bytes=total("global_read_distinct", "global_written_distinct"),
        sectors=total("global_sectors"),
        wavefronts=total("shared_wavefronts"),
        instructions=code.growth * total("warp_instructions"),
        special=rows * grown(special(short), special(long)),
        mma_flops=total("mma_flops"),
        rounds=grown(rounds(short), rounds(long)),
    )
