"""Tensors of PyTorch by DLPack's C exchange API, which a stand-in offers: PyTorch itself need not be there."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import ctypes
import functools
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import plait

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools" / "bench"))
from plait_bench.cuda_driver import Driver, library_path

POINTER = ctypes.c_void_p


class DLTensor(ctypes.Structure):
    _fields_ = [
        ("data", POINTER),
        ("device_type", ctypes.c_int),
        ("device_id", ctypes.c_int32),
        ("ndim", ctypes.c_int32),
        ("code", ctypes.c_uint8),
        ("bits", ctypes.c_uint8),
        ("lanes", ctypes.c_uint16),
        ("shape", POINTER),
        ("strides", POINTER),
        ("byte_offset", ctypes.c_uint64),
    ]


class ExchangeApi(ctypes.Structure):
    _fields_ = [
        ("major", ctypes.c_uint32),
        ("minor", ctypes.c_uint32),
        ("previous", POINTER),
        ("managed_tensor_allocator", POINTER),
        ("managed_tensor_from_py_object_no_sync", POINTER),
        ("managed_tensor_to_py_object_no_sync", POINTER),
        ("dltensor_from_py_object_no_sync", POINTER),
        ("current_work_stream", POINTER),
    ]


VIEW = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.py_object, ctypes.POINTER(DLTensor))
STREAM = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.c_int32, ctypes.POINTER(POINTER))
#: Returns -1 with a TypeError for an object without length.
FAILING_VIEW = ctypes.cast(ctypes.pythonapi.PyObject_Size, POINTER)

new_capsule = ctypes.pythonapi.PyCapsule_New
new_capsule.restype, new_capsule.argtypes = ctypes.py_object, (POINTER, ctypes.c_char_p, POINTER)
pointer_of = ctypes.pythonapi.PyCapsule_GetPointer
pointer_of.restype, pointer_of.argtypes = POINTER, (ctypes.py_object, ctypes.c_char_p)
NAME = b"dlpack_exchange_api"

#: Libraries live as long as the process, as the API asks of them.
libraries: list[StandIn] = []


class StandIn:
    """A library that a call takes for PyTorch, of one type of tensors over arrays of NumPy or plait.cuda."""

    def __init__(self) -> None:
        #: What was called.
        self.asked: list[str] = []
        self.stream: int | None = None
        self.status = 0
        self.functions = VIEW(self._view), STREAM(self._stream)
        view, stream = (ctypes.cast(function, POINTER) for function in self.functions)
        self.api = ExchangeApi(major=1, minor=3, dltensor_from_py_object_no_sync=view, current_work_stream=stream)
        self.type = type("Tensor", (Tensor,), {"__module__": "torch.stand_in", "asked": self.asked})
        self.offer(self.api)
        libraries.append(self)

    def offer(self, api: ExchangeApi, name: bytes = NAME) -> None:
        self.type.__dlpack_c_exchange_api__ = new_capsule(ctypes.addressof(api), name, None)  # type: ignore[attr-defined]

    def tensors(self, *arrays: Any) -> list[Any]:
        return [self.type(array) for array in arrays]

    def _view(self, tensor: Any, out: Any) -> int:
        self.asked.append("view")
        out[0] = tensor.view
        return 0

    def _stream(self, kind: int, device: int, out: Any) -> int:
        self.asked.append(f"stream of {kind}, {device}")
        out[0] = self.stream
        return self.status


class Tensor:
    requires_grad = False
    asked: list[str]

    def __init__(self, array: Any) -> None:
        self.array, self.shape, self.dtype = array, array.shape, array.dtype
        self.is_cuda = isinstance(array, plait.cuda.Array)
        self.capsule = array.__dlpack__()
        self.view = DLTensor.from_address(pointer_of(self.capsule, b"dltensor"))

    def __dlpack__(self, **kwargs: Any) -> Any:
        self.asked.append("__dlpack__")
        return self.array.__dlpack__(**kwargs)

    def __dlpack_device__(self) -> Any:
        return self.array.__dlpack_device__()


def random(*shape: int) -> np.ndarray[Any, Any]:
    return np.random.default_rng(sum(shape)).standard_normal(shape, np.float32)


Q, K, V = random(2, 20, 2, 32), random(2, 20, 2, 32) / 8, random(2, 20, 2, 16)


@functools.cache
def expected() -> np.ndarray[Any, Any]:
    return np.asarray(plait.retention(Q, K, V))


def run(*tensors: Any) -> np.ndarray[Any, Any]:
    out = np.zeros_like(V)
    assert plait.retention(*tensors, out=out) is out
    return out


def test_tensors_are_viewed() -> None:
    library = StandIn()
    assert np.array_equal(run(*library.tensors(Q, K, V)), expected())
    assert library.asked == ["view"] * 3


def test_results_are_written() -> None:
    library = StandIn()
    (out,) = library.tensors(np.zeros_like(V))
    assert plait.retention(*library.tensors(Q, K, V), out=out) is out
    assert np.array_equal(out.array, expected()) and library.asked == ["view"] * 4


def test_strides_are_kept() -> None:
    turned = [x.transpose(0, 2, 1, 3).copy().transpose(0, 2, 1, 3) for x in (Q, K, V)]
    assert np.array_equal(run(*StandIn().tensors(*turned)), expected())


def test_scans() -> None:
    library, x = StandIn(), random(3, 40)
    out = np.zeros_like(x)
    plait.cumsum(*library.tensors(x), axis=1, out=out)
    assert np.array_equal(out, plait.cumsum(x, axis=1)) and library.asked == ["view"]


def test_older_table() -> None:
    library = StandIn()
    newer = ExchangeApi(major=2, previous=ctypes.addressof(library.api))
    library.offer(newer)
    assert np.array_equal(run(*library.tensors(Q, K, V)), expected()) and library.asked == ["view"] * 3


@pytest.mark.parametrize("case", ["major version", "name", "no view", "failure"])
def test_dlpack_is_called_instead(case: str) -> None:
    library = StandIn()
    if case == "major version":
        library.api.major = 2
    elif case == "name":
        library.offer(library.api, b"another")
    else:
        library.api.dltensor_from_py_object_no_sync = FAILING_VIEW if case == "failure" else None
    assert np.array_equal(run(*library.tensors(Q, K, V)), expected())
    assert set(library.asked) == {"__dlpack__"}


def test_captured_arrays_hold_their_memory() -> None:
    library, weights = StandIn(), random(32)
    (captured,) = library.tensors(weights)

    @plait.variant
    def mapped(q: Any, k: Any, v: Any) -> Any:
        return plait.recur(q * captured, k, v)

    plain = plait.variant(lambda q, k, v: plait.recur(q, k, v))
    assert np.allclose(mapped(Q, K, V), plain(Q * weights, K, V), atol=1e-5)
    assert set(library.asked) == {"__dlpack__"}


@pytest.mark.parametrize("wrong", [V.astype(np.float64), V.astype(np.float16), V[:, :3], V[0]])
def test_errors_are_those_of_other_arrays(wrong: Any) -> None:
    messages = []
    for tensors in ((Q, K, wrong), StandIn().tensors(Q, K, wrong)):
        with pytest.raises(plait.Error, match="v") as raised:
            run(*tensors)
        messages.append((raised.type, str(raised.value)))
    assert messages[0] == messages[1]


def test_gradients_are_refused() -> None:
    q, k, v = StandIn().tensors(Q, K, V)
    plait.retention(q, k, v, out=np.zeros_like(V))
    k.requires_grad = True
    with pytest.raises(plait.ArgumentError, match=r"k: .*gradient.*detach"):
        plait.retention(q, k, v)


def refuse(self: Any, **_: Any) -> Any:
    raise BufferError


def test_both_ways_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    library = StandIn()
    library.api.dltensor_from_py_object_no_sync = FAILING_VIEW
    q, k, v = library.tensors(Q, K, V)
    monkeypatch.setattr(library.type, "__dlpack__", refuse)
    with pytest.raises(plait.ArgumentError, match="q: expects an array that gives its memory"):
        plait.retention(q, k, v)


def on_device(*arrays: Any) -> list[Any]:
    return [plait.cuda.array(x) for x in arrays]


@pytest.mark.usefixtures("emulator")
def test_work_goes_into_the_stream_of_the_library() -> None:
    library = StandIn()
    out, *tensors = library.tensors(*on_device(np.zeros_like(V), Q, K, V))
    plait.retention(*tensors, out=out)
    assert library.asked == ["view"] * 4 + ["stream of 2, 0"]
    assert np.allclose(plait.cuda.numpy(out.array), expected(), atol=1e-5)

    driver = Driver(library_path())
    driver.enter()
    stream, graph = POINTER(), POINTER()
    driver.call("cuStreamCreate", ctypes.byref(stream), 1)
    library.stream = stream.value
    driver.call("cuStreamBeginCapture_v2", stream, 0)
    plait.retention(*tensors, out=out)
    driver.call("cuStreamEndCapture", stream, ctypes.byref(graph))
    count = ctypes.c_size_t()
    driver.call("cuGraphGetNodes", graph, None, ctypes.byref(count))
    assert count.value > 0


@pytest.mark.usefixtures("emulator")
def test_no_stream() -> None:
    library = StandIn()
    library.status = -1
    out, *tensors = library.tensors(*on_device(np.zeros_like(V), Q, K, V))
    with pytest.raises(plait.Error, match="expects the stream in use on CUDA device 0"):
        plait.retention(*tensors, out=out)


@pytest.mark.usefixtures("emulator")
def test_places_differ() -> None:
    library = StandIn()
    q, k = library.tensors(*on_device(Q, K))
    with pytest.raises(plait.DtypeError, match="v: expects an array on CUDA device 0 as q, but got one on the CPU"):
        plait.retention(q, k, *library.tensors(V))


def test_the_table_of_pytorch() -> None:
    """Where PyTorch is there, its own table gives the arrays, and __dlpack__ is not called."""
    torch = pytest.importorskip("torch")
    if not hasattr(torch.Tensor, "__dlpack_c_exchange_api__"):
        pytest.skip("an older PyTorch")
    out = torch.full(V.shape, float("nan"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch.Tensor, "__dlpack__", lambda *args, **options: pytest.fail("it is called"))
        plait.retention(*map(torch.from_numpy, (Q, K, V)), out=out)
    assert np.allclose(out.numpy(), expected(), atol=1e-5)
