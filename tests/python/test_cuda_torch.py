"""Calls on tensors of PyTorch on CUDA, for which the emulator's arrays stand in."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import ctypes
import sys
import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import plait
from emulated import error, random

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools" / "bench"))
from plait_bench.cuda_driver import Driver, library_path

pytestmark = pytest.mark.usefixtures("emulator")


def find_torch() -> Any:
    """PyTorch, or what a call takes of it where it is not installed."""
    try:
        import torch
    except ImportError:
        torch = types.ModuleType("torch")
        torch.cuda = types.ModuleType("torch.cuda")
        torch.cuda.OutOfMemoryError = type("OutOfMemoryError", (RuntimeError,), {})
        torch.Size = tuple
        for name in ("float32", "float64", "int32", "int64"):
            setattr(torch, name, Dtype(name))
    return torch


class Dtype:
    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"torch.{self.name}"


torch = find_torch()

#: Host against device, in f32.
BOUND = 2e-6

Q, K, V = (random(2, 70, 2, width, dtype=np.float32) / 8 for width in (64, 64, 32))


class Tensor:
    """An array on the device that a call takes for a tensor."""

    requires_grad, is_cuda = False, True
    device = "cuda:0"

    def __init__(self, array: Any, dtype: Any, asked: list[Any]) -> None:
        self.array, self.dtype, self.asked = array, dtype, asked
        self.shape = torch.Size(array.shape)

    def __dlpack__(self, **kwargs: Any) -> Any:
        self.asked.append(kwargs["stream"])
        return self.array.__dlpack__(**kwargs)

    def __dlpack_device__(self) -> Any:
        return self.array.__dlpack_device__()

    def data_ptr(self) -> int:
        get = ctypes.pythonapi.PyCapsule_GetPointer
        get.restype, get.argtypes = ctypes.c_void_p, (ctypes.py_object, ctypes.c_char_p)
        capsule = self.array.__dlpack__(stream=-1)
        return int(ctypes.c_void_p.from_address(get(capsule, b"dltensor")).value or 0)  # its first field

    def _changed(self, change: Any) -> Tensor:
        host = np.ascontiguousarray(change(plait.cuda.numpy(self.array)))
        return Tensor(plait.cuda.array(host), torch.float32, self.asked)

    def float(self) -> Tensor:
        return self._changed(lambda x: x.astype(np.float32))

    def unsqueeze(self, axis: int) -> Tensor:
        return self._changed(lambda x: np.expand_dims(x, axis))

    def repeat(self, *times: int) -> Tensor:
        return self._changed(lambda x: np.tile(x, times))


Tensor.__module__ = "torch.stand_in"


class StandIn:
    """PyTorch's stream, and its allocator."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        #: What DLPack and PyTorch were asked for.
        self.asked: list[Any] = []
        self.cuda_stream = 0
        #: What torch.empty gave last, and its pool by shape: while a graph is captured nothing is allocated.
        self.given: Any = None
        self.pool: dict[Any, Tensor] = {}
        monkeypatch.setitem(sys.modules, "torch", torch)
        monkeypatch.setitem(sys.modules, "torch.cuda", torch.cuda)
        monkeypatch.setattr(torch.cuda, "current_stream", self._current_stream, raising=False)
        monkeypatch.setattr(torch, "empty", self._empty, raising=False)

    def tensor(self, array: np.ndarray[Any, Any]) -> Tensor:
        return Tensor(plait.cuda.array(array), getattr(torch, str(array.dtype)), self.asked)

    def _current_stream(self, device: int) -> StandIn:
        self.asked.append(f"current of {device}")
        return self

    def _empty(self, shape: tuple[int, ...], *, dtype: Any, device: Any) -> Any:
        self.asked.append((dtype, device))
        if shape not in self.pool:
            self.pool[shape] = Tensor(plait.cuda.array(np.full(shape, np.nan, np.float32)), dtype, self.asked)
        self.given = self.pool[shape]
        return self.given


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> StandIn:
    return StandIn(monkeypatch)


def test_work_goes_into_the_stream_of_the_tensors(stand_in: StandIn) -> None:
    tensors = [stand_in.tensor(x) for x in (Q, K, V)]
    out = plait.cuda.array(np.zeros_like(V))
    assert plait.retention(*tensors, out=out) is out
    assert stand_in.asked == [-1, -1, -1, "current of 0"]  # DLPack is told that nobody has to wait
    assert error(out, plait.retention(Q, K, V)) < BOUND


def test_results_are_tensors(stand_in: StandIn) -> None:
    o, state = plait.retention(*map(stand_in.tensor, (Q, K, V)), output_final_state=True)
    assert isinstance(o, Tensor) and state is stand_in.given
    assert stand_in.asked[3:] == [(torch.float32, "cuda:0")] * 2 + ["current of 0"]
    for result, host in zip((o, state), plait.retention(Q, K, V, output_final_state=True)):
        assert error(result.array, host) < BOUND


def test_kernels_pass_on_what_is_in_memory_of_the_tensors(stand_in: StandIn) -> None:
    tensors, out = [stand_in.tensor(x) for x in (Q, K, V)], plait.cuda.array(np.zeros_like(V))
    plait.linear_attention(*tensors, causal=False, out=out)
    assert stand_in.asked[3:] == ["current of 0", (torch.float32, "cuda:0")]
    assert error(out, plait.linear_attention(Q, K, V, causal=False)) < BOUND
    assert np.isfinite(plait.cuda.numpy(stand_in.given.array)).any()


def test_memory_that_runs_out_is_said_by_its_library(stand_in: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> Any:
        raise torch.cuda.OutOfMemoryError("no more of it")

    tensors, out = [stand_in.tensor(x) for x in (Q, K, V)], plait.cuda.array(np.zeros_like(V))
    with monkeypatch.context() as context:
        context.setattr(torch, "empty", refuse)
        with pytest.raises(torch.cuda.OutOfMemoryError, match="no more of it"):
            plait.linear_attention(*tensors, causal=False, out=out)
    plait.linear_attention(*tensors, causal=False, out=out)
    assert error(out, plait.linear_attention(Q, K, V, causal=False)) < BOUND


def captured(stand_in: StandIn, call: Any) -> tuple[Driver, Any, list[int]]:
    """What launches the graph of a call, and the types of its nodes."""
    call()  # loads the kernels
    driver = Driver(library_path())
    driver.enter()
    stream, graph, executable = (ctypes.c_void_p() for _ in range(3))
    driver.call("cuStreamCreate", ctypes.byref(stream), 1)
    stand_in.cuda_stream = stream.value
    driver.call("cuStreamBeginCapture_v2", stream, 0)
    call()
    driver.call("cuStreamEndCapture", stream, ctypes.byref(graph))
    driver.call("cuGraphInstantiateWithFlags", ctypes.byref(executable), graph, ctypes.c_ulonglong(0))

    def launch() -> None:
        driver.synchronize()  # copies may be on their way, and the stream does not wait for them
        driver.call("cuGraphLaunch", executable, stream)
        driver.call("cuStreamSynchronize", stream)

    return driver, launch, node_types(driver, graph)


def node_types(driver: Driver, graph: ctypes.c_void_p) -> list[int]:
    count = ctypes.c_size_t(64)
    nodes = (ctypes.c_void_p * count.value)()
    driver.call("cuGraphGetNodes", graph, nodes, ctypes.byref(count))
    types = []
    for node in nodes[: count.value]:
        kind = ctypes.c_int()
        driver.call("cuGraphNodeGetType", ctypes.c_void_p(node), ctypes.byref(kind))
        types.append(kind.value)
    return types


#: Of CUgraphNodeType.
KERNEL, MEMSET = 0, 2


def copy_to(driver: Driver, tensor: Tensor, array: np.ndarray[Any, Any]) -> None:
    pointer = ctypes.c_void_p(tensor.data_ptr())
    driver.call("cuMemcpyHtoD_v2", pointer, array.ctypes.data_as(ctypes.c_void_p), ctypes.c_size_t(array.nbytes))


def test_calls_of_several_kernels_are_captured(stand_in: StandIn) -> None:
    """A graph computes with what its inputs hold when it runs."""
    q, k, v = (stand_in.tensor(x) for x in (Q, K, V))
    out = plait.cuda.array(np.zeros_like(V))
    driver, launch, types = captured(stand_in, lambda: plait.linear_attention(q, k, v, causal=False, out=out))
    assert len(types) > 1 and set(types) == {KERNEL}
    for factor in (1, 3):
        replaced = np.ascontiguousarray(V * factor)
        copy_to(driver, v, replaced)
        launch()
        assert error(out, plait.linear_attention(Q, K, replaced, causal=False)) < BOUND


COSFORMER = plait.feature_maps.cosformer(100)


def step(position: Any, *arrays: Any, out: Any = None) -> Any:
    return plait.linear_attention.step(*arrays, COSFORMER, position=position, out=out)[0]


@pytest.mark.parametrize("dtype", [np.int32, np.int64])
def test_positions_on_the_device(stand_in: StandIn, dtype: Any) -> None:
    token = [np.ascontiguousarray(x[:, 0]) for x in (Q, K, V)]
    tensors, position = [stand_in.tensor(x) for x in token], stand_in.tensor(np.array([3, 40], dtype))
    o = step(position, *tensors)
    assert error(o.array, step(np.array([3, 40]), *token)) < BOUND
    for wrong, text in (
        (np.array([3]), r"int32 or int64 of \[2\], but got torch.int64 of \[1\]"),
        (np.array([[3, 40]]), r"but got torch.int64 of \[1, 2\]"),
        (np.array([3.0, 40.0]), r"but got torch.float64 of \[2\]"),
    ):
        with pytest.raises(plait.ArgumentError, match=text):
            step(stand_in.tensor(wrong), *tensors)
    for arrays in (token, list(map(plait.cuda.array, token))):
        with pytest.raises(plait.ArgumentError, match="position: expects integers on the CPU beside arrays of another"):
            step(position, *arrays)


def test_positions_of_the_host(stand_in: StandIn) -> None:
    """Each in the stream of the tensors, which is asked for once."""
    token = [np.ascontiguousarray(x[:, 0]) for x in (Q, K, V)]
    tensors = [stand_in.tensor(x) for x in token]
    stand_in.asked.clear()
    o = step(np.array([3, 40]), *tensors)
    assert stand_in.asked.count("current of 0") == 2  # for the positions, and for the call
    assert error(o.array, step(np.array([3, 40]), *token)) < BOUND


def test_scans(stand_in: StandIn) -> None:
    assert error(plait.cumsum(stand_in.tensor(V)).array, np.cumsum(V.astype(np.float64), 1)) < BOUND
    assert stand_in.asked[-1] == "current of 0"


def test_steps_at_a_position_are_captured(stand_in: StandIn) -> None:
    token = [np.ascontiguousarray(x[:, 0]) for x in (Q, K, V)]
    q, k, v = (stand_in.tensor(x) for x in token)
    out = plait.cuda.array(np.zeros_like(token[2]))
    driver, launch, types = captured(stand_in, lambda: step(5, q, k, v, out=out))
    assert types.count(MEMSET) == 1 and types.count(KERNEL) == 1
    copy_to(driver, v, token[2] * 2)
    launch()
    assert error(out, step(5, token[0], token[1], token[2] * 2)) < BOUND
