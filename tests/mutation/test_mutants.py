"""Mutants of generated kernels: each is killed on the emulator, or equivalent for a reason.

A sample runs in CI. All of them: `python tests/mutation/test_mutants.py [KERNEL...]`, which prints a table and each
mutant that is alive; --list names the kernels.
"""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import functools
import multiprocessing
import os
import re
import sys
from collections import Counter
from collections.abc import Iterator

import pytest

import equivalents
from driver import emulator
from kernels import KERNELS, Subject
from mutants import Mutant, mutants
from verdicts import Verdict, judge

#: How many mutants of each kind are tried in CI.
SAMPLE = 2
#: The kinds of mutants of any kernel, and of those that go through chunks of tokens.
ALWAYS = {"address", "bound"}
OF_CHUNKS = {"barrier", "wait", "commit", "swizzle", "copy size"}
FORMS = ("report", "result", "counter", "equivalent", "contradiction", "alive")

pytestmark = pytest.mark.skipif(not emulator().exists(), reason="the emulator is not built")

TEXT = """
.visible .entry example(.param .u64 data)
{
	xor.b32 	%r3, %r1, %r2;
	setp.lt.s32 	%p1, %r1, %r4;
	selp.b32 	%r5, 16, 0, %p1;
	cp.async.cg.shared.global [%rd1+128], [%rd2], 16, %r5;
	cp.async.commit_group;
	cp.async.wait_group 	0;
	bar.sync 	0;
	fence.proxy.async;
	and.b32 	%r6, %r3, 112;
	cvt.u64.u32 	%rd3, %r6;
	ld.shared.v2.b32 	{%r7, %r8}, [%rd3+8];
	min.s32 	%r9, %r7, 64;
	ret;
}
"""


def test_list() -> None:
    assert [(mutant.kind, " ".join(mutant.after.split())) for mutant in mutants(TEXT)] == [
        ("swizzle", "mov.b32 %r3, %r1;"),
        ("swizzle", "mov.b32 %r3, %r2;"),
        ("bound", "setp.le.s32 %p1, %r1, %r4;"),
        ("bound", "{ .reg .b32 %bound; add.s32 %bound, %r4, -1; setp.lt.s32 %p1, %r1, %bound; }"),
        ("address", "cp.async.cg.shared.global [%rd1+144], [%rd2], 16, %r5;"),
        ("address", "cp.async.cg.shared.global [%rd1+128], [%rd2+16], 16, %r5;"),
        ("copy size", "cp.async.cg.shared.global [%rd1+128], [%rd2], 16, 16;"),
        ("commit", ""),
        ("wait", ""),
        ("wait", "cp.async.wait_group 1;"),
        ("barrier", ""),
        ("fence", ""),
        ("address", "and.b32 %r6, %r3, 128;"),
        ("address", "ld.shared.v2.b32 {%r7, %r8}, [%rd3+12];"),
        ("bound", "mov.b32 %r9, %r7;"),
        ("bound", "min.s32 %r9, %r7, 65;"),
        ("bound", "min.s32 %r9, %r7, 63;"),
    ]


def test_sample() -> None:
    tasks = []
    for index in range(len(KERNELS)):
        kinds: dict[str, list[Mutant]] = {}
        for mutant in mutants(_subject(index).text):
            kinds.setdefault(mutant.kind, []).append(mutant)
        assert kinds.keys() >= ALWAYS | (set() if KERNELS[index].step else OF_CHUNKS)
        tasks += [(index, mutant) for each in kinds.values() for mutant in each[:: -(-len(each) // SAMPLE)]]
    verdicts = Counter(verdict.how for _, _, verdict in _judge_all(tasks))
    assert verdicts["report"] and verdicts["result"]
    assert not verdicts["alive"] and not verdicts["contradiction"]


def test_masks_that_count_are_not_excused() -> None:
    """Of the choices of a causal mask that results depend on, each is told from those that don't matter."""
    subject = _subject(0)
    masks = [mutant for mutant in mutants(subject.text) if re.match(r"setp\.(lt|gt)\.u32", mutant.before)]
    killed = [mutant for mutant in masks if judge(subject, mutant).how == "result"]
    assert killed
    assert not [str(mutant) for mutant in killed if equivalents.unused_choice(subject, mutant)]


@functools.cache
def _subject(index: int) -> Subject:
    return Subject(KERNELS[index])


def _judge(task: tuple[int, Mutant]) -> tuple[int, Mutant, Verdict]:
    index, mutant = task
    return index, mutant, judge(_subject(index), mutant)


def _judge_all(tasks: list[tuple[int, Mutant]]) -> Iterator[tuple[int, Mutant, Verdict]]:
    """In processes of their own, which have a driver with settings of its own; says which mutants live."""
    with multiprocessing.get_context("spawn").Pool(len(os.sched_getaffinity(0))) as pool:
        for index, mutant, verdict in pool.imap(_judge, tasks, chunksize=8):
            if verdict.how in ("alive", "contradiction"):
                print(f"{verdict.how}: {KERNELS[index].name}: {mutant} {verdict.reason}", flush=True)
            yield index, mutant, verdict


def _print_table(title: str, verdicts: list[tuple[str, Verdict]]) -> None:
    print(f"\n{title:24}" + "".join(f"{word:>14}" for word in ("mutants", *FORMS)))
    kinds = list(dict.fromkeys(kind for kind, _ in verdicts))
    for kind in (*kinds, "all"):
        counts = Counter(verdict.how for other, verdict in verdicts if kind in (other, "all"))
        print(f"{kind:24}" + "".join(f"{n:14}" for n in (counts.total(), *(counts[form] for form in FORMS))))


def main(names: list[str]) -> int:
    known = [kernel.name for kernel in KERNELS]
    if "--list" in names or not set(names) <= set(known):
        print("\n".join(known))
        return 0 if "--list" in names else 2
    found: dict[int, list[tuple[str, Verdict]]] = {}
    indices = [known.index(name) for name in names or known]
    tasks = [(index, mutant) for index in indices for mutant in mutants(_subject(index).text)]
    for index, mutant, verdict in _judge_all(tasks):
        found.setdefault(index, []).append((mutant.kind, verdict))
    every = [pair for pairs in found.values() for pair in pairs]
    for index, pairs in found.items():
        _print_table(known[index], pairs)
    _print_table("all kernels", every)
    print("\nequivalent:")
    for why, count in Counter(verdict.reason for _, verdict in every if verdict.how == "equivalent").most_common():
        print(f"{count:6}  {why}")
    return int(any(verdict.how in ("alive", "contradiction") for _, verdict in every))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
