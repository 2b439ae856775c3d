"""Scans, attention, projections and row maps: the interpreter against NumPy."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

import reference
from interpreter import assert_close, interpret

SCANS = {"add": 1, "affine": 2, "max": 1, "logsumexp": 1, "max_affine": 2}
FLAGS = list(itertools.product([False, True], repeat=3))


@pytest.mark.parametrize("tokens", [0, 1, 13])
@pytest.mark.parametrize("exclusive, reverse, segments", FLAGS)
@pytest.mark.parametrize("kind", SCANS)
def test_scan(kind: str, exclusive: bool, reverse: bool, segments: bool, tokens: int) -> None:
    rng = np.random.default_rng(tokens)
    offsets = np.array([0, tokens // 2, tokens // 2, tokens])
    batches, states = (1, 3) if segments else (2, 2)
    x = [rng.standard_normal((batches, tokens, 3, 4)) for _ in range(SCANS[kind])]
    carry = rng.standard_normal((states, 3, 4))
    names = ["%x", "%y"][: len(x)]
    wide, narrow = "tensor<?x?x?x4xf32>", "tensor<?x?x4xf32>"
    text = f"""
        func.func @f({"".join(f"{n}: {wide}, " for n in names)}%n: tensor<?xi64>, %c: {narrow}) -> ({wide}, {narrow}) {{
          %o, %l = plait.scan {kind} ins({", ".join(names)} : {", ".join([wide] * len(x))})
            {"segments(%n : tensor<?xi64>)" if segments else ""} outs(%x, %c : {wide}, {narrow})
            {"read(exclusive)" if exclusive else ""} {"reverse" if reverse else ""} -> {wide}, {narrow}
          return %o, %l : {wide}, {narrow}
        }}"""
    given = interpret(text, "f", [*x, offsets, carry], [x[0].shape, carry.shape])
    expected = reference.scan(kind, x, initial=carry, exclusive=exclusive, reverse=reverse,
                              cu_seqlens=offsets if segments else None)  # fmt: skip
    for one, other in zip(given, expected, strict=True):
        assert_close(one, other)


EXP = """{
    ^bb0(%x: vector<3xf32>):
      %half = arith.constant dense<0.5> : vector<3xf32>
      %y = arith.mulf %x, %half : vector<3xf32>
      %e = math.exp %y : vector<3xf32>
      %n = arith.negf %y : vector<3xf32>
      %f = math.exp %n : vector<3xf32>
      %r = vector.shuffle %e, %f [0, 1, 2, 3, 4, 5] : vector<3xf32>, vector<3xf32>
      plait.yield %r : vector<6xf32>
    }"""
SQUARES = """{
    ^bb0(%x: vector<3xf32>):
      %y = arith.mulf %x, %x : vector<3xf32>
      %c = arith.constant dense<1.0> : vector<6xf32>
      %r = vector.insert_strided_slice %y, %c {offsets = [3], strides = [1]} : vector<3xf32> into vector<6xf32>
      plait.yield %r : vector<6xf32>
    }"""


DECAYS = [None, "?", "?x?x?", "?x?x?x6"]
MODES = [*itertools.product(["causal", "reverse"], DECAYS), ("all", None)]  # a decay needs a direction


def exp(x: np.ndarray) -> np.ndarray:
    return np.exp(np.concatenate([x / 2, -x / 2], axis=-1))


def squares(x: np.ndarray) -> np.ndarray:
    return np.concatenate([np.ones_like(x), x**2], axis=-1)


@pytest.mark.parametrize("normalize", ["none", "sum", "clamp"])
@pytest.mark.parametrize("mode, decay", MODES)
@pytest.mark.parametrize("key_map", [False, True])
def test_attention(normalize: str, mode: str, decay: str | None, key_map: bool) -> None:
    rng = np.random.default_rng(3)
    b, t, h, queries = 2, 11, 2, 11 if mode != "all" else 5
    q, k, v = (rng.standard_normal(s) for s in ((b, queries, 2 * h, 3), (b, t, h, 3), (b, t, h, 4)))
    gates = {None: (0,), "?": (h,), "?x?x?": (b, t, h), "?x?x?x6": (b, t, h, 6)}[decay]
    g = -np.abs(rng.standard_normal(gates))
    state, weight = np.abs(rng.standard_normal((b, h, 6, 4))), np.abs(rng.standard_normal((b, h, 6, 1)))
    eps = 0.25 if normalize != "none" else 0.0
    kept = "tensor<?x?x6x4xf32>, normalizer tensor<?x?x6x1xf32>" if normalize != "none" else "tensor<?x?x6x4xf32>"
    gate = f"tensor<{decay or '?'}xf32>"
    x = "tensor<?x?x?x3xf32>"
    text = f"""
        func.func @f(%q: {x}, %k: {x}, %v: tensor<?x?x?x4xf32>, %g: {gate}, %s: tensor<?x?x6x4xf32>,
                     %z: tensor<?x?x6x1xf32>)
            -> (tensor<?x?x?x4xf32>, {kept.replace("normalizer ", "")}) {{
          %o:{2 + (normalize != "none")} = plait.attention {"" if mode == "all" else "causal"}
            ins(%q, %k, %v : {x}, {x}, tensor<?x?x?x4xf32>)
            {f"decay(%g : {gate})" if decay else ""} state(%s : tensor<?x?x6x4xf32>)
            {"normalizer(%z : tensor<?x?x6x1xf32>)" if normalize != "none" else ""}
            {"reverse" if mode == "reverse" else ""}
            {f"normalize({normalize}, eps = 0.25)" if normalize != "none" else ""} scale(0.75) group_size(2)
            feature_map {EXP} {f"key_map {SQUARES}" if key_map else ""}
            -> tensor<?x?x?x4xf32>, state {kept}
          return {"%o#0, %o#1, %o#2" if normalize != "none" else "%o#0, %o#1"}
            : tensor<?x?x?x4xf32>, {kept.replace("normalizer ", "")}
        }}"""
    expected = reference.attention(q, k, v, decay=g if decay else None, phi=exp, psi=squares if key_map else None,
                                   causal=mode != "all", reverse=mode == "reverse", normalize=normalize, eps=eps,
                                   scale=0.75, initial_state=state, initial_normalizer=weight)  # fmt: skip
    expected = expected if normalize != "none" else expected[:2]
    given = interpret(text, "f", [q, k, v, g, state, weight], [e.shape for e in expected])
    for one, other in zip(given, expected, strict=True):
        assert_close(one, other)


@pytest.mark.parametrize("matrix, heads", [("{D}x{E}", 1), ("?x{D}x{E}", 2), ("?x?x{D}x{E}", 2)])
def test_project(matrix: str, heads: int) -> None:
    rng = np.random.default_rng(4)
    x = rng.standard_normal((3, 5, 4, 6))
    outer = {0: (), 1: (heads,), 2: (3, heads)}[matrix.count("?")]
    m = rng.standard_normal((*outer, 6, 7))
    kind, group = f"tensor<{matrix.format(D=6, E=7)}xf32>", f"group_size({4 // heads})" if heads > 1 else ""
    text = f"""
        func.func @f(%x: tensor<?x?x?x6xf32>, %m: {kind}, %o: tensor<?x?x?x7xf32>) -> tensor<?x?x?x7xf32> {{
          %y = plait.project ins(%x, %m : tensor<?x?x?x6xf32>, {kind}) outs(%o : tensor<?x?x?x7xf32>)
            scale(0.125) {group} -> tensor<?x?x?x7xf32>
          return %y : tensor<?x?x?x7xf32>
        }}"""
    each = np.broadcast_to(m, (3, heads, 6, 7)).repeat(4 // heads, axis=1)
    (given,) = interpret(text, "f", [x, m, np.zeros((3, 5, 4, 7))], [(3, 5, 4, 7)])
    assert_close(given, 0.125 * np.einsum("bthd,bhde->bthe", x, each))


UNARY = {
    "arith.negf": np.negative, "math.absf": np.abs, "math.exp": np.exp, "math.exp2": np.exp2, "math.expm1": np.expm1,
    "math.log": np.log, "math.log2": np.log2, "math.log10": np.log10, "math.log1p": np.log1p, "math.sqrt": np.sqrt,
    "math.rsqrt": lambda x: 1 / np.sqrt(x), "math.cbrt": np.cbrt, "math.sin": np.sin, "math.cos": np.cos,
    "math.tan": np.tan, "math.asin": np.arcsin, "math.acos": np.arccos, "math.atan": np.arctan, "math.sinh": np.sinh,
    "math.cosh": np.cosh, "math.tanh": np.tanh, "math.asinh": np.arcsinh, "math.acosh": np.arccosh,
    "math.atanh": np.arctanh, "math.floor": np.floor, "math.ceil": np.ceil, "math.trunc": np.trunc,
    "math.roundeven": np.rint, "math.erf": np.vectorize(math.erf), "math.erfc": np.vectorize(math.erfc),
}  # fmt: skip
BINARY = {
    "arith.addf": np.add, "arith.subf": np.subtract, "arith.mulf": np.multiply, "arith.divf": np.divide,
    "arith.remf": np.fmod, "arith.maximumf": np.maximum, "arith.minimumf": np.minimum, "arith.maxnumf": np.fmax,
    "arith.minnumf": np.fmin, "math.powf": np.power, "math.atan2": np.arctan2, "math.copysign": np.copysign,
}  # fmt: skip
EDGES = np.array([0.0, -0.0, 1.0, -1.0, 0.5, -2.5, 710.0, -750.0, 1e-300, np.inf, -np.inf, np.nan])


def row_map(op: str, operands: int) -> str:
    names = ["%x", "%y"][:operands]
    wide, kind = "tensor<?x?x?x4xf32>", "vector<4xf32>"
    return f"""
        func.func @f({", ".join(f"{n}: {wide}" for n in names)}) -> {wide} {{
          %o = plait.map_rows ins({", ".join(names)} : {", ".join([wide] * operands)}) outs(%x : {wide}) {{
          ^bb0({", ".join(f"{n}_row: {kind}" for n in names)}):
            %r = {op} {", ".join(f"{n}_row" for n in names)} : {kind}
            plait.yield %r : {kind}
          }} -> {wide}
          return %o : {wide}
        }}"""


@pytest.mark.parametrize("op", [*UNARY, *BINARY])
def test_row_functions(op: str) -> None:
    """On random numbers to 1e-12; zeros, infinities and NaN come out where NumPy has them."""
    operands = 1 if op in UNARY else 2
    rng = np.random.default_rng(6)
    x = np.concatenate([rng.standard_normal(132), np.repeat(EDGES, 12)]).reshape(1, 23, 3, 4)
    y = np.concatenate([rng.standard_normal(132), np.tile(EDGES, 12)]).reshape(1, 23, 3, 4)
    with np.errstate(all="ignore"):
        expected = UNARY[op](x) if op in UNARY else BINARY[op](x, y)
    (given,) = interpret(row_map(op, operands), "f", [x, y][:operands], [x.shape])
    np.testing.assert_allclose(given, expected, rtol=1e-12, atol=1e-300)
