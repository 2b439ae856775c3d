"""Compile for other machines into one file, which C programs load without Python or a compiler."""
# SPDX-License-Identifier: Apache-2.0

import tempfile
from pathlib import Path

import plait

q = plait.Spec((1, 1, 1, 64), "bf16")  # batch, length and heads stay free
pack = plait.retention.compile(q, q, q, targets=["x86-64-v3", "x86-64-v4", "aarch64"])

with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "retention.plait"
    pack.save(path)
    again = plait.Pack.load(path)

assert [isa for isa, _ in again.functions["retention"]] == ["x86-64-v3", "x86-64-v4", "aarch64"]
print(again)
