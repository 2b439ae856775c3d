"""Check Plait on a CUDA device, and write a report.

Runs the tests of CUDA on the device, a short program under compute-sanitizer where it is
installed, and the benchmark: errors against f64, times by the driver's events, the same by
PyTorch and fla where they are installed. PLAIT_CUDA_DRIVER names the driver, as everywhere.
With --rehearse, or PLAIT_CUDA_DRIVER=emulator, all of it runs on the emulator in small
sizes, without times. The status is 1 if something failed.
"""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import argparse
import datetime
import functools
import importlib.metadata
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from plait_bench import gpu_report, gpu_steps
from plait_bench.cuda_driver import Driver, DriverError, Memory, Stopwatch, library_path

#: The folder of gpu.json.
HERE = Path(__file__).resolve().parents[1]


def arguments(given: list[str] | None) -> argparse.Namespace:
    """The command line, which tools/gpu-check has read, too."""
    parser = argparse.ArgumentParser(
        prog="tools/gpu-check", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rehearse", action="store_true", help="run on the emulator, without a device")
    parser.add_argument(
        "--out", type=Path, default=HERE.parents[1] / "build" / "gpu-check", help="folder of the report"
    )
    return parser.parse_args(given)


def software() -> dict[str, str]:
    """What ran, by name."""
    from plait import _plait, cuda

    found = {"date": datetime.datetime.now().astimezone().isoformat(timespec="seconds"), "plait": _plait.COMPILER}
    found["kernels for"] = cuda.architecture(0)
    for name in ("torch", "fla", "flash-linear-attention", "triton"):
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


Step = Callable[[str, Callable[[], None]], None]


def benchmark(driver: Driver, report: dict[str, Any], step: Step) -> None:
    """Adds the benchmark to the report, each shape by itself."""
    from plait_bench import gpu_measure

    config, peers_on = report["config"], "cpu" if report["rehearsal"] else "cuda"
    driver.enter()
    with Memory(driver, config["flush_bytes"]) as flush:
        watch = Stopwatch(driver, flush)
        bandwidth = gpu_measure.copy_bandwidth(driver, watch, config["copy_bytes"], config["rounds"])
        report["bandwidth"] = bandwidth
        report["host_seconds"] = gpu_measure.host_seconds(driver, config["rounds"])

        def measure(shape: gpu_measure.Shape) -> None:
            for row in gpu_measure.measure(watch, bandwidth, config, shape, peers_on):
                report["rows"].append({**row._asdict(), "fla": row.fla._asdict(), "torch": row.torch._asdict()})

        for sizes in config["shapes"] + config["steps"]:
            step(f"benchmark of {', '.join(map(str, sizes))}", functools.partial(measure, tuple(sizes)))
        watch.close()


def without_times(report: dict[str, Any]) -> None:
    """Takes the times of the emulator, which are the host's, out of a report."""
    report.update(bandwidth=None, host_seconds=None)
    for row in report["rows"]:
        row.update(median=None, least=None, minimum=None)
        for peer in ("fla", "torch"):
            row[peer]["seconds"] = None


def tuner(shape: tuple[int, ...], rehearsal: bool) -> str:
    """What `tune` chooses on a device for the first shape, and of how many schedules."""
    import plait
    from plait_bench.gpu_cases import random

    arrays = [plait.cuda.array(random(shape)) for _ in range(3)]
    found = plait.retention.tune(*arrays)
    agree = sum(trial.matches for trial in found.trials)
    sizes = ", ".join(map(str, shape))
    text = f"`plait.retention.tune` at B, T, H, D = {sizes}: {agree} of {len(found.trials)} agree."
    return text if rehearsal else f"{text}\n\n```\n{found}\n```"


def passed(report: dict[str, Any]) -> bool:
    """Whether nothing failed."""
    rows, bound = report["rows"], report["bound"]
    return (
        not report["errors"]
        and not report["tests"]["failed"]
        and all(finding["clean"] is not False for finding in report["sanitizer"])
        and report["rows"] != []
        and all(row["repeats"] and row["error"] <= bound and row["sibling_error"] <= bound for row in rows)
    )


def check(driver: Driver, out: Path, rehearsal: bool) -> dict[str, Any]:
    """Runs the steps; one that can't go on is in the report with its reason."""
    config = json.loads((HERE / "gpu.json").read_text())
    mode = config["rehearsal" if rehearsal else "device"]
    report: dict[str, Any] = {"rehearsal": rehearsal, "device": driver.describe()._asdict()}
    report.update(config=mode, bound=config["bound"], errors={}, tests=None, sanitizer=[])
    report.update(rows=[], bandwidth=None, host_seconds=None, tuner="", software={"device": str(driver.describe())})
    report["passed"] = False

    def step(name: str, run: Callable[[], None]) -> None:
        print(f"== {name}", flush=True)
        try:
            run()
        except Exception as error:
            report["errors"][name] = f"{type(error).__name__}: {error}"
        if rehearsal:
            without_times(report)
        write(report, out)  # what is known, should the next step hang

    def sanitizer() -> None:
        found = gpu_steps.rehearse_sanitizer(out) if rehearsal else gpu_steps.sanitize(out, gpu_steps.find_sanitizer())
        report["sanitizer"] = [finding._asdict() for finding in found]

    step("software", lambda: report["software"].update(software()))
    step("tests", lambda: report.update(tests=gpu_steps.run_tests(out, mode["tests"])._asdict()))
    step("sanitizer", sanitizer)
    step("benchmark", lambda: benchmark(driver, report, step))
    step("tuner", lambda: report.update(tuner=tuner(tuple(mode["shapes"][0]), rehearsal)))
    report["passed"] = passed(report)
    write(report, out)
    return report


def write(report: dict[str, Any], out: Path) -> None:
    """Writes the report in both forms."""
    (out / "report.json").write_text(json.dumps(report, indent=1) + "\n")
    (out / "report.md").write_text(gpu_report.markdown(report))


def main(given: list[str] | None = None) -> int:
    """Runs the command."""
    options = arguments(given)
    if options.rehearse:
        os.environ["PLAIT_CUDA_DRIVER"] = "emulator"
    rehearsal = os.environ.get("PLAIT_CUDA_DRIVER") == "emulator"
    # The tests take the emulator where nothing is said.
    os.environ["PLAIT_CUDA_DRIVER"] = os.environ.get("PLAIT_CUDA_DRIVER") or "libcuda.so.1"
    try:
        driver = Driver(library_path())
        print(f"device: {driver.describe()}", flush=True)
    except DriverError as error:
        print(f"tools/gpu-check: {error}; --rehearse needs none", file=sys.stderr)
        return 1
    out = options.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    report = check(driver, out, rehearsal)
    print(f"\n{(out / 'report.md').read_text()}\nwrote {out / 'report.md'} and report.json")
    return 0 if report["passed"] else 1


if __name__ == "__main__":
    sys.exit(main())
