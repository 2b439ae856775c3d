"""A lower bound of the time of a CUDA kernel from what it has to do (docs/Roofline.md has the formula)."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).resolve().parents[1]

#: Bytes of a global sector, and of a wavefront of shared memory.
SECTOR, WAVEFRONT = 32, 128
#: Warp instructions that a multiprocessor issues in a clock.
ISSUED = 4
#: Clocks in which a multiprocessor starts one warp's instruction of the special functions, on 16 lanes.
SPECIAL = 2
#: Bytes a clock between L2 and a multiprocessor.
PORT = 64
#: Registers are handed out to warps in pieces of so many.
REGISTER_UNIT = 256


class Device(NamedTuple):
    """What a device can do; tools/bench/devices.json has their sources."""

    arch: str
    multiprocessors: int
    #: Hertz.
    clock: float
    #: Bytes a second of the device's memory.
    bandwidth: float
    #: Dense bf16 operations of a multiprocessor in a clock, and the part that mma.sync reaches.
    mma_flops: float
    mma_part: float
    #: Clocks from a load of the device's memory to its value.
    latency: float
    #: Of a multiprocessor: bytes, of which each block takes `shared_reserved` more, registers, threads, blocks.
    shared: int
    shared_reserved: int
    registers: int
    threads: int
    blocks: int
    #: Seconds from one launch to the next.
    launch: float


class Work(NamedTuple):
    """What a call has to do, all blocks together, and what one block takes.

    A call of two launches has twice the blocks, of which a launch at a time is there.
    """

    launches: int
    #: Of one launch.
    blocks: float
    #: Of one block, of one thread, bytes of one block.
    threads: int
    registers: int
    shared: int
    #: Distinct bytes read and written, and the sectors that all accesses touch.
    bytes: float
    sectors: float
    wavefronts: float
    #: Of warps: machine instructions, those of the special functions.
    instructions: float
    special: float
    mma_flops: float
    #: Waits for the device's memory, one after the other, in one block of each launch.
    rounds: float


def device(name: str) -> Device:
    """A device of the table by name."""
    table = json.loads((HERE / "devices.json").read_text())["devices"]
    if name not in table:
        raise ValueError(f"expects a device of {', '.join(table)}, but got {name}")
    return Device(**{field: table[name][field] for field in Device._fields})


def resident(device: Device, work: Work) -> int:
    """Blocks that a multiprocessor holds at a time; 0 where none fits."""
    warps = math.ceil(work.threads / 32)
    registers = math.ceil(work.registers * 32 / REGISTER_UNIT) * REGISTER_UNIT * warps
    return min(
        device.blocks,
        device.threads // work.threads,
        device.shared // (work.shared + device.shared_reserved),
        device.registers // registers if registers else device.blocks,
    )


def resources(device: Device, work: Work) -> dict[str, float]:
    """Seconds that each resource is busy, of the busiest multiprocessor where it is one's."""
    held = resident(device, work)
    if not held:
        raise ValueError(f"expects a block that fits a multiprocessor of {device.arch}, but got {work}")
    # The busiest multiprocessor runs a whole number of blocks.
    busiest = math.ceil(work.blocks / device.multiprocessors) / work.blocks
    waves = math.ceil(work.blocks / (device.multiprocessors * held))
    clocks = {
        "L2 port": work.sectors * SECTOR / PORT,
        "shared memory": work.wavefronts,
        "tensor cores": work.mma_flops / (device.mma_flops * device.mma_part),
        "instruction issue": work.instructions / ISSUED,
        "special functions": work.special * SPECIAL,
    }
    found = {name: count * busiest / device.clock for name, count in clocks.items()}
    return {
        "memory": work.bytes / device.bandwidth,
        **found,
        "latency": waves * work.rounds * device.latency / device.clock,
    }


class Estimate(NamedTuple):
    """Seconds of a call whose resources all work at once."""

    time: float
    #: What is busiest, and how long.
    bound: str
    parts: dict[str, float]


def estimate(device: Device, work: Work) -> Estimate:
    """The modelled time of one call."""
    parts = resources(device, work)
    bound = max(parts, key=lambda name: parts[name])
    return Estimate(work.launches * device.launch + parts[bound], bound, parts)


def minimum(device: Device, shape: tuple[int, int, int, int], beside: int = 0, element: int = 2) -> float:
    """Seconds in which q, k, v and o of [B, T, H, D], and so many f32, pass the device's memory once."""
    return (4 * element * math.prod(shape) + 4 * beside) / device.bandwidth


def unfused_bytes(shape: tuple[int, int, int, int], chunk: int = 64, element: int = 2) -> float:
    """What a forward of two kernels moves that keeps the state of each chunk in memory.

    The first reads k and v and writes a D x D state a chunk; the second reads it with q, k and v, and writes o.
    """
    *_, dim = shape
    return (6 * element + 2 * element * dim / chunk) * math.prod(shape)


def unfused(device: Device, shape: tuple[int, int, int, int]) -> float:
    """Seconds of such a forward: its traffic at the device's bandwidth, and two launches."""
    return 2 * device.launch + unfused_bytes(shape) / device.bandwidth


def published() -> list[dict[str, Any]]:
    """Timings of other kernels, with their shapes as tuples."""
    rows = json.loads((HERE / "published.json").read_text())["rows"]
    return [{**row, "shape": tuple(row["shape"])} for row in rows]
