"""Machine code as it lies in a cubin, and the clocks that loops of known instructions take."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import struct
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).resolve().parents[2] / "tools" / "bench"
sys.path.insert(0, str(BENCH))

from plait_bench import pipeline, roofline, sass  # noqa: E402

H100 = roofline.device("h100-sxm")


def word(opcode: int, *, stall: int = 1, writes: int = 7, reads: int = 7, waits: int = 0, low: int = 0, high: int = 0):
    """An instruction of 16 bytes."""
    control = stall | writes << 5 | reads << 8 | waits << 11
    return struct.pack("<QQ", opcode | low, control << 41 | high)


def branch(jump: int, capability: int) -> bytes:
    """To the instruction that is so many behind the next one."""
    if capability < 90:
        field = jump * 4 & (1 << 48) - 1
        return word(0x947, low=(field & (1 << 30) - 1) << 34, high=field >> 30)
    field = jump * 4 >> 8 & (1 << 48) - 1
    return word(0x947, low=(jump * 4 & 0xFF) << 16 | (field & (1 << 30) - 1) << 34, high=field >> 30)


def one(name: str = "", stall: int = 1, writes: int = 7, reads: int = 7, waits: int = 0, width: int = 0):
    return sass.Instruction(name, stall, writes, reads, waits, width, 0)


def test_code_of_a_cubin() -> None:
    names = b"\0.text.one\0.data\0.text.two\0"
    sections = [(0, 0), (1, 160), (11, 999), (17, 32)]
    table = b"".join(struct.pack("<IIQQQQIIQQ", name, 1, 0, 0, 64, size, 0, 0, 0, 0) for name, size in sections)
    header = struct.pack("<16sHHIQQQIHHHHHH", b"\x7fELF", 2, 190, 1, 0, 0, 64 + len(names), 0, 64, 0, 0, 64, 4, 0)
    cubin = header + names + table
    assert [len(code) for code in sass.sections(cubin)] == [len(cubin[64:224]), 32]


def test_fields() -> None:
    matrices, vector = word(0x83B, stall=4, writes=2, reads=3, waits=0b100001, high=2 << 8), word(0x984, high=6 << 9)
    first, second = sass.decode(matrices + vector, 90)
    assert first == sass.Instruction("LDSM", 4, 2, 3, 0b100001, 16, 0)
    assert (second.name, second.bytes) == ("LDS", 16)
    assert [sass.decode(word(opcode), 90)[0].bytes for opcode in (0xF89, 0x983, 0x23C)] == [4, 4, 0]
    assert sass.decode(word(0x23C), 90)[0].writes == sass.NO_SCOREBOARD


@pytest.mark.parametrize("capability", (80, 90))
@pytest.mark.parametrize("jump", (-1, -5, -700, 3, 900))
def test_branches(capability: int, jump: int) -> None:
    assert sass.decode(branch(jump, capability), capability)[0].jump == jump


def test_the_loop_with_most_products() -> None:
    hmma, other = word(0x23C), word(0x221)
    code = other + hmma + branch(-2, 90) + other + hmma + hmma + branch(-3, 90) + hmma + branch(-6, 90)
    assert [found.name for found in sass.main_loop(sass.decode(code, 90))] == [
        *("", "HMMA", "HMMA", "BRA", "HMMA", "BRA"),
    ]
    assert len(sass.main_loop(sass.decode(code[:-16], 90))) == 3
    # Of a loop in a loop the inner one.
    assert len(sass.main_loop(sass.decode(other + hmma + branch(-2, 90) + other + branch(-5, 90), 90))) == 2
    assert sass.main_loop(sass.decode(other + hmma + branch(-1, 90), 90)) == []


def test_the_shorter_of_two_ways() -> None:
    def way(*names: str) -> list[sass.Instruction]:
        return [one(name) for name in names]

    def jump(number: int) -> list[sass.Instruction]:
        return [one("BRA")._replace(jump=number)]

    long, short = way("HMMA", "LDSM", "HMMA"), way("HMMA", "STS")
    loop = [*way(""), *jump(4), *long, *jump(2), *short, *way("STG")]
    assert [found.name for found in sass.shorter_ways(loop)] == ["", "BRA", "HMMA", "STS", "STG"]
    other = [*way(""), *jump(3), *short, *jump(3), *long, *way("STG")]
    assert [found.name for found in sass.shorter_ways(other)] == ["", "BRA", "HMMA", "STS", "BRA", "STG"]
    twice = sass.shorter_ways([*loop, *other])
    assert len(twice) == 11
    # What is but skipped counts, and so do ways of which one has no products.
    for whole in ([*jump(3), *long, *way("STG")], [*jump(4), *long, *jump(1), *way("LDS", "STG")]):
        assert sass.shorter_ways(whole) == whole


def test_other_architectures_are_refused() -> None:
    with pytest.raises(ValueError, match="expects machine code of sm_80 to sm_90, but got that of sm_100"):
        sass.decode(word(0x23C), 100)


def test_stalls_add_up_and_two_blocks_fill_them() -> None:
    body = [one(stall=10)] * 8
    assert pipeline.clocks(H100, body, 128, 1) == 80
    assert pipeline.clocks(H100, body, 128, 2) == 80
    assert pipeline.clocks(H100, [one()] * 8, 128, 2) == 16


def test_pipes_take_turns() -> None:
    assert pipeline.clocks(H100, [one("HMMA")] * 10, 128, 1) == pytest.approx(10 * 4096 / (1024 * 0.629))
    assert pipeline.clocks(H100, [one("MUFU")] * 10, 128, 2) == 10 * 8 * 2
    # 512 bytes a warp for each of four schedulers at 128 bytes a clock.
    loads = [one("LDSM", writes=0, width=16)] * 9 + [one(waits=1)]
    assert pipeline.clocks(H100, loads, 128, 2) == pytest.approx(2 * 9 * 16, rel=0.1)


def test_scoreboards_and_barriers_wait() -> None:
    load = [one("LDS", writes=1, width=4), one(waits=2)]
    assert pipeline.clocks(H100, load, 128, 1) == pytest.approx(4 + pipeline.LATENCIES["LDS"] + 1, abs=1)
    load = [one("LDG", writes=1, width=4), one(waits=2)]
    assert pipeline.clocks(H100, load, 128, 1) == pytest.approx(H100.latency + 1, abs=1)
    # Copies are waited for an iteration after their start, and stores to memory pass no port.
    assert pipeline.clocks(H100, [one("LDGSTS", writes=1, width=4), one("DEPBAR", waits=2)], 128, 1) == 2
    assert pipeline.clocks(H100, [one("STG", width=16)] * 8, 128, 2) == 16
    assert pipeline.clocks(H100, [one("BAR"), one()], 128, 1) == pipeline.BARRIER + 1
    # A block's two warps go on together; another block's are not held up.
    assert pipeline.clocks(H100, [one("BAR"), one()], 256, 1) == pytest.approx(pipeline.BARRIER + 2, abs=1)
    assert pipeline.clocks(H100, [one("BAR"), one()], 128, 2) == pytest.approx(pipeline.BARRIER + 1, abs=1)


def test_a_call_takes_its_waves_of_blocks() -> None:
    work = roofline.Work(
        launches=1, blocks=132, threads=128, registers=255, shared=100_000, bytes=0, sectors=0, wavefronts=0,
        instructions=0, special=0, mma_flops=0, rounds=1001,
    )  # fmt: skip
    loop = [one(stall=10)] * 8

    def clocks(blocks: int) -> float:
        seconds = pipeline.simulate(H100, work._replace(blocks=blocks), [loop, []], 1000) - H100.launch
        return seconds * H100.clock / 1000

    assert [clocks(132 * n) for n in (1, 2, 3, 4)] == pytest.approx([80, 80, 160, 160])
    assert pipeline.simulate(H100, work._replace(bytes=3.35e12), [loop], 1000) == pytest.approx(1 + H100.launch)
