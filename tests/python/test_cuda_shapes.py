"""Generated kernels on the emulator at every length around a block's and every width of a tile.

Whatever the emulator reports (races, accesses out of bounds, copies read too early) fails the call.
"""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest

import plait
import reference
from emulated import BOUND, BOUNDS, RANDOM, error, random
from plait import _plait

pytestmark = pytest.mark.usefixtures("emulator")

LENGTHS = (1, 31, 32, 33, 63, 64, 65, 200)


def f64_recurrence(q: Any, k: Any, v: Any, decays: Any, normalize: bool) -> tuple[Any, Any]:
    """The recurrence as it is defined, one token after the other; `decays` is [B, T, H, K]."""
    q, k, v, decays = (np.asarray(x, np.float64) for x in (q, k, v, decays))
    state = np.zeros((*k.shape[:1], k.shape[2], k.shape[3], v.shape[3]))
    keys = np.zeros(state.shape[:3])
    out = np.empty(v.shape)
    for t in range(k.shape[1]):
        state = state * np.exp(decays[:, t])[..., None] + k[:, t, :, :, None] * v[:, t, :, None, :]
        keys = keys * np.exp(decays[:, t]) + k[:, t]
        out[:, t] = np.einsum("bhk,bhkv->bhv", q[:, t], state)
        if normalize:
            out[:, t] /= (q[:, t] * keys).sum(-1)[..., None] + 1e-6
    return out, state


def elu_plus_one(x: Any) -> Any:
    x = np.asarray(x, np.float64)
    return np.where(x > 0, x + 1, np.exp(np.minimum(x, 0)))


@pytest.mark.parametrize("width", (1, 100, 300))
def test_scans(width: int) -> None:
    """Every operator, with what is carried; more channels than a block's threads take."""
    x, gate = (RANDOM.standard_normal((2, 130, 3, width)).astype(np.float32) for _ in range(2))
    gate = -np.abs(gate)
    for scan, inputs in (
        (plait.cumsum, [x]),
        (plait.cummax, [x]),
        (plait.logcumsumexp, [x]),
        (plait.affine_scan, [np.exp(gate), x]),
    ):
        expected = scan(*(a.astype(np.float32) for a in inputs))
        assert error(scan(*map(plait.cuda.array, inputs)), np.asarray(expected, np.float64)) < 2e-6


@pytest.mark.parametrize("width", (64, 200))
def test_attention_that_is_not_causal(width: int) -> None:
    """The state of all keys lies in a temporary between two kernels; heads share it in groups."""
    for length, keys in ((1, 70), (130, 65)):
        q, k, v = random(2, length, 4, width), random(2, keys, 2, width), random(2, keys, 2, width)
        out = plait.linear_attention(*map(plait.cuda.array, (q, k, v)), causal=False)
        features, other = (elu_plus_one(x).astype(q.dtype).astype(np.float64) for x in (q, np.repeat(k, 2, 2)))
        scores = np.einsum("bthd,bshd->bhts", features, other)
        expected = np.einsum("bhts,bshv->bthv", scores, np.repeat(v, 2, 2).astype(np.float64))
        assert error(out, expected / (scores.sum(-1).swapaxes(1, 2)[..., None] + 1e-6)) < BOUND


@pytest.mark.parametrize("width", (32, 64, 100, 128, 256))
@pytest.mark.parametrize("gate", ("none", "token", "channel"))
def test_lengths(width: int, gate: str) -> None:
    for length in LENGTHS:
        q, k, v = (random(2, length, 2, width) for _ in range(3))
        steep = np.where(RANDOM.random((2, length, 2, width if gate == "channel" else 1)) < 0.1, 40, 0.1)
        decays = -np.abs(random(*steep.shape, dtype=np.float32)) * steep.astype(np.float32)
        device = [plait.cuda.array(x) for x in (q, k, v)]
        if gate == "none":
            out = plait.linear_attention(*device)
            expected, _ = f64_recurrence(elu_plus_one(q), elu_plus_one(k), v, np.zeros(k.shape), normalize=True)
        else:
            variant, gates = (plait.gla, decays) if gate == "channel" else (plait.simple_gla, decays[..., 0])
            out, state = variant(*device, plait.cuda.array(gates), scale=1.0, output_final_state=True)
            expected, last = f64_recurrence(q, k, v, np.broadcast_to(decays, k.shape), normalize=False)
            assert error(state, last) < BOUND
        assert error(out, expected) < BOUND, (length, width)


@pytest.mark.parametrize("steep", [False, True])
@pytest.mark.parametrize(
    ("keys", "values", "dtype"),
    [
        (64, 64, ml_dtypes.bfloat16),
        (128, 128, np.float16),
        (128, 128, np.float32),
        (256, 256, ml_dtypes.bfloat16),
        (256, 256, np.float32),
        (256, 48, ml_dtypes.bfloat16),
        (256, 64, np.float16),
        (200, 64, np.float32),
    ],
)
def test_decays_of_key_channels_beside_a_normaliser(keys: int, values: int, dtype: Any, steep: bool) -> None:
    """Both states add the same keys up, which lie in shared memory once."""
    q, k = (np.abs(random(2, 70, 2, keys, dtype=dtype)) for _ in range(2))
    v = random(2, 70, 2, values, dtype=dtype)
    decays = -np.abs(random(*k.shape, dtype=np.float32)) * (5 if steep else 0.05)
    arrays = map(plait.cuda.array, (q, k, v))
    options = {"normalize": plait.sum_eps(1e-6), "output_final_state": True}
    out, state = plait.recur(*arrays, decay=plait.cuda.array(decays), **options)
    expected, _ = f64_recurrence(q, k, v, decays, normalize=True)
    ones = np.ones((*v.shape[:3], 1))
    _, last = f64_recurrence(q, k, np.concatenate([v.astype(np.float64), ones], -1), decays, normalize=False)
    assert error(out, expected) < BOUNDS[dtype] and error(state, last) < BOUNDS[dtype]


def test_shared_memory_of_small_devices() -> None:
    """100 KB hold f32 rows of 256 channels, their decays and a normaliser; many query heads at once are an error with
    both numbers.
    """
    x, pair = plait.Spec((1, 64, 1, 256), "f32"), plait.Spec((1, 64, 8, 256), "f32")
    normalised = {"decay": x, "normalize": plait.sum_eps(1e-6)}
    programs = [plait.recur.program((pair, x, x), normalised)]
    for variant, rows in ((plait.retention, (pair, x, x)), (plait.linear_attention, (x, x, x)), (plait.gla, (x,) * 4)):
        programs.append(variant.program(rows, {}))
    programs.append(plait.recur.program((x, x, plait.Spec((1, 64, 1, 64), "f32")), normalised))
    for program in programs:
        assert _plait.compile(program.text(), "sm_120a", "")
    message = r"at most 101376 bytes of shared memory for sm_120a, but got \d{6}"
    with pytest.raises(plait.CompileError, match=message):
        _plait.compile(programs[0].text(), "sm_120a", "heads=8")


#: A program of its own, since a process has one device.
ON_ANOTHER_DEVICE = """
import plait
import reference
from emulated import BOUNDS, error, random

for dtype, bound in BOUNDS.items():
    q, k, v = (random(1, 70, 2, 64, dtype=dtype) for _ in range(3))
    out = plait.retention(*map(plait.cuda.array, (q, k, v)))
    assert error(out, reference.retention(q, k, v)[0]) < bound, dtype
"""


@pytest.mark.parametrize("architecture", ("sm_80", "sm_120a"))
def test_other_architectures(architecture: str) -> None:
    """Code for sm_100 and later has instructions that others have not: sums of f16 and f32."""
    if os.environ.get("PLAIT_CUDA_DRIVER", "emulator") != "emulator":
        pytest.skip("a device has one architecture")
    folders = [str(Path(__file__).parent), *filter(None, [os.environ.get("PYTHONPATH")])]
    settings = {"PLAIT_EMULATOR_ARCH": architecture, "PYTHONPATH": os.pathsep.join(folders)}
    command = [sys.executable, "-c", ON_ANOTHER_DEVICE]
    done = subprocess.run(command, env={**os.environ, **settings}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_queries_that_decay_are_not_rounded_to_bf16() -> None:
    """As bf16 they would be one more rounding on each way: 3.1e-3 from f64 instead of 2.75e-3."""
    q, k, v = (random(1, 300, 2, 64) for _ in range(3))
    decays = -np.abs(random(*k.shape, dtype=np.float32)) / 20
    out = plait.gla(*map(plait.cuda.array, (q, k, v, decays)), scale=1.0)
    assert error(out, f64_recurrence(q, k, v, decays, normalize=False)[0]) < 2.95e-3


def test_few_tokens_of_decayed_keys() -> None:
    """Queries and keys that are rounded once more would be 2.85e-3 from f64, and one call's scores are few."""
    q, k, v = (random(16, 2, 4, 64) for _ in range(3))
    decays = -np.abs(random(*k.shape, dtype=np.float32)) / 20
    out = plait.gla(*map(plait.cuda.array, (q, k, v, decays)))
    assert error(out, reference.gla(q, k, v, decays)[0]) < 2.3e-3


@pytest.mark.parametrize("steepest", (1, 20, 80, 1000))
def test_steep_decays_in_f32(steepest: int) -> None:
    """Between steep ones flat decays count, whose sums are differences of long ones."""
    q, k, v = (random(1, 130, 2, 32, dtype=np.float32) for _ in range(3))
    steep = np.where(RANDOM.random((1, 130, 2, 1)) < 0.3, steepest, 0.05).astype(np.float32)
    decays = -np.abs(random(*steep.shape, dtype=np.float32)) * steep
    device = [plait.cuda.array(x) for x in (q, k, v, decays[..., 0])]
    out, state = plait.simple_gla(*device, scale=1.0, output_final_state=True)
    expected, last = f64_recurrence(q, k, v, np.broadcast_to(decays, k.shape), normalize=False)
    assert error(out, expected) < 5e-7 and error(state, last) < 5e-7


def test_states_of_f32_do_not_drift() -> None:
    """Each block adds to the state: with sums that are cut off as on tensor cores that were 3.8e-6."""
    q, k, v = (random(1, 4096, 1, 128, dtype=np.float32) for _ in range(3))
    out = plait.recur(*map(plait.cuda.array, (q, k, v)))
    assert error(out, reference.recur(q, k, v)[0]) < 2e-6


@pytest.mark.parametrize("dtype", BOUNDS)
@pytest.mark.parametrize("read", ("inclusive", "exclusive"))
@pytest.mark.parametrize("reverse", (False, True))
def test_gentle_and_steep_decays_of_key_channels(dtype: Any, read: str, reverse: bool) -> None:
    """Of bf16 there are two ways: a block whose decays sum to little takes one, also where they grow a little, and a
    single steep channel or token leads to the other. A decay of -inf is an end.
    """
    q, k, v = (random(1, 300, 2, 64, dtype=dtype) for _ in range(3))
    decays = -np.abs(random(*k.shape, dtype=np.float32)) / 20
    decays[:, 70:100, 0, 5] = -3
    decays[:, 140, 1] = -80
    decays[:, 240, 1, :8] = -np.inf
    decays[:, 200:210, 1, 7] = 0.1  # with more, few numbers are most of the error of bf16
    options = {"read": read, "reverse": reverse, "scale": 0.5, "initial_state": random(1, 2, 64, 64, dtype=np.float32)}
    given = {**options, "initial_state": plait.cuda.array(options["initial_state"])}
    device = map(plait.cuda.array, (q, k, v))
    out, state = plait.recur(*device, decay=plait.cuda.array(decays), output_final_state=True, **given)
    expected, last = reference.recur(q, k, v, decay=decays, **options)
    assert error(out, expected) < BOUNDS[dtype] and error(state, last) < BOUNDS[dtype]


@pytest.mark.parametrize("dtype", BOUNDS)
@pytest.mark.parametrize("values", (20, 64))
@pytest.mark.parametrize(("length", "heads", "reverse"), [(1, 1, True), (65, 2, False), (200, 1, False), (99, 3, True)])
def test_few_values_of_many_keys(dtype: Any, values: int, length: int, heads: int, reverse: bool) -> None:
    """Decays of 256 key channels take eight warps, whatever the values. Of one token, few sums would be chance."""
    batch = 16 if length == 1 else 1
    q, k, v = (random(batch, length, n, m, dtype=dtype) for n, m in ((2 * heads, 256), (2, 256), (2, values)))
    decays = -np.abs(random(*k.shape, dtype=np.float32)) / 20
    decays[:, length // 2 :, 1] *= 40
    bonus, state = random(2, 256, dtype=np.float32), random(batch, 2, 256, values, dtype=np.float32)
    for options in ({}, {"bonus": bonus, "read": "exclusive"}) if heads == 1 else ({},):
        given = {"reverse": reverse, "decay": decays, "initial_state": state, **options}
        device = {name: plait.cuda.array(x) if isinstance(x, np.ndarray) else x for name, x in given.items()}
        out, last = plait.recur(*map(plait.cuda.array, (q, k, v)), output_final_state=True, **device)
        expected, expected_last = reference.recur(q, k, v, **given)
        assert error(out, expected) < BOUNDS[dtype] and error(last, expected_last) < BOUNDS[dtype]


@plait.variant
def mapped(q: Any, k: Any, v: Any, g: Any, w: Any = None) -> Any:
    """Maps of everything, beside decays of key channels and, where there are some, of value channels."""
    phi, gate = plait.sigmoid, lambda x: -plait.softplus(x) / 16
    return plait.recur(phi(q) - 0.5, phi(k), v, decay=gate(g), value_decay=None if w is None else gate(w))


@pytest.mark.parametrize("dtype", BOUNDS)
@pytest.mark.parametrize("steep", (False, True))
@pytest.mark.parametrize(("keys", "values", "heads"), [(128, 100, 1), (200, 128, 2), (256, 40, 1)])
def test_maps_beside_decays_of_many_keys(dtype: Any, steep: bool, keys: int, values: int, heads: int) -> None:
    """What maps make of rows has no registers: all that read it load it from shared memory."""
    q, k, v = (random(1, 70, n, m, dtype=dtype) for n, m in ((2 * heads, keys), (2, keys), (2, values)))
    gates = [random(1, 70, 2, width, dtype=np.float32) for width in ((keys, values) if heads == 1 else (keys,))]
    for gate in gates if steep else ():
        gate[:, 40:, 1] += 80
    out, state = mapped(*map(plait.cuda.array, (q, k, v, *gates)), output_final_state=True)
    features = [1 / (1 + np.exp(-x.astype(np.float64))) for x in (q, k)]
    logs = [-np.logaddexp(0, gate.astype(np.float64)) / 16 for gate in gates]
    given = dict(zip(("decay", "value_decay"), logs, strict=False))
    expected, last = reference.recur(features[0] - 0.5, features[1], v, **given)
    assert error(out, expected) < BOUNDS[dtype] and error(state, last) < BOUNDS[dtype]


@pytest.mark.parametrize("dtype", BOUNDS)
@pytest.mark.parametrize("reverse", (False, True))
@pytest.mark.parametrize("heads", (1, 2))
@pytest.mark.parametrize("shape", ((2,), (1, 100, 2), (1, 100, 2, 48)))
def test_normalisers_beside_decays(dtype: Any, reverse: bool, heads: int, shape: tuple[int, ...]) -> None:
    """What a normaliser's keys count is as exact as its sums. Of decays of key channels a head ends steep."""
    q = np.abs(random(1, 100, 2 * heads, 48, dtype=np.float32)).astype(dtype)
    k = np.abs(random(1, 100, 2, 48, dtype=np.float32)).astype(dtype)
    v = random(1, 100, 2, 40, dtype=dtype)
    decays = -np.abs(random(*shape, dtype=np.float32)) / 20
    if len(shape) == 4:
        decays[:, 60:, 1] *= 60
    device, gates = map(plait.cuda.array, (q, k, v)), plait.cuda.array(decays)
    out = plait.recur(*device, decay=gates, reverse=reverse, normalize=plait.sum_eps(1e-6))
    expected = reference.attention(q, k, v, decay=decays, reverse=reverse, normalize="sum", eps=1e-6)[0]
    assert error(out, expected) < BOUNDS[dtype]


@pytest.mark.parametrize("dtype", BOUNDS)
@pytest.mark.parametrize("reverse", (False, True))
@pytest.mark.parametrize("decays", (False, True))
def test_values_of_one_channel(dtype: Any, reverse: bool, decays: bool) -> None:
    """Its state adds keys by products, whose factors are the values, decayed or as they are."""
    q, k, v = (random(1, 100, 2, width, dtype=dtype) for width in (48, 48, 1))
    gates = -np.abs(random(1, 100, 2, dtype=np.float32)) / 20 if decays else None
    given = {"decay": plait.cuda.array(gates)} if decays else {}
    device = map(plait.cuda.array, (q, k, v))
    out, state = plait.recur(*device, reverse=reverse, output_final_state=True, **given)
    expected, last = reference.recur(q, k, v, decay=gates, reverse=reverse)
    assert error(out, expected) < BOUNDS[dtype] and error(state, last) < BOUNDS[dtype]


@pytest.mark.parametrize("dtype", BOUNDS)
@pytest.mark.parametrize("reverse", (False, True))
@pytest.mark.parametrize("of_tokens", (False, True))
def test_scalar_decays_that_end_or_grow(dtype: Any, reverse: bool, of_tokens: bool) -> None:
    """One of -inf is an end, also of a head: then each token sees itself alone."""
    q, k, v = (random(1, 150, 3, 64, dtype=dtype) for _ in range(3))
    decays = np.array([-0.1, -np.inf, 0.01], np.float32)
    if of_tokens:
        decays = -np.abs(random(1, 150, 3, dtype=np.float32)) / 10
        decays[:, 70:73, 0] = -np.inf
        decays[:, 100:110, 2] = 0.25
    options = {"reverse": reverse, "scale": 0.5, "initial_state": random(1, 3, 64, 64, dtype=np.float32)}
    given = {**options, "initial_state": plait.cuda.array(options["initial_state"])}
    device = map(plait.cuda.array, (q, k, v))
    out, state = plait.recur(*device, decay=plait.cuda.array(decays), output_final_state=True, **given)
    expected, last = reference.recur(q, k, v, decay=decays, **options)
    assert error(out, expected) < BOUNDS[dtype] and error(state, last) < BOUNDS[dtype]


def test_the_state_of_a_normalised_variant() -> None:
    """State and normaliser lie side by side in rows of one more channel than 16 bytes hold."""
    q, k, v = (random(1, 70, 2, 32) for _ in range(3))
    device = [plait.cuda.array(x) for x in (q, k, v)]
    out, state = plait.linear_attention(*device, output_final_state=True)
    features = [elu_plus_one(x) for x in (q, k)]
    expected, last = f64_recurrence(*features, v, np.zeros(k.shape), normalize=True)
    assert error(out, expected) < BOUND
    keys = features[1].sum(1)[..., None]
    assert error(state, np.concatenate([last, keys], -1)) < BOUND
    again, _ = plait.linear_attention(*device, initial_state=state, output_final_state=True)
    q2, k2, v2 = (np.concatenate([x, x], 1) for x in (q, k, v))
    expected, _ = f64_recurrence(elu_plus_one(q2), elu_plus_one(k2), v2, np.zeros(k2.shape), normalize=True)
    assert error(again, expected[:, 70:]) < BOUND


@pytest.mark.parametrize("values", [1, 128, 256])
@pytest.mark.parametrize("with_bonus", [False, True])
def test_exclusive_reads_with_a_normaliser(values: int, with_bonus: bool) -> None:
    q, k, v = np.abs(random(2, 70, 2, 32)), np.abs(random(2, 70, 2, 32)), random(2, 70, 2, values)
    bonus = {"bonus": np.abs(random(2, 32, dtype=np.float32))} if with_bonus else {}
    start = np.abs(random(2, 2, 32, values + 1, dtype=np.float32))
    o, state = plait.recur(
        *map(plait.cuda.array, (q, k, v)),
        read="exclusive",
        normalize=plait.sum_eps(1e-3),
        initial_state=plait.cuda.array(start),
        output_final_state=True,
        **{name: plait.cuda.array(x) for name, x in bonus.items()},
    )
    columns = np.concatenate([v.astype(np.float64), np.ones((2, 70, 2, 1))], -1)
    sums, final = reference.recur(q, k, columns, read="exclusive", initial_state=start, **bonus)
    assert error(o, sums[..., :-1] / (sums[..., -1:] + 1e-3)) < BOUND and error(state, final) < BOUND
