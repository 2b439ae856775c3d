"""What becomes of a mutant: killed, and by what, or equivalent, and why, or alive."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

from typing import NamedTuple

import equivalents
from kernels import Subject
from mutants import Mutant

#: What may not rise: passes of shared memory (conflicts of banks) and pieces of global memory.
COUNTERS = ("shared_wavefronts", "global_sectors")


class Verdict(NamedTuple):
    """`how` is what killed it: "report" of the emulator, "result" or "counter"; "equivalent" with a reason; "alive";
    or "contradiction" where something killed what a rule calls equivalent."""

    how: str
    reason: str = ""


def judge(subject: Subject, mutant: Mutant) -> Verdict:
    rule, text = equivalents.rule(subject, mutant), mutant.apply(subject.text)
    for tokens in subject.kernel.lengths:
        if killer := _killer(subject, text, tokens):
            return Verdict("contradiction", rule) if rule else Verdict(killer)
        # Most that the first launch leaves alive are masks of rows and columns: no launch tells them apart.
        if tokens == subject.kernel.lengths[0] and not rule and (why := equivalents.same_everywhere(subject, mutant)):
            return Verdict("equivalent", why)
    demonstrations = (
        equivalents.own_places,
        equivalents.same_sums,
        equivalents.same_choice,
        equivalents.unused_choice,
        equivalents.zeros,
        equivalents.unused_reads,
    )
    why = rule or next(filter(None, (show(subject, mutant) for show in demonstrations)), "")
    return Verdict("equivalent", why) if why else Verdict("alive")


def _killer(subject: Subject, text: str, tokens: int) -> str:
    unchanged, launch = subject.unchanged(tokens), subject.launch(text, tokens)
    if launch.report:
        return "report"
    if launch.outputs != unchanged.outputs:
        return "result"
    return "counter" if any(launch.counters[name] > unchanged.counters[name] for name in COUNTERS) else ""
