"""Arrays on devices of CUDA: `plait.cuda.array(x)` and `plait.cuda.numpy(y)`, by the driver alone."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from plait import _plait
from plait.arrays import expect_integer, is_array
from plait.errors import DtypeError

#: An array on a device: `shape`, `dtype`, `device`, and DLPack both ways.
Array = _plait.CudaArray

_CUDA = 2
#: Codes of DLPack by NumPy's kinds.
_CODES = {"i": 0, "u": 1, "f": 2}
_BFLOAT = 4


def array(x: Any, device: int = 0) -> Array:
    """Holds `x` on a device of CUDA.

    An array of the host is copied; one that is on the device already is taken without a
    copy. Other libraries see the result by DLPack.

    Args:
        x: an array of any library, of integers or floats, bf16 among them; or nested lists.
        device: the number of the device.

    Raises:
        UnsupportedError: there is no driver or no device.
        DtypeError: the element type has no name in DLPack, or `x` is on another device.
    """
    number = expect_integer("device", device, 0)
    if is_array(x) and hasattr(x, "__dlpack_device__"):
        kind, where = x.__dlpack_device__()
        if kind == _CUDA:
            if where != number:
                raise DtypeError(f"x: expects an array on CUDA device {number}, but got one on CUDA device {where}")
            return x if isinstance(x, Array) else Array.of(x)
    host = np.array(_host(x), order="C", copy=None)
    result = Array(host.shape, *_code(host.dtype), number)
    if host.size:
        result.write(host.reshape(-1).view(np.uint8))
    return result


def numpy(y: Any) -> np.ndarray[Any, Any]:
    """Fetches an array from its device, after the work that its default stream has; bf16 as ml_dtypes has it.

    Raises:
        DtypeError: it is not on a device of CUDA.
    """
    if not is_array(y) or not hasattr(y, "__dlpack_device__") or y.__dlpack_device__()[0] != _CUDA:
        raise DtypeError(f"y: expects an array on a CUDA device, but got {type(y).__name__}")
    held = y if isinstance(y, Array) else Array.of(y)
    dtype = dtype_of(held)
    memory = np.empty(held.span, np.uint8)
    if held.span:
        held.read(memory)
    strides = tuple(stride * dtype.itemsize for stride in held.strides)
    if not held.span:
        return np.empty(held.shape, dtype)
    view = np.lib.stride_tricks.as_strided(memory.view(dtype), held.shape, strides)
    return np.ascontiguousarray(view).reshape(held.shape)


def dtype_of(held: Array) -> np.dtype[Any]:
    """NumPy's name for the element type of an array."""
    code, bits = held.type_code
    if code == _BFLOAT:
        import ml_dtypes

        bfloat: np.dtype[Any] = np.dtype(ml_dtypes.bfloat16)
        return bfloat
    kind = next((kind for kind, known in _CODES.items() if known == code), "V")
    return np.dtype(f"{kind}{bits // 8}")


def _host(x: Any) -> Any:
    """An array of another library that is on the host as NumPy's, bf16 among them."""
    if not is_array(x) or hasattr(x, "__array_struct__"):
        return x
    if str(getattr(x, "dtype", "")) == "torch.bfloat16":
        import ml_dtypes

        return x.contiguous().view(sys.modules["torch"].int16).numpy().view(ml_dtypes.bfloat16)
    return np.asarray(x)


def _code(dtype: np.dtype[Any]) -> tuple[int, int]:
    if dtype.name == "bfloat16":
        return _BFLOAT, 16
    if dtype.kind not in _CODES:
        raise DtypeError(f"x: expects integers or floats, but got {dtype}")
    return _CODES[dtype.kind], dtype.itemsize * 8


#: Compute capabilities of architectures that kernels are compiled for, newest first. Code for
#: an architecture with the suffix "a" runs on exactly this capability.
_ARCHITECTURES = ((120, "a"), (100, "a"), (90, "a"), (89, ""), (86, ""), (80, ""))


def architecture(device: int) -> str:
    """The architecture to compile for where arrays are on a device: "sm_90a".

    Raises:
        UnsupportedError: the device is older than all that kernels are compiled for.
    """
    from plait.errors import UnsupportedError

    major, minor = _plait.cuda_describe(device)["capability"]
    capability = 10 * major + minor
    for number, suffix in _ARCHITECTURES:
        if number == capability:
            return f"sm_{number}{suffix}"
        if number < capability:
            return f"sm_{number}"
    raise UnsupportedError(f"CUDA device {device}: expects sm_80 or newer, but got sm_{capability}")
