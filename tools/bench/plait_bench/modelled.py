"""Model the time of Plait's CUDA kernels on a device, without one.

Compiles each variant, counts on the emulator what its kernel has to do and takes what
ptxas says of it, and prints a lower bound of its time against the minimum, in which q,
k, v, o and gates pass the device's memory once. Beside it is the time that its machine code
takes by the assembler's schedule. A shape of one token is a step, whose state passes the
memory twice. Then the same bound for the traffic of published kernels, beside their times.
docs/Roofline.md has the formula.
"""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import argparse
import json
import math
import os
import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from plait_bench import pipeline, roofline

#: The modelled time of a forward may be so many times the minimum.
BAR = 1.3
VARIANTS = ("recur", "retention", "linear_attention", "simple_gla", "gla")


def arguments(given: list[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="tools/bench/roofline", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    shapes = [row["shape"] for row in roofline.published()]
    parser.add_argument("variants", nargs="*", metavar="VARIANT", help=f"of plait; by default {', '.join(VARIANTS)}")
    parser.add_argument("--device", default="h100-sxm", help="of tools/bench/devices.json, by default h100-sxm")
    parser.add_argument("--shape", type=shape, action="append", metavar="B,T,H,D", help="by default the published ones")
    parser.add_argument("--out", type=Path, help="a file for all numbers, as JSON")
    parser.add_argument("--check", action="store_true", help=f"exit with 1 if a time is over {BAR} times its minimum")
    options = parser.parse_args(given)
    options.shape = options.shape or shapes
    options.variants = options.variants or list(VARIANTS)
    try:
        roofline.device(options.device)
    except ValueError as error:
        parser.error(f"--device {error}")
    return options


def shape(text: str) -> tuple[int, ...]:
    """[B, T, H, D] from text."""
    parts = text.split(",")
    if len(parts) != 4 or not all(part.isdecimal() and int(part) for part in parts):
        raise argparse.ArgumentTypeError(f"expects four sizes such as 1,8192,96,128, but got {text!r}")
    return tuple(map(int, parts))


def row(device: roofline.Device, name: str, shape: tuple[int, int, int, int]) -> dict[str, Any]:
    """All numbers of a variant at a shape."""
    import plait
    from plait_bench import emulate

    variant, step = getattr(plait, name), emulate.is_step(shape)
    splits = emulate.default_splits(variant, shape, device.arch, device.multiprocessors)
    code = emulate.machine_code(variant, shape[3], device.arch, splits, step)
    work = emulate.work(variant, shape, code, splits)
    found = roofline.estimate(device, work)
    least = roofline.minimum(device, shape, sum(map(math.prod, emulate.beside(variant, shape))))
    return {
        "variant": name,
        "shape": shape,
        "minimum": least,
        "time": found.time,
        "ratio": found.time / least,
        "simulated": pipeline.simulate(device, work, code.loops, emulate.iterations(work, step)),
        "bound": found.bound,
        "parts": found.parts,
        "resident": roofline.resident(device, work),
        "spilled": code.spilled,
        "growth": code.growth,
        "splits": splits,
        "work": work._asdict(),
    }


def table(rows: list[dict[str, Any]], device: str) -> Table:
    """What was modelled."""
    title = f"Modelled on {device}: a lower bound, and what is simulated, in microseconds"
    result = Table(title=title, title_justify="left")
    for column in ("variant", "B, T, H, D", "minimum", "modelled", "of it", "simulated", "of it", "bound by"):
        result.add_column(column, justify="left" if column in ("variant", "bound by") else "right")
    for column in ("ranges", "blocks", "a multiprocessor", "registers", "spilled"):
        result.add_column(column, justify="right")
    for found in rows:
        work = found["work"]
        result.add_row(
            found["variant"],
            ", ".join(map(str, found["shape"])),
            f"{found['minimum'] * 1e6:.1f}",
            f"{found['time'] * 1e6:.1f}",
            f"{found['ratio']:.2f}x",
            f"{found['simulated'] * 1e6:.1f}",
            f"{found['simulated'] / found['minimum']:.2f}x",
            found["bound"],
            str(found["splits"]),
            f"{work['blocks']:.0f}",
            str(found["resident"]),
            str(work["registers"]),
            str(found["spilled"]),
        )
    return result


def compare() -> tuple[list[dict[str, Any]], Table]:
    """The bound of kernels that keep chunk states in memory, beside the published times of such ones."""
    device = roofline.device("h100-sxm")
    result = Table(title="Published forwards on an H100 against their bound", title_justify="left")
    for column in ("B, T, H, D", "traffic of minimum", "modelled, us", "fla, us", "modelled of it", "Helion, us", ""):
        result.add_column(column, justify="right")
    rows = []
    for published in roofline.published():
        shape, bound = published["shape"], roofline.unfused(device, published["shape"])
        fla, helion = published["fla_ms"] / 1e3, published["helion_ms"] / 1e3
        traffic = roofline.unfused_bytes(shape) / device.bandwidth / roofline.minimum(device, shape)
        rows.append({**published, "modelled": bound, "of_fla": bound / fla, "of_helion": bound / helion})
        numbers = f"{bound * 1e6:.0f}", f"{fla * 1e6:.0f}", f"{bound / fla:.0%}", f"{helion * 1e6:.0f}"
        result.add_row(", ".join(map(str, shape)), f"{traffic:.1f}x", *numbers, f"{bound / helion:.0%}")
    return rows, result


def main(given: list[str] | None = None) -> int:
    """Runs the command."""
    options = arguments(given)
    device = roofline.device(options.device)
    os.environ["PLAIT_CUDA_DRIVER"] = "emulator"
    os.environ["PLAIT_EMULATOR_ARCH"] = device.arch.rstrip("a")
    import plait
    from plait_bench import emulate

    for name in options.variants:
        if not emulate.can_call(getattr(plait, name, None)):
            expected = "variants of plait on q, k, v and known gates"
            print(f"tools/bench/roofline: expects {expected}, but got {name}", file=sys.stderr)
            return 2
    rows = [row(device, name, shape) for name in options.variants for shape in options.shape]
    published, comparison = compare()
    console = Console(width=None if sys.stdout.isatty() else 170)
    console.print(table(rows, options.device))
    console.print(comparison)
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        content = {"device": options.device, "rows": rows, "published": published}
        options.out.write_text(json.dumps(content, indent=1) + "\n")
    return 1 if options.check and any(found["ratio"] > BAR for found in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
