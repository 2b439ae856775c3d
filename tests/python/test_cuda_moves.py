"""Maps that move channels, on the emulator: pieces of rows side by side, rolled rows, and feature maps of them."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import ml_dtypes
import numpy as np
import pytest

import emulated
import plait
import reference
import test_feature_maps as small
from emulated import BOUNDS, error
from plait import feature_maps as maps

pytestmark = pytest.mark.usefixtures("emulator")

random = functools.partial(emulated.random, dtype=np.float32)


# Of rows alone

MOVES: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "the same row twice": (lambda x: plait.concat([x, x]), lambda x: np.concatenate([x, x], -1)),
    "the first channel behind the last": (
        lambda x: plait.concat([x[..., -1:], x[..., :1]]),
        lambda x: np.concatenate([x[..., -1:], x[..., :1]], -1),
    ),
    "one channel in the middle": (
        lambda x: plait.concat([x[..., 1:], x[..., 1:2], -x]),
        lambda x: np.concatenate([x[..., 1:], x[..., 1:2], -x], -1),
    ),
    "one channel alone": (lambda x: x[..., 2:3] * x, lambda x: x[..., 2:3] * x),
    "one channel as a row": (lambda x: x[..., 2:3], lambda x: x[..., 2:3]),
    "roll by 0": (lambda x: plait.roll(x, 0), lambda x: x),
    "roll by all but 1": (lambda x: plait.roll(x, x.width - 1), lambda x: np.roll(x, -1, -1)),
    "roll by -3": (lambda x: plait.roll(x, -3) - x, lambda x: np.roll(x, -3, -1) - x),
    "roll of a roll": (lambda x: plait.roll(plait.roll(x, 2), 5), lambda x: np.roll(x, 7, -1)),
    "concat of concat": (
        lambda x: plait.concat([plait.concat([x[..., 3:], -x]), x[..., :3]]),
        lambda x: np.concatenate([x[..., 3:], -x, x[..., :3]], -1),
    ),
    "reductions before and after": (
        lambda x: plait.softmax(plait.concat([plait.softmax(x), -2 * plait.softmax(-x)])),
        lambda x: reference.softmax(np.concatenate([reference.softmax(x), -2 * reference.softmax(-x)], -1)),
    ),
    "a maximum of a piece": (
        lambda x: x - plait.max(x[..., 1:3]),
        lambda x: x - x[..., 1:3].max(-1, keepdims=True),
    ),
    "a constant row": (
        lambda x: plait.roll(plait.concat([x[..., :1] * 0 + 3, x * 0 - 1]), 2),
        lambda x: np.roll(np.concatenate([x[..., :1] * 0 + 3, x * 0 - 1], -1), 2, -1),
    ),
    "positions": (
        lambda x: plait.roll(x * x.trace.position(x), 1),
        lambda x: np.roll(x * np.arange(x.shape[1])[:, None, None], 1, -1),
    ),
}


@pytest.mark.parametrize("name", list(MOVES))
@pytest.mark.parametrize("width", (7, 64, 100, 128))
def test_rows(name: str, width: int) -> None:
    move, expected = MOVES[name]
    variant = plait.variant(lambda q: move(q))
    for length in (1, 65):
        for dtype in BOUNDS:
            x = random(2, length, 2, width, dtype=dtype)
            wanted = expected(np.asarray(x, np.float64))
            out = variant(plait.cuda.array(x))
            if not wanted.any():
                assert not np.asarray(plait.cuda.numpy(out), np.float64).any()
            else:
                assert error(out, wanted) < BOUNDS[dtype], (dtype, length)


def test_two_rows_and_a_number_of_each_head() -> None:
    mixed = plait.variant(
        lambda q, k, scale: plait.roll(plait.concat([q * scale[..., None], k]), 40) * scale[..., None]
    )
    q, k, scale = random(1, 70, 3, 100), random(1, 70, 3, 28), random(3)
    out = mixed(*map(plait.cuda.array, (q, k, scale)))
    expected = np.roll(np.concatenate([q * scale[:, None], k], -1), 40, -1) * scale[:, None]
    assert error(out, expected) < 2e-6


@plait.variant
def weighted(q: Any, k: Any, v: Any, channel: Any, head: Any) -> Any:
    return plait.recur(q, k, v) * channel * head[..., None]


def test_a_channel_and_numbers_of_heads() -> None:
    """Two query heads are a kernel's: one weight is the channel's, of all heads; the others are each head's."""
    q, k, v = (random(1, 70, *shape, dtype=np.float32) for shape in ((4, 32), (2, 32), (2, 1)))
    channel, head = random(1, dtype=np.float32), random(4, dtype=np.float32)
    out = weighted(*map(plait.cuda.array, (q, k, v, channel, head)))
    assert error(out, reference.recur(q, k, v)[0] * channel * head[:, None]) < 2e-6


# Of queries and keys


def dpfp(x: Any, nu: int) -> Any:
    r = reference.relu(np.concatenate([x, -x], -1))
    return np.concatenate([r * np.roll(r, i, -1) for i in range(1, nu + 1)], -1)


def cosformer(x: Any) -> Any:
    angle = np.pi * np.arange(x.shape[1])[:, None, None] / (2 * 256)
    return np.concatenate([reference.relu(x) * np.cos(angle), reference.relu(x) * np.sin(angle)], -1)


def wide_maps(width: int) -> dict[str, tuple[Any, Callable[[Any], Any]]]:
    matrix, bias = random(width, width) / width, random(width)

    def hedgehog(x: Any) -> Any:
        y = x @ matrix.astype(np.float64) + bias
        return reference.softmax(np.concatenate([y, -y], -1))

    return {
        "softmax+-": (
            "softmax+-",
            lambda x: np.concatenate([reference.softmax(x), reference.softmax(-x)], -1),
        ),
        "dpfp": (maps.dpfp(2 if width <= 64 else 1), lambda x: dpfp(x, 2 if width <= 64 else 1)),
        "cosformer": (maps.cosformer(256), cosformer),
        "hedgehog": (
            maps.hedgehog(plait.cuda.array(matrix), plait.cuda.array(bias)),
            hedgehog,
        ),
    }


@pytest.mark.parametrize(
    ("width", "dtype"), [(32, np.float32), (64, np.float16), (100, np.float32), (128, ml_dtypes.bfloat16)]
)
@pytest.mark.parametrize("name", ["softmax+-", "dpfp", "cosformer", "hedgehog"])
def test_feature_maps(name: str, width: int, dtype: Any) -> None:
    feature_map, phi = wide_maps(width)[name]
    group = 2 if width == 32 else 1
    q, k, v = (random(1, 66, heads, w, dtype=dtype) for heads, w in ((group, width), (1, width), (1, 16)))
    out = plait.linear_attention(*map(plait.cuda.array, (q, k, v)), feature_map)
    expected = reference.attention(q, k, v, phi=phi, normalize="sum", eps=1e-6)[0]
    assert error(out, expected) < BOUNDS[dtype]


def small_maps() -> dict[str, tuple[Any, Callable[[Any], Any]]]:
    matrix, bias, gamma, beta = map(plait.cuda.array, (small.W, small.BIAS, small.GAMMA, small.BETA))
    return {
        "hedgehog": (maps.hedgehog(matrix, bias), small.hedgehog),
        "favor_hyperbolic": (maps.favor_hyperbolic(matrix), small.favor_hyperbolic),
        "rff": (maps.rff(matrix), small.rff),
        "dpfp": (maps.dpfp(3), small.dpfp),
        "cosformer": (maps.cosformer(64), small.cosformer),
        "taylor2": (maps.taylor2(), small.taylor2),
        "rebased": (maps.rebased(gamma, beta), small.rebased),
    }


@pytest.mark.parametrize("causal", [False, True])
def test_maps_of_small_rows(causal: bool) -> None:
    q, k, v = small.Q, small.K, small.V
    for name, (feature_map, phi) in small_maps().items():
        out = plait.linear_attention(*map(plait.cuda.array, (q, k, v)), feature_map, normalize=None, causal=causal)
        assert error(out, reference.attention(q, k, v, phi=phi, causal=causal)[0]) < 2e-6, name


def test_decays_states_and_directions() -> None:
    phi = maps.dpfp(1)

    @plait.variant
    def gated(q: Any, k: Any, v: Any, g: Any) -> Any:
        return plait.recur(phi(q), phi(k), v, decay=g)

    q, k, v = random(1, 70, 2, 32), random(1, 70, 1, 32), random(1, 70, 1, 32)
    start = random(1, 1, 64, 32)
    for g in (-np.abs(random(1, 70, 1)) / 16, -np.abs(random(1, 70, 1, 64)) / 16):
        device = [plait.cuda.array(x) for x in (q, k, v, g)]
        expected, last, _ = reference.attention(q, k, v, decay=g, phi=lambda x: dpfp(x, 1), initial_state=start)
        out, state = gated(*device, initial_state=plait.cuda.array(start), output_final_state=True)
        assert error(out, expected) < 2e-6 and error(state, last) < 2e-6
        expected = reference.attention(q, k, v, decay=g, phi=lambda x: dpfp(x, 1), reverse=True)[0]
        assert error(gated(*device, reverse=True), expected) < 2e-6


def test_of_what_a_recurrence_gives() -> None:
    """Its results have channels as rows where nothing moves them."""
    q, k, v = random(2, 70, 2, 64), random(2, 70, 2, 64) / 8, random(2, 70, 2, 100)
    turned = plait.variant(lambda q, k, v: plait.roll(plait.softmax(plait.recur(q, k, v)), 30))
    expected = np.roll(reference.softmax(reference.attention(q, k, v)[0]), 30, -1)
    assert error(turned(*map(plait.cuda.array, (q, k, v))), expected) < 2e-6


@pytest.mark.parametrize("columns", [1, 64, 200])
def test_matrices_beside_values_of_other_widths(columns: int) -> None:
    """A matrix of 128 columns, and one of 16, beside values of fewer, of more, and of more than one CTA has."""
    q, k, v = (random(2, 70, 2, width) / 4 for width in (32, 32, columns))
    wide, narrow = random(32, 128) / 16, random(32, 16)

    def phi(x: Any) -> Any:
        return plait.maximum(x @ plait.cuda.array(wide), 0) * plait.sum(x @ plait.cuda.array(narrow))

    def expected(x: Any) -> Any:
        return reference.relu(x @ wide.astype(np.float64)) * (x @ narrow.astype(np.float64)).sum(-1, keepdims=True)

    out = plait.linear_attention(*map(plait.cuda.array, (q, k, v)), phi, normalize=None)
    assert error(out, reference.attention(q, k, v, phi=expected)[0]) < 2e-6


@pytest.mark.parametrize(("first", "second"), [(128, 64), (16, 200), (1, 100)])
def test_recurrences_and_scans_of_two_widths(first: int, second: int) -> None:
    q, k, v, w = (random(1, 70, 2, width) / 4 for width in (32, 32, second, first))

    @plait.variant
    def together(q: Any, k: Any, v: Any, w: Any) -> Any:
        return plait.recur(q, k, plait.recur(q, k, v) * plait.sum(plait.recur(q, k, w))) * plait.sum(plait.cumsum(w))

    def attend(x: Any) -> Any:
        return reference.attention(q, k, x)[0]

    expected = attend(attend(v) * attend(w).sum(-1, keepdims=True))
    expected = expected * np.cumsum(w.astype(np.float64), 1).sum(-1, keepdims=True)
    assert error(together(*map(plait.cuda.array, (q, k, v, w))), expected) < 2e-6


@pytest.mark.parametrize(("keys", "values"), [(32, 128), (64, 200), (128, 64)])
def test_sums_of_rows_of_other_widths_than_a_result(keys: int, values: int) -> None:
    """Tokens are the rows where a tile of keys is narrower than the warps of values are."""
    q, k, v = (random(1, 70, 2, width) for width in (keys, keys, values))
    scaled = plait.variant(lambda q, k, v: plait.recur(q, k, v) * plait.sum(q))
    expected = reference.attention(q, k, v)[0] * q.astype(np.float64).sum(-1, keepdims=True)
    assert error(scaled(*map(plait.cuda.array, (q, k, v))), expected) < 2e-6


#: Of wide values: rows by f64, and a variant that needs them whole before or behind the recurrence.
WHOLE_ROWS = {
    "norm and gate": (
        lambda q, k, v, z: plait.rms_norm(plait.recur(q, k, v)) * plait.silu(z),
        lambda q, k, v, z: rms_norm(reference.attention(q, k, v)[0]) * z / (1 + np.exp(-z)),
    ),
    "norms of both": (
        lambda q, k, v, z: plait.rms_norm(plait.recur(q, k, v)) * plait.rms_norm(z),
        lambda q, k, v, z: rms_norm(reference.attention(q, k, v)[0]) * rms_norm(z),
    ),
    "values": (
        lambda q, k, v, z: plait.recur(q, k, plait.rms_norm(v)) * z,
        lambda q, k, v, z: reference.attention(q, k, rms_norm(v))[0] * z,
    ),
    "moved": (
        lambda q, k, v, z: plait.roll(plait.recur(q, k, plait.roll(v, 5)), 128) * plait.sum(q),
        lambda q, k, v, z: (
            np.roll(reference.attention(q, k, np.roll(v, 5, -1))[0], 128, -1) * q.sum(-1, keepdims=True)
        ),
    ),
    "scan": (lambda q, k, v, z: plait.cumsum(plait.rms_norm(v)) + z, lambda q, k, v, z: np.cumsum(rms_norm(v), 1) + z),
}


def rms_norm(x: Any) -> Any:
    return x / np.sqrt((x**2).mean(-1, keepdims=True) + 1e-6)


@pytest.mark.parametrize("name", WHOLE_ROWS)
@pytest.mark.parametrize("values", [129, 256])
def test_whole_rows_of_wide_values(name: str, values: int) -> None:
    """No CTA of a recurrence has them: they are another kernel's."""
    traced, expected = WHOLE_ROWS[name]
    arrays = [random(2, 40, 2, width) / 4 for width in (32, 32, values, values)]
    out = plait.variant(traced)(*map(plait.cuda.array, arrays))
    assert error(out, expected(*(x.astype(np.float64) for x in arrays))) < 2e-6
