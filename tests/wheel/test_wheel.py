"""The wheel: what pip makes of the built tree holds the whole package and works away from it."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"


def run(*command: str | Path, **environment: str) -> str:
    ran = subprocess.run(command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


@contextmanager
def configured_as_before() -> Iterator[None]:
    """Making the wheel leaves the install prefix and more in the cache, and notes that may make the next one
    configure anew.
    """
    cache = BUILD / "CMakeCache.txt"
    before = cache.read_bytes()
    try:
        yield
    finally:
        cache.write_bytes(before)
        (BUILD / ".skbuild-info.json").unlink(missing_ok=True)
        run("cmake", BUILD)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that the wheel is installed into. The wheel is made as pip makes it, but in build/, which has
    all that it compiles.
    """
    folder = tmp_path_factory.mktemp("wheel")
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check")
    offline = ("--no-index", "--no-deps")
    with configured_as_before():
        settings = ("-C", f"build-dir={BUILD}", "-C", "cmake.define.PLAIT_BUILD_TESTS=ON")
        run(*pip, "wheel", ROOT, *offline, "--no-build-isolation", *settings, "--wheel-dir", folder)
    (wheel,) = folder.glob("plait-*.whl")
    run(*pip, "install", wheel, *offline, "--no-compile", "--target", folder / "site")
    return folder / "site"


def files(package: Path) -> set[str]:
    """Those of the sources."""
    found = (path.relative_to(package) for path in package.rglob("*") if path.is_file())
    return {str(path) for path in found if path.suffix in (".py", ".pyi", ".typed")}


def test_wheel_holds_every_source(site: Path) -> None:
    assert files(site / "plait") == files(ROOT / "python" / "plait")


def test_kernel_runs_with_the_libraries_of_the_wheel(site: Path, tmp_path: Path) -> None:
    # Without `site` no file of .venv leads back to the sources; NumPy is there.
    path = os.pathsep.join([str(site), sysconfig.get_path("purelib")])
    script = Path(__file__).parent / "use.py"
    mapped = run(sys.executable, "-S", script, PYTHONPATH=path, PLAIT_CACHE_DIR=str(tmp_path))
    for library in ("_plait.", "libplait_runtime.", "libplait_compiler.", "libsqlite3.", "libnettle."):
        paths = [Path(line) for line in mapped.splitlines() if Path(line).name.startswith(library)]
        assert [path.parent for path in paths] == [site / "plait"], f"{library} is loaded from {paths}"


USE_EMULATOR = """
import ctypes, sys
runtime = ctypes.CDLL(sys.argv[1])
count = ctypes.c_int32()
runtime.plait_cuda_device_count.restype = ctypes.c_void_p
assert runtime.plait_cuda_device_count(ctypes.byref(count)) is None and count.value == 1
"""


def test_emulator_is_beside_the_runtime(site: Path) -> None:
    (runtime,) = (site / "plait").glob("libplait_runtime.so*")
    run(sys.executable, "-S", "-c", USE_EMULATOR, runtime, PLAIT_CUDA_DRIVER="emulator")
