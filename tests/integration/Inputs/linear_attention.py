#!/usr/bin/env python3
# linear_attention.py - inputs and results of linear-attention-tiles.mlir
# SPDX-License-Identifier: Apache-2.0
"""usage: linear_attention.py make FOLDER TOKENS     write q, k and v: bf16 of (tokens, 128)
       linear_attention.py check FOLDER TOKENS    compare o with their causal attention, and print the error"""

import random
import struct
import sys
from pathlib import Path

WIDTH = 128


def to_bf16(x: float) -> int:
    bits = struct.unpack("<I", struct.pack("<f", x))[0]
    return (bits + 0x7FFF + (bits >> 16 & 1)) >> 16


def read(path: Path) -> list[list[float]]:
    data = path.read_bytes()
    floats = [struct.unpack("<f", b"\0\0" + data[i : i + 2])[0] for i in range(0, len(data), 2)]
    return [floats[i : i + WIDTH] for i in range(0, len(floats), WIDTH)]


def make(folder: Path, tokens: int) -> None:
    source = random.Random(1)
    for name in "qkv":
        numbers = (to_bf16(source.gauss(0, 1)) for _ in range(tokens * WIDTH))
        (folder / name).write_bytes(b"".join(struct.pack("<H", x) for x in numbers))


def check(folder: Path) -> None:
    q, k, v, o = (read(folder / name) for name in "qkvo")
    error = size = 0.0
    state = [[0.0] * WIDTH for _ in range(WIDTH)]
    for query, key, value, got in zip(q, k, v, o, strict=True):
        for row, x in zip(state, key):
            for i, y in enumerate(value):
                row[i] += x * y
        expected = [sum(x * row[i] for x, row in zip(query, state)) for i in range(WIDTH)]
        error += sum((x - y) ** 2 for x, y in zip(got, expected))
        size += sum(y**2 for y in expected)
    print(f"relative error {'below' if error < size * 4e-3**2 else 'above'} 4e-3: {(error / size) ** 0.5:.2e}")


if __name__ == "__main__":
    command, where, count = sys.argv[1:]
    if command == "make":
        make(Path(where), int(count))
    else:
        check(Path(where))
