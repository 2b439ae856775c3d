"""What Plait needs to know of an array, whatever library it belongs to.

This is the slow, explaining path: it runs when a signature is met for the first
time, and for specs that hold no data. The fast path is python/src/Tensor.cpp.
"""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from math import inf
from typing import Any

from plait.errors import ArgumentError, DtypeError, ShapeError, TraceError
from plait.records import Record

#: Dimensions that an array may have.
MOST_DIMS = 8

#: Element types of sequence tensors, by their names in the IR.
FLOATS = ("f32", "bf16", "f16")

_NAMES = {
    "float32": "f32",
    "bfloat16": "bf16",
    "float16": "f16",
    "int32": "i32",
    "int64": "i64",
}
#: What DLPack calls devices.
_CPU, _CUDA = 1, 2


class Spec(Record):
    """Shape and element type of an array, without its data.

    Stands for an array wherever only the signature matters: in `Variant.mlir`
    and `Variant.compile`.

    >>> import plait
    >>> plait.Spec((1, 100, 4, 64), "bf16")
    Spec(shape=(1, 100, 4, 64), dtype='bf16')
    """

    shape: tuple[int, ...]
    dtype: str = "f32"

    def check(self) -> None:
        if not isinstance(self.shape, Sequence):
            raise DtypeError(f"shape: expects a tuple of integers, but got {self.shape!r}")
        shape, dtype = tuple(expect_integer("shape", extent, 0) for extent in self.shape), _type_name(self.dtype)
        expect_float("dtype", dtype, *_NAMES.values())
        self.__dict__.update(shape=shape, dtype=dtype)


def is_array(value: object) -> bool:
    """Whether `value` is passed as data: an array or a spec, not an option."""
    kind = type(value)  # with a mask, which would be ignored, it is none
    return issubclass(kind, Spec) or (hasattr(kind, "__dlpack__") and not hasattr(kind, "mask"))


def describe(name: str, value: Any) -> Spec:
    """Gives shape and element type of the argument `name`.

    Raises:
        DtypeError: it is no array, or on a device that is none of the CPU and CUDA's.
        ShapeError: it has more than 8 dimensions.
        ArgumentError: it requires a gradient, or is not aligned.
    """
    if isinstance(value, Spec):
        return _ranked(name, value)
    if not is_array(value) or not hasattr(value, "shape"):
        raise DtypeError(f"{name}: expects an array, but got {type(value).__name__}")
    _check_device(name, value)
    if getattr(value, "requires_grad", False):
        raise ArgumentError(
            f"{name}: expects a tensor without gradient, but got one that requires it; "
            f"this version has no backward, pass {name}.detach()"
        )
    flags = getattr(value, "flags", None)
    if flags is not None and not getattr(flags, "aligned", True):
        raise ArgumentError(f"{name}: expects an array that is aligned to its elements, but got one that is not")
    shape, dtype = tuple(int(extent) for extent in value.shape), _type_name(getattr(value, "dtype", "unknown"))
    return _ranked(name, Spec(()).replace(shape=shape, dtype=dtype))  # unchecked: an array may have any type


def _type_name(dtype: object) -> str:
    spelled = str(dtype).removeprefix("torch.")
    return _NAMES.get(spelled, spelled)


def _ranked(name: str, spec: Spec) -> Spec:
    if len(spec.shape) > MOST_DIMS:
        raise ShapeError(f"{name}: expects at most {MOST_DIMS} dimensions, but got {len(spec.shape)}")
    return spec


def expect_float(name: str, dtype: str, *others: str) -> None:
    """Checks that the element type of `name` is one of `others`, f32, bf16, f16 by default."""
    allowed = others or FLOATS
    if dtype not in allowed:
        *most, last = allowed
        expected = f"{', '.join(most)} or {last}" if most else last
        raise DtypeError(f"{name}: expects {expected}, but got {dtype}")


def expect_number(name: str, value: Any) -> float:
    """Checks that `value` is a number."""
    if is_array(value) or not hasattr(value, "__float__"):
        raise ArgumentError(f"{name}: expects a number, but got {type(value).__name__}")
    try:
        return float(value)
    except TraceError:
        raise ArgumentError(f"{name}: expects a number, but got an array") from None
    except OverflowError:
        raise ArgumentError(f"{name}: expects a number that a double holds, but got a larger one") from None


def expect_integer(name: str, value: Any, least: float = -inf, most: float = inf) -> int:
    """Checks that `value` is an integer of any library, but no truth value, within bounds."""
    try:
        number = None if isinstance(value, bool) else operator.index(value)
    except TypeError:
        number = None
    if number is None or not least <= number <= most:
        bounds = "" if least == -inf else f" of at least {least}" if most == inf else f" from {least} to {most}"
        huge = number is not None and number.bit_length() > 64  # Python prints only so many digits
        raise ArgumentError(f"{name}: expects an integer{bounds}, but got {'a huge one' if huge else repr(value)}")
    return number


def expect_flag(name: str, value: Any) -> bool:
    """Checks that `value` is True, False, or a number that stands for one; None is False."""
    if value is not None and not isinstance(value, (bool, int)) and type(value).__name__ not in ("bool", "bool_"):
        raise ArgumentError(f"{name}: expects True or False, but got {type(value).__name__}")
    return bool(value)


def expect_data(arguments: Mapping[str, Any]) -> None:
    """Checks that no argument stands for an array whose data is wanted."""
    for name, value in arguments.items():
        if isinstance(value, Spec):
            raise ArgumentError(f"{name}: expects an array, but got a Spec, which holds no data")


def device_of(arguments: Mapping[str, Any]) -> int:
    """The CUDA device that the arrays of a call are on, -1 for the CPU."""
    for value in arguments.values():
        where = getattr(value, "__dlpack_device__", None)
        if is_array(value) and where is not None and where()[0] == _CUDA:
            return int(where()[1])
    return -1


def show(shape: tuple[object, ...]) -> str:
    """Spells a shape as messages do: [2, 5, 4, 64]."""
    return "[" + ", ".join(str(extent) for extent in shape) + "]"


def _check_device(name: str, value: Any) -> None:
    where = getattr(value, "__dlpack_device__", None)
    if where is None:
        return
    try:
        known = int(where()[0]) in (_CPU, _CUDA)
    except (ValueError, BufferError, RuntimeError):  # a device that DLPack has no name for
        known = False
    if not known:
        raise DtypeError(
            f"{name}: expects an array on the CPU or a CUDA device, but got one on "
            f"{getattr(value, 'device', 'another device')}"
        )
