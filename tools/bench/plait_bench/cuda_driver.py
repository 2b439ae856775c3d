"""The CUDA driver by ctypes: what device there is, and times by its events. Python's library is all it needs."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

EMULATOR = Path(__file__).resolve().parents[3] / "build" / "lib" / "libplait_cuda_emulator.so"
_POINTER = ctypes.c_void_p
#: CUdevice_attribute
_MULTIPROCESSORS, _L2_BYTES, _MAJOR, _MINOR = 16, 38, 75, 76


class DriverError(Exception):
    """There is no driver or no device, or a call of the driver failed."""


class Device(NamedTuple):
    """What the driver says of the device."""

    name: str
    capability: str
    multiprocessors: int
    memory: int
    l2: int
    driver: str
    library: str

    def __str__(self) -> str:
        return (
            f"{self.name}, compute capability {self.capability}, {self.multiprocessors} multiprocessors, "
            f"{self.memory / 1e9:.0f} GB, driver for CUDA {self.driver} ({self.library})"
        )


def library_path() -> str:
    """The library that Plait opens: what PLAIT_CUDA_DRIVER says, as in plait/cuda.h."""
    setting = os.environ.get("PLAIT_CUDA_DRIVER") or "libcuda.so.1"
    return str(EMULATOR) if setting == "emulator" else setting


class Driver:
    """The first device. It is left to other processes until `enter`."""

    def __init__(self, path: str) -> None:
        try:
            self.library = ctypes.CDLL(path)
        except OSError as error:
            raise DriverError(f"expects a CUDA driver, but can't open it: {error}") from None
        self.path = path
        self.call("cuInit", 0)
        count = ctypes.c_int()
        self.call("cuDeviceGetCount", ctypes.byref(count))
        if not count.value:
            raise DriverError(f"expects a CUDA device, but {path} has none")
        self.device = ctypes.c_int()
        self.call("cuDeviceGet", ctypes.byref(self.device), 0)

    def enter(self) -> None:
        """Makes the context that Plait uses current in this thread."""
        context = _POINTER()
        self.call("cuDevicePrimaryCtxRetain", ctypes.byref(context), self.device)
        self.call("cuCtxSetCurrent", context)

    def call(self, name: str, *arguments: Any) -> None:
        """Calls a function of the driver; a result other than CUDA_SUCCESS is an error."""
        try:
            function = getattr(self.library, name)
        except AttributeError:
            raise DriverError(f"expects a CUDA driver that has {name}, but {self.path} has not") from None
        result = function(*arguments)
        if result:
            text = ctypes.c_char_p()
            self.library.cuGetErrorName(result, ctypes.byref(text))
            error = text.value.decode() if text.value else f"error {result}"
            raise DriverError(f"expects {name} of {self.path} to succeed, but it gives {error}")

    def attribute(self, number: int) -> int:
        """An attribute of the device."""
        value = ctypes.c_int()
        self.call("cuDeviceGetAttribute", ctypes.byref(value), number, self.device)
        return value.value

    def describe(self) -> Device:
        """What there is."""
        name, memory, version = ctypes.create_string_buffer(256), ctypes.c_size_t(), ctypes.c_int()
        self.call("cuDeviceGetName", name, len(name), self.device)
        self.call("cuDeviceTotalMem_v2", ctypes.byref(memory), self.device)
        self.call("cuDriverGetVersion", ctypes.byref(version))
        return Device(
            name.value.decode(),
            f"{self.attribute(_MAJOR)}.{self.attribute(_MINOR)}",
            self.attribute(_MULTIPROCESSORS),
            memory.value,
            self.attribute(_L2_BYTES),
            f"{version.value // 1000}.{version.value % 1000 // 10}",
            self.path,
        )

    def synchronize(self) -> None:
        """Waits for all work; an error of an earlier launch comes out here."""
        self.call("cuCtxSynchronize")


class Memory:
    """Bytes of the device, freed at the end of a with statement."""

    def __init__(self, driver: Driver, size: int) -> None:
        self.driver, self.size, self.address = driver, size, ctypes.c_uint64()
        driver.call("cuMemAlloc_v2", ctypes.byref(self.address), ctypes.c_size_t(size))

    def __enter__(self) -> Memory:
        return self

    def __exit__(self, *error: object) -> None:
        self.driver.call("cuMemFree_v2", self.address)

    def clear(self) -> None:
        """Writes zeros, in the order of the default stream."""
        self.driver.call("cuMemsetD8Async", self.address, ctypes.c_ubyte(0), ctypes.c_size_t(self.size), None)

    def copy_from(self, other: Memory) -> None:
        """Copies other memory of the device of the same size, in the order of the default stream."""
        self.driver.call("cuMemcpyDtoDAsync_v2", self.address, other.address, ctypes.c_size_t(self.size), None)


class Stopwatch:
    """Times work of the default stream between two events, each time after the caches were filled with other things."""

    def __init__(self, driver: Driver, flush: Memory) -> None:
        self.driver, self.flush = driver, flush
        self.start, self.stop = _POINTER(), _POINTER()
        for event in (self.start, self.stop):
            driver.call("cuEventCreate", ctypes.byref(event), 0)

    def close(self) -> None:
        """Gives the events back."""
        for event in (self.start, self.stop):
            self.driver.call("cuEventDestroy_v2", event)

    def sample(self, work: Callable[[], object]) -> float:
        """Seconds of one run. The device clears the caches while the host launches, so that no launch is waited for."""
        self.flush.clear()
        self.driver.call("cuEventRecord", self.start, None)
        work()
        self.driver.call("cuEventRecord", self.stop, None)
        self.driver.call("cuEventSynchronize", self.stop)
        milliseconds = ctypes.c_float()
        self.driver.call("cuEventElapsedTime", ctypes.byref(milliseconds), self.start, self.stop)
        return milliseconds.value / 1e3


def main() -> int:
    """Prints the device, or why there is none."""
    try:
        print(Driver(library_path()).describe())
    except DriverError as error:
        print(f"tools/gpu-check: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
