"""Tuning a variant: time the schedules of its kernel, keep the best for later calls."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from plait import _plait, exact, jit
from plait.errors import Error
from plait.program import Program

if TYPE_CHECKING:
    from plait.variants.variant import Variant

#: Leave the default only for a schedule that takes less than this share of its time.
_WORTH = 0.95

#: Tokens on which the kernel is compared with the interpreter.
_CHECKED = 48


class Trial(NamedTuple):
    """A schedule and what was measured of it, in nanoseconds a call."""

    schedule: str
    min_ns: float
    median_ns: float
    matches: bool


class Tuning(NamedTuple):
    """All schedules tried, the default first, and the one chosen."""

    trials: tuple[Trial, ...]
    chosen: str

    def __str__(self) -> str:
        rows = [
            f"{'*' if trial.schedule == self.chosen else ' '} {trial.min_ns / 1e3:>12.1f} us  "
            f"{trial.schedule or 'default'}{'' if trial.matches else '  (differs, left out)'}"
            for trial in self.trials
        ]
        return "\n".join(rows)


def tuning_key(program: Program, text: str, isa: str, items: int, tokens: int) -> tuple[Any, ...]:
    """The key of a measurement, in the order that the native module takes it."""
    values = [argument.value for argument in program.trace.used_arguments()]
    rows = [value for value in values if len(value.shape) == 4]
    widths = [int(value.shape[-1]) for value in rows[:3]] or [0]
    types = ",".join(value.dtype for value in values)
    kernel = hashlib.sha256(text.encode()).hexdigest()
    return (kernel, widths[0], widths[-1], types, items, tokens, isa, _plait.COMPILER)


def tune(variant: Variant, args: Sequence[Any], kwargs: dict[str, Any]) -> Tuning:
    """Times the schedules of a call and stores the choice."""
    program = variant.program(args, kwargs)
    text, isa = program.text(), _plait.target_isa()
    _check(variant, args, kwargs)
    schedules = _plait.schedules(text, isa).splitlines()
    functions = [jit.load(program, text, isa, schedule) for schedule in schedules]
    call = variant.dispatcher()
    items, tokens, timings = call.time(functions, *args, **kwargs)
    trials = tuple(
        Trial(schedule, least, median, matches)
        for schedule, (matches, least, median) in zip(schedules, timings, strict=True)
    )
    if not trials:
        raise Error(f"{variant.__name__}: the compiler has no schedule for this call")
    best = min((trial for trial in trials if trial.matches), key=lambda trial: trial.min_ns)
    chosen = best if best.min_ns < _WORTH * trials[0].min_ns else trials[0]
    key = tuning_key(program, text, isa, items, tokens)
    for trial in trials:
        if trial.matches:
            _plait.tuning_put(key, trial.schedule, trial.min_ns, trial.median_ns, True, trial is chosen)
    call.reset()
    return Tuning(trials, chosen.schedule)


def _check(variant: Variant, args: Sequence[Any], kwargs: dict[str, Any]) -> None:
    """Compares the default schedule with the interpreter, on a few tokens; the others must match it."""
    values, common = variant.bind(args, kwargs)
    values = exact.head_of(variant, values, _CHECKED)
    options = {name: common[name] for name in ("scale", "reverse") if common.get(name)}
    values = {name: value for name, value in values.items() if value is not None or name not in variant.generate}
    got = variant(**values, **options)
    for name, make in variant.generate.items():
        values.setdefault(name, make(int(values[variant.parameters.names[1]].shape[2])))
    values = {name: values[name] for name in variant.parameters.names if name in values}
    program = variant.program((), {**values, **options})
    error = exact.rms_error(got, exact.output(program, values))
    bound = exact.BOUNDS[program.outputs[0].dtype]
    if not error < bound:
        raise Error(f"{variant.__name__}: expects an error below {bound} against the interpreter, but got {error:.3g}")
