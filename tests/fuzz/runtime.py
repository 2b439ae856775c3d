"""Functions of packs, called through the runtime's C interface: with arrays and an instruction set of one's choice."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import ctypes
import functools
import os
import pathlib
from collections.abc import Sequence

import ml_dtypes
import numpy as np

import plait

BUILD = pathlib.Path(os.environ.get("PLAIT_BUILD", pathlib.Path(__file__).resolve().parents[2] / "build"))


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


class _CallOptions(ctypes.Structure):
    _fields_ = (
        ("size", ctypes.c_size_t),
        ("num_threads", ctypes.c_int32),
        ("parallel_for", ctypes.c_void_p),
        ("parallel_for_ctx", ctypes.c_void_p),
        ("schedule", ctypes.c_char_p),
        ("isa", ctypes.c_char_p),
        ("cuda_stream", ctypes.c_void_p),
    )


@functools.cache
def _library() -> ctypes.CDLL:
    library = ctypes.CDLL(str(BUILD / "lib" / "libplait_runtime.so"))
    for name in ("plait_pack_open_memory", "plait_pack_find", "plait_call"):
        getattr(library, name).restype = ctypes.c_void_p
    for name in ("allocate", "copy_to_device", "copy_to_host", "synchronize", "free"):
        getattr(library, f"plait_cuda_{name}").restype = ctypes.c_void_p
    library.plait_status_message.restype = ctypes.c_char_p
    library.plait_status_message.argtypes = (ctypes.c_void_p,)
    library.plait_status_release.argtypes = (ctypes.c_void_p,)
    library.plait_pack_release.argtypes = (ctypes.c_void_p,)
    return library


def _check(status: int | None) -> None:
    if status:
        message = _library().plait_status_message(status).decode()
        _library().plait_status_release(status)
        raise plait.Error(message)


def _tensor(array: np.ndarray) -> _DLTensor:
    code = 4 if array.dtype == ml_dtypes.bfloat16 else {"f": 2, "i": 0}[array.dtype.kind]
    shape = (ctypes.c_int64 * array.ndim)(*array.shape)
    # NumPy's strides of an array without elements may be 0.
    strides = (ctypes.c_int64 * array.ndim)(*(s // array.itemsize for s in array.strides)) if array.size else None
    return _DLTensor(array.ctypes.data, 1, 0, array.ndim, code, 8 * array.itemsize, 1, shape, strides, 0)


class _OnDevice:
    """The memory of an array, gaps included and not a byte more, on CUDA device 0."""

    def __init__(self, array: np.ndarray) -> None:
        steps = sum((n - 1) * s for n, s in zip(array.shape, array.strides))
        self.array, self.size = array, ctypes.c_size_t(steps + array.itemsize if array.size else 0)
        self.memory = ctypes.c_void_p()
        _check(_library().plait_cuda_allocate(0, self.size, ctypes.byref(self.memory)))
        _check(_library().plait_cuda_copy_to_device(0, self.memory, ctypes.c_void_p(array.ctypes.data), self.size))

    def tensor(self) -> _DLTensor:
        tensor = _tensor(self.array)
        tensor.data, tensor.device_type = self.memory, 2
        return tensor

    def fetch(self) -> None:
        _check(_library().plait_cuda_copy_to_host(0, ctypes.c_void_p(self.array.ctypes.data), self.memory, self.size))

    def __del__(self) -> None:
        _library().plait_cuda_free(0, self.memory)


class Pack:
    """A pack in memory, and one of its functions."""

    def __init__(self, content: bytes, name: str) -> None:
        self._pack, self._function = ctypes.c_void_p(), ctypes.c_void_p()
        _check(_library().plait_pack_open_memory(content, ctypes.c_size_t(len(content)), ctypes.byref(self._pack)))
        _check(_library().plait_pack_find(self._pack, name.encode(), ctypes.byref(self._function)))

    def __del__(self) -> None:
        _library().plait_pack_release(self._pack)

    def call(self, arguments: Sequence[np.ndarray], isa: str | None = None, threads: int = 0) -> None:
        self._call([_tensor(a) for a in arguments], isa, threads)

    def call_on_cuda(self, arguments: Sequence[np.ndarray]) -> None:
        """The same on copies in a device's memory, which are copied back."""
        copies = [_OnDevice(a) for a in arguments]
        self._call([c.tensor() for c in copies])
        _check(_library().plait_cuda_synchronize(0))
        for copy in copies:
            copy.fetch()

    def _call(self, tensors: Sequence[_DLTensor], isa: str | None = None, threads: int = 0) -> None:
        options = _CallOptions(
            ctypes.sizeof(_CallOptions), threads, None, None, None, isa.encode() if isa else None, None
        )
        pointers = (ctypes.POINTER(_DLTensor) * len(tensors))(*map(ctypes.pointer, tensors))
        _check(_library().plait_call(self._function, pointers, ctypes.c_size_t(len(tensors)), ctypes.byref(options)))


def targets() -> list[str]:
    """The instruction sets with FMA that this machine runs, best first: their bits agree."""
    if os.uname().machine == "aarch64":
        return ["aarch64"]
    with open("/proc/cpuinfo", encoding="utf-8") as lines:
        flags = next((set(line.split()) for line in lines if line.startswith("flags")), set())
    found = ["x86-64-v4"] if {"avx512f", "avx512bw", "avx512dq", "avx512vl"} <= flags else []
    return found + (["x86-64-v3"] if {"avx2", "fma"} <= flags else []) or ["x86-64"]
