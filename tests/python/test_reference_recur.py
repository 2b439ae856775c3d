"""plait.recur over all its operands and attributes: the interpreter against NumPy."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import reference
from interpreter import assert_close, interpret

DECAYS = {None: None, "head": "?", "token": "?x?x?", "key": "?x?x?x{K}"}


def unit(x: np.ndarray) -> np.ndarray:
    return x / np.maximum(np.linalg.norm(x, axis=-1, keepdims=True), 1e-3)


class Case:
    """One recurrence: random options, operands to fit them, and its IR."""

    def __init__(self, seed: int) -> None:
        self.rng = rng = np.random.default_rng(seed)
        self.batches, self.tokens = int(rng.integers(1, 4)), int(rng.choice([0, 1, 2, 9, 17]))
        self.heads, self.group = int(rng.integers(1, 4)), int(rng.choice([1, 1, 2, 3]))
        self.keys, self.values = (int(x) for x in rng.integers(1, 8, 2))
        self.options: dict[str, Any] = {"scale": float(np.float32(rng.uniform(0.2, 2)))}
        self.words: list[str] = []
        self.operands: list[tuple[str, str, np.ndarray]] = []  # name, type, value
        self.reverse, self.exclusive = bool(rng.integers(2)), bool(rng.integers(2))
        self.write = str(rng.choice(["plain", "plain", "low_rank", "delta"]))
        self.substeps = int(rng.choice([1, 1, 2, 3]))
        self.bonus = self.exclusive and self.substeps == 1 and bool(rng.integers(2))
        self.segments = bool(rng.integers(4) == 0)
        self.build()

    def add(self, name: str, dims: str, value: np.ndarray, kind: str = "f32") -> np.ndarray:
        self.operands.append((name, f"tensor<{dims.format(K=self.keys, V=self.values)}x{kind}>", value))
        return value

    def normal(self, *shape: int) -> np.ndarray:
        return self.rng.standard_normal(shape)

    def build(self) -> None:
        if self.segments:
            self.batches = 1
            cuts = np.sort(self.rng.integers(0, self.tokens + 1, self.rng.integers(0, 4)))
            self.offsets = np.array([0, *cuts, self.tokens], np.int32)
        b, t, h, n = self.batches, self.tokens, self.heads, self.tokens * self.substeps
        self.q = self.add("q", "?x?x?x{K}", self.normal(b, t, h * self.group, self.keys))
        self.k = self.add("k", "?x?x?x{K}", unit(self.normal(b, n, h, self.keys)))
        self.v = self.add("v", "?x?x?x{V}", self.normal(b, n, h, self.values))
        self.add_gates(b, t, h)
        self.add_write(b, t, n, h)
        if self.segments:
            self.options["cu_seqlens"] = self.add("segments", "?", self.offsets, "i32")
            self.words.append("segments(%segments : tensor<?xi32>)")
        states = len(self.offsets) - 1 if self.segments else b
        self.add("out", "?x?x?x{V}", np.full((b, t, h * self.group, self.values), np.nan))
        self.state = self.add("state", "?x?x{K}x{V}", self.normal(states, h, self.keys, self.values))

    def add_gates(self, b: int, t: int, h: int) -> None:
        kind = self.rng.choice([None, "head", "token", "key"])
        if kind is not None:
            shape = {"head": (h,), "token": (b, t, h), "key": (b, t, h, self.keys)}[kind]
            self.options["decay"] = self.add("decay", DECAYS[kind], -np.abs(self.normal(*shape)))
            self.words.append(f"decay(%decay : {self.operands[-1][1]})")
        if self.rng.integers(3) == 0:
            value_decay = -np.abs(self.normal(b, t, h, self.values))
            self.options["value_decay"] = self.add("value_decay", "?x?x?x{V}", value_decay)
            self.words.append(f"value_decay(%value_decay : {self.operands[-1][1]})")

    def add_write(self, b: int, t: int, n: int, h: int) -> None:
        if self.write == "low_rank":
            for name in "ab":
                self.options[name] = self.add(name, "?x?x?x{K}", unit(self.normal(b, t, h, self.keys)) / 2)
            both = self.operands[-1][1]
            self.words.append(f"low_rank(%a, %b : {both}, {both})")
        if self.write == "delta":
            self.options["beta"] = self.add("beta", "?x?x?", self.rng.uniform(0, 1, (b, n, h)))
            self.words.append("delta(%beta : tensor<?x?x?xf32>)")
        if self.bonus:
            self.options["bonus"] = self.add("bonus", "?x{K}", self.normal(h, self.keys))
            self.words.append(f"bonus(%bonus : {self.operands[-1][1]})")

    def attributes(self) -> str:
        words = ["read(exclusive)"] * self.exclusive + ["reverse"] * self.reverse
        words.append(f"scale({self.options['scale']:.17e})")
        words += [f"group_size({self.group})"] * (self.group > 1) + [f"substeps({self.substeps})"] * (self.substeps > 1)
        return " ".join(words)

    def ir(self) -> str:
        types = {name: kind for name, kind, _ in self.operands}
        arguments = ", ".join(f"%{name}: {kind}" for name, kind in types.items())
        results = f"{types['out']}, {types['state']}"
        return f"""
            func.func @f({arguments}) -> ({results}) {{
              %o, %s = plait.recur ins(%q, %k, %v : {types["q"]}, {types["k"]}, {types["v"]})
                {" ".join(self.words)} outs(%out, %state : {results}) {self.attributes()} -> {results}
              return %o, %s : {results}
            }}"""

    def expected(self) -> tuple[np.ndarray, np.ndarray]:
        read = "exclusive" if self.exclusive else "inclusive"
        return reference.recur(self.q, self.k, self.v, read=read, reverse=self.reverse, substeps=self.substeps,
                               initial_state=self.state, **self.options)  # fmt: skip


@pytest.mark.parametrize("seed", range(150))
def test_recur(seed: int) -> None:
    case = Case(seed)
    expected = case.expected()
    given = interpret(case.ir(), "f", [value for _, _, value in case.operands], [x.shape for x in expected])
    for one, other in zip(given, expected, strict=True):
        assert_close(one, other)


STABILIZED = """
func.func @f(%q: tensor<?x?x?x3xf32>, %k: tensor<?x?x?x3xf32>, %v: tensor<?x?x?x2xf32>, %g: tensor<?x?x?xf32>,
             %i: tensor<?x?x?xf32>, %n: tensor<?xi64>, %o: tensor<?x?x?x2xf32>, %s: tensor<?x?x3x2xf32>,
             %t: tensor<?x?x?xf32>, %m: tensor<?x?xf32>)
    -> (tensor<?x?x?x2xf32>, tensor<?x?x3x2xf32>, tensor<?x?x?xf32>, tensor<?x?xf32>) {
  %r:4 = plait.recur ins(%q, %k, %v : tensor<?x?x?x3xf32>, tensor<?x?x?x3xf32>, tensor<?x?x?x2xf32>)
    decay(%g : tensor<?x?x?xf32>) stabilize(%i : tensor<?x?x?xf32>) SEGMENTS
    outs(%o, %s, %t, %m : tensor<?x?x?x2xf32>, tensor<?x?x3x2xf32>, tensor<?x?x?xf32>, tensor<?x?xf32>)
    REVERSE group_size(2)
    -> tensor<?x?x?x2xf32>, tensor<?x?x3x2xf32>, tensor<?x?x?xf32>, tensor<?x?xf32>
  return %r#0, %r#1, %r#2, %r#3 : tensor<?x?x?x2xf32>, tensor<?x?x3x2xf32>, tensor<?x?x?xf32>, tensor<?x?xf32>
}"""


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("segments", [False, True])
def test_stabilize(segments: bool, reverse: bool) -> None:
    """e^m times what is held is the recurrence that writes e^i k v^T; m is a max_affine scan."""
    rng = np.random.default_rng(5)
    b, t, h, n = (1, 12, 2, 3) if segments else (2, 12, 2, 2)
    offsets = np.array([0, 5, 5, 12])
    q, k, v = (rng.standard_normal((b, t, *x)) for x in ((2 * h, 3), (h, 3), (h, 2)))
    g, i = -np.abs(rng.standard_normal((b, t, h))), rng.standard_normal((b, t, h))
    state, m = rng.standard_normal((n, h, 3, 2)), rng.standard_normal((n, h))
    text = STABILIZED.replace("SEGMENTS", "segments(%n : tensor<?xi64>)" if segments else "")
    text = text.replace("REVERSE", "reverse" if reverse else "")
    shapes = [(b, t, 2 * h, 2), state.shape, (b, t, h), (n, h)]
    inputs = [q, k, v, g, i, offsets, np.zeros(shapes[0]), state, i, m]
    out, final, maxima, last = interpret(text, "f", inputs, shapes)

    options = {"reverse": reverse, "cu_seqlens": offsets if segments else None}
    largest, carry = reference.scan("max_affine", [g, i], initial=m, **options)
    assert_close(maxima, largest)
    assert_close(last, carry)
    plain, plain_state = reference.recur(q, np.exp(i)[..., None] * k, v, decay=g,
                                         initial_state=np.exp(m)[..., None, None] * state, **options)  # fmt: skip
    assert_close(np.exp(np.repeat(largest, 2, axis=2))[..., None] * out, plain)
    assert_close(np.exp(carry)[..., None, None] * final, plain_state)
