"""Schedules on the emulator: tokens in ranges, which of them a call gets, tuning and explaining.

Whatever the emulator reports (races, accesses out of bounds, copies read too early) fails the call.
"""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest

import plait
import reference
from emulated import BOUNDS, error, random
from plait import _plait, jit
from plait.tracing.trace import Request
from plait.variants import variant as variants

pytestmark = pytest.mark.usefixtures("emulator")

VARIANTS = {name: getattr(plait, name) for name in ("linear_attention", "retention", "simple_gla", "gla", "rwkv6")}

#: Tokens of a block and channels of a warp that are not the default's of some variant.
OTHER_TILES = ("block=16", "block=64,channels=16", "channels=8", "channels=16", "channels=32", "block=64,channels=32")

#: Of a block of one token one rounded score scales whole rows.
BOUND_OF_ONE = 5e-3


def bound_of(dtype: Any, length: int) -> float:
    return max(BOUNDS[dtype], BOUND_OF_ONE if dtype == ml_dtypes.bfloat16 and length == 1 else 0)


def scheduled(monkeypatch: pytest.MonkeyPatch, schedule: str) -> Iterator[None]:
    """Calls with this schedule, whatever their size; one token is a block of one, and no step."""
    monkeypatch.setattr(jit, "scheduled", lambda *size: schedule)
    monkeypatch.setattr(jit, "sized", lambda program, *size: program)
    for variant in VARIANTS.values():
        variant.dispatcher().reset()
    yield
    for variant in VARIANTS.values():
        variant.dispatcher().reset()


@pytest.fixture
def splits(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    yield from scheduled(monkeypatch, "splits=5")


@pytest.fixture(params=OTHER_TILES)
def other_tiles(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[None]:
    yield from scheduled(monkeypatch, request.param)


@pytest.mark.parametrize(("width", "dtype"), [(32, np.float32), (64, ml_dtypes.bfloat16), (200, ml_dtypes.bfloat16)])
@pytest.mark.parametrize("name", [name for name in VARIANTS if name != "rwkv6"])
@pytest.mark.usefixtures("splits")
def test_tokens_in_ranges(name: str, width: int, dtype: Any) -> None:
    """Of 65 tokens the last ranges get none; the first begins with the caller's state, the last leaves it."""
    for length, reverse in ((1, False), (65, True), (700, False), (700, True)):
        q, k, v = (random(2, length, 2, width, dtype=dtype) for _ in range(3))
        shape = {"simple_gla": k.shape[:3], "gla": k.shape}.get(name)
        gates = [-np.abs(random(*shape, dtype=np.float32)) / 20] if shape else []
        columns = width + (name == "linear_attention")  # of a state and its normaliser
        options = {"initial_state": np.abs(random(2, 2, width, columns, dtype=np.float32)), "reverse": reverse}
        if gates:
            options["scale"] = 1.0
        expected = getattr(reference, name)(q, k, v, *gates, **options)
        held = {**options, "initial_state": plait.cuda.array(options["initial_state"])}
        out = VARIANTS[name](*map(plait.cuda.array, (q, k, v, *gates)), **held, output_final_state=True)
        bound = bound_of(dtype, length)
        assert error(out[0], expected[0]) < bound and error(out[1], expected[1]) < bound, (length, reverse)


@pytest.mark.usefixtures("splits")
def test_ranges_of_grouped_heads_and_exclusive_reads() -> None:
    """The first kernel has neither queries nor a bonus."""
    q, k, v = (random(1, 400, heads, 64, dtype=np.float32) for heads in (6, 2, 2))
    out = plait.retention(*map(plait.cuda.array, (q, k, v)))
    assert error(out, reference.retention(q, k, v)[0]) < 2e-6
    r, k, v, w = (random(1, 400, 2, 32, dtype=np.float32) for _ in range(4))
    arrays = (r, k, v, -np.abs(w) / 20, random(2, 32, dtype=np.float32))
    out, state = plait.rwkv6(*map(plait.cuda.array, arrays), output_final_state=True)
    expected, last = reference.rwkv6(*arrays)
    assert error(out, expected) < 2e-6 and error(state, last) < 2e-6


@pytest.mark.usefixtures("splits")
def test_ranges_of_a_state_in_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last range writes the state while others run: none reads it but in the launch before."""
    monkeypatch.setattr(variants, "_request", lambda *call: Request(None, False, True, True, in_place=True))
    q, k, v = (random(3, 200, 2, 64, dtype=np.float32) for _ in range(3))
    start = random(3, 2, 64, 64, dtype=np.float32)
    state = plait.cuda.array(start)
    out, same = plait.retention(*map(plait.cuda.array, (q, k, v)), initial_state=state, output_final_state=True)
    expected, last = reference.retention(q, k, v, initial_state=start)
    assert same is state and error(out, expected) < 2e-6 and error(state, last) < 2e-6


def schedules(variant: Any, items: int, tokens: int, width: int = 64) -> list[str]:
    """Those for calls on 132 multiprocessors, the default first."""
    x = plait.Spec((1, tokens, 1, width), "bf16")
    text = variant.program([x] * (4 if variant is plait.gla else 3), {}).text()
    return _plait.schedules(text, "sm_90a", items, tokens, 132)


def test_calls_of_few_heads_are_split() -> None:
    """Where batches times heads are nearly as many as multiprocessors, or tokens few, one launch is best."""
    assert schedules(plait.retention, 1, 4096)[0] == "splits=16"
    assert schedules(plait.retention, 16, 4096)[0] == "splits=8"
    assert schedules(plait.retention, 256, 4096)[0] == schedules(plait.retention, 1, 64)[0] == ""
    assert schedules(plait.recur, 96, 8192, 128)[0] == schedules(plait.recur, 64, 2048, 128)[0] == ""
    assert schedules(plait.linear_attention, 64, 2048, 128)[0] == "splits=4"  # maps take longer than a launch
    # Decays of key channels take 2.5 times as long; at 128 channels no two CTAs fit a multiprocessor.
    assert schedules(plait.gla, 96, 8192, 128)[0] == "" and schedules(plait.gla, 64, 2048, 128)[0] == "splits=2"
    assert schedules(plait.gla, 64, 2048, 64)[0] == "splits=4"
    assert schedules(plait.gla, 32, 256, 64)[0] == "" and schedules(plait.gla, 64, 1024, 128)[0] == ""
    assert schedules(plait.recur, 32, 1024, 64)[0] == ""  # a block of 64 channels takes 0.55 us
    assert schedules(plait.retention, 64, 2048, 128)[0] == "splits=4"  # decays of heads make a fifth more of it
    found = schedules(plait.linear_attention, 1, 256)
    assert "splits=4" in found and "splits=8" not in found  # of four blocks
    assert schedules(plait.retention, 64, 4096, 256)[0] == ""  # two tiles of values each


def test_parts_of_groups_are_ctas() -> None:
    """Eight query heads of 64 channels are four CTAs, of which 64 groups have enough."""
    q, k = plait.Spec((1, 4096, 8, 64), "bf16"), plait.Spec((1, 4096, 1, 64), "bf16")
    text = plait.recur.program([q, k, k], {}).text()
    assert [_plait.schedules(text, "sm_90a", groups, 4096, 132)[0] for groups in (1, 64)] == ["splits=16", ""]
    assert schedules(plait.recur, 64, 4096)[0] == "splits=4"


def test_sizes_by_which_schedules_are_chosen() -> None:
    """Of batches times heads four bits count, of tokens one: 132 multiprocessors are filled by 144, not by 126."""
    for heads, items in ((63, 120), (66, 128), (72, 144)):
        x = np.zeros((2, 7, heads, 4), np.float32)
        assert plait.retention.dispatcher().time((), x, x, x)[:2] == (items, 4)


@plait.variant
def slots(q: Any, k: Any, s: Any, v: Any) -> Any:
    return plait.recur(plait.softmax(plait.recur(q, k, s)), plait.cumsum(s), v)


def test_ranges_of_kernels_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each kernel is split, or, a scan's, not."""
    rows = [random(1, 400, 2, 32, dtype=np.float32) / 8 for _ in range(4)]
    text = _plait.print(slots.program(rows, {}).text(), "sm_90a", "splits=5", "bufferized")
    assert re.findall(r"call @slots_(\w+)", text) == ["0", "1_updates", "1"]
    whole = plait.cuda.numpy(slots(*map(plait.cuda.array, rows)))
    monkeypatch.setattr(jit, "scheduled", lambda *size: "splits=5")
    slots.dispatcher().reset()
    assert error(slots(*map(plait.cuda.array, rows)), whole) < 2e-6


@plait.variant
def gated_values(q: Any, k: Any, v: Any) -> Any:
    return plait.recur(q, k, v, value_decay=-plait.abs(k))


def check_lengths(name: str, width: int, dtype: Any) -> None:
    """Calls of a variant against the reference, around the ends of blocks."""
    for length, reverse in zip((1, 15, 33, 63, 64, 65, 200), itertools.cycle((False, True))):
        q, k, v = (random(2, length, 2, width, dtype=dtype) for _ in range(3))
        shape = {"simple_gla": k.shape[:3], "gla": k.shape, "rwkv6": k.shape}.get(name)
        more = [-np.abs(random(*shape, dtype=np.float32)) / 20] if shape else []
        more += [random(2, width, dtype=np.float32)] if name == "rwkv6" else []
        arrays = (q, k, v, *more)
        out = VARIANTS[name](*map(plait.cuda.array, arrays), reverse=reverse, output_final_state=True)
        expected = getattr(reference, name)(*arrays, reverse=reverse)
        bound = bound_of(dtype, length)
        assert error(out[0], expected[0]) < bound and error(out[1], expected[1]) < bound, (length, reverse)


@pytest.mark.parametrize(
    ("width", "dtype"), [(32, np.float32), (64, ml_dtypes.bfloat16), (100, np.float16), (128, ml_dtypes.bfloat16)]
)
@pytest.mark.parametrize("name", VARIANTS)
@pytest.mark.usefixtures("other_tiles")
def test_other_tiles(name: str, width: int, dtype: Any) -> None:
    """What a tuner may choose is as right as the default."""
    check_lengths(name, width, dtype)


def test_few_values_have_more_warps_by_default() -> None:
    q, v = plait.Spec((1, 64, 1, 256), "bf16"), plait.Spec((1, 64, 1, 64), "bf16")
    assert jit.schedules(plait.gla.mlir(q, q, v, q), 200, 64, 0) == ["", "block=32"]


@pytest.mark.parametrize("schedule", OTHER_TILES)
def test_other_tiles_of_scans_and_value_decays(schedule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [random(1, 200, 2, 32, dtype=np.float32) / 8 for _ in range(4)]
    device = [plait.cuda.array(x) for x in rows]
    for variant, arrays in ((slots, device), (gated_values, device[:3])):
        usual = plait.cuda.numpy(variant(*arrays))
        variant.dispatcher().reset()
        with monkeypatch.context() as patch:
            patch.setattr(jit, "scheduled", lambda *size: schedule)
            assert error(variant(*arrays), usual) < 2e-6
            if "block" in schedule:  # in another order
                assert not np.array_equal(plait.cuda.numpy(variant(*arrays)), usual)
        variant.dispatcher().reset()


@plait.variant
def normed(q: Any, k: Any, v: Any) -> Any:
    """Maps that sum over values, and over results."""
    return plait.rms_norm(plait.recur(q, k, plait.l2_norm(v)))


def test_maps_of_rows_of_which_a_cta_has_a_part(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 100 value channels a CTA of few channels a warp has 64."""
    device = [plait.cuda.array(random(1, 70, 2, width, dtype=np.float32)) for width in (40, 40, 100)]
    usual = plait.cuda.numpy(normed(*device))
    normed.dispatcher().reset()
    monkeypatch.setattr(jit, "scheduled", lambda *size: "channels=8")
    assert error(normed(*device), usual) < 2e-6


@pytest.mark.parametrize(("keys", "values"), [(32, 128), (64, 200), (128, 64)])
@pytest.mark.parametrize("schedule", ["", *OTHER_TILES, "block=16,channels=32,splits=3"])
def test_other_tiles_of_rows_of_several_widths(
    schedule: str, keys: int, values: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows narrower and wider than the values of a CTA meet in maps, beside a matrix and another recurrence."""
    monkeypatch.setattr(jit, "scheduled", lambda *size: schedule)
    matrix = random(keys, 16, dtype=np.float32)
    device = plait.cuda.array(matrix)

    @plait.variant
    def together(q: Any, k: Any, v: Any, w: Any) -> Any:
        seen = plait.sum(plait.recur(q, k, w)) + plait.sum(q @ device) + plait.sum(q)
        return plait.recur(q, k, v) * seen

    narrow = "block=64" in schedule  # f32 does not fit
    dtype = ml_dtypes.bfloat16 if narrow else np.float32
    q, k, v, w = (random(1, 70, heads, n, dtype=dtype) for heads, n in ((2, keys), (1, keys), (1, values), (1, 24)))
    seen = (q @ matrix.astype(np.float64)).sum(-1, keepdims=True) + q.astype(np.float64).sum(-1, keepdims=True)
    seen = seen + reference.recur(q, k, w)[0].sum(-1, keepdims=True)
    expected = reference.recur(q, k, v)[0] * seen
    # A product of two, each with the error of one.
    assert error(together(*map(plait.cuda.array, (q, k, v, w))), expected) < (5e-3 if narrow else 3e-6)


def test_decays_of_value_channels_are_not_split() -> None:
    assert schedules(gated_values, 1, 4096) == ["", "block=16"]


@plait.variant
def with_bonus(q: Any, k: Any, v: Any, u: Any) -> Any:
    return plait.recur(q, k, v, bonus=u, read="exclusive")


@plait.variant
def twice_gated(q: Any, k: Any, v: Any, g: Any, w: Any) -> Any:
    return plait.recur(q, k, v, decay=g, value_decay=w)


def test_other_tiles_are_tried_where_they_are_likely_to_fit() -> None:
    """Of bf16 rows of at most 128 channels, without what takes more registers and shared memory."""

    def tries(variant: Any, *shapes: tuple[int, ...], dtype: str = "bf16") -> bool:
        specs = [plait.Spec(shape, dtype) for shape in shapes]
        found = _plait.schedules(variant.program(specs, {}).text(), "sm_90a", 256, 4096, 132)
        assert ("channels=16" in found) == ("block=64,channels=16" in found)
        return "channels=16" in found

    x = (1, 4096, 2, 128)
    assert tries(plait.retention, x, x, x) and tries(plait.linear_attention, x, x, x)
    assert tries(plait.retention, (1, 4096, 4, 128), x, x)  # a CTA has one query head of a group
    assert not tries(plait.retention, x, x, x, dtype="f32")
    assert not tries(plait.retention, *[(1, 4096, 2, 256)] * 3)
    assert not tries(plait.gla, x, x, x, x)
    assert not tries(gated_values, x, x, x)
    assert not tries(with_bonus, x, x, x, (2, 128))


def test_where_short_blocks_are_the_default_others_are_tried() -> None:
    x = plait.Spec((1, 4096, 1, 256), "bf16")
    found = _plait.schedules(plait.gla.program([x] * 4, {}).text(), "sm_90a", 256, 4096, 132)
    other = "block=32,channels=8"
    assert found[0] == "" and {other, f"{other},splits=2", "splits=2"} <= set(found)
    assert not any(tile in schedule.replace(other, "") for schedule in found for tile in ("block", "channels"))
    # Of fewer keys all warps have registers for whole rows of a state.
    assert jit.schedules(twice_gated.mlir(*[plait.Spec((1, 64, 1, 64), "bf16")] * 5), 200, 64, 0) == ["", "block=32"]


def test_tuning_and_explaining() -> None:
    """The schedules of a call on a device are timed there, and what was chosen is what calls run."""
    device = [plait.cuda.array(random(1, 1100, 1, 100)) for _ in range(3)]
    tuning = plait.retention.tune(*device)
    schedules = [trial.schedule for trial in tuning.trials]
    splits = [",splits=8", "", ",splits=2", ",splits=4", ",splits=16", ",splits=32"]  # the default first
    assert [f",{schedule}" if schedule else "" for schedule in schedules[:6]] == splits
    assert schedules[6:12] == [f"channels=16{number}" for number in splits]
    assert schedules[12:] == [f"block=64,channels=16{number}" for number in splits[:5]]  # of blocks there are 16
    assert all(trial.matches and trial.min_ns > 0 for trial in tuning.trials)
    page = plait.retention.explain(*device)
    assert page.startswith(f"retention on {jit.isa_of(0)}\n") and "one of 17 that tune() tries" in page
    assert f"schedule: {tuning.chosen or 'default'}," in page
    assert re.search(r"^registers: \d+ of a thread, 0 bytes spilled$", page, re.MULTILINE)


@pytest.mark.parametrize(("spilled", "timed"), [(512, True), (516, False)])
def test_schedules_that_spill_much_are_not_timed(
    spilled: int, timed: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An assembler that says of blocks of 256 threads that their registers are too few: those of 16 channels a warp."""
    device = [plait.cuda.array(random(1, 40, 1, 100)) for _ in range(3)]
    before = [trial.schedule for trial in plait.retention.tune(*device).trials]
    ptxas = tmp_path / "ptxas"
    ptxas.write_text(
        f'''#!/bin/sh
for input; do :; done
if grep -qs "reqntid 256" "$input"; then edit="s/[0-9]* bytes spill stores/{spilled} bytes spill stores/"; fi
{jit.assembler()} "$@" 2>&1 | sed "$edit"
'''
    )
    ptxas.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setattr(jit, "_loaded", {})
    after = [trial.schedule for trial in plait.retention.tune(*device).trials]
    fewer = [schedule for schedule in before if "channels=16" not in schedule]
    assert fewer != before and after == (before if timed else fewer)


@pytest.mark.parametrize("dtype", [np.float32, np.float16, ml_dtypes.bfloat16])
def test_results_on_a_device_agree_within_a_hundredth(dtype: Any) -> None:
    """Functions that are no schedules of one: what differs by more is not a match."""
    x = plait.cuda.array(random(2, 70, 1, 16, dtype=dtype))

    def times(factor: float) -> Any:
        return plait.variant(lambda x: x * factor)

    def function(factor: float) -> Any:
        program = times(factor).program((x,), {})
        return jit.load(program, program.text(), jit.isa_of(0), "")

    *_, timings = times(2).dispatcher().time([function(factor) for factor in (2, 1.985, 1.96)], x)
    assert [matches for matches, _, _ in timings] == [True, True, False]


def test_what_does_not_fit_is_not_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    arrays = [plait.cuda.array(random(1, 64, 1, 256, dtype=np.float32)) for _ in range(4)]
    monkeypatch.setattr(jit, "schedules", lambda *size: ["", "block=64"])
    assert [trial.schedule for trial in plait.gla.tune(*arrays).trials] == [""]


def test_what_has_no_form_is_told_with_its_place() -> None:
    """The model that chooses a schedule meets the refusal first."""

    @plait.variant
    def rule(q: Any, k: Any, v: Any, beta: Any) -> Any:
        return plait.recur(q, k, v, beta=beta)

    x, beta = plait.cuda.array(random(1, 8, 1, 32)), plait.cuda.array(random(1, 8, 1))
    for call in (rule, rule.tune):
        with pytest.raises(plait.CompileError, match=r"_schedules.py:\d+:\d+: error: .* CUDA form with a delta"):
            call(x, x, x, beta)
