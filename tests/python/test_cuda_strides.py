"""Arrays on the device whose rows lie further apart than they are long, and start anywhere."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import ctypes
from typing import Any

import ml_dtypes
import numpy as np
import pytest

import plait
import reference
from emulated import BOUNDS, error, random
from plait import jit
from test_exchange import DLTensor, new_capsule, pointer_of

pytestmark = pytest.mark.usefixtures("emulator")


class ManagedTensor(ctypes.Structure):
    """DLPack's; without a deleter."""

    _fields_ = (("tensor", DLTensor), ("context", ctypes.c_void_p), ("deleter", ctypes.c_void_p))


#: Arrays of others have the memory of these, which so live as long as the process.
columns: list[Columns] = []


class Columns:
    """An array as columns of a wider one on the device, behind some others."""

    def __init__(self, array: np.ndarray[Any, Any], width: int, before: int) -> None:
        wide = np.zeros((*array.shape[:-1], width), array.dtype)
        wide[..., before : before + array.shape[-1]] = array
        self.whole = plait.cuda.array(wide)
        whole = self.whole.__dlpack__(stream=-1)
        self.managed = ManagedTensor(DLTensor.from_buffer_copy(DLTensor.from_address(pointer_of(whole, b"dltensor"))))
        extents = ctypes.c_int64 * array.ndim
        self.shape, self.strides = extents(*array.shape), extents(*(x // array.itemsize for x in wide.strides))
        self.managed.tensor.shape, self.managed.tensor.strides = map(ctypes.addressof, (self.shape, self.strides))
        self.managed.tensor.byte_offset += before * array.itemsize
        columns.append(self)

    def __dlpack__(self, **_: Any) -> Any:
        return new_capsule(ctypes.addressof(self.managed), b"dltensor", None)

    def __dlpack_device__(self) -> tuple[int, int]:
        return 2, 0


def difference(found: Any, expected: Any) -> float:
    return error(plait.cuda.array(np.ascontiguousarray(found)), expected)


@pytest.mark.parametrize("dtype", BOUNDS)
@pytest.mark.parametrize(("width", "before"), [(65, 0), (66, 1), (68, 4), (72, 8), (80, 3)])
def test_rows_that_start_anywhere(dtype: Any, width: int, before: int) -> None:
    q, k, v = (random(2, 70, 2, 64, dtype=dtype) for _ in range(3))
    arrays = plait.cuda.array(q), plait.cuda.array(k), plait.cuda.Array.of(Columns(v, width, before))
    expected = reference.retention(q, k, v)[0]
    assert error(plait.retention(*arrays), expected) < BOUNDS[dtype]
    assert (
        error(plait.retention(*(plait.cuda.Array.of(Columns(x, width, before)) for x in (q, k, v))), expected)
        < (BOUNDS[dtype])
    )


def test_rows_between_kernels() -> None:
    """Those of f32 that the runtime allots start where the caller's, of fewer bytes, may."""

    @plait.variant
    def normed(q: Any, k: Any, v: Any) -> Any:
        return plait.rms_norm(plait.recur(q, k, v))

    q, k, v = (random(1, 40, 1, 200, dtype=ml_dtypes.bfloat16) for _ in range(3))
    out = normed(*(plait.cuda.Array.of(Columns(x, 201, 1)) for x in (q, k, v)))
    expected = reference.recur(q, k, v)[0]
    expected = expected / np.sqrt((expected**2).mean(-1, keepdims=True) + 1e-6)
    assert error(out, expected) < BOUNDS[ml_dtypes.bfloat16]
    with pytest.raises(plait.ArgumentError, match="aligned to 4 bytes"):
        wrong = [Columns(random(1, 40, 1, 64, dtype=np.float32), 65, 0) for _ in range(3)]
        wrong[0].managed.tensor.byte_offset += 2
        plait.retention(*map(plait.cuda.Array.of, wrong))


def test_results_and_states_that_start_anywhere() -> None:
    q, k, v = (random(2, 1, 2, 64, dtype=np.float32) for _ in range(3))
    start, out = random(2, 2, 64, 64, dtype=np.float32), Columns(np.zeros((2, 2, 64), np.float32), 65, 1)
    state = Columns(start, 67, 2)
    tokens = [plait.cuda.array(x[:, 0].copy()) for x in (q, k, v)]
    held, given = plait.cuda.Array.of(state), plait.cuda.Array.of(out)
    o, after = plait.retention.step(*tokens, state=held, inplace=True, out=given)
    expected, final = reference.retention(q, k, v, initial_state=start)
    assert after is held and o is given
    assert difference(plait.cuda.numpy(out.whole)[..., 1:65], expected[:, 0]) < 1e-6
    whole = plait.cuda.numpy(state.whole)
    assert difference(whole[..., 2:66], final) < 1e-6
    assert not whole[..., :2].any() and not whole[..., 66:].any()


def test_usual_rows_take_the_usual_kernel() -> None:
    """A width of whole pieces of 16 bytes is as good as none."""
    arrays = [random(1, 40, 1, 64) for _ in range(3)]
    plait.retention(*map(plait.cuda.array, arrays))
    before = jit.sources()
    plait.retention(*(plait.cuda.Array.of(Columns(x, 72, 8)) for x in arrays))
    assert jit.sources() == before
    odd = [random(1, 40, 1, 33, dtype=ml_dtypes.bfloat16) for _ in range(3)]
    plait.retention(*map(plait.cuda.array, odd))
    before = jit.sources()
    plait.retention(*(plait.cuda.Array.of(Columns(x, 35, 1)) for x in odd))
    assert jit.sources() == before


@pytest.mark.parametrize("dtype", [np.float32, ml_dtypes.bfloat16])
def test_scans(dtype: Any) -> None:
    x = random(2, 40, 2, 64, dtype=dtype)
    sums = plait.cumsum(plait.cuda.Array.of(Columns(x, 67, 3)))
    assert error(sums, np.cumsum(x.astype(np.float64), 1)) < BOUNDS[dtype]


def test_tuning_and_explaining(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    """What is chosen serves rows that start at whole pieces, too."""
    monkeypatch.setenv("PLAIT_CACHE_DIR", str(tmp_path))
    arrays = [plait.cuda.Array.of(Columns(random(1, 20, 1, 16), 17, 1)) for _ in range(3)]
    trials = plait.retention.tune(*arrays).trials
    assert trials and not any("alignment" in trial.schedule for trial in trials)
    assert "retention on" in plait.retention.explain(*arrays)
