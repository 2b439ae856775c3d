"""Random functions, compiled, against the interpreter; and the same bits from every road to them.

The seeds here run in CI, on the CPU and on the emulator of CUDA. For others:
`python tests/fuzz/test_functions.py cpu|cuda FIRST LAST`, which prints each function that fails;
`python tests/fuzz/test_functions.py cpu|cuda SEED` prints the function of one seed too. Without a GPU,
`cuda` wants PLAIT_CUDA_DRIVER=emulator.
"""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import functools
import random
import sys
import time
from collections.abc import Callable

import ml_dtypes
import numpy as np
import pytest

import plait
import runtime
from generator import Dim, Program, generate
from plait import _plait

SEEDS = range(40)
CUDA_SEEDS = range(100)
DTYPES = {"f32": np.dtype(np.float32), "f16": np.dtype(np.float16), "bf16": np.dtype(ml_dtypes.bfloat16)}
# Relative RMS errors by the narrowest type in the function: a last bit that rounds the other way counts fully.
BOUNDS = {"f32": 1e-5, "f16": 3e-3, "bf16": 2e-2}
# What functions without a form on CUDA are told.
REFUSED = ("has no CUDA form", "of shared memory for")


def draw_sizes(program: Program, rng: random.Random) -> dict[str, int]:
    tokens = (0, 1, 2, 7, 31, 32, 33, 64, 65, 100, 128, 200, 257)
    sizes = {"B": rng.choice((0, 1, 1, 2, 3)), "T": rng.choice(tokens), "H": rng.choice((1, 2, 3))}
    return {**sizes, "S": rng.choice(tokens), **program.static}


def shape_of(dims: tuple[Dim, ...], sizes: dict[str, int]) -> tuple[int, ...]:
    return tuple(d if isinstance(d, int) else sizes[d[0]] * d[1] for d in dims)


def lay_out(shape: tuple[int, ...], dtype: np.dtype, rng: random.Random, unit: int = 1) -> np.ndarray:
    """Memory for an array: in the order of its dims, or in another, with gaps; those behind rows in `unit` bytes."""
    if len(shape) < 2 or rng.random() < 0.5:
        return np.empty(shape, dtype)
    order = [*rng.sample(range(len(shape) - 1), len(shape) - 1), len(shape) - 1]
    gap = rng.randrange(5) * max(unit // dtype.itemsize, 1)
    padded = [shape[d] + rng.randrange(2) for d in order[:-1]] + [shape[-1] + gap]
    memory = np.empty(padded, dtype)[tuple(slice(shape[d]) for d in order)]
    return memory.transpose(np.argsort(order))


def draw(kind: str, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    normal = rng.standard_normal(shape)
    if kind == "gate":
        return -np.log1p(np.exp(-normal)) / 16
    if kind == "steep":  # an abrupt decay now and then, as gates near 0 give
        return -np.log1p(np.exp(-normal)) * np.where(rng.random(shape) < 0.1, 20.0, 0.1)
    if kind == "unit":
        return rng.uniform(-1, 1, shape)
    if kind == "positive":
        return np.abs(normal) + 0.1
    return normal


def relative_error(given: np.ndarray, expected: np.ndarray) -> float:
    given = given.astype(np.float64)
    different = ~((given == expected) | (np.isnan(given) & np.isnan(expected)))
    error = np.sum((given - expected)[different] ** 2)
    return float(np.sqrt(error / np.sum(expected**2))) if different.any() else 0.0


class Case:
    """One function on arrays of one size, with gaps behind rows in multiples of `unit` bytes."""

    def __init__(self, program: Program, rng: random.Random, unit: int = 1) -> None:
        self.program, self.rng, self.unit = program, rng, unit
        self.sizes = draw_sizes(program, rng)
        numbers = np.random.default_rng(rng.randrange(2**32))
        self.inputs = []
        for argument in program.arguments:
            shape = shape_of(argument.value.dims, self.sizes)
            array = lay_out(shape, DTYPES[argument.value.element], rng, unit)
            array[...] = draw(argument.draw, shape, numbers)
            self.inputs.append(array)
        self.updated = {a.result: i for i, a in enumerate(program.arguments) if a.result is not None}

    def expect(self) -> list[np.ndarray]:
        results = [np.empty(shape_of(r.dims, self.sizes)) for r in self.program.results]
        _plait.interpret(self.program.text, "f", [np.ascontiguousarray(a, np.float64) for a in self.inputs], results)
        return results

    def run(self, call: Callable[[list[np.ndarray]], None]) -> list[np.ndarray]:
        arguments = [a.copy() if i in self.updated.values() else a for i, a in enumerate(self.inputs)]
        results: dict[int, np.ndarray] = {r: arguments[i] for r, i in self.updated.items()}
        for r, value in enumerate(self.program.results):
            if r not in results:
                results[r] = lay_out(shape_of(value.dims, self.sizes), DTYPES[value.element], self.rng, self.unit)
                results[r][...] = np.nan
                arguments.append(results[r])
        call(arguments)
        return [results[r] for r in range(len(results))]


def bound_of(program: Program) -> float:
    return BOUNDS[next((narrow for narrow in ("bf16", "f16") if narrow in program.text), "f32")]


def compare(program: Program, case: Case, packs: list[tuple[str, runtime.Pack, str | None]]) -> None:
    expected = case.expect()
    bound = bound_of(program)
    first: list[bytes] = []
    for what, pack, isa in packs:
        for threads in (1, 3):
            results = case.run(functools.partial(pack.call, isa=isa, threads=threads))
            bits = [np.ascontiguousarray(r).tobytes() for r in results]
            first = first or bits
            where = f"{what}, {threads} threads, {case.sizes}"
            for r, result in enumerate(results):
                error = relative_error(result, expected[r])
                assert error <= bound, f"result {r}: relative RMS error {error:.2e}: {where}"
                assert bits[r] == first[r], f"result {r}: other bits than {packs[0][0]}: {where}"


def check(seed: int) -> None:
    program, rng = generate(seed), random.Random(seed)
    targets = runtime.targets()
    default = _plait.compile(program.text, ",".join(targets), "")
    packs: list[tuple[str, runtime.Pack, str | None]] = [(t, runtime.Pack(default, "f"), t) for t in targets]
    other = rng.choice(_plait.schedules(program.text, targets[0], 1, 1, 1))
    if other:
        packs.append((other, runtime.Pack(_plait.compile(program.text, targets[0], other), "f"), None))
    for _ in range(3):
        compare(program, Case(program, rng), packs)


def check_on_cuda(seed: int) -> None:
    program, rng = generate(seed), random.Random(seed)
    try:
        schedules = _plait.schedules(program.text, "sm_90a", 1, rng.choice((1, 256, 1024)), 132)
        schedule = rng.choice([*schedules, "block=16", "channels=32", "block=64,channels=32"])
        pack = runtime.Pack(_plait.compile(program.text, "sm_90a", schedule), "f")
        for _ in range(2):
            case = Case(program, rng, unit=16)
            expected = case.expect()
            for r, result in enumerate(case.run(pack.call_on_cuda)):
                error = relative_error(result, expected[r])
                where = f"{schedule}, {case.sizes}"
                assert error <= bound_of(program), f"result {r}: relative RMS error {error:.2e}: {where}"
    except plait.Error as error:
        if not any(reason in str(error) for reason in REFUSED):
            raise
        pytest.skip(str(error))


@pytest.mark.parametrize("seed", SEEDS)
def test_on_cpu(seed: int) -> None:
    check(seed)


@pytest.mark.parametrize("seed", CUDA_SEEDS)
def test_on_cuda(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAIT_CUDA_DRIVER", "emulator")
    check_on_cuda(seed)


def main() -> int:
    run = {"cpu": check, "cuda": check_on_cuda}[sys.argv[1]]
    bounds = [int(a) for a in sys.argv[2:4]]
    alone = len(bounds) == 1
    failed = 0
    for seed in range(bounds[0], bounds[0] + 1 if alone else bounds[1]):
        program, start = generate(seed), time.monotonic()
        try:
            run(seed)
            verdict = "ok"
        except pytest.skip.Exception as refused:
            verdict = str(refused)
        except (AssertionError, plait.Error) as error:
            failed += 1
            verdict = f"FAILED: {error}"
        print(f"{seed} {time.monotonic() - start:.1f} s {'; '.join(program.what)}: {verdict}", flush=True)
        if alone:
            print(program.text)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
