"""Arrays of other libraries: no copy on the way in, the kind of q on the way out."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import ml_dtypes
import numpy as np
import pytest

import cases
import plait


def test_numpy_subclasses_and_read_only() -> None:
    case = cases.build("gla")
    expected = case.variant(*case.args)
    for x in case.args:
        x.flags.writeable = False
    assert np.array_equal(case.variant(*case.args), expected)


def test_any_object_with_dlpack() -> None:
    q, k, v = cases.build("retention").args
    o = plait.retention(q, cases.Wrapped(k), cases.Wrapped(v))
    assert isinstance(o, np.ndarray)
    assert np.array_equal(o, plait.retention(q, k, v))


def test_jax() -> None:
    jnp = pytest.importorskip("jax.numpy")
    for dtype in (np.float32, ml_dtypes.bfloat16):
        case = cases.build("gla", dtype=dtype)
        expected, state = case.variant(*case.args, output_final_state=True)
        args = tuple(jnp.asarray(x) for x in case.args)
        o, final = case.variant(*args, output_final_state=True)
        assert isinstance(o, type(args[0])) and o.dtype == args[0].dtype
        assert np.array_equal(np.asarray(o), expected) and np.array_equal(np.asarray(final), state)
    with pytest.raises(plait.ArgumentError, match="state: .*read-only"):
        plait.retention.step(*(x[:, 0] for x in args[:3]), state=jnp.asarray(state), inplace=True)


def test_torch() -> None:
    torch = pytest.importorskip("torch")
    case = cases.build("gla")
    expected = case.variant(*case.args)
    args = tuple(torch.from_numpy(x) for x in case.args)
    o, state = case.variant(*args, output_final_state=True)
    assert isinstance(o, torch.Tensor) and isinstance(state, torch.Tensor)
    assert np.array_equal(o.numpy(), expected)
    half = tuple(x.bfloat16() for x in args)
    assert case.variant(*half).dtype == torch.bfloat16
    turned = tuple(x.transpose(1, 2).contiguous().transpose(1, 2) for x in args)
    assert torch.equal(case.variant(*turned), o)


def test_torch_gradients_are_refused() -> None:
    torch = pytest.importorskip("torch")
    q = torch.ones(1, 4, 2, 8)
    k = torch.ones(1, 4, 2, 8, requires_grad=True)
    plait.retention(q, q, q)
    with pytest.raises(plait.ArgumentError, match="k: .*gradient.*detach"):
        plait.retention(q, k, q)


def test_torch_devices_are_refused() -> None:
    torch = pytest.importorskip("torch")
    q = torch.ones(1, 4, 2, 8)
    with pytest.raises(plait.Error, match="v"):
        plait.retention(q, q, q.to("meta"))
