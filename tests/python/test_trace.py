"""Tracing: what a variant's function becomes, and what it may not do."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import copy
import pickle
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cases
import plait
import reference
from cases import rms_error

X = np.abs(np.random.default_rng(0).standard_normal((2, 20, 2, 8))).astype(np.float32)
G = -np.abs(np.random.default_rng(1).standard_normal((2, 20, 2))).astype(np.float32)


def of_row(function: Any) -> Any:
    """What a row function computes, read from a variant that only applies it."""

    @plait.variant
    def apply(q: Any) -> Any:
        return function(q)

    return apply(X)


ROW_FUNCTIONS = {
    "exp": (lambda x: plait.exp(x), np.exp),
    "log": (lambda x: plait.log(x), np.log),
    "log1p": (lambda x: plait.log1p(x), np.log1p),
    "expm1": (lambda x: plait.expm1(x), np.expm1),
    "sqrt": (lambda x: plait.sqrt(x), np.sqrt),
    "rsqrt": (lambda x: plait.rsqrt(x), lambda x: 1 / np.sqrt(x)),
    "tanh": (lambda x: plait.tanh(x), np.tanh),
    "sin": (lambda x: plait.sin(x), np.sin),
    "cos": (lambda x: plait.cos(x), np.cos),
    "sigmoid": (lambda x: plait.sigmoid(x), lambda x: 1 / (1 + np.exp(-x))),
    "silu": (lambda x: plait.silu(x), lambda x: x / (1 + np.exp(-x))),
    "softplus": (lambda x: plait.softplus(x), lambda x: np.logaddexp(0, x)),
    "logsigmoid": (lambda x: plait.logsigmoid(x), lambda x: -np.logaddexp(0, -x)),
    "abs": (lambda x: plait.abs(x - 1), lambda x: np.abs(x - 1)),
    "where": (lambda x: plait.where(x > 0.5, x, -x), lambda x: np.where(x > 0.5, x, -x)),
    "minimum": (lambda x: plait.minimum(x, 0.5), lambda x: np.minimum(x, 0.5)),
    "softmax": (lambda x: plait.softmax(x), reference.softmax),
    "rms_norm": (
        lambda x: plait.rms_norm(x),
        lambda x: x / np.sqrt((x * x).mean(-1, keepdims=True) + 1e-6),
    ),
    "l2_norm": (lambda x: plait.l2_norm(x), lambda x: x / np.sqrt((x * x).sum(-1, keepdims=True) + 1e-6)),
    "mean": (lambda x: x - plait.mean(x), lambda x: x - x.mean(-1, keepdims=True)),
    "concat": (lambda x: plait.concat([x, -x]), lambda x: np.concatenate([x, -x], -1)),
    "roll": (lambda x: plait.roll(x, 3), lambda x: np.roll(x, 3, -1)),
    "slice": (lambda x: x[..., 2:7], lambda x: x[..., 2:7]),
    "power": (lambda x: x**5, lambda x: x**5),
    "arithmetic": (lambda x: (2 - x) / (x + 3) * -x, lambda x: (2 - x) / (x + 3) * -x),
    "array": (lambda x: np.arange(8.0) * x, lambda x: np.arange(8.0) * x),
    "matrix": (
        lambda x: x @ np.arange(40.0, dtype=np.float32).reshape(8, 5),
        lambda x: x @ np.arange(40.0).reshape(8, 5),
    ),
}


@pytest.mark.parametrize("name", list(ROW_FUNCTIONS))
def test_row_functions(name: str) -> None:
    function, definition = ROW_FUNCTIONS[name]
    assert rms_error(of_row(function), definition(X.astype(np.float64))) < 1e-6


@pytest.mark.parametrize("name", ["sin", "cos"])
def test_turns(name: str) -> None:
    function, definition = ROW_FUNCTIONS[name]
    turn = plait.variant(lambda q: function(q))
    x = np.random.default_rng().uniform(-4e6, 4e6, (1, 5, 2, 60)).astype(np.float32)
    # Without fused multiply-add the count of quarters times a part of one is rounded.
    near = x / 512 if plait.config["target"].value == "x86-64" else x
    assert np.abs(turn(near) - definition(near.astype(np.float64))).max() < 2**-21
    assert np.isnan(turn(x + np.copysign(np.float32(2**22), x))).all()
    assert np.isnan(turn(np.full_like(x, np.inf))).all()


def test_erf() -> None:
    import math

    expected = np.vectorize(math.erf)(X.astype(np.float64))
    assert rms_error(of_row(lambda x: plait.erf(x)), expected) < 1e-6


def test_a_variant_of_ones_own() -> None:
    @plait.variant
    def squared_relu(q: Any, k: Any, v: Any, g: Any) -> Any:
        phi = lambda x: plait.maximum(x, 0) ** 2  # noqa: E731
        return plait.recur(phi(q), phi(k), v, decay=g, normalize=plait.sum_eps(1e-6))

    o, state = squared_relu(X, X, X, G, output_final_state=True)
    expected, final, weight = reference.attention(
        X, X, X, phi=lambda x: np.maximum(x, 0) ** 2, decay=G, normalize="sum", eps=1e-6
    )
    assert rms_error(o, expected) < 1e-6
    assert rms_error(state, np.concatenate([final, weight], -1)) < 1e-6
    o1, _ = squared_relu.step(X[:, 0], X[:, 0], X[:, 0], G[:, 0])
    assert rms_error(o1, expected[:, 0]) < 1e-6


def test_gates_and_outputs_are_rows_too() -> None:
    scale = np.linspace(0.5, 1.5, 8).astype(np.float32)

    @plait.variant(shared=("a",))
    def gated(q: Any, k: Any, v: Any, f: Any, a: Any) -> Any:
        o = plait.recur(q, k, v, decay=plait.logsigmoid(f) * a[..., None])
        return plait.rms_norm(o) * scale * plait.silu(q)

    a = np.array([0.5, 0.25], np.float32)
    got = gated(X, X, X, X, a)
    x = X.astype(np.float64)
    o, _ = reference.recur(x, x, x, decay=-np.logaddexp(0, -x) * a[:, None])
    norm = o / np.sqrt((o * o).mean(-1, keepdims=True) + 1e-6)
    assert rms_error(got, norm * scale * x / (1 + np.exp(-x))) < 2e-6


def test_two_recurrences_carry_a_tuple() -> None:
    @plait.variant
    def twice(q: Any, k: Any, v: Any) -> Any:
        return plait.recur(q, k, plait.recur(q, k, v))

    o, states = twice(X, X, X, output_final_state=True)
    middle, first = reference.recur(X, X, X)
    expected, second = reference.recur(X, X, middle)
    assert rms_error(o, expected) < 1e-6
    assert rms_error(states[0], first) < 1e-6 and rms_error(states[1], second) < 1e-6
    o2, _ = twice(X, X, X, initial_state=states, output_final_state=True)
    middle, _ = reference.recur(X, X, X, initial_state=first)
    expected, _ = reference.recur(X, X, middle, initial_state=second)
    assert rms_error(o2, expected) < 1e-6


def test_variants_nest() -> None:
    @plait.variant
    def outer(q: Any, k: Any, v: Any, g: Any) -> Any:
        return plait.simple_gla(q, k, v, g, scale=0.5) + plait.cumsum(v)

    x = X.astype(np.float64)
    expected = reference.recur(x, x, x, decay=G, scale=0.5)[0] + np.cumsum(x, 1)
    assert rms_error(outer(X, X, X, G), expected) < 1e-6


@plait.variant
def at_top_level(q: Any) -> Any:
    return q * 2


@pytest.mark.parametrize("variant", [plait.gla, plait.recur, at_top_level], ids=lambda variant: variant.__name__)
def test_variants_are_copied_and_pickled_by_name(variant: plait.Variant) -> None:
    variant.dispatcher()  # which holds compiled code
    assert copy.deepcopy(variant) is variant
    assert pickle.loads(pickle.dumps(variant)) is variant


def test_python_control_flow_runs_at_trace_time() -> None:
    seen = []

    @plait.variant
    def looped(q: Any, k: Any, v: Any, times: int = 1) -> Any:
        seen.append(times)
        for _ in range(times):
            q = plait.tanh(q)
        return plait.recur(q, k, v)

    for times in (1, 3, 3, 1):
        looped(X, X, X, times)
    assert seen == [1, 3]


def _not_numpy(q: Any) -> Any:
    return np.exp(q)


def _no_branch(q: Any) -> Any:
    return q if q > 0 else -q


def _no_sequence_reduction(q: Any) -> Any:
    return q - q.sum(axis=1)


def _no_number(q: Any) -> Any:
    return q * float(q)


def _no_iteration(q: Any) -> Any:
    return sum(q)


def _no_shapes(q: Any) -> Any:
    return q + np.ones(5, np.float32)


def _no_length(q: Any) -> Any:
    return q / q.shape[1]


def _no_arithmetic_of_comparisons(q: Any) -> Any:
    return q * (q > 0)


def _no_sum_of_comparisons(q: Any) -> Any:
    return q * plait.sum(q > 0)


def _a_comparison(q: Any) -> Any:
    return q > 0


def _nothing(q: Any) -> Any:
    return None


@pytest.mark.parametrize(
    "function,message",
    [
        (_not_numpy, "numpy.exp"),
        (_no_branch, "plait.where"),
        (_no_sequence_reduction, "'sum'"),
        (_no_number, "no number"),
        (_no_iteration, "iterated"),
        (_no_shapes, "broadcast"),
        (_no_length, "is free in a variant|unsupported operand"),
        (_no_arithmetic_of_comparisons, "a comparison is no number"),
        (_no_sum_of_comparisons, "a comparison is no number"),
        (_a_comparison, "a comparison is no number"),
        (_nothing, "NoneType"),
    ],
)
def test_what_is_refused_names_the_line(function: Any, message: str) -> None:
    line = function.__code__.co_firstlineno + 1
    with pytest.raises(plait.Error, match=message) as caught:
        plait.variant(function)(X)
    if function not in (_a_comparison, _nothing):
        assert f"test_trace.py:{line}" in str(caught.value)


def test_row_functions_outside() -> None:
    with pytest.raises(plait.TraceError, match="plait.exp works on values of a variant, but got ndarray"):
        plait.exp(X)


@pytest.mark.parametrize("name", cases.NAMES)
def test_mlir_needs_no_data(name: str) -> None:
    case = cases.build(name)
    specs = tuple(plait.Spec(x.shape) for x in case.args)
    assert case.variant.mlir(*specs) == case.variant.mlir(*case.args)
    assert f"func.func @{name}(" in case.variant.mlir(*specs)


def test_import_does_no_work() -> None:
    code = (
        "import sys; before = set(sys.modules); import plait; "
        "own = ('plait', 'importlib', 'warnings'); "
        "print([m for m in set(sys.modules) - before if m.partition('.')[0] not in own], "
        "'plait._plait' in sys.modules)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.strip() == "[] False"


def test_docstrings_send_to_what_exists() -> None:
    """In a fresh process, where no call has loaded the module."""
    sources = "".join(path.read_text() for path in Path(plait.__file__).parent.rglob("*.py"))
    modules = set(re.findall(r"help\(plait\.(\w+)\)", sources))
    assert "scans" in modules
    for name in sorted(modules):
        subprocess.run([sys.executable, "-c", f"import plait; help(plait.{name})"], capture_output=True, check=True)


def test_everything_public_exists() -> None:
    for name in plait.__all__:
        assert getattr(plait, name) is not None
    assert "gla" in dir(plait)
    with pytest.raises(AttributeError):
        plait.nothing  # noqa: B018
