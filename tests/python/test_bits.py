"""Results have the same bits for any threads, any batch, any strides, and every run."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import cases
import plait


def run(name: str, shape: cases.Shape, **options: Any) -> Any:
    case = cases.build(name, shape)
    return case.variant(*case.args, output_final_state=True, **options)


def same(left: Any, right: Any) -> bool:
    """Whether two arrays have the same bits."""
    return left.dtype == right.dtype and left.shape == right.shape and left.tobytes() == right.tobytes()


@pytest.mark.parametrize("name", cases.NAMES)
def test_threads(name: str) -> None:
    shape = cases.Shape(batch=3, tokens=100, heads=3)
    o, state = run(name, shape, num_threads=1)
    for threads in (2, 3, 7, 64):
        o2, state2 = run(name, shape, num_threads=threads)
        assert same(o, o2) and same(state, state2)


@pytest.mark.parametrize("name", ["linear_attention", "simple_gla", "gla"])
@pytest.mark.parametrize("reverse", [False, True])
def test_neighbouring_heads(name: str, reverse: bool) -> None:
    # A kernel takes up to 16 heads at once: 19 are those of two calls. Their states are the caller's where the
    # final one is asked for, else scratch side by side.
    case = cases.build(name, cases.Shape(tokens=70, heads=19))
    o, state = case.variant(*case.args, output_final_state=True, reverse=reverse, num_threads=1)
    assert same(o, case.variant(*case.args, reverse=reverse, num_threads=1))
    for threads in (2, 3, 5):
        o2, state2 = case.variant(*case.args, output_final_state=True, reverse=reverse, num_threads=threads)
        assert same(o, o2) and same(state, state2)
        assert same(o, case.variant(*case.args, reverse=reverse, num_threads=threads))
    for h in (0, 9, 10, 18):
        alone = tuple(x[:, :, h : h + 1] for x in case.args)
        o2, state2 = case.variant(*alone, output_final_state=True, reverse=reverse)
        assert same(np.ascontiguousarray(o[:, :, h : h + 1]), o2)
        assert same(np.ascontiguousarray(state[:, h : h + 1]), state2)


@pytest.mark.parametrize("name", cases.NAMES)
def test_batch(name: str) -> None:
    case = cases.build(name, cases.Shape(batch=4, tokens=50))
    o = case.variant(*case.args)
    for b in range(4):
        alone = case.variant(*(x[b : b + 1] if x.ndim > 2 else x for x in case.args))
        assert same(o[b : b + 1], alone)


@pytest.mark.parametrize("name", ["linear_attention", "gla", "simple_gla", "retention", "rwkv6"])
def test_prefix(name: str) -> None:
    case = cases.build(name, cases.Shape(tokens=150))
    o = case.variant(*case.args)
    prefix = case.variant(*(x[:, :70] if x.ndim > 2 else x for x in case.args))
    assert same(np.ascontiguousarray(o[:, :70]), prefix)


@pytest.mark.parametrize("name", cases.NAMES)
def test_strides(name: str) -> None:
    case = cases.build(name, cases.Shape(tokens=40))
    o, state = case.variant(*case.args, output_final_state=True)
    strided = tuple(heads_first(x) if x.ndim == 4 else x for x in case.args)
    o2, state2 = case.variant(*strided, output_final_state=True)
    assert same(o, o2) and same(state, state2)
    gaps = tuple(with_gaps(x) if x.ndim == 4 else x for x in case.args)
    assert same(o, case.variant(*gaps))


def heads_first(x: Any) -> Any:
    """The same array, held in memory as [B, H, T, D]."""
    return np.ascontiguousarray(x.transpose(0, 2, 1, 3)).transpose(0, 2, 1, 3)


def with_gaps(x: Any) -> Any:
    """The same array, each row in a wider one."""
    wide = np.zeros((*x.shape[:-1], x.shape[-1] + 5), x.dtype)
    wide[..., : x.shape[-1]] = x
    return wide[..., : x.shape[-1]]


def test_out() -> None:
    case = cases.build("gla")
    o = case.variant(*case.args)
    out = np.empty_like(o)
    assert case.variant(*case.args, out=out) is out
    assert same(o, out)
    hold = np.zeros((*o.shape[:2], 5, o.shape[3]), np.float32)
    case.variant(*case.args, out=hold[:, :, 1:3])
    assert same(o, np.ascontiguousarray(hold[:, :, 1:3])) and not hold[:, :, 3:].any()


def test_runs() -> None:
    first = run("linear_attention", cases.Shape(tokens=500))[0]
    for _ in range(5):
        assert same(first, run("linear_attention", cases.Shape(tokens=500))[0])


def test_threads_at_once() -> None:
    from concurrent.futures import ThreadPoolExecutor

    case = cases.build("gla", cases.Shape(tokens=200))
    expected = case.variant(*case.args)
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda _: case.variant(*case.args), range(64)))
    assert all(same(expected, result) for result in results)


def test_set_num_threads() -> None:
    before = plait.get_num_threads()
    try:
        plait.set_num_threads(3)
        assert plait.get_num_threads() == 3
        assert plait.config["num_threads"] == ("3", "set_num_threads")
    finally:
        plait.set_num_threads(before)
