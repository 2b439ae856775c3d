"""Peaks of the core, measured in this process by libplait_calibrate."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

LIBRARY = Path(__file__).resolve().parents[3] / "build" / "lib" / "libplait_calibrate.so"
_I64, _VOID = ctypes.c_int64, ctypes.c_void_p


@cache
def library() -> ctypes.CDLL:
    """The library, with the types of its functions."""
    found = ctypes.CDLL(str(LIBRARY))
    found.plait_calibrate_fma.restype = ctypes.c_double
    found.plait_calibrate_fma.argtypes = (ctypes.c_int, _I64)
    found.plait_calibrate_read.argtypes = (_VOID, _I64)
    found.plait_calibrate_copy.argtypes = (_VOID, _VOID, _I64)
    found.plait_calibrate_update.argtypes = (_VOID, _I64, _I64)
    found.plait_calibrate_load.restype = ctypes.c_char_p
    found.plait_calibrate_load.argtypes = (ctypes.c_char_p, ctypes.c_size_t, ctypes.c_char_p, _VOID)
    found.plait_calibrate_call.restype = ctypes.c_char_p
    found.plait_calibrate_call.argtypes = (_VOID, _VOID, ctypes.c_size_t, _I64)
    return found


def lanes(isa: str) -> int:
    """Floats in a vector of an instruction set, as far as this machine has it."""
    widest: int = library().plait_calibrate_lanes()
    return min({"x86-64-v4": 16, "x86-64-v3": 8}.get(isa, 4), widest)


def fma(width: int, iterations: int = 200_000) -> tuple[Callable[[], object], float]:
    """A run of FMAs in registers, and its flops."""
    function = library().plait_calibrate_fma
    return lambda: function(width, iterations), function(width, iterations)


def read(count: int) -> Callable[[], object]:
    """Sums `count` floats."""
    array = np.ones(_rounded(count), np.float32)
    return lambda: library().plait_calibrate_read(array.ctypes.data, array.size)


def copies(count: int) -> dict[str, Callable[[], object]]:
    """Two ways to copy `count` floats: NumPy's, and vectors with ordinary stores."""
    source = np.ones(_rounded(count), np.float32)
    target = np.ones_like(source)
    plain = library().plait_calibrate_copy
    return {
        "copy by NumPy": lambda: np.copyto(target, source),
        "copy by vectors": lambda: plain(target.ctypes.data, source.ctypes.data, source.size),
    }


def update(array: Any, repeats: int) -> Callable[[], object]:
    """Multiplies a contiguous f32 array by 1 in place, `repeats` times."""
    assert array.dtype == np.float32 and array.flags.c_contiguous
    return lambda: library().plait_calibrate_update(array.ctypes.data, array.size, repeats)


def _rounded(count: int) -> int:
    return max(128, count - count % 128)


class _Tensor(ctypes.Structure):
    """DLTensor."""

    _fields_ = (
        ("data", _VOID),
        ("device_type", ctypes.c_int32),
        ("device_id", ctypes.c_int32),
        ("ndim", ctypes.c_int32),
        ("dtype_code", ctypes.c_uint8),
        ("dtype_bits", ctypes.c_uint8),
        ("dtype_lanes", ctypes.c_uint16),
        ("shape", ctypes.POINTER(_I64)),
        ("strides", ctypes.POINTER(_I64)),
        ("byte_offset", ctypes.c_uint64),
    )


def call_from_c(pack: bytes, name: str, arrays: Sequence[Any]) -> Callable[[int], None]:
    """A function of a pack on f32 arrays; the result calls it from C a number of times."""
    function = _VOID()
    _raise(library().plait_calibrate_load(pack, len(pack), name.encode(), ctypes.byref(function)))
    tensors = [_tensor(array) for array in arrays]
    pointers = (_VOID * len(tensors))(*(ctypes.addressof(tensor) for tensor in tensors))

    def call(times: int) -> None:
        assert tensors and len(arrays) == len(tensors)  # what the pointers lead to
        _raise(library().plait_calibrate_call(function, pointers, len(tensors), times))

    return call


def _tensor(array: Any) -> _Tensor:
    assert array.dtype == np.float32
    shape = (_I64 * array.ndim)(*array.shape)
    strides = (_I64 * array.ndim)(*(stride // 4 for stride in array.strides))
    return _Tensor(array.ctypes.data, 1, 0, array.ndim, 2, 32, 1, shape, strides, 0)


def _raise(error: bytes | None) -> None:
    if error is not None:
        raise RuntimeError(error.decode())
