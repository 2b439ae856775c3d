"""The models of tests/integration/models: the interpreter against NumPy."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

import reference
from interpreter import assert_close, interpret

MODEL_FILES = Path(__file__).resolve().parents[1] / "integration" / "models"
EPS = float(np.float32(1e-6))


class Sizes(NamedTuple):
    """B, T, H and the head dims; the files say K = 4, V = 3 and M = 5 slots."""

    batches: int
    tokens: int
    heads: int
    keys: int
    values: int
    slots: int


SIZES = [Sizes(2, 7, 3, 4, 3, 5), Sizes(1, 33, 2, 6, 10, 2), Sizes(3, 1, 1, 1, 1, 1), Sizes(2, 0, 2, 3, 2, 4)]

# File, reference, and what the reference takes beside arrays.
MODELS: dict[str, tuple[Callable, dict]] = {
    "linear_attention": (reference.linear_attention, {"eps": EPS}),
    "retention": (reference.retention, {"scale": True}),
    "lightning": (reference.lightning_attention, {"scale": True}),
    "mamba2": (reference.mamba2, {}),
    "simple_gla": (reference.simple_gla, {"scale": True}),
    "gla": (reference.gla, {"scale": True}),
    "hgrn2": (reference.hgrn2, {"scale": True}),
    "rwkv6": (reference.rwkv6, {"scale": True}),
    "mlstm": (reference.mlstm, {"scale": True, "eps": EPS}),
    "gsa": (reference.gsa, {"scale": True}),
    "delta_net": (reference.delta_rule, {"scale": True}),
    "gated_delta_net": (reference.gated_delta_rule, {"scale": True}),
    "kda": (reference.kda, {"scale": True}),
    "comba": (reference.comba, {"scale": True}),
    "rwkv7": (reference.rwkv7, {}),
    "delta_product": (reference.gated_delta_product, {"scale": True, "n": 2}),
}
STATES = ("state", "normalizer", "m", "slot_keys", "slot_values")


def resized(text: str, sizes: Sizes) -> str:
    """The IR of a model at other head dims; its scale is K^-0.5."""
    for was, now in ((4, sizes.keys), (3, sizes.values), (5, sizes.slots)):
        text = re.sub(rf"(?<=[<x]){was}(?=x(?:!?\d+x)?f32|xi1)", f"!{now}", text)
    scale = float(np.float32(sizes.keys**-0.5))
    return text.replace("!", "").replace("scale(0.5)", f"scale({scale:.17e})")


def shape_of(dims: str, sizes: Sizes) -> tuple[int, ...]:
    """The shape of a type's sizes: three unknown ones are B, T, H, two are B, H, one is H."""
    known = tuple(int(d) for d in dims.split("x") if d not in ("?", ""))
    unknown = (sizes.batches, sizes.tokens, sizes.heads)
    return {3: unknown, 2: unknown[::2], 1: unknown[2:]}[dims.count("?")] + known


def random_argument(model: str, name: str, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    x = rng.standard_normal(shape)
    if name in ("g", "w", "decay", "A") or (model, name) == ("hgrn2", "f"):
        return -np.abs(x)
    if name in ("dt", "beta"):
        return 1 / (1 + np.exp(-x))
    if name in ("k", "p") or (model, name) in (("rwkv7", "a"), ("rwkv7", "b")):
        return x / np.maximum(np.linalg.norm(x, axis=-1, keepdims=True), 1e-3)
    return x


def expected_results(model: str, arguments: dict[str, np.ndarray], sizes: Sizes) -> list[np.ndarray]:
    """Output and states of the reference, in the order of the IR's results."""
    function, options = MODELS[model]
    options = dict(options)
    if options.pop("scale", False):
        options["scale"] = float(np.float32(sizes.keys**-0.5))
    states = [arguments[name] for name in STATES if name in arguments]
    if "normalizer" in arguments:
        states[:2] = [np.concatenate(states[:2], axis=3)]
    start = states[0] if len(states) == 1 else tuple(states)
    out, final = function(*(a for name, a in arguments.items() if name not in STATES), initial_state=start, **options)
    finals = list(final) if isinstance(final, tuple) else [final]
    if "normalizer" in arguments:
        finals[:1] = [finals[0][..., :-1], finals[0][..., -1:]]
    return [out, *finals]


@pytest.mark.parametrize("sizes", SIZES, ids=str)
@pytest.mark.parametrize("model", MODELS)
def test_model(model: str, sizes: Sizes) -> None:
    text = resized((MODEL_FILES / f"{model}.mlir").read_text(), sizes)
    rng = np.random.default_rng(sum(map(ord, model)) + sizes.tokens)
    arguments: dict[str, np.ndarray] = {}
    for dims, name in re.findall(r'%\w+: tensor<([\dx?]+?)xf32> \{plait.name = "(\w+)"\}', text):
        wide = model == "delta_product" and name in ("k", "v", "beta")
        size = sizes._replace(tokens=2 * sizes.tokens) if wide else sizes
        arguments[name] = random_argument(model, name, shape_of(dims, size), rng)
    if "normalizer" in arguments:
        arguments["normalizer"] = np.abs(arguments["normalizer"])
    expected = expected_results(model, arguments, sizes)
    given = interpret(text, model, list(arguments.values()), [e.shape for e in expected])
    for one, other in zip(given, expected, strict=True):
        assert_close(one, other)
