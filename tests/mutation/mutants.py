"""The mutants of a text of PTX: one instruction weaker or shifted in each."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

REGISTER = re.compile(r"%(?:rs|rd|r|p|f|fd)\d+")
_NUMBER = re.compile(r"(?<![\w%.$])-?\d+(?![\w.])")
ADDRESS = re.compile(r"\[(%\w+)(?:\+(-?\d+))?\]")
ACCESS = ("ld.global", "st.global", "ld.shared", "st.shared", "ldmatrix", "stmatrix", "cp.async", "atom", "red.")
_SYNCHRONISES = ("fence", "membar", "mbarrier")
_LOOSER = {"lt": "le", "le": "lt", "gt": "ge", "ge": "gt", "eq": "ne", "ne": "eq"}


class Mutant(NamedTuple):
    """A line of the text (from 0) and what stands there instead."""

    kind: str
    line: int
    before: str
    after: str

    def apply(self, text: str) -> str:
        lines = text.split("\n")
        lines[self.line] = self.after
        return "\n".join(lines)

    def __str__(self) -> str:
        return f"{self.kind}: line {self.line + 1}: `{self.before}` -> `{self.after}`"


def mutants(text: str) -> Iterator[Mutant]:
    """All mutants, by lines."""
    lines = [line.strip() for line in text.split("\n")]
    addresses = _address_registers(lines)
    for number, line in enumerate(lines):
        for kind, after in _changes(line, addresses):
            assert after != line
            yield Mutant(kind, number, line, after)


def _changes(line: str, addresses: set[str]) -> Iterator[tuple[str, str]]:
    if line.startswith("bar."):
        yield "barrier", ""
    elif line.startswith("cp.async.wait_group"):
        yield "wait", ""
        yield "wait", _add(line, 1)
    elif line.startswith("cp.async.wait_all"):
        yield "wait", ""
    elif line.startswith("cp.async.commit_group"):
        yield "commit", ""
    elif line.startswith(_SYNCHRONISES):
        yield "fence", ""
    elif line.startswith(ACCESS):
        yield from _accesses(line)
    elif line.startswith("setp"):
        yield from _comparisons(line)
    elif line.startswith(("min.s", "min.u", "max.s", "max.u")):
        yield from _limits(line)
    elif line.startswith(("and.pred", "or.pred")):
        target, first, second = _operands(line)
        for operand in (first, second):
            yield "bound", f"mov.pred {target}, {operand};"
    elif line.startswith("xor.b"):
        target, first, second = _operands(line)
        width = line.split()[0].removeprefix("xor.b")
        for operand in (first, second):
            if REGISTER.fullmatch(operand):
                yield "swizzle", f"mov.b{width} {target}, {operand};"
    elif target_of(line) in addresses:
        yield from _offsets(line)


def _accesses(line: str) -> Iterator[tuple[str, str]]:
    """Addresses an element or a row of a matrix further, and a copy of all bytes whatever the bound."""
    size = 16 if "matrix" in line or line.startswith("cp.async") else _element(line.split()[0])
    for found in ADDRESS.finditer(line):
        moved = f"[{found[1]}+{int(found[2] or 0) + size}]"
        yield "address", line[: found.start()] + moved + line[found.end() :]
    if line.startswith("cp.async"):
        whole, operand = line.rstrip(";").rsplit(", ", 1)
        if REGISTER.fullmatch(operand):
            yield "copy size", f"{whole}, {whole.rsplit(', ', 1)[1]};"


def _comparisons(line: str) -> Iterator[tuple[str, str]]:
    """Whole numbers alone: the other strictness, which is one more or one less, and one in the other direction."""
    found = re.match(r"setp\.(lt|le|gt|ge|eq|ne)\.([sub])(32|64)\s", line)
    if not found:
        return
    compare, sign, width = found.groups()
    yield "bound", line.replace(f"setp.{compare}", f"setp.{_LOOSER[compare]}", 1)
    if compare in ("eq", "ne"):
        return
    target, first, second = _operands(line)
    # The bound b of a < b and of a >= b is one less, that of a <= b and of a > b one more.
    step = -1 if compare in ("lt", "ge") else 1
    kind = f"{'s' if sign == 'b' else sign}{width}"
    if REGISTER.fullmatch(second):
        yield (
            "bound",
            f"{{ .reg .b{width} %bound; add.{kind} %bound, {second}, {step}; "
            f"setp.{compare}.{sign}{width} {target}, {first}, %bound; }}",
        )
    else:
        yield "bound", f"setp.{compare}.{sign}{width} {target}, {first}, {int(second) + step};"


def _limits(line: str) -> Iterator[tuple[str, str]]:
    """A minimum or maximum that lets anything pass, and constants one further and nearer."""
    target, first, second = _operands(line)
    width = re.match(r"\w+\.\w(\d+)", line)
    assert width, line
    yield "bound", f"mov.b{width[1]} {target}, {first};"
    if not REGISTER.fullmatch(second):
        yield "bound", _add(line, 1)
        yield "bound", _add(line, -1)


def _offsets(line: str) -> Iterator[tuple[str, str]]:
    """The constant in the arithmetic of an address: one more, or what keeps an address of 16 bytes aligned."""
    instruction = line.split()[0]
    if not re.match(r"(add|sub|mul|mad|shl|shr|or|and|bfe|mov)\.", instruction):
        return
    numbers = _NUMBER.findall(line.split(None, 1)[1])
    if not numbers:
        return
    last = int(numbers[-1])
    if instruction.startswith("and"):
        step = last & -last
    else:
        step = 16 if instruction.startswith(("add", "sub", "or")) and last % 16 == 0 else 1
    yield "address", _add(line, step)


def _address_registers(lines: list[str]) -> set[str]:
    """Registers from which addresses come, but for those that memory or an index of a thread is read into."""
    sources: dict[str, set[str]] = {}
    wanted: list[str] = []
    for line in lines:
        if line.startswith(ACCESS):
            wanted += [found[1] for found in ADDRESS.finditer(line)]
        elif (target := target_of(line)) and not line.startswith("ld."):
            sources.setdefault(target, set()).update(REGISTER.findall(line.split(",", 1)[-1]))
    found: set[str] = set()
    while wanted:
        register = wanted.pop()
        if register not in found:
            found.add(register)
            wanted += sources.get(register, ())
    return found


def target_of(line: str) -> str:
    found = re.match(r"[a-z][\w.]*\s+(%\w+),", line)
    return found[1] if found else ""


def _operands(line: str) -> list[str]:
    return [operand.strip() for operand in line.rstrip(";").split(None, 1)[1].split(",")]


def _element(instruction: str) -> int:
    found = re.search(r"\.[bsuf](\d+)$", instruction)
    assert found, instruction
    return int(found[1]) // 8


def _add(line: str, step: int) -> str:
    """Changes the last number among the operands."""
    instruction, operands = line.split(None, 1)
    found = list(_NUMBER.finditer(operands))[-1]
    return f"{instruction} {operands[: found.start()]}{int(found[0]) + step}{operands[found.end() :]}"
