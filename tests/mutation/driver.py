"""Texts of PTX, launched on the emulator through the driver interface as the runtime launches them."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import ctypes
import functools
import json
import math
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


class Entry(NamedTuple):
    """A kernel of a text: its name, bytes of shared memory, and the arrays that it takes, by their numbers."""

    name: str
    shared: int
    order: Sequence[int]


class Buffers:
    """Arrays in memory of the device that is as long as they are: inputs with their content, outputs and what passes
    from one kernel to the next with poison.
    """

    def __init__(
        self, inputs: Sequence[np.ndarray], outputs: Sequence[np.ndarray], between: Sequence[np.ndarray] = ()
    ) -> None:
        self._arrays = [*inputs, *outputs, *between]
        self._inputs, self._fetched = len(inputs), len(inputs) + len(outputs)
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
        """Inputs, which must not change, and outputs."""
        results = []
        for data, array in list(zip(self._data, self._arrays))[: self._fetched]:
            memory = ctypes.create_string_buffer(array.nbytes)
            _driver().call("cuMemcpyDtoH_v2", memory, data, ctypes.c_size_t(array.nbytes))
            results.append(memory.raw)
        return results

    def parameters(self, order: Sequence[int], grid: Sequence[int]) -> list[int]:
        """Of each array its pointer, sizes and strides, then the grid's extents x and y and the first work item."""
        words: list[int] = []
        for data, array in ((self._data[i], self._arrays[i]) for i in order):
            words += [data.value, *array.shape, *(stride // array.itemsize for stride in array.strides)]
        return [*words, *grid[:2], 0]


def launch(text: str, entries: Sequence[Entry], buffers: Buffers, grid: tuple[int, int, int]) -> Launch:
    """Runs the kernels of a text, one after the other, one block for each of the grid's items."""
    driver = _driver()
    driver.library.plaitEmulatorClear()
    threads = dict(re.findall(r"\.entry (\w+)\([^)]*\)\s+\.reqntid (\d+)", text))
    module, function = ctypes.c_void_p(), ctypes.c_void_p()
    driver.call("cuModuleLoadData", ctypes.byref(module), text.encode())
    buffers.fill()
    for entry in entries:
        driver.call("cuModuleGetFunction", ctypes.byref(function), module, entry.name.encode())
        driver.call("cuFuncSetAttribute", function, _MAX_DYNAMIC_SHARED, entry.shared)
        words = [ctypes.c_int64(word) for word in buffers.parameters(entry.order, grid)]
        parameters = (ctypes.c_void_p * len(words))(*map(ctypes.addressof, words))
        blocks, block = (math.prod(grid), 1, 1), (int(threads[entry.name]), 1, 1)
        driver.call("cuLaunchKernel", function, *blocks, *block, entry.shared, None, parameters, None)
    failed = bool(driver.library.cuCtxSynchronize())
    report = driver.library.plaitEmulatorReport().decode()
    assert failed == bool(report), report
    counters = json.loads(driver.library.plaitEmulatorCounters())
    result = Launch([] if report else buffers.fetch(), report, counters)
    driver.call("cuModuleUnload", module)
    return result
