"""Machine code of sm_80 to sm_90 in a cubin: instructions, and what the assembler says about when each may start.

NVIDIA documents neither the encoding nor these fields. The fields are those that Jia et al. 2018 found, "Dissecting the
NVIDIA Volta GPU Architecture via Microbenchmarking" (arXiv 1804.06826); opcodes, widths and branches were read off
what nvdisasm prints of these very kernels. Later architectures have other ones.
"""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import struct
from typing import NamedTuple

#: The instructions that plait_bench.pipeline tells apart, by the lowest 12 bits.
OPCODES = {
    0x23C: "HMMA",
    0x83B: "LDSM",
    0x844: "STSM",
    0x984: "LDS",
    0x388: "STS",
    0x988: "STS",
    0x981: "LDG",
    0x986: "STG",
    0xFAE: "LDGSTS",
    0x983: "LDL",
    0x387: "STL",
    0x987: "STL",
    0x308: "MUFU",
    0xF89: "SHFL",
    0x589: "SHFL",
    0x989: "SHFL",
    0x3C2: "R2UR",
    0x2CA: "R2UR",
    0x91A: "DEPBAR",
    0xB1D: "BAR",
    0x947: "BRA",
}
#: In place of a scoreboard's number.
NO_SCOREBOARD = 7


class Instruction(NamedTuple):
    """One machine instruction, and its control fields."""

    #: A name of OPCODES, or "".
    name: str
    #: Clocks from its start to that of the warp's next instruction.
    stall: int
    #: The scoreboard that it frees when its result is there, and when its operands are read; NO_SCOREBOARD for none.
    writes: int
    reads: int
    #: A bit for each scoreboard that it waits for.
    waits: int
    #: Bytes of a thread that it moves; of a shuffle those that pass between lanes.
    bytes: int
    #: How many instructions a branch goes on from the next one; 0 for others.
    jump: int


def sections(cubin: bytes) -> list[bytes]:
    """The code of each kernel in a cubin, with what it calls: its sections .text.NAME."""
    start, size, count, names = struct.unpack_from("<Q10xHHH", cubin, 40)
    headers = [struct.unpack_from("<IIQQQQ", cubin, start + size * i) for i in range(count)]
    strings = headers[names][4]
    return [
        cubin[offset : offset + length]
        for name, _, _, _, offset, length in headers
        if cubin[strings + name :].startswith(b".text.")
    ]


def _bytes(name: str, high: int) -> int:
    """What a thread moves between registers and memory, or lanes."""
    if name in ("LDSM", "STSM"):
        return 4 << (high >> 8 & 3)  # 1, 2 or 4 matrices
    if name in ("LDS", "STS", "LDG", "STG", "LDGSTS"):
        return (1, 1, 2, 2, 4, 8, 16, 16)[high >> 9 & 7]
    return 4 if name in ("SHFL", "LDL", "STL") else 0


def decode(code: bytes, capability: int) -> list[Instruction]:
    """The instructions of a section, for ten times the compute capability."""
    if not 80 <= capability <= 90:
        raise ValueError(f"expects machine code of sm_80 to sm_90, but got that of sm_{capability}")
    found = []
    for low, high in struct.iter_unpack("<QQ", code):
        name = OPCODES.get(low & 0xFFF, "")
        control = high >> 41
        jump = 0
        if name == "BRA":
            words = low >> 34 | (high & 0x3FFFF) << 30
            words -= (words >> 47) << 48
            jump = (words << 8 | low >> 16 & 0xFF if capability >= 90 else words) // 4
        found.append(
            Instruction(
                name,
                stall=control & 15,
                writes=control >> 5 & 7,
                reads=control >> 8 & 7,
                waits=control >> 11 & 63,
                bytes=_bytes(name, high),
                jump=jump,
            )
        )
    return found


def shorter_ways(body: list[Instruction]) -> list[Instruction]:
    """What a loop runs that goes the shorter one of two ways, each with tensor-core instructions.

    Of such a pair one ends in a branch over the other, to which the branch before the pair leads.
    """
    for i, choice in enumerate(body):
        middle = i + 1 + choice.jump
        if choice.jump <= 1 or middle >= len(body):
            continue
        end = middle + body[middle - 1].jump
        ways = body[i + 1 : middle], body[middle:end]
        if middle < end <= len(body) and all(any(one.name == "HMMA" for one in way) for way in ways):
            return body[: i + 1] + min(ways, key=len) + shorter_ways(body[end:])
    return body


def main_loop(code: list[Instruction]) -> list[Instruction]:
    """The loop with the most tensor-core instructions, the shortest of such; empty where there is none."""
    loops = []
    for i, instruction in enumerate(code):
        first = i + 1 + instruction.jump
        if instruction.jump < -1 and first >= 0:  # code ends in a branch to itself
            loops.append(code[first : i + 1])
    return shorter_ways(max(loops, key=lambda body: (sum(one.name == "HMMA" for one in body), -len(body)), default=[]))
