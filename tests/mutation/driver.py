"""Texts of PTX, launched on the emulator through the driver interface as the runtime launches them."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import ctypes
import functools
import json
import os
import pathlib
import re
import sys
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from plait import _plait

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools" / "bench"))
from plait_bench.cuda_driver import Driver, Memory

#: What outputs hold before a launch: a NaN in each type, which nothing computes.
POISON = 0xFF
_MAX_DYNAMIC_SHARED = 8  # CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES


class Launch(NamedTuple):
    """What one launch gave: the arrays, what was reported, what was counted."""

    outputs: list[bytes]
    report: str
    counters: dict[str, int]


def emulator() -> pathlib.Path:
    return pathlib.Path(_plait.compiler_path()).with_name("libplait_cuda_emulator.so")


@functools.cache
def _driver() -> Driver:
    """The driver with a context. A mutant that loops for ever is stopped; its reports are kept off the terminal."""
    os.environ.update(PLAIT_EMULATOR_STEPS="1000000", PLAIT_EMULATOR_LOG=os.devnull, PLAIT_EMULATOR_THREADS="1")
    driver = Driver(str(emulator()))
    driver.library.plaitEmulatorReport.restype = ctypes.c_char_p
    driver.library.plaitEmulatorCounters.restype = ctypes.c_char_p
    driver.enter()
    return driver


class Buffers:
    """Arrays in memory of the device that is as long as they are: inputs with their content, outputs with poison.

    A kernel takes them in the order given.
    """

    def __init__(self, inputs: Sequence[np.ndarray], outputs: Sequence[np.ndarray], order: Sequence[int]) -> None:
        self._order = order
        self._arrays = [*inputs, *outputs]
        self._inputs = len(inputs)
        self._data = [Memory(_driver(), array.nbytes).address for array in self._arrays]

    def fill(self) -> None:
        # A mutant may have written to inputs.
        for data, array in list(zip(self._data, self._arrays))[: self._inputs]:
            _driver().call(
                "cuMemcpyHtoD_v2", data, array.ctypes.data_as(ctypes.c_void_p), ctypes.c_size_t(array.nbytes)
            )
        for data, array in list(zip(self._data, self._arrays))[self._inputs :]:
            _driver().call("cuMemsetD8_v2", data, ctypes.c_ubyte(POISON), ctypes.c_size_t(array.nbytes))

    def fetch(self) -> list[bytes]:
        """All arrays: inputs must not change either."""
        results = []
        for data, array in zip(self._data, self._arrays):
            memory = ctypes.create_string_buffer(array.nbytes)
            _driver().call("cuMemcpyDtoH_v2", memory, data, ctypes.c_size_t(array.nbytes))
            results.append(memory.raw)
        return results

    def parameters(self, grid: Sequence[int]) -> list[int]:
        """Of each array its pointer, sizes and strides, then the grid's extents x and y and the first work item."""
        words: list[int] = []
        for data, array in ((self._data[i], self._arrays[i]) for i in self._order):
            words += [data.value, *array.shape, *(stride // array.itemsize for stride in array.strides)]
        return [*words, *grid, 0]


def launch(text: str, buffers: Buffers, grid: tuple[int, int], shared: int) -> Launch:
    """Runs the kernel of a text, one block for each of the grid's items."""
    driver = _driver()
    driver.library.plaitEmulatorClear()
    name, threads = re.findall(r"\.entry (\w+)\(", text), re.findall(r"^\.reqntid (\d+)", text, re.MULTILINE)
    assert len(name) == len(threads) == 1, "expects one kernel"
    module, function = ctypes.c_void_p(), ctypes.c_void_p()
    driver.call("cuModuleLoadData", ctypes.byref(module), text.encode())
    driver.call("cuModuleGetFunction", ctypes.byref(function), module, name[0].encode())
    driver.call("cuFuncSetAttribute", function, _MAX_DYNAMIC_SHARED, shared)
    words = [ctypes.c_int64(word) for word in buffers.parameters(grid)]
    parameters = (ctypes.c_void_p * len(words))(*map(ctypes.addressof, words))
    buffers.fill()
    blocks = (grid[0] * grid[1], 1, 1)
    driver.call("cuLaunchKernel", function, *blocks, int(threads[0]), 1, 1, shared, None, parameters, None)
    failed = bool(driver.library.cuCtxSynchronize())
    report = driver.library.plaitEmulatorReport().decode()
    assert failed == bool(report), report
    counters = json.loads(driver.library.plaitEmulatorCounters())
    result = Launch([] if report else buffers.fetch(), report, counters)
    driver.call("cuModuleUnload", module)
    return result
