"""Generated kernels on the emulator at every length around a block's and every width of a tile.

Whatever the emulator reports (races, accesses out of bounds, copies read too early) fails the call.
"""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import ml_dtypes
import numpy as np
import pytest

import plait
from plait import jit

pytestmark = pytest.mark.usefixtures("emulator")

LENGTHS = (1, 63, 64, 65, 200)

#: Bounds of the relative RMS error against f64; of a single token one rounded score scales whole rows.
BOUND, BOUND_OF_ONE = 3.5e-3, 5e-3
RANDOM = np.random.default_rng()


def random(*shape: int, dtype: Any = ml_dtypes.bfloat16) -> np.ndarray[Any, Any]:
    return RANDOM.standard_normal(shape, np.float32).astype(dtype)


def f64_recurrence(q: Any, k: Any, v: Any, decays: Any, normalize: bool, start: Any = 0.0) -> tuple[Any, Any]:
    """The recurrence as it is defined, one token after the other; `decays` is [B, T, H, K]."""
    q, k, v, decays = (np.asarray(x, np.float64) for x in (q, k, v, decays))
    state = np.zeros((*k.shape[:1], k.shape[2], k.shape[3], v.shape[3])) + start
    keys = np.zeros(state.shape[:3])
    out = np.empty(v.shape)
    for t in range(k.shape[1]):
        state = state * np.exp(decays[:, t])[..., None] + k[:, t, :, :, None] * v[:, t, :, None, :]
        keys = keys * np.exp(decays[:, t]) + k[:, t]
        out[:, t] = np.einsum("bhk,bhkv->bhv", q[:, t], state)
        if normalize:
            out[:, t] /= (q[:, t] * keys).sum(-1)[..., None] + 1e-6
    return out, state


def error(result: Any, expected: Any) -> float:
    found = np.asarray(plait.cuda.numpy(result), np.float64)
    return float(np.sqrt(((found - expected) ** 2).sum() / (expected**2).sum()))


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
        assert error(out, expected) < (BOUND_OF_ONE if length == 1 else BOUND), (length, width)


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


@pytest.fixture
def splits(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Calls on CUDA with their tokens in five ranges, whatever their size."""
    variants = (plait.linear_attention, plait.retention, plait.simple_gla, plait.gla)
    monkeypatch.setattr(jit, "scheduled", lambda *size: "splits=5")
    for variant in variants:
        variant.dispatcher().reset()
    yield
    for variant in variants:
        variant.dispatcher().reset()


@pytest.mark.parametrize("width", (32, 64, 200))
@pytest.mark.parametrize("gate", ("none", "token", "channel"))
@pytest.mark.parametrize("reverse", (False, True))
@pytest.mark.usefixtures("splits")
def test_tokens_in_ranges(width: int, gate: str, reverse: bool) -> None:
    """Of 65 tokens the last ranges get none; a state is the first range's and leaves from the last."""
    if gate == "channel" and width > 128:
        width = 100
    for length in (1, 65, 700):
        q, k, v = (random(2, length, 2, width) for _ in range(3))
        decays = -np.abs(random(2, length, 2, width if gate == "channel" else 1, dtype=np.float32)) * np.float32(0.05)
        start = random(2, 2, width, width, dtype=np.float32)
        device = [plait.cuda.array(x) for x in (q, k, v)]
        turn = (lambda x: np.asarray(x)[:, ::-1]) if reverse else np.asarray
        if gate == "none":
            out = plait.linear_attention(*device, reverse=reverse)
            features = [turn(elu_plus_one(x)) for x in (q, k)]
            expected, _ = f64_recurrence(*features, turn(v), np.zeros(k.shape), normalize=True)
        else:
            variant, gates = (plait.gla, decays) if gate == "channel" else (plait.simple_gla, decays[..., 0])
            out, state = variant(
                *device, plait.cuda.array(gates), scale=1.0, reverse=reverse, output_final_state=True,
                initial_state=plait.cuda.array(start),
            )
            turned = [turn(x) for x in (q, k, v, np.broadcast_to(decays, k.shape))]
            expected, last = f64_recurrence(*turned, normalize=False, start=start)
            assert error(state, last) < BOUND
        assert error(out, turn(expected)) < (BOUND_OF_ONE if length == 1 else BOUND), (length, width)


@pytest.mark.usefixtures("splits")
def test_ranges_of_a_state_in_place() -> None:
    """The state that the last range writes is read by the first kernel alone."""
    q, k, v, start = (random(2, 300, 2, 64, dtype=np.float32) for _ in range(4))
    start = start[:, :64].swapaxes(1, 2).copy()
    held = plait.cuda.array(start)
    out, state = plait.retention(
        *map(plait.cuda.array, (q, k, v)), scale=1.0, initial_state=held, output_final_state=True
    )
    decays = np.log1p(-(2.0 ** (-5 - np.arange(2))))
    expected, last = f64_recurrence(
        q, k, v, np.broadcast_to(decays[:, None], k.shape), normalize=False, start=start
    )
    assert error(out, expected) < 2e-6 and error(state, last) < 2e-6


def test_calls_of_few_heads_are_split() -> None:
    """Where batches times heads are as many as multiprocessors, or tokens few, one launch is best."""
    x = plait.Spec((1, 4096, 1, 64), "bf16")
    text = plait.retention.program((x, x, x), {}).text()
    assert jit.schedules(text, 0, 12, 0)[0] == "splits=16"
    assert jit.schedules(text, 4, 12, 0)[0] == "splits=8"
    assert jit.schedules(text, 8, 12, 0)[0] == jit.schedules(text, 0, 6, 0)[0] == ""
    assert set(jit.schedules(text, 0, 8, 0)) <= {"", "splits=2", "splits=4"}  # no more ranges than blocks


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


def test_tuning_and_explaining() -> None:
    """The schedules of a call on a device are timed there, and what was chosen is what calls run."""
    device = [plait.cuda.array(random(1, 256, 1, 16)) for _ in range(3)]
    tuning = plait.retention.tune(*device)
    assert {trial.schedule for trial in tuning.trials} == {"", "splits=2", "splits=4"}
    assert all(trial.matches and trial.min_ns > 0 for trial in tuning.trials)
    page = plait.retention.explain(*device)
    assert page.startswith("retention on sm_90a\n") and "one of 3 that tune() tries" in page
    assert f"schedule: {tuning.chosen or 'default'}" in page


def test_what_has_no_form_is_told_with_its_place() -> None:
    """The model that chooses a schedule meets the refusal first."""

    @plait.variant
    def rule(q: Any, k: Any, v: Any, beta: Any) -> Any:
        return plait.recur(q, k, v, beta=beta)

    x, beta = plait.cuda.array(random(1, 8, 1, 32)), plait.cuda.array(random(1, 8, 1))
    for call in (rule, rule.tune):
        with pytest.raises(plait.CompileError, match=r"test_cuda_shapes.py:\d+:\d+: error: .* CUDA form with a delta"):
            call(x, x, x, beta)
