"""Runs IR in the f64 interpreter, through the compiler's C interface."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import ctypes
import functools
import pathlib
from collections.abc import Sequence

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
LIBRARY = ROOT / "build" / "lib" / "libplait_compiler.so"


class _DLTensor(ctypes.Structure):
    _fields_ = (
        ("data", ctypes.c_void_p),
        ("device_type", ctypes.c_int32),
        ("device_id", ctypes.c_int32),
        ("ndim", ctypes.c_int32),
        ("code", ctypes.c_uint8),
        ("bits", ctypes.c_uint8),
        ("lanes", ctypes.c_uint16),
        ("shape", ctypes.POINTER(ctypes.c_int64)),
        ("strides", ctypes.POINTER(ctypes.c_int64)),
        ("byte_offset", ctypes.c_uint64),
    )


@functools.cache
def _library() -> ctypes.CDLL:
    library = ctypes.CDLL(str(LIBRARY))
    library.plait_compiler_interpret.restype = ctypes.c_void_p
    library.plait_compiler_free.argtypes = (ctypes.c_void_p,)
    return library


def _tensor(array: np.ndarray) -> _DLTensor:
    code = {"f": 2, "i": 0}[array.dtype.kind]
    shape = (ctypes.c_int64 * array.ndim)(*array.shape)
    return _DLTensor(array.ctypes.data, 1, 0, array.ndim, code, 8 * array.itemsize, 1, shape, None, 0)


def _pointers(tensors: Sequence[_DLTensor]) -> ctypes.Array:
    return (ctypes.POINTER(_DLTensor) * len(tensors))(*(ctypes.pointer(t) for t in tensors))


def interpret(
    ir: str, entry: str, arguments: Sequence[np.ndarray], shapes: Sequence[Sequence[int]]
) -> list[np.ndarray]:
    """The results, of the given shapes, of the function `entry`; ValueError with the interpreter's text."""
    arrays = [np.ascontiguousarray(a) for a in arguments]
    results = [np.empty(shape, np.float64) for shape in shapes]
    inputs, outputs = [_tensor(a) for a in arrays], [_tensor(a) for a in results]
    library, text = _library(), ir.encode()
    error = library.plait_compiler_interpret(
        ctypes.c_char_p(text), ctypes.c_size_t(len(text)), ctypes.c_char_p(entry.encode()),
        _pointers(inputs), ctypes.c_size_t(len(inputs)), _pointers(outputs), ctypes.c_size_t(len(outputs)),
    )  # fmt: skip
    if error:
        message = ctypes.string_at(error).decode()
        library.plait_compiler_free(error)
        raise ValueError(message)
    return results


def assert_close(given: np.ndarray, expected: np.ndarray, bound: float = 1e-12) -> None:
    """Expects the same shape, the same NaNs and infinities, and a relative RMS error within the bound."""
    assert given.shape == expected.shape
    finite = np.isfinite(expected)
    np.testing.assert_array_equal(given[~finite], expected[~finite])
    error, size = (given - expected)[finite], expected[finite]
    assert np.sqrt(np.sum(error**2)) <= bound * np.sqrt(np.sum(size**2)) + 1e-300
