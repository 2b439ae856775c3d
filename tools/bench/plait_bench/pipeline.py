"""The clocks that a loop of machine code takes on a multiprocessor, from the assembler's own schedule.

A scheduler starts an instruction of one of its warps in a clock. A warp goes on after the stall that the assembler
wrote, when the scoreboards that it waits for are free. The pipes of tensor cores and of special functions, and the
port of shared memory, which four schedulers share, take one instruction after the other. docs/Roofline.md compares
this with measured times.
"""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import math

from plait_bench.roofline import ISSUED, SPECIAL, WAVEFRONT, Device, Work, estimate, resident
from plait_bench.sass import Instruction

#: Clocks to the result, guessed. A quarter more or less of all of them, of OTHER_LATENCY and of READING is 2 to 6 %
#: of a block's clocks in one CTA, and at most 2 % in two (recurrence, retention, linear attention, D=128).
LATENCIES = {"LDSM": 33, "LDS": 30, "SHFL": 24, "MUFU": 24, "R2UR": 12, "STS": 20, "STSM": 20, "STG": 20, "LDGSTS": 20}
OTHER_LATENCY = 30
#: What does not pass the port of shared memory.
GLOBAL = ("LDG", "STG")
#: Clocks in which operands are read.
READING = 12
#: Clocks from the last warp's arrival at a barrier until all go on: fits the recurrence of 1, 8192, 96, 128.
BARRIER = 60
#: Operations of one HMMA, an mma.m16n8k16.
HMMA_FLOPS = 2 * 16 * 8 * 16
ITERATIONS = 4


class _Warp:
    """Where a warp is, and when its scoreboards are free."""

    def __init__(self) -> None:
        self.at, self.ready, self.passes = 0, 0.0, 0
        self.scoreboards = [0.0] * 6
        self.waiting = False


class _Scheduler:
    """One of a multiprocessor's schedulers; the others do the same."""

    def __init__(self, device: Device, body: list[Instruction], warps: int, blocks: int) -> None:
        self.body, self.global_latency = body, device.latency
        self.blocks = [[_Warp() for _ in range(warps)] for _ in range(blocks)]
        self.issue, self.tensor, self.special, self.port = 0.0, 0.0, 0.0, 0.0
        self.hmma = HMMA_FLOPS / (device.mma_flops / ISSUED * device.mma_part)

    def start(self, warp: _Warp) -> float:
        """When its next instruction can start."""
        one = self.body[warp.at]
        if one.name == "DEPBAR":  # waits for copies that were started an iteration before
            return max(warp.ready, self.issue)
        waits = [warp.scoreboards[i] for i in range(6) if one.waits >> i & 1]
        pipe = {"HMMA": self.tensor, "MUFU": self.special}.get(one.name, 0.0)
        return max(warp.ready, self.issue, pipe, *waits)

    def run(self, block: list[_Warp], warp: _Warp, time: float) -> None:
        """Starts it."""
        one = self.body[warp.at]
        self.issue = time + 1
        if one.name == "HMMA":
            self.tensor = time + self.hmma
        if one.name == "MUFU":
            self.special = time + SPECIAL * ISSUED
        latency = self.global_latency if one.name == "LDG" else LATENCIES.get(one.name, OTHER_LATENCY)
        done, read = time + latency, time + READING
        if one.bytes and one.name not in GLOBAL:
            self.port = max(self.port, time) + ISSUED * 32 * one.bytes / WAVEFRONT
            done, read = max(done, self.port + latency), max(read, self.port)
        for scoreboard, free in ((one.writes, done), (one.reads, read)):
            if scoreboard < len(warp.scoreboards):
                warp.scoreboards[scoreboard] = max(warp.scoreboards[scoreboard], free)
        warp.ready = time + max(one.stall, 1)
        if one.name == "BAR":
            warp.waiting = True
            if all(other.waiting for other in block):
                for other in block:
                    other.waiting, other.ready = False, time + BARRIER
        warp.at += 1
        if warp.at == len(self.body):
            warp.at, warp.passes = 0, warp.passes + 1


def clocks(device: Device, body: list[Instruction], threads: int, blocks: int) -> float:
    """Of one iteration of a loop in `blocks` blocks of so many threads at once on a multiprocessor.

    All take it, so that each block takes as long as all together.
    """
    scheduler = _Scheduler(device, body, max(1, threads // (32 * ISSUED)), blocks)
    ends = []
    while len(ends) <= ITERATIONS:
        # Of warps that can start, the one that is behind.
        ready = [
            (scheduler.start(warp), warp.passes, warp.at, i, j)
            for i, block in enumerate(scheduler.blocks)
            for j, warp in enumerate(block)
            if not warp.waiting
        ]
        time, *_, i, j = min(ready)
        warp = scheduler.blocks[i][j]
        passes = warp.passes
        scheduler.run(scheduler.blocks[i], warp, time)
        if i == j == 0 and warp.passes > passes:
            ends.append(time)
    return (ends[-1] - ends[0]) / ITERATIONS


def simulate(device: Device, work: Work, loops: list[list[Instruction]], iterations: float) -> float:
    """Seconds of a call: its launches' main loops on the busiest multiprocessor, or the memory, if that is slower.

    Each branch that goes forward is taken for one that is not, but for two ways of a loop (sass.shorter_ways).
    """
    most, held = math.ceil(work.blocks / device.multiprocessors), resident(device, work)
    total = sum(
        most // held * clocks(device, loop, work.threads, held)
        + (clocks(device, loop, work.threads, most % held) if most % held else 0)
        for loop in loops
        if loop
    )
    parts = estimate(device, work).parts
    seconds = max(iterations * total / device.clock, parts["memory"], parts["L2 port"])
    return work.launches * device.launch + seconds
