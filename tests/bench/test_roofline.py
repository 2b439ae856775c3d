"""The roofline model: known counters give known times, each resource counts, published timings agree."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
BENCH = ROOT / "tools" / "bench"
sys.path.insert(0, str(BENCH))

import plait  # noqa: E402
from plait_bench import emulate, modelled, roofline  # noqa: E402

H100 = roofline.device("h100-sxm")
#: One block for each multiprocessor, which does nothing.
IDLE = roofline.Work(
    launches=1,
    blocks=132, threads=256, registers=128, shared=100_000, bytes=0, sectors=0, wavefronts=0,
    instructions=0, special=0, mma_flops=0, rounds=0,
)  # fmt: skip


def modelled_time(**work: Any) -> float:
    return roofline.estimate(H100, IDLE._replace(**work)).time - H100.launch


#: What a second of each resource is, from the data sheets.
SECOND = {
    "bytes": 3.35e12,
    "sectors": 132 * 1.83e9 * 64 / 32,
    "wavefronts": 132 * 1.83e9,
    "instructions": 132 * 1.83e9 * 4,
    "special": 132 * 1.83e9 / 2,
    "mma_flops": 989.4e12 * 0.629,
    "rounds": 1.83e9 / 478.8,
}


@pytest.mark.parametrize("resource", SECOND)
def test_known_counters_give_a_known_time(resource: str) -> None:
    assert modelled_time(**{resource: SECOND[resource]}) == pytest.approx(1, rel=1e-3)


@pytest.mark.parametrize("resource", SECOND)
def test_the_busiest_resource_decides(resource: str) -> None:
    times = [modelled_time(**{**SECOND, resource: SECOND[resource] * factor}) for factor in (0.1, 1, 2, 3)]
    assert times == pytest.approx([1, 1, 2, 3], rel=1e-3)


def test_a_launch_without_work_takes_the_constant() -> None:
    assert roofline.estimate(H100, IDLE).time == H100.launch


def test_the_busiest_multiprocessor_decides() -> None:
    full, more = (modelled_time(blocks=blocks, wavefronts=blocks * 1e6) for blocks in (132, 133))
    assert more == pytest.approx(2 * full)
    assert modelled_time(blocks=66, wavefronts=66e6) == pytest.approx(full)
    assert modelled_time(blocks=133, bytes=1e9) == modelled_time(blocks=132, bytes=1e9)


@pytest.mark.parametrize(
    ("block", "resident"),
    [
        ({"shared": 0, "registers": 32, "threads": 256}, 8),
        ({"shared": 0, "registers": 32, "threads": 32}, 32),
        ({"shared": 0, "registers": 255, "threads": 256}, 1),
        ({"shared": 0, "registers": 129, "threads": 256}, 1),
        ({"shared": 0, "registers": 128, "threads": 256}, 2),
        ({"shared": 115 * 1024, "registers": 32, "threads": 256}, 1),
        ({"shared": 113 * 1024, "registers": 32, "threads": 256}, 2),
    ],
)
def test_resident_blocks(block: dict[str, int], resident: int) -> None:
    assert roofline.resident(H100, IDLE._replace(**block)) == resident


def test_resident_blocks_wait_together() -> None:
    alone = modelled_time(blocks=264, shared=200_000, rounds=10)
    assert alone == pytest.approx(2 * modelled_time(blocks=264, shared=100_000, rounds=10))


def test_blocks_that_fit_nowhere_are_an_error() -> None:
    with pytest.raises(ValueError, match="expects a block that fits a multiprocessor of sm_90a, but got"):
        modelled_time(shared=300_000)


def test_unknown_device() -> None:
    with pytest.raises(ValueError, match="expects a device of h100-sxm, .*, but got h99"):
        roofline.device("h99")


def test_peaks_of_the_table_are_those_of_the_data_sheets() -> None:
    peaks = {"h100-sxm": 989.4e12, "h200-sxm": 989.4e12, "a100-sxm-80gb": 312e12, "l40s": 362e12}
    table = json.loads((BENCH / "devices.json").read_text())
    assert set(peaks) == set(table["devices"])
    for name, peak in peaks.items():
        device = roofline.device(name)
        assert device.multiprocessors * device.mma_flops * device.clock == pytest.approx(peak, rel=2e-3)


def test_published_times_are_over_the_bound_by_little() -> None:
    """The tolerance: a kernel takes 1 to 1.67 times its bound. Under 0.1 ms the host's work for a launch shows."""
    rows, _ = modelled.compare()
    long = [row for row in rows if row["modelled"] > 1e-4]
    assert len(long) == 5
    for row in long:
        assert 0.6 <= row["of_fla"] <= 1 and 0.6 <= row["of_helion"] <= 1
    assert sorted(row["of_fla"] for row in long)[2] == pytest.approx(0.8, abs=0.05)


def test_gates_pass_the_memory_too() -> None:
    shape = (2, 64, 3, 128)
    assert emulate.gates(plait.retention, shape) == []
    assert emulate.gates(plait.simple_gla, shape) == [(2, 64, 3)] and emulate.gates(plait.gla, shape) == [shape]
    assert [str(spec.dtype) for spec in emulate.specs(plait.gla, shape)] == ["bf16"] * 3 + ["f32"]
    more = roofline.minimum(H100, shape, beside=1000) - roofline.minimum(H100, shape)
    assert more * H100.bandwidth == pytest.approx(4000)


def test_unfused_traffic() -> None:
    least = roofline.minimum(H100, (1, 64, 1, 128)) * H100.bandwidth
    assert roofline.unfused_bytes((1, 64, 1, 128)) == 2.5 * least


def run(*options: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(BENCH), *filter(None, [os.environ.get("PYTHONPATH")])])
    command = [sys.executable, "-m", "plait_bench.modelled", *options]
    return subprocess.run(command, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True)


@pytest.mark.usefixtures("ptxas")
@pytest.mark.parametrize("device", ["h100-sxm", "a100-sxm-80gb"])
def test_model_of_a_kernel(device: str, tmp_path: Path) -> None:
    out = tmp_path / "new" / "roofline.json"
    shapes = ("--shape=1,8192,96,64", "--shape=2,8192,96,64", "--shape=1,4096,16,64")
    done = run("retention", "--device", device, *shapes, "--out", str(out))
    assert done.returncode == 0, done.stderr
    assert "retention" in done.stdout and "fla, us" in done.stdout
    one, two, split = json.loads(out.read_text())["rows"]
    # The arrays pass the memory once, but for the decays; the products are the form's: 4 C D + 4 D D, C = 64, but for 6
    # of 16 parts of the scores above the diagonal, which values are not multiplied with.
    assert one["work"]["bytes"] == pytest.approx(4 * 2 * 8192 * 96 * 64, rel=0.02)
    assert one["work"]["mma_flops"] == 8192 * 96 * ((2 + 2 * 10 / 16) * 64 * 64 + 4 * 64 * 64)
    assert one["work"]["rounds"] == pytest.approx(128, abs=2)
    assert two["work"]["wavefronts"] == 2 * one["work"]["wavefronts"] > 0
    assert 1 < one["ratio"] and one["time"] > max(one["parts"].values())
    # A multiprocessor has one block, or as many at once as fit: 1 or 2 times the heads are as slow.
    assert one["simulated"] >= one["time"] and two["simulated"] <= 2 * one["simulated"]
    assert split["splits"] > 1 and split["work"]["launches"] == 2 and split["work"]["blocks"] == 16 * split["splits"]
    assert one["work"]["registers"] > 0 and one["resident"] >= 1 and one["growth"] > 0.5


@pytest.mark.usefixtures("ptxas")
def test_model_of_a_gated_kernel(tmp_path: Path) -> None:
    out = tmp_path / "roofline.json"
    done = run("gla", "--shape=1,8192,256,64", "--out", str(out))
    assert done.returncode == 0, done.stderr
    (found,) = json.loads(out.read_text())["rows"]
    assert found["work"]["bytes"] == pytest.approx((4 * 2 + 4) * 8192 * 256 * 64, rel=0.02)
    assert found["minimum"] == pytest.approx(found["work"]["bytes"] / H100.bandwidth, rel=0.02)


@pytest.mark.usefixtures("ptxas")
def test_model_of_a_step(tmp_path: Path) -> None:
    out = tmp_path / "roofline.json"
    done = run("retention", "linear_attention", "gla", "--shape=64,1,64,64", "--shape=1,1,2,64", "--out", str(out))
    assert done.returncode == 0, done.stderr
    rows = json.loads(out.read_text())["rows"]
    columns = {"retention": 64, "linear_attention": 65, "gla": 64}
    for many, few in zip(rows[::2], rows[1::2]):
        # The state is read and written, rows of 16 bits and gates pass once.
        gates = 4 * 64 if many["variant"] == "gla" else 0
        assert many["work"]["bytes"] == pytest.approx(
            64 * 64 * (8 * 64 * columns[many["variant"]] + 8 * 64 + gates), rel=0.01
        )
        assert many["minimum"] == pytest.approx(many["work"]["bytes"] / H100.bandwidth, rel=0.01)
        assert many["bound"] == "memory" and many["work"]["mma_flops"] == 0 and many["work"]["launches"] == 1
        # One block on a multiprocessor takes its whole code's time.
        assert few["time"] < few["simulated"] < many["simulated"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--device", "h99"), "--device expects a device of h100-sxm, .*, but got h99"),
        (("--shape", "1,2,3"), "expects four sizes such as 1,8192,96,128, but got '1,2,3'"),
        (("--shape", "1,2,3,0"), "expects four sizes such as 1,8192,96,128, but got '1,2,3,0'"),
        (("nothing",), "expects variants of plait on q, k, v and known gates, but got nothing"),
        (("rwkv6",), "expects variants of plait on q, k, v and known gates, but got rwkv6"),
    ],
)
def test_refusals(options: tuple[str, ...], message: str) -> None:
    done = run(*options)
    assert done.returncode == 2
    assert re.search(message, " ".join(done.stderr.split())), done.stderr


@pytest.fixture
def ptxas() -> None:
    """Without an assembler registers are unknown."""
    try:
        emulate.machine_code(plait.retention, 64, "sm_90a", 1)
    except RuntimeError as error:
        pytest.skip(str(error))
