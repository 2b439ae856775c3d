"""Runs kernels of each instruction set on the same numbers and compares what they write.

The kernels are called by their C signature from a small program, for there is no runtime for aarch64 here.
Which buffers a kernel takes, and its grid, are read from the bufferized IR.
"""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import argparse
import array
import math
import pathlib
import re
import shutil
import subprocess
import sys

# Heads that a call takes of a kernel that may take several.
HEADS_TOGETHER = 2
SIZES = {"B": 2, "T": 150, "H": 2}
TARGET = '#plait.target<"x86-64-v3", {fma, lanes = 8 : i64, registers = 16 : i64}>'

HEAD = """#include <stdint.h>
#include <stdio.h>
#include <string.h>
static uint32_t state = 1;
static uint32_t next(void) { return (state = state * 1664525u + 1013904223u) >> 8; }
/* Numbers between -2 and 2, those of a gate between -1/2 and 0, all exact. */
static void fill_f32(float *x, long n, int gate) {
  for (long i = 0; i < n; ++i) {
    float unit = (float)next() / 16777216.0f;
    x[i] = gate ? -0.5f * unit : 4.0f * unit - 2.0f;
  }
}
/* Half precision of both kinds: a sign, an exponent around that of 1, a fraction. */
static void fill_f16(uint16_t *x, long n, int gate) {
  for (long i = 0; i < n; ++i)
    x[i] = (uint16_t)((gate || next() % 2 ? 0x8000 : 0) | (gate ? 10 : 12 + next() % 4) << 10 | next() % 1024);
}
static void fill_bf16(uint16_t *x, long n, int gate) {
  for (long i = 0; i < n; ++i)
    x[i] = (uint16_t)((gate || next() % 2 ? 0x8000 : 0) | (gate ? 122 : 124 + next() % 4) << 7 | next() % 128);
}
static _Alignas(64) char scratch[1 << 24];
"""


class Buffer:
    """An argument of the host function."""

    def __init__(self, element: str, dims: list[str], output: bool, gate: bool) -> None:
        self.element, self.output, self.gate = element, output, gate
        self.shape = [size_of(d) for d in dims]
        self.count = math.prod(self.shape)
        self.type = "float" if element == "f32" else "uint16_t"

    def define(self, i: int) -> str:
        n = len(self.shape)
        strides = [math.prod(self.shape[d + 1 :]) for d in range(n)]
        pair = f"{{{', '.join(map(str, self.shape))}}}, {{{', '.join(map(str, strides))}}}"
        return (
            f"static {self.type} data{i}[{self.count}];\n"
            f"static struct {{ void *base, *start; int64_t offset, sizes[{n}], strides[{n}]; }} "
            f"buffer{i} = {{data{i}, data{i}, 0, {pair}}};\n"
        )


def size_of(dim: str) -> int:
    if dim.isdigit():
        return int(dim)
    symbol, _, factor = dim.partition("*")
    return SIZES[symbol] * int(factor or 1)


def read_buffers(host: str) -> list[Buffer]:
    buffers = []
    for text in re.findall(r"%arg\d+: memref<[^{]*>, strided<[^>]*>> \{[^}]*\}|%arg\d+: memref<[^{]*> \{[^}]*\}", host):
        element = re.search(r"x(f32|f16|bf16)[,>]", text)
        dims = re.search(r"plait.dims = \[([^\]]*)\]", text)
        name = re.search(r'plait.name = "(\w+)"', text)
        assert element and dims and name, text
        buffers.append(Buffer(element[1], re.findall(r'"([^"]+)"', dims[1]), "plait.output" in text, name[1] == "g"))
    return buffers


def read_launches(host: str, buffers: list[Buffer]) -> list[tuple[str, list[int], list[int], bool]]:
    """Kernel, positions of its buffers, grid, and whether a call may take several items along y."""
    constants = {n: int(v) for n, v in re.findall(r"(%\w+) = arith.constant (\d+) : index", host)}
    dims = {
        n: buffers[int(a)].shape[constants[c]] for n, a, c in re.findall(r"(%\w+) = memref.dim %arg(\d+), (%\w+)", host)
    }
    launches = []
    grids = re.findall(r"scf.forall \([^)]*\) (?:in \(([^)]*)\)|= \([^)]*\) to \(([^)]*)\) step \(([^)]*)\))", host)
    calls = re.findall(r"call @(\w+)\(([^)]*)\)", host)
    for (whole, ends, steps), (kernel, operands) in zip(grids, calls, strict=True):
        extents = [int(e) if e.isdigit() else dims.get(e, constants.get(e, 0)) for e in re.split(r", ", whole or ends)]
        each = [int(s) for s in steps.split(", ")] if steps else [1] * len(extents)
        grid = [-(-e // s) for e, s in zip(extents, each)]
        buffer_numbers = [int(n) for n in re.findall(r"%arg(\d+)", operands)]
        together = re.search(r"%c1_i32(_\d+)?$", operands) is not None
        launches.append((kernel, buffer_numbers, grid + [1] * (3 - len(grid)), together))
    return launches


def write_program(host: str) -> str:
    buffers = read_buffers(host)
    launches = read_launches(host, buffers)
    text = HEAD + "".join(b.define(i) for i, b in enumerate(buffers))
    for kernel, _, _, _ in launches:
        text += f"void {kernel}(void *const *, void *, uint32_t, uint32_t, uint32_t);\n"
    text += "int main(int argc, char **argv) {\n  (void)argc;\n"
    for i, b in enumerate(buffers):
        fill = f"memset(data{i}, 255, sizeof data{i})"
        text += f"  {fill if b.output else f'fill_{b.element}(data{i}, {b.count}, {int(b.gate)})'};\n"
    for kernel, operands, grid, together in launches:
        arguments = ", ".join(f"&buffer{i}" for i in operands)
        text += f"  {{ void *arguments[] = {{{arguments}}};\n"
        step = HEADS_TOGETHER if together else 1
        for axis, extent, by in zip("zyx", reversed(grid), (1, step, 1), strict=True):
            text += f"    for (uint32_t {axis} = 0; {axis} < {extent}; {axis} += {by})\n"
        last = f"y + {step} < {grid[1]} ? {step} : {grid[1]} - y" if together else "z"
        text += f"      {kernel}(arguments, scratch, x, y, {last}); }}\n"
    text += '  FILE *file = fopen(argv[1], "wb");\n'
    for i, b in enumerate(buffers):
        if b.output:
            text += f"  fwrite(data{i}, sizeof data{i}, 1, file);\n"
    return text + "  return fclose(file);\n}\n"


def run(*command: str) -> str:
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    if ran.returncode:
        sys.exit(f"{' '.join(command)}: {ran.stderr[-2000:]}")
    return ran.stdout


def floats(content: bytes) -> array.array[float]:
    values = array.array("f")
    values.frombytes(content[: len(content) // 4 * 4])
    return values


def relative_error(given: bytes, expected: bytes) -> float:
    pairs = list(zip(floats(given), floats(expected), strict=True))
    return math.sqrt(sum((a - b) ** 2 for a, b in pairs) / sum(b * b for _, b in pairs))


class Runner:
    def __init__(self, options: argparse.Namespace) -> None:
        self.options, self.folder = options, pathlib.Path(options.folder)
        flags = set(pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8").split())
        self.targets = {"x86-64-v3": ["clang", []]} if {"avx2", "fma"} <= flags else {}
        if {"avx512f", "avx512bw", "avx512dq", "avx512vl"} <= flags:
            self.targets["x86-64-v4"] = ["clang", []]
        if shutil.which("qemu-aarch64") and shutil.which("aarch64-linux-gnu-gcc"):
            self.targets["aarch64"] = ["aarch64-linux-gnu-gcc", ["qemu-aarch64", "-L", "/usr/aarch64-linux-gnu"]]
        self.targets["x86-64"] = ["clang", []]

    def results(self, name: str, source: pathlib.Path, program: pathlib.Path, target: str) -> bytes:
        compiler, emulator = self.targets[target]
        stem = str(self.folder / f"{name}-{target}")
        run(self.options.compile, str(source), "--emit=object", f"--target={target}", "-o", f"{stem}.o")
        if undefined := run(self.options.nm, "-u", f"{stem}.o").strip():
            sys.exit(f"{name} for {target} calls {undefined}")
        run(self.options.clang if compiler == "clang" else compiler, "-O1", str(program), f"{stem}.o", "-o", stem)
        run(*emulator, stem, f"{stem}.bin")
        return pathlib.Path(f"{stem}.bin").read_bytes()

    def compare(self, name: str, text: str) -> None:
        source, program = self.folder / f"{name}.mlir", self.folder / f"{name}.c"
        source.write_text(f"module attributes {{plait.target = {TARGET}}} {{\n{text}}}\n", encoding="utf-8")
        stages = ("--plait-decompose-stage", "--plait-tile-stage", "--plait-bufferize-stage")
        host = run(self.options.opt, str(source), *stages).split(f"func.func @{name}(")[1]
        program.write_text(write_program(host), encoding="utf-8")
        results = {target: self.results(name, source, program, target) for target in self.targets}
        first = next(iter(results))
        for target, content in results.items():
            if target != "x86-64" and content != results[first]:
                sys.exit(f"{name}: other bits on {target} than on {first}")
        if "f16" not in text and first != "x86-64":
            error = relative_error(results["x86-64"], results[first])
            if not error <= 1e-5:
                sys.exit(f"{name}: relative RMS error {error} without fused multiply-add")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for option in ("compile", "opt", "clang", "nm", "folder"):
        parser.add_argument(f"--{option}", required=True)
    runner = Runner(parser.parse_args())
    text = (pathlib.Path(__file__).parent / "functions.mlir").read_text(encoding="utf-8")
    functions = re.findall(r"func\.func @(\w+)(.*?\n}\n)", text, re.DOTALL)
    for name, body in functions:
        runner.compare(name, f"func.func @{name}{body}")
    print(f"{len(functions)} functions: the same bits on {', '.join(t for t in runner.targets if t != 'x86-64')}")


if __name__ == "__main__":
    main()
