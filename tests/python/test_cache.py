"""Kernels come from memory, the disk, the compiler, in this order; trouble with the disk is no trouble."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import os
import re
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import cases
import plait
from plait import _plait, jit

CALL = """
import numpy as np, plait, sys
from plait import _plait, jit
x = np.ones((1, 4, 2, 8), np.float32)
o = plait.linear_attention(x, x, x)
assert np.allclose(o, 1, atol=1e-5)
plait.linear_attention(x, x, x)
print(*jit.sources(), any("libplait_compiler" in line for line in open("/proc/self/maps")))
"""


def run(folder: Path, code: str = CALL, **variables: str) -> subprocess.CompletedProcess[str]:
    """Runs code in a new process with its own cache."""
    environment = {**os.environ, "PLAIT_CACHE_DIR": str(folder), **variables}
    return subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)


def test_the_second_process_loads_no_compiler(tmp_path: Path) -> None:
    assert run(tmp_path).stdout.split() == ["1", "0", "True"]
    assert run(tmp_path).stdout.split() == ["0", "1", "False"]


def test_damaged_entries_are_made_again(tmp_path: Path) -> None:
    run(tmp_path)
    entries = [path for path in tmp_path.rglob("*") if path.is_file() and path.stat().st_size > 1000]
    assert entries
    for path in entries:
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 0xFF
        path.write_bytes(data)
    assert run(tmp_path).stdout.split() == ["1", "0", "True"]
    assert run(tmp_path).stdout.split() == ["0", "1", "False"]


def test_truncated_entries_are_made_again(tmp_path: Path) -> None:
    run(tmp_path)
    for path in tmp_path.rglob("*"):
        if path.is_file() and path.stat().st_size > 1000:
            os.truncate(path, path.stat().st_size // 2)
    assert run(tmp_path).stdout.split() == ["1", "0", "True"]


@pytest.mark.parametrize("folder", ["/proc/nothing", "/dev/null/plait"])
def test_a_folder_that_cant_be_used_is_done_without(folder: str) -> None:
    assert run(Path(folder)).stdout.split() == ["1", "0", "True"]


def test_a_cache_that_is_off(tmp_path: Path) -> None:
    assert run(tmp_path, PLAIT_CACHE_SIZE="0").stdout.split() == ["1", "0", "True"]
    assert run(tmp_path, PLAIT_CACHE_SIZE="0").stdout.split() == ["1", "0", "True"]


@pytest.mark.parametrize(
    "variable,value,message",
    [
        ("PLAIT_TARGET", "z80", "z80"),
        ("PLAIT_NUM_THREADS", "many", "PLAIT_NUM_THREADS"),
        ("PLAIT_NUM_THREADS", "0", "PLAIT_NUM_THREADS"),
        ("PLAIT_CACHE_SIZE", "lots", "PLAIT_CACHE_SIZE"),
    ],
)
def test_bad_settings_are_errors(tmp_path: Path, variable: str, value: str, message: str) -> None:
    result = run(tmp_path, **{variable: value})
    assert result.returncode == 1
    assert "plait.errors.ArgumentError:" in result.stderr and message in result.stderr.splitlines()[-1]


def test_other_targets(tmp_path: Path) -> None:
    assert run(tmp_path, PLAIT_TARGET="x86-64").stdout.split()[:2] == ["1", "0"]
    code = "import plait; print(plait.config['target'])"
    assert "x86-64" in run(tmp_path, code, PLAIT_TARGET="x86-64").stdout


def test_schedules_of_a_named_target_are_for_two_pipes() -> None:
    x = plait.Spec((1, 1, 1, 64))
    tiled = _plait.print(plait.linear_attention.mlir(x, x, x), "x86-64-v4", "", "tiled")
    assert "pipes = 2" in tiled and "columns = 4" in tiled


def test_info_and_clear() -> None:
    case = cases.build("linear_attention", cases.Shape(keys=3, values=5))
    plait.cache.clear()
    case.variant(*case.args)
    info = plait.cache.info()
    assert info.entries >= 1 and info.bytes > 0
    assert plait.cache.clear() == info.entries
    assert plait.cache.info().entries == 0


def test_one_kernel_serves_all_sizes() -> None:
    for number, shape in enumerate([cases.Shape(keys=9), cases.Shape(1, 5, 7, 1, 9), cases.Shape(3, 1, 1, 1, 9)]):
        case = cases.build("linear_attention", shape)
        before = jit.sources()
        case.variant(*case.args)
        assert number == 0 or jit.sources() == before


def test_packs(tmp_path: Path) -> None:
    x = plait.Spec((1, 1, 1, 16))
    pack = plait.linear_attention.compile(x, x, x, targets=["x86-64-v3", "aarch64"])
    pack.save(tmp_path / "a.plait")
    again = plait.Pack.load(tmp_path / "a.plait")
    assert again.data == pack.data
    assert again.functions == {"linear_attention": [("x86-64-v3", ""), ("aarch64", "")]}
    with pytest.raises(plait.UnavailableError, match="/proc/a.plait"):
        pack.save("/proc/a.plait")
    with pytest.raises(ValueError, match="null"):
        pack.save(tmp_path / "a\0.plait")
    with pytest.raises(plait.UnavailableError, match="missing"):
        plait.Pack.load(tmp_path / "missing")
    with pytest.raises(plait.DamagedError):
        plait.Pack(pack.data[:-10])
    with pytest.raises(plait.DamagedError):
        plait.Pack(b"nothing")
    with pytest.raises(plait.DtypeError, match="data: expects bytes, but got str"):
        plait.Pack("nothing")  # type: ignore[arg-type]
    (tmp_path / "text").write_text("nothing" * 20)
    with pytest.raises(plait.DamagedError, match=r"path: .*/text: .*first bytes are no pack's"):
        plait.Pack.load(tmp_path / "text")
    (tmp_path / "text").unlink()
    assert [path.name for path in tmp_path.iterdir()] == ["a.plait"]


def test_packs_by_links_and_pipes(tmp_path: Path) -> None:
    x = plait.Spec((1, 1, 1, 16))
    pack = plait.linear_attention.compile(x, x, x)
    file, link, pipe = (tmp_path / name for name in ("file", "link", "pipe"))
    file.write_text("before")
    link.symlink_to(file)
    pack.save(link)
    assert link.is_symlink() and file.read_bytes() == pack.data

    os.mkfifo(pipe)
    with subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE) as reader:
        pack.save(pipe)
        assert reader.communicate()[0] == pack.data
    assert pipe.is_fifo()

    full = tmp_path / "full"
    full.symlink_to("/dev/full")  # root could rename over the device itself
    with pytest.raises(plait.UnavailableError, match="path: can't write .*/full: No space left on device"):
        pack.save(full)
    assert full.is_symlink()


def test_packs_that_do_not_fit(tmp_path: Path) -> None:
    x = plait.Spec((1, 1, 1, 16))
    pack = plait.linear_attention.compile(x, x, x)
    file = tmp_path / "a.plait"
    file.write_text("before")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1024, limits[1]))
    try:
        with pytest.raises(plait.UnavailableError, match=r"path: can't write .*/a\.plait: File too large"):
            pack.save(file)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert file.read_text() == "before" and list(tmp_path.iterdir()) == [file]


def test_tuning_changes_no_bit_and_lasts(tmp_path: Path) -> None:
    code = """
import numpy as np, plait
rng = np.random.default_rng(0)
q, k, v = (rng.standard_normal((1, 64, 2, 16), np.float32) for _ in range(3))
before = plait.linear_attention(q, k, v)
tuning = plait.linear_attention.tune(q, k, v)
assert all(trial.matches for trial in tuning.trials)
assert tuning.chosen in [trial.schedule for trial in tuning.trials]
assert plait.linear_attention(q, k, v).tobytes() == before.tobytes()
print(repr(tuning.chosen))
"""
    chosen = run(tmp_path, code)
    assert chosen.returncode == 0, chosen.stderr
    code = """
import numpy as np, plait
from plait import _plait, jit
x = plait.Spec((1, 64, 2, 16))
program = plait.linear_attention.program((x, x, x), {})
print(repr(jit.tuned(program, program.text(), _plait.target_isa(), 2, 64)))
"""
    assert run(tmp_path, code).stdout == chosen.stdout


def test_a_damaged_tuning_database_is_set_aside_with_a_warning(tmp_path: Path) -> None:
    for number in ("", "-2"):
        (tmp_path / "tuning.db").write_text("damaged" * 1000)
        result = run(tmp_path)
        assert result.stdout.startswith(("1 0", "0 1"))
        notice = f"RuntimeWarning: .*was damaged and is set aside as '.*/tuning.db.damaged{number}'"
        assert re.search(notice, result.stderr)
    assert len(list(tmp_path.glob("tuning.db.damaged*"))) == 2


def test_a_tuning_database_that_cant_be_read_is_done_without_but_not_silently(tmp_path: Path) -> None:
    (tmp_path / "tuning.db").mkdir()
    result = run(tmp_path)
    assert result.stdout.split() == ["1", "0", "True"]
    assert re.search("RuntimeWarning: .*/tuning.db' expects a file, but got a folder", result.stderr)
    code = "import numpy as np, plait; plait.gla.tune(*[np.ones((1, 4, 1, 8), np.float32)] * 4)"
    assert "UnavailableError: tuning database" in run(tmp_path, code).stderr


def test_interrupted_tuning_keeps_what_is_measured(tmp_path: Path) -> None:
    code = """
import sqlite3, numpy as np, plait
from plait import _plait, jit
load, left = jit.load, 3  # the default and three of the schedules
def interrupted(program, text, isa, schedule):
    global left
    if schedule:
        left -= 1
        if left < 0:
            raise KeyboardInterrupt
    return load(program, text, isa, schedule)
x = np.ones((1, 8, 1, 16), np.float32)
plait.linear_attention(x, x, x)
jit.load = interrupted
try:
    plait.linear_attention.tune(x, x, x)
except KeyboardInterrupt:
    folder = plait.config["cache_dir"].value
    print(sqlite3.connect(folder + "/tuning.db").execute("SELECT count(*), sum(chosen) FROM measurements").fetchall())
"""
    assert run(tmp_path, code).stdout == "[(4, 1)]\n"


def test_tuning_leaves_the_default_only_for_what_is_faster_by_more_than_5_percent(tmp_path: Path) -> None:
    code = """
import numpy as np, plait
from plait import _plait, tuning
shares = iter((1.0, 0.96, 0.94, 0.945, 0.93, 0.5))
class Timed:
    reset = staticmethod(lambda: None)
    @staticmethod
    def time(functions, *args, **kwargs):
        share = next(shares, 1.0) if functions else 1.0  # without any, the sizes are asked for
        return 0, 3, 16, [(True, 100.0, 100.0), (share > 0.5, 100 * share, 100 * share)][2 - len(functions):]
x = np.ones((1, 8, 1, 16), np.float32)
plait.linear_attention.dispatcher = lambda: Timed
tuning._check = lambda *call: None
found = plait.linear_attention.tune(x, x, x)
print([trial.schedule for trial in found.trials].index(found.chosen), found.trials[5].matches)
"""
    found = run(tmp_path, code)
    assert found.stdout == "4 False\n", found.stderr


def test_every_schedule_of_a_gated_function_is_one_it_can_take(tmp_path: Path) -> None:
    code = """
import numpy as np, plait
from plait import _plait
x = np.ones((1, 4, 2, 64), np.float32)
text = plait.gla.program((x, x, x, x), {}).text()
for target in ("native", "x86-64-v4", "x86-64-v3"):
    found = _plait.schedules(text, target, 1, 1, 1)
    assert len(found) > 5 and not any("block=16" in schedule for schedule in found)
    for schedule in found:
        _plait.print(text, target, schedule, "decomposed")
"""
    assert run(tmp_path, code).stderr == ""


def test_a_function_of_one_schedule_is_tuned_too(tmp_path: Path) -> None:
    code = """
import numpy as np, plait
print(plait.variant(lambda q: plait.exp(q)).tune(np.ones((1, 4, 2, 8), np.float32)).trials[0].schedule == "")
"""
    assert run(tmp_path, code).stdout == "True\n"


def test_this_machine_s_code_is_compiled_for_its_cores() -> None:
    from plait import _plait, jit

    other = "aarch64" if _plait.cpu_isa() != "aarch64" else "x86-64"
    assert jit.target(_plait.cpu_isa()) == "native" and jit.target(other) == other


def test_explain(tmp_path: Path) -> None:
    code = """
import numpy as np, plait
from plait import _plait, tuning
x = np.ones((1, 64, 2, 16), np.float32)
print(plait.linear_attention.explain(x, x, x), "\\n")
program = plait.linear_attention.program((x, x, x), {})
key = tuning.tuning_key(program, program.text(), _plait.target_isa(), 2, 64)
_plait.tuning_put(key, "block=128,columns=1,rows=8", 1.0, 1.0, True, True)
plait.linear_attention.dispatcher().reset()
print(plait.linear_attention.explain(x, x, x))
"""
    found = run(tmp_path, code)
    default, tuned = found.stdout.split("\n\n")
    costs = ("Mflop", "MB of arrays", "us a call", "GB/s")
    for part in ("linear_attention on", "  q ", "tile_scan", "schedule: default, one of ", *costs):
        assert part in default
    assert re.search(r"block = \d+", default) and "compiled now" in default
    assert "block = 128" in tuned and "schedule: block=128,columns=1,rows=8, one of " in tuned


def test_results_outlive_the_kernel() -> None:
    q, k, v = cases.build("linear_attention").args
    o = plait.linear_attention(q, k, v)
    copy = o.copy()
    for _ in range(50):
        plait.linear_attention(q, k, v)
    assert np.array_equal(o, copy)


def test_the_cuda_driver_is_the_systems_unless_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PLAIT_CUDA_DRIVER", raising=False)
    assert plait.config["cuda_driver"] == ("libcuda.so.1", "default")
    monkeypatch.setenv("PLAIT_CUDA_DRIVER", "/opt/libcuda.so")
    assert plait.config["cuda_driver"] == ("/opt/libcuda.so", "PLAIT_CUDA_DRIVER")
