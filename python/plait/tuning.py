"""Tuning a variant: time the schedules of its kernel, keep the best for later calls."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import hashlib
import importlib.util
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, NamedTuple, Optional

from plait import _plait, exact, jit
from plait.arrays import device_of, expect_data, is_array
from plait.errors import CompileError, Error
from plait.program import Program

if TYPE_CHECKING:
    from plait.variants.variant import Variant

#: Leave the default only for a schedule that takes less than this share of its time.
_WORTH = 0.95
#: Bytes that a thread may spill of a schedule that is timed: half of what its registers hold.
_MANY = 512

#: Tokens on which the kernel is compared with the interpreter.
_CHECKED = 48

#: Is told how many schedules are measured, and of how many.
Watch = Callable[[int, int], None]


class Trial(NamedTuple):
    """A schedule and what was measured of it, in nanoseconds a call."""

    schedule: str
    min_ns: float
    median_ns: float
    matches: bool
    #: Its shortest time over the default's, the two measured in turn.
    ratio: float


class Tuning(NamedTuple):
    """All schedules tried, the default first, and the one chosen."""

    trials: tuple[Trial, ...]
    chosen: str

    def __str__(self) -> str:
        rows = [
            f"{'*' if trial.schedule == self.chosen else ' '} {trial.min_ns / 1e3:>12.1f} us {trial.ratio:>6.2f}x  "
            f"{trial.schedule or unnamed}{'' if trial.matches else '  (differs, left out)'}"
            for trial, unnamed in zip(self.trials, ("default", *["splits=1"] * len(self.trials)))
        ]
        return "\n".join(rows)


def tuning_key(program: Program, text: str, isa: str, items: int, tokens: int) -> tuple[Any, ...]:
    """The key of a measurement, in the order that the native module takes it."""
    values = [argument.value for argument in program.trace.used_arguments()]
    rows = [value for value in values if len(value.shape) == 4]
    widths = [int(value.shape[-1]) for value in rows[:3]] or [0]
    types = ",".join(value.dtype for value in values)
    kernel = hashlib.sha256(text.encode()).hexdigest()
    buckets = map(_plait.tuning_bucket, (items, tokens))
    return (kernel, widths[0], widths[-1], types, *buckets, isa, _plait.COMPILER)


def tune(variant: Variant, args: Sequence[Any], kwargs: dict[str, Any], watch: Optional[Watch] = None) -> Tuning:
    """Times the schedules of a call; each is stored as soon as it is measured, and chosen if it is the best so far."""
    values, common = variant.bind(args, kwargs)
    expect_data({**values, **common})
    device = device_of(values)
    _check(variant, args, kwargs)
    call = variant.dispatcher()
    items, tokens, alignment, _ = call.time((), *args, **kwargs)
    program = jit.sized(variant.traced(values, common), tokens, device)
    text, isa = program.text(), jit.isa_of(device)
    schedules = jit.schedules(text, items, tokens, device)
    default = jit.load(program, text, isa, jit.aligned(schedules[0], alignment))
    trials: list[Trial] = []
    chosen, least = schedules[0], _WORTH
    try:
        with _bar() if watch is None else nullcontext(watch) as progress:
            for schedule in schedules:
                progress(len(trials), len(schedules))
                try:
                    function = jit.load(program, text, isa, jit.aligned(schedule, alignment))
                except CompileError:
                    if device < 0:
                        raise
                    continue  # it does not fit the device's shared memory
                if _spilled(function) > max(_spilled(default), _MANY):
                    continue
                contenders = [default, function] if trials else [default]
                *_, timings = call.time(contenders, *args, **kwargs)
                matches, min_ns, median_ns = timings[-1]
                trial = Trial(schedule, min_ns, median_ns, matches, min_ns / timings[0][1])
                trials.append(trial)
                if matches and trial.ratio < least:
                    chosen, least = schedule, trial.ratio
                if matches:
                    key = tuning_key(program, text, isa, items, tokens)
                    _plait.tuning_put(key, schedule, min_ns, median_ns, True, schedule == chosen)
    finally:
        call.reset()
    return Tuning(tuple(trials), chosen)


def _spilled(function: _plait.Function) -> int:
    """Bytes that a thread of a CUDA kernel stores because registers are too few; 0 where that is not known."""
    return function.registers()[1]


@contextmanager
def _bar() -> Iterator[Watch]:
    """A progress bar where rich is installed and standard error is a terminal."""
    if not sys.stderr.isatty() or importlib.util.find_spec("rich") is None:
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import MofNCompleteColumn, Progress, TimeElapsedColumn

    columns = (*Progress.get_default_columns()[:2], MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("tuning")
        yield lambda done, total: progress.update(task, completed=done, total=total)


def fetched(value: Any) -> Any:
    """An array of a CUDA device on the host; anything else as it is."""
    if device_of({"": value}) < 0:
        return value
    from plait import cuda

    return cuda.numpy(value)


def placed(value: Any, device: int) -> Any:
    """An array of the host on a device, -1 for the CPU; anything else as it is."""
    if device < 0 or not is_array(value):
        return value
    from plait import cuda

    return cuda.array(value, device)


def _check(variant: Variant, args: Sequence[Any], kwargs: dict[str, Any]) -> None:
    """Compares the default schedule with the interpreter, on a few tokens; the others must match it."""
    values, common = variant.bind(args, kwargs)
    device = device_of(values)
    if device >= 0:
        values = {name: fetched(value) for name, value in values.items()}
    values = exact.head_of(variant, values, _CHECKED)
    options = {name: common[name] for name in ("scale", "reverse") if common.get(name)}
    values = {name: value for name, value in values.items() if value is not None or name not in variant.generate}
    got = fetched(variant(**{name: placed(value, device) for name, value in values.items()}, **options))
    for name, make in variant.generate.items():
        values.setdefault(name, make(int(values[variant.parameters.names[1]].shape[2])))
    values = {name: values[name] for name in variant.parameters.names if name in values}
    program = variant.program((), {**values, **options})
    error = exact.rms_error(got, exact.output(program, values))
    bound = exact.BOUNDS[program.outputs[0].dtype]
    if not error < bound:
        raise Error(f"{variant.__name__}: expects an error below {bound} against the interpreter, but got {error:.3g}")
