"""Scans of any rank, along any axis, against their definitions."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

from typing import Any

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import plait
import reference
from cases import rms_error

SCANS = ("cumsum", "cummax", "logcumsumexp")


def definition(name: str, x: Any, axis: int = 1, **options: Any) -> Any:
    """A scan of the reference, which scans along axis 1, along any axis."""
    moved = np.moveaxis(np.asarray(x, np.float64), axis, 0)[None]
    return np.moveaxis(getattr(reference, name)(moved, **options)[0], 0, axis)


def finite_error(got: Any, expected: Any) -> float:
    """The error where the definition is finite; infinities must be equal."""
    finite = np.isfinite(expected)
    assert np.array_equal(np.asarray(got, np.float64)[~finite], expected[~finite])
    return rms_error(np.where(finite, got, 0), np.where(finite, expected, 0))


@pytest.mark.parametrize("name", SCANS)
@pytest.mark.parametrize("exclusive", [False, True])
@pytest.mark.parametrize("reverse", [False, True])
def test_modes(name: str, exclusive: bool, reverse: bool) -> None:
    x = np.random.default_rng(0).standard_normal((2, 70, 3, 20)).astype(np.float32)
    got = getattr(plait, name)(x, exclusive=exclusive, reverse=reverse)
    assert got.dtype == np.float32
    assert finite_error(got, definition(name, x, exclusive=exclusive, reverse=reverse)) < 1e-6


@given(
    st.lists(st.integers(0, 9), min_size=1, max_size=5),
    st.integers(0, 4),
    st.sampled_from(SCANS),
    st.booleans(),
)
def test_any_rank_and_axis(shape: list[int], axis: int, name: str, reverse: bool) -> None:
    axis %= len(shape)
    x = np.random.default_rng(1).standard_normal(shape).astype(np.float32)
    function = getattr(plait, name)
    got = function(x, axis=axis, reverse=reverse)
    assert finite_error(got, definition(name, x, axis, reverse=reverse)) < 1e-6
    assert np.array_equal(got, function(x, axis=axis - len(shape), reverse=reverse), equal_nan=True)


@pytest.mark.parametrize("exclusive", [False, True])
@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("start", [False, True])
def test_affine(exclusive: bool, reverse: bool, start: bool) -> None:
    rng = np.random.default_rng(2)
    a = rng.random((2, 90, 4, 24)).astype(np.float32)
    b = rng.standard_normal(a.shape).astype(np.float32)
    initial = rng.standard_normal((2, 4, 24)).astype(np.float32) if start else None
    got = plait.affine_scan(a, b, initial, exclusive=exclusive, reverse=reverse)
    expected = reference.affine_scan(a, b, initial, exclusive=exclusive, reverse=reverse)
    assert rms_error(got, expected) < 1e-6


SPECIAL = (0, 1, -1, 0.5, 17, -17, 88, -87, -88, -104, 1e-30, 3e38, -3e38, np.inf, -np.inf, np.nan)


def test_log_sum_of_specials() -> None:
    x = np.array(np.meshgrid(SPECIAL, SPECIAL), np.float32).reshape(1, 2, -1)
    with np.errstate(invalid="ignore"):
        expected = np.logaddexp(x[0, 0], x[0, 1], dtype=np.float64).astype(np.float32)
    for reverse in (False, True):
        got = plait.logcumsumexp(x, reverse=reverse)[0, 0 if reverse else 1]
        # Gradual underflow is not kept.
        assert np.allclose(got, expected, rtol=3e-7, atol=1.2e-38, equal_nan=True)


def test_log_sum_of_many() -> None:
    x = np.random.default_rng(6).standard_normal((1, 30000, 2, 20)).astype(np.float32)
    plain = np.logaddexp.accumulate(x, 1)
    expected = definition("logcumsumexp", x)
    assert rms_error(plait.logcumsumexp(x), expected) < max(1e-6, 1.5 * rms_error(plain, expected))


def test_log_sum_keeps_nan() -> None:
    x = np.zeros((1, 40, 4), np.float32)
    x[0, 5] = np.array([0x7FC00000, 0xFFC00123, 0x7FC0FF01, 0x7F800001], np.uint32).view(np.float32)
    got = plait.logcumsumexp(x)
    assert np.isfinite(got[:, :5]).all() and np.isnan(got[:, 5:]).all()


@pytest.mark.parametrize("dtype,bound", [(ml_dtypes.bfloat16, 4e-3), (np.float16, 5e-4)])
def test_half_precision(dtype: Any, bound: float) -> None:
    x = np.random.default_rng(3).random((2, 50, 3, 16)).astype(dtype)
    got = plait.cumsum(x)
    assert got.dtype == dtype
    assert rms_error(got, definition("cumsum", x)) < bound


def test_wide_rows() -> None:
    x = np.random.default_rng(4).standard_normal((3, 20, 1031 * 2)).astype(np.float32)
    assert rms_error(plait.cumsum(x), np.cumsum(x.astype(np.float64), 1)) < 1e-6


def test_strides() -> None:
    x = np.random.default_rng(5).standard_normal((2, 60, 4, 32)).astype(np.float32)
    assert np.array_equal(plait.cumsum(x[:, ::3]), plait.cumsum(np.ascontiguousarray(x[:, ::3])))
    assert np.array_equal(plait.cumsum(x[:, :, 1:3]), plait.cumsum(np.ascontiguousarray(x[:, :, 1:3])))
    with pytest.raises(plait.ArgumentError, match=r"x: .*but got strides \[7680, 32, 128, 1\]; .*contiguous"):
        plait.cumsum(x.transpose(0, 2, 1, 3), axis=2)
    with pytest.raises(plait.ArgumentError, match="'x' expects stride 1 in its last dimension, but got 2"):
        plait.cumsum(x[0, ..., ::2], axis=0)


def test_out() -> None:
    x = np.ones((2, 5, 3, 4), np.float32)
    out = np.empty_like(x)
    assert plait.cumsum(x, out=out) is out
    assert out[0, :, 0, 0].tolist() == [1, 2, 3, 4, 5]
    with pytest.raises(plait.ArgumentError, match="out: .*no other argument shares"):
        plait.cumsum(x, out=x)


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("heads", [1, 4])
def test_large_results_have_the_bits_of_small_ones(heads: int, reverse: bool) -> None:
    """Results of 32 MB or more pass by the cache where rows start at multiples of 16 bytes."""
    tokens = (1 << 23) // (20 * heads) + 7
    x = np.random.default_rng().standard_normal((1, tokens, heads, 20), np.float32)
    space = np.full(x.size + 4, np.nan, np.float32)
    assert x.nbytes >= 1 << 25
    results = []
    for start in (-space.ctypes.data % 16 // 4, (4 - space.ctypes.data) % 16 // 4):
        out = space[start : start + x.size].reshape(x.shape)
        out[...] = np.nan
        results.append(plait.cumsum(x, out=out, reverse=reverse).copy())
    assert np.array_equal(results[0], results[1])
    order = slice(None, None, -1) if reverse else slice(None)
    assert np.array_equal(results[0][:, order], np.cumsum(x[:, order], 1, np.float32))


def test_bad_input() -> None:
    x = np.ones((2, 5, 4), np.float32)
    with pytest.raises(plait.ShapeError, match="axis: .*3 dimensions, but got 3"):
        plait.cumsum(x, axis=3)
    with pytest.raises(plait.DtypeError, match="x: expects .*, but got i32"):
        plait.cumsum(np.ones((2, 5, 4), np.int32))
    with pytest.raises(plait.ShapeError, match=r"b: expects \[2, 5, 4\], the shape of a, but got \[2, 4, 4\]"):
        plait.affine_scan(x, x[:, :4])
    with pytest.raises(plait.DtypeError, match="b: expects f32, the type of a, but got f16"):
        plait.affine_scan(x, x.astype(np.float16))
    with pytest.raises(plait.ShapeError, match="initial: "):
        plait.affine_scan(x, x, x)
    with pytest.raises(plait.UnsupportedError, match="cu_seqlens"):
        plait.cumsum(x, cu_seqlens=np.array([0, 5]))
    for axis in (1.0, 10**30, True):
        with pytest.raises(plait.ArgumentError, match="axis: expects an integer from -8 to 7, but got"):
            plait.cumsum(x, axis=axis)  # type: ignore[arg-type]


READ_ONLY = np.ones((2, 5, 4), np.float32)
READ_ONLY.flags.writeable = False
ONE_PLACE = np.lib.stride_tricks.as_strided(np.ones((2, 4), np.float32), (2, 5, 4), (16, 0, 4))


@pytest.mark.parametrize(
    "options,kind,message",
    [
        ({"initial": np.ones((2, 5), np.float32)}, plait.ShapeError, r"initial: expects \[2, 4\], but got \[2, 5\]"),
        ({"initial": np.ones((2, 4), np.float16)}, plait.DtypeError, "initial: expects f32, but got f16"),
        ({"initial": plait.Spec((2, 4))}, plait.ArgumentError, "initial: .*Spec, which holds no data"),
        ({"out": np.ones((2, 5), np.float32)}, plait.ShapeError, r"out: expects \[2, 5, 4\].* but got \[2, 5\]"),
        ({"out": np.ones((2, 5, 4), np.float16)}, plait.DtypeError, "out: expects f32, the type of a, but got f16"),
        ({"out": np.ones((2, 5, 4))}, plait.DtypeError, "out: expects f32, bf16 or f16, but got float64"),
        ({"out": ONE_PLACE}, plait.ArgumentError, "out: .*may be written, but got stride 0 in dimension 1"),
        ({"out": READ_ONLY}, plait.ArgumentError, "out: .*read-only"),
    ],
)
def test_bad_options(options: dict[str, Any], kind: type[Exception], message: str) -> None:
    x = np.ones((2, 5, 4), np.float32)
    with pytest.raises(kind, match=message):
        plait.affine_scan(x, x, **options)
