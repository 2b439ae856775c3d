"""Calls on plait.cuda arrays against the same calls on the host, through the emulator's driver."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest

import cases
import plait
from plait import jit

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools" / "bench"))
from plait_bench.cuda_driver import Driver, library_path

pytestmark = pytest.mark.usefixtures("emulator")

#: Bounds of the relative RMS error, host against device.
BOUNDS = {np.float32: 2e-6, ml_dtypes.bfloat16: 4e-3, np.float16: 4e-3}


#: Of CUgraphNodeType.
MEM_ALLOC, MEM_FREE = 10, 11


def random(*shape: int) -> np.ndarray[Any, Any]:
    return np.random.default_rng(sum(shape)).standard_normal(shape, np.float32)


def difference(result: Any, expected: Any) -> float:
    a, b = (np.asarray(x, np.float64) for x in (plait.cuda.numpy(result), expected))
    assert a.shape == b.shape
    return float(np.sqrt(((a - b) ** 2).mean() / (b**2).mean())) if b.any() else float(np.abs(a).sum())


def both(call: Callable[..., Any], *args: Any, bound: float = 2e-6, **kwargs: Any) -> None:
    """Compares each result of a call on the device with those of the host."""

    def moved(x: Any) -> Any:
        return plait.cuda.array(x) if isinstance(x, np.ndarray) else x

    expected = call(*args, **kwargs)
    results = call(*map(moved, args), **{name: moved(value) for name, value in kwargs.items()})
    if not isinstance(expected, tuple):
        results, expected = (results,), (expected,)
    for result, host in zip(results, expected):
        assert isinstance(result, plait.cuda.Array) and result.dtype == host.dtype
        assert difference(result, host) < bound


@pytest.mark.parametrize("dtype", list(BOUNDS))
@pytest.mark.parametrize("name", ["linear_attention", "retention", "simple_gla", "gla", "hgrn2", "rwkv6", "mamba2"])
def test_variants(name: str, dtype: Any) -> None:
    case = cases.build(name, dtype=dtype)
    both(case.variant, *case.args, bound=BOUNDS[dtype])


Q, K, V = random(2, 70, 2, 64), random(2, 70, 2, 64) / 8, random(2, 70, 2, 32)


def test_state() -> None:
    both(plait.retention, Q, K, V, initial_state=random(2, 2, 64, 32), output_final_state=True)
    both(plait.retention, Q, K, V, reverse=True, output_final_state=True)


def test_step_in_place() -> None:
    token = [plait.cuda.array(x[:, 0].copy()) for x in (Q, K, V)]
    state = np.abs(random(2, 2, 64, 32))
    held = plait.cuda.array(state)
    o, after = plait.retention.step(*token, state=held, inplace=True)
    expected, final = plait.retention.step(Q[:, 0], K[:, 0], V[:, 0], state=state)
    assert after is held and difference(o, expected) < 2e-6 and difference(held, final) < 2e-6


def test_grouped_heads() -> None:
    both(plait.simple_gla, np.concatenate([Q, Q], 2), K, V, -np.abs(V[..., 0]))


def test_no_tokens() -> None:
    both(plait.retention, Q[:, :0], K[:, :0], V[:, :0], output_final_state=True)


def test_out() -> None:
    q, k, v = map(plait.cuda.array, (Q, K, V))
    out = plait.cuda.array(np.zeros_like(V))
    assert plait.retention(q, k, v, out=out) is out
    assert difference(out, plait.retention(Q, K, V)) < 2e-6


def test_captured_arrays_are_copied_once(monkeypatch: pytest.MonkeyPatch) -> None:
    weights = random(64)

    @plait.variant
    def mapped(q: Any, k: Any, v: Any) -> Any:
        return plait.recur(q * weights, k, v)

    arrays = list(map(plait.cuda.array, (Q, K, V)))
    first = plait.cuda.numpy(mapped(*arrays))
    monkeypatch.setattr(plait.cuda, "array", None)
    assert np.array_equal(plait.cuda.numpy(mapped(*arrays)), first)
    assert np.allclose(first, mapped(Q, K, V), rtol=1e-4, atol=1e-4)


def test_kernels_come_from_the_disk() -> None:
    arrays = list(map(plait.cuda.array, (Q, K, V)))
    expected = plait.cuda.numpy(plait.retention(*arrays))
    plait.retention.dispatcher().reset()
    jit._loaded.clear()
    before = jit.sources()
    assert np.array_equal(plait.cuda.numpy(plait.retention(*arrays)), expected)
    assert jit.sources() == before.replace(from_disk=before.from_disk + 1)


class TorchStandIn:
    """Makes tensors that a call takes for those of PyTorch on CUDA, which no emulator gives it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        torch = pytest.importorskip("torch")
        #: What DLPack and PyTorch were asked for.
        self.asked: list[Any] = []
        self.cuda_stream = 0
        monkeypatch.setattr(torch.cuda, "current_stream", self._current_stream)

    def _current_stream(self, device: int) -> TorchStandIn:
        self.asked.append(f"current of {device}")
        return self

    def tensor(self, array: Any) -> Any:
        asked = self.asked

        class Tensor:
            requires_grad, is_cuda = False, True
            shape, dtype = array.shape, array.dtype

            def __dlpack__(self, **kwargs: Any) -> Any:
                asked.append(kwargs["stream"])
                return array.__dlpack__(**kwargs)

            def __dlpack_device__(self) -> Any:
                return array.__dlpack_device__()

        Tensor.__module__ = "torch.stand_in"
        return Tensor()


def test_torch_tensors_are_used_in_their_own_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    torch = TorchStandIn(monkeypatch)
    out = plait.cuda.array(np.zeros_like(V))
    assert plait.retention(*(torch.tensor(plait.cuda.array(x)) for x in (Q, K, V)), out=out) is out
    assert torch.asked == [-1, -1, -1, "current of 0"]  # DLPack is told that nobody has to wait
    assert difference(out, plait.retention(Q, K, V)) < 2e-6


def test_calls_with_temporaries_are_captured(monkeypatch: pytest.MonkeyPatch) -> None:
    """A graph has memory of its own for them, and computes with what its inputs hold when it runs."""
    torch = TorchStandIn(monkeypatch)
    q, k, v, out = (plait.cuda.array(x) for x in (Q, K, V, np.zeros_like(V)))
    tensors = [torch.tensor(x) for x in (q, k, v)]

    def call() -> None:
        plait.linear_attention(*tensors, causal=False, out=out)

    call()  # loads the kernels
    driver = Driver(library_path())
    driver.enter()
    stream, graph, executable = (ctypes.c_void_p() for _ in range(3))
    driver.call("cuStreamCreate", ctypes.byref(stream), 1)
    torch.cuda_stream = stream.value
    driver.call("cuStreamBeginCapture_v2", stream, 0)
    call()
    driver.call("cuStreamEndCapture", stream, ctypes.byref(graph))
    types = node_types(driver, graph)
    assert types.count(MEM_ALLOC) == types.count(MEM_FREE) > 0
    driver.call("cuGraphInstantiateWithFlags", ctypes.byref(executable), graph, ctypes.c_ulonglong(0))
    for factor in (1, 3):
        replaced = np.ascontiguousarray(V * factor)
        pointer = ctypes.c_void_p(address(v))
        driver.call("cuMemcpyHtoD_v2", pointer, replaced.ctypes.data_as(ctypes.c_void_p), ctypes.c_size_t(V.nbytes))
        driver.synchronize()  # the copy may be on its way, and the stream does not wait for it
        driver.call("cuGraphLaunch", executable, stream)
        driver.call("cuStreamSynchronize", stream)
        assert difference(out, plait.linear_attention(Q, K, replaced, causal=False)) < 2e-6


def address(array: Any) -> int:
    """Where an array of the device lies: the first field of DLPack's tensor."""
    get = ctypes.pythonapi.PyCapsule_GetPointer
    get.restype, get.argtypes = ctypes.c_void_p, (ctypes.py_object, ctypes.c_char_p)
    capsule = array.__dlpack__(stream=-1)
    return int(ctypes.c_void_p.from_address(get(capsule, b"dltensor")).value or 0)


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
