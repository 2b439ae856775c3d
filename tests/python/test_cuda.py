"""Arrays on devices of CUDA, through the emulator's driver, and what is said where there is none."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest

import cases
import plait
from plait import _plait, jit

X = np.arange(24, dtype=np.float32).reshape(1, 3, 2, 4)

with_driver = pytest.mark.usefixtures("emulator")


@with_driver
@pytest.mark.parametrize(
    "dtype", [np.float32, np.float16, ml_dtypes.bfloat16, np.float64, np.int32, np.int64, np.uint8]
)
def test_round_trip(dtype: Any) -> None:
    x = X.astype(dtype)
    held = plait.cuda.array(x)
    assert held.shape == x.shape and held.dtype == x.dtype and held.device == "cuda:0"
    assert held.__dlpack_device__() == (2, 0)
    back = plait.cuda.numpy(held)
    assert back.dtype == x.dtype and np.array_equal(back, x)


@with_driver
@pytest.mark.parametrize("x", [X.transpose(3, 1, 0, 2), X[:, ::-1, :, 1:3], X[:0], np.float32(3), [[1, 2], [3, 4]]])
def test_round_trip_of_any_layout(x: Any) -> None:
    back = plait.cuda.numpy(plait.cuda.array(x))
    assert back.shape == np.shape(x) and np.array_equal(back, x)


@with_driver
def test_copies_are_apart() -> None:
    x = X.copy()
    held = plait.cuda.array(x)
    x[:] = 0
    fetched = plait.cuda.numpy(held)
    fetched[:] = 0
    assert np.array_equal(plait.cuda.numpy(held), X)


@with_driver
def test_arrays_of_the_device_are_taken_without_a_copy() -> None:
    held = plait.cuda.array(X)
    assert plait.cuda.array(held) is held
    view = plait.cuda.array(cases.Wrapped(held))
    held.write(np.zeros(X.nbytes, np.uint8))
    assert isinstance(view, plait.cuda.Array) and not plait.cuda.numpy(view).any()
    del held
    assert plait.cuda.numpy(view).shape == X.shape  # DLPack keeps the memory
    assert np.array_equal(plait.cuda.numpy(cases.Wrapped(plait.cuda.array(X))), X)


@with_driver
def test_capsules_for_any_stream() -> None:
    held = plait.cuda.array(X)
    for stream in (None, -1, 1, 2, 4096):
        assert "dltensor" in repr(held.__dlpack__(stream=stream, max_version=(1, 0)))


@with_driver
def test_torch_takes_part() -> None:
    torch = pytest.importorskip("torch")
    x = torch.arange(6).to(torch.bfloat16).reshape(2, 3).T
    back = plait.cuda.numpy(plait.cuda.array(x))
    assert back.dtype == ml_dtypes.bfloat16 and np.array_equal(back.astype(np.float32), x.float().numpy())


@with_driver
@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: plait.cuda.array(X, 99), plait.ArgumentError, "CUDA expects a device from 0 to .*, but got 99"),
        (lambda: plait.cuda.array(X, "a"), plait.ArgumentError, "device: expects an integer of at least 0, but"),
        (
            lambda: plait.cuda.array(plait.cuda.array(X), 1),
            plait.DtypeError,
            "x: expects an array on CUDA device 1, but got one on CUDA device 0",
        ),
        (lambda: plait.cuda.array(["a"]), plait.DtypeError, "x: expects integers or floats, but got <U1"),
        (lambda: np.asarray(plait.cuda.array(X)), plait.DtypeError, "NumPy expects an array on the CPU, but"),
        (lambda: plait.cuda.numpy(X), plait.DtypeError, "y: expects an array on a CUDA device, but got ndarray"),
    ],
)
def test_refusals(call: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()


@with_driver
def test_host_and_device_do_not_mix() -> None:
    d = plait.cuda.array(X)
    state = np.zeros((1, 2, 4, 4), np.float32)
    with pytest.raises(plait.DtypeError, match="k: expects an array on CUDA device 0 as q, but got one on the CPU"):
        plait.gla(d, X, d, d)
    with pytest.raises(plait.DtypeError, match="v: expects an array on the CPU as q, but got one on CUDA device 0"):
        plait.gla(X, X, d, X)
    with pytest.raises(plait.DtypeError, match="initial_state: expects an array on CUDA device 0 as q, but got"):
        plait.gla(d, d, d, d, initial_state=state)
    with pytest.raises(plait.DtypeError, match="out: expects an array on the CPU as q, but got one on CUDA"):
        plait.gla(X, X, X, X, out=d)
    with pytest.raises(plait.DtypeError, match="out: expects an array on CUDA device 0 as x, but got one on the CPU"):
        plait.cumsum(d, out=X)
    with pytest.raises(plait.DtypeError, match="b: expects an array on CUDA device 0 as a, but got one on the CPU"):
        plait.affine_scan(d, X)
    with pytest.raises(plait.DtypeError, match="initial: expects an array on CUDA device 0 as a, but got one on"):
        plait.affine_scan(d, d, initial=X[:, 0])


@with_driver
@pytest.mark.parametrize("name", ["tune", "explain"])
def test_mixed_devices_are_refused_by(name: str) -> None:
    held = plait.cuda.array(X)
    with pytest.raises(plait.DtypeError, match="k: expects an array on the CPU as q, but got one on CUDA device 0"):
        getattr(plait.retention, name)(X, held, X)


@pytest.mark.parametrize(
    ("capability", "expected"),
    [
        ((8, 0), "sm_80"),
        ((8, 6), "sm_86"),
        ((8, 7), "sm_86"),
        ((8, 9), "sm_89"),
        ((9, 0), "sm_90a"),
        ((10, 0), "sm_100a"),
        ((10, 3), "sm_100"),
        ((12, 0), "sm_120a"),
        ((12, 1), "sm_120"),
    ],
)
def test_architecture(capability: tuple[int, int], expected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_plait, "cuda_describe", lambda device: {"capability": capability})
    assert plait.cuda.architecture(0) == expected == jit.isa_of(0)


def test_devices_that_are_too_old(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_plait, "cuda_describe", lambda device: {"capability": (7, 5)})
    with pytest.raises(plait.UnsupportedError, match="CUDA device 3: expects sm_80 or newer, but got sm_75"):
        plait.cuda.architecture(3)


def test_keys_hold_the_assembler(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    ptxas, calls = tmp_path / "bin" / "ptxas", tmp_path / "calls"
    ptxas.parent.mkdir()
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("CUDA_ROOT", str(tmp_path))

    def install(version: str) -> None:
        ptxas.write_text(f"#!/bin/sh\necho $1 >> {calls}\necho 'Cuda compilation tools, release 13.0, V{version}'\n")
        ptxas.chmod(0o755)
        os.utime(ptxas, (1, 1))

    before = jit.parts("", "sm_90a", "")
    install("13.0.88")
    one = jit.parts("", "sm_90a", "")
    assert "V13.0.88" in one["assembler"] and one["target"] == "sm_90a"
    assert jit.parts("", "sm_90a", "") == one and calls.read_text() == "--version\n", "it is asked once"
    install("13.0.881")
    two = jit.parts("", "sm_90a", "")
    assert "V13.0.881" in two["assembler"]
    os.utime(ptxas, (2, 2))
    again = jit.parts("", "sm_90a", "")
    assert len({parts["assembler"] for parts in (before, one, two, again)}) == 4
    assert "assembler" not in jit.parts("", "x86-64-v3", "")


def test_the_assembler_of_a_wheel_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    ptxas = tmp_path / "nvidia" / "cu13" / "bin" / "ptxas"
    ptxas.parent.mkdir(parents=True)
    ptxas.write_text("#!/bin/sh\necho 'release 13.0, V13.0.88'\n")
    ptxas.chmod(0o755)
    for name in ("PATH", "CUDA_ROOT", "CUDA_HOME", "CUDA_PATH"):
        monkeypatch.setenv(name, "")
    monkeypatch.setattr(jit, "_TOOLKIT", str(tmp_path / "none"))
    monkeypatch.setattr(sysconfig, "get_path", lambda name: str(tmp_path))
    assert "V13.0.88" in jit.parts("", "sm_90a", "")["assembler"]
    q = np.ones((1, 4, 1, 16), np.float32)
    with pytest.raises(plait.CompileError, match="a cubin of '.*/nvidia/cu13/bin/ptxas'"):
        plait.linear_attention.compile(q, q, q, targets=["sm_90a"])
    toolkit = tmp_path / "none" / "ptxas"
    toolkit.parent.mkdir()
    toolkit.write_text("#!/bin/sh\necho 'release 12.9, V12.9.1'\n")
    toolkit.chmod(0o755)
    assert "V12.9.1" in jit.parts("", "sm_90a", "")["assembler"], "the toolkit's comes first"


def run(program: str, **environment: str) -> str:
    """What a program prints in a process of its own."""
    package = str(Path(plait.__file__).parents[1])
    environment = {**os.environ, "PYTHONPATH": package, **environment}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    return done.stdout


def test_no_driver() -> None:
    program = (
        "import numpy as np, plait\n"
        "for call in (lambda: plait.cuda.array(np.ones(3)), lambda: plait.cuda.architecture(0)):\n"
        "    try:\n"
        "        call()\n"
        "    except plait.UnsupportedError as error:\n"
        "        print(error)\n"
    )
    found = run(program, PLAIT_CUDA_DRIVER="/nowhere/libcuda.so")
    assert found.count("CUDA expects a driver, but can't open it") == 2, found


def test_a_full_device() -> None:
    """The error says what was asked for, and the device serves on."""
    program = (
        "import numpy as np, plait\n"
        "try:\n"
        "    plait.cuda.array(np.ones(1 << 20, np.float32))\n"
        "except MemoryError as error:\n"
        "    print(isinstance(error, plait.OutOfMemoryError), error)\n"
        "print(plait.cuda.numpy(plait.cumsum(plait.cuda.array(np.ones((1, 3, 1, 4), np.float32))))[0, :, 0, 0])\n"
    )
    found = run(program, PLAIT_CUDA_DRIVER="emulator", PLAIT_EMULATOR_MEMORY="1M")
    assert found.startswith("True can't allocate 4194304 bytes on CUDA device 0: CUDA_ERROR_OUT_OF_MEMORY (2)")
    assert found.endswith("[1. 2. 3.]\n")
