"""Why a mutant that nothing kills computes the same: by rules with reasons, and by demonstrations.

A rule is about the instruction that was changed, whatever its registers. A demonstration runs the kernel again, with
a check or with zeros where the mutant differs.
"""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import itertools
import re

from kernels import Subject
from mutants import ACCESS, ADDRESS, REGISTER, Mutant, target_of

#: (kind, before, after, reason). A register that both have is named by a group.
RULES = (
    (
        "bound",
        r"max\.s64 %\w+, (?P<a>%\w+), 0;",
        r"mov\.b64 %\w+, (?P=a);|max\.s64 %\w+, (?P=a), -?1;",
        "a chunk that the loop comes to has at least one row",
    ),
    (
        "bound",
        r"setp\.lt\.s64 %\w+, %\w+, 1;",
        r"setp\.lt\.s64 %\w+, %\w+, 0;",
        "without tokens the copies before the loop have no bytes, and a chunk has at least one row",
    ),
    (
        "address",
        r"mul\.hi\.s64 (?P<operands>%\w+, %\w+), 3074457345618258603;",
        r"mul\.hi\.s64 (?P=operands), 3074457345618258604;",
        "a sixth, of which the last bit shows in quotients of more than 2^60 tokens",
    ),
    (
        "address",
        r"shr\.u64 (?P<operands>%\w+, %\w+), 63;",
        r"shr\.u64 (?P=operands), 64;",
        "the sign of a quotient of tokens",
    ),
)

_NEXT_ROW = r"setp\.gt\.s64 (?P<operands>%\w+, %\w+, %\w+;) -> setp\.ge\.s64 (?P=operands)"
_LOADS = ("ld.shared", "ldmatrix")
_LIMIT = (
    r"min\.s64 %\w+, (?P<a>%\w+), (16|32|64); -> (mov\.b64 %\w+, (?P=a);|min\.s64 %\w+, (?P=a), (17|33|65);)",
    "a limit of as many rows as a block has, compared with numbers of rows below it",
)
_ROADS = "a division of 64 bits and one of 32 give the same where both can"
_LAST_WAIT = "the last turn of the loop commits no copies, so that nothing is left to wait for"
_ROW = "at least one row is left in a chunk, which makes the other condition the only one"
_SUMMED = "the lanes whose numbers were summed, or the warps of a tile held twice, hold the same, and each may store it"
_OWN = "between accesses of each warp to its own places, which the warp orders itself"
_SAME = "the same value in every thread"
_MASKED = "where it differs, another condition decides, and the same value is chosen in every thread"
_ZEROS = (
    "what it reads or stores is zeros, or meets them: of a tile wider than the head dim, or of a mask's other triangle"
)
_UNUSED = "where it chooses another number, that meets zeros, or a later mask drops it, or its row is not stored"
_UNREAD = "where it differs, what is read or chosen is not used: of the warps that hold a tile, one stores it"
_POISON = {"16": "0x42F6", "32": "0f42F60000"}  # 123
_POISONED_READ = {"b16": "0x42F6", "b32": "0x42F642F6"}  # 123 in bf16, once or twice, or 123.3 in f32
_CHOICE = re.compile(r"selp\.[bf](16|32)\s+%\w+, (\S+), (\S+), (%p\d+);")
_AFTER = "a row after the last token, which in a causal kernel without a final state only later rows would see"


def rule(subject: Subject, mutant: Mutant) -> str:
    """The reason that a rule has for the mutant, "" if there is none."""
    kernel = subject.kernel
    before, after = " ".join(mutant.before.split()), " ".join(mutant.after.split())
    for kind, was, becomes, why in RULES:
        if kind == mutant.kind and re.fullmatch(f"({was}) -> ({becomes})", f"{before} -> {after}"):
            return why
    if not kernel.states and not kernel.reverse and re.fullmatch(_NEXT_ROW, f"{before} -> {after}"):
        return _AFTER
    lines = _lines(subject)
    if mutant.kind == "wait" and not _comes_to_loads(lines, mutant.line):
        return _LAST_WAIT
    if re.fullmatch(_LIMIT[0], f"{before} -> {after}") and _is_only_compared(lines, target_of(before)):
        return _LIMIT[1]
    return _of_definitions(lines, before, after) if mutant.kind == "bound" else ""


def _lines(subject: Subject) -> list[str]:
    return [line.strip() for line in subject.text.split("\n")]


def _comes_to_loads(lines: list[str], start: int) -> bool:
    """Whether a kernel loads from shared memory behind a line, or goes back to before it."""
    labels = {line.rstrip(":") for line in lines[:start] if line.startswith("$")}
    behind = itertools.takewhile(lambda line: ".entry" not in line, lines[start:])
    return any(line.startswith(_LOADS) or ("bra" in line and line.split()[-1].rstrip(";") in labels) for line in behind)


def _is_only_compared(lines: list[str], register: str) -> bool:
    uses = [line for line in lines if register in REGISTER.findall(line.split(",", 1)[-1])]
    return all(
        line.startswith("setp")
        or (line.startswith(("cvt", "min", "max")) and _is_only_compared(lines, target_of(line)))
        for line in uses
    )


def _of_definitions(lines: list[str], before: str, after: str) -> str:
    """Reasons that are in the instructions which made the operands."""
    made = {target_of(line): " ".join(line.split()) for line in lines if target_of(line)}
    operands = REGISTER.findall(before)
    if re.match(r"setp\.ne\.b64 .*, 0;", before) and made.get(operands[1], "").endswith(", -4294967296;"):
        return _ROADS
    holder = made.get(operands[1], "") if re.match(r"setp\.ne\.b32 .*, 0;", before) else ""
    chooses = any(line.startswith("selp") and line.endswith(f" {operands[0]};") for line in lines)
    if re.match(r"(and\.b32 .*, (3|6|28)|shr\.u32 .*, 6);", holder) and not chooses:
        return _SUMMED
    if re.fullmatch(r"or\.pred (%\w+, %\w+), %\w+; -> mov\.pred \1;", f"{before} -> {after}"):
        return _ROW if re.match(r"setp\.lt\.s64 .*, 1;", made.get(operands[2], "")) else ""
    return ""


def same_everywhere(subject: Subject, mutant: Mutant) -> str:
    """The reason if a launch shows it: it traps where the mutant's value differs.

    All threads run the line, and no argument of the kernel has a part in it: others would show nothing else.
    """
    target = target_of(mutant.before)
    if not target or not _is_of_threads(_lines(subject), target):
        return ""
    kind = _kind(target)
    compare = "xor.pred" if kind == "pred" else f"setp.ne.{kind}"
    before = mutant.before.replace(target, "%unchanged", 1)
    check = (
        f"{{ .reg .{kind} %unchanged; .reg .pred %differs; {before} {mutant.after} "
        f"{compare} %differs, %unchanged, {target}; @%differs trap; }}"
    )
    reached = subject.launch(mutant._replace(after="trap;").apply(subject.text), subject.kernel.usual)
    checked = subject.launch(mutant._replace(after=check).apply(subject.text), subject.kernel.usual)
    return _SAME if "trap" in reached.report and not checked.report else ""


def same_choice(subject: Subject, mutant: Mutant) -> str:
    """The reason if a launch shows it: it traps where what the mutant's predicate chooses in the end differs.

    One instruction after the other uses it, without a branch between them; arguments of the kernel have no part in it.
    """
    lines, number, target = _lines(subject), mutant.line, target_of(mutant.before)
    changed, unchanged = list(lines), "%unchanged"
    changed[number] = f".reg .pred {unchanged}; {mutant.before.replace(target, unchanged, 1)} {mutant.after}"
    while target.startswith("%p"):
        uses = [n for n, line in enumerate(lines) if n != number and target in REGISTER.findall(line)]
        if len(uses) != 1 or any(line.startswith(("$", "@", "bra", "bar")) for line in lines[number + 1 : uses[0]]):
            return ""
        number = uses[0]
        found = re.fullmatch(r"((?:and|or|xor)\.(pred)|selp\.(b16|b32))\s+(%\w+),(.*)", lines[number])
        if not found:
            return ""
        kind, made = found[2] or found[3], f"%unchanged{number}"
        inputs = re.sub(rf"{target}\b", unchanged, found[5])
        changed[number] += f" .reg .{kind} {made}; {found[1]} {made},{inputs}"
        target, unchanged = found[4], made
    if number == mutant.line or not _is_of_threads(lines, target):
        return ""
    reached = subject.launch("\n".join([*changed[:number], "trap;", *changed[number:]]), subject.kernel.usual)
    changed[number] += f" {{ .reg .pred %differs; setp.ne.{kind} %differs, {unchanged}, {target}; @%differs trap; }}"
    checked = subject.launch("\n".join(changed), subject.kernel.usual)
    return _MASKED if "trap" in reached.report and not checked.report else ""


def unused_choice(subject: Subject, mutant: Mutant) -> str:
    """The reason if launches show it: the same results with 123 where the mutant chooses another of two numbers. What
    the line makes is made beside it unchanged, up to the choices."""
    target = target_of(mutant.before)
    lines, beside = _lines(subject), {target: "%unchanged"}
    if not target or sum(target_of(line) == target for line in lines) != 1:
        return ""
    checked, reached = list(lines), list(lines)
    before = mutant.before.replace(target, "%unchanged", 1)
    checked[mutant.line] = f".reg .{_kind(target)} %unchanged; {before} {mutant.after}"
    for number, line in enumerate(lines):
        if not beside.keys() & set(REGISTER.findall(line.split(",", 1)[-1])):
            continue
        made, choice = target_of(line), _CHOICE.fullmatch(line)
        if choice and choice[4] in beside:
            width, first, second, by = choice.groups()
            checked[number] = (
                f"{{ .reg .pred %differs, %counts; .reg .b{width} %first, %second; mov.b{width} %first, {first}; "
                f"mov.b{width} %second, {second}; xor.pred %differs, {by}, {beside[by]}; "
                f"setp.ne.b{width} %counts, %first, %second; and.pred %differs, %differs, %counts; "
                f"selp.b{width} {made}, %first, %second, {by}; "
                f"selp.b{width} {made}, {_POISON[width]}, {made}, %differs; }}"
            )
            reached[number] = "trap;"
        elif number > mutant.line and re.match(r"(and|or|xor|shr|cvt|setp)\.", line):
            instruction, operands = line.split(",", 1)[0].split()[0], line.split(",", 1)[1]
            beside[made] = f"%unchanged{number}"
            operands = REGISTER.sub(lambda register: beside.get(register[0], register[0]), operands)
            checked[number] += f" .reg .{_kind(made)} {beside[made]}; {instruction} {beside[made]},{operands}"
        else:
            return ""
    if "trap" not in subject.launch("\n".join(reached), subject.kernel.lengths[0]).report:
        return ""
    text = "\n".join(checked)
    lengths = subject.kernel.lengths
    same = all(subject.launch(text, tokens).outputs == subject.unchanged(tokens).outputs for tokens in lengths)
    return _UNUSED if same else ""


def _kind(register: str) -> str:
    return {"p": "pred", "rd": "b64", "rs": "b16"}.get(register.strip("%0123456789"), "b32")


def _is_of_threads(lines: list[str], register: str) -> bool:
    """Whether only the numbers of threads and constants make it."""
    seen: set[str] = set()
    wanted = [register]
    while wanted:
        register = wanted.pop()
        made = [line for line in lines if target_of(line) == register]
        if not made or any(line.startswith("ld.") or "%ctaid" in line or "shfl" in line for line in made):
            return False
        seen.add(register)
        wanted += [other for line in made for other in REGISTER.findall(line.split(",", 1)[1]) if other not in seen]
    return True


def same_sums(subject: Subject, mutant: Mutant) -> str:
    """The reason of a choice among lanes, in columns, that have summed the same: other choices store it as well."""
    lines = _lines(subject)
    found = re.match(r"setp\.ne\.b32 (%\w+), (%\w+), 0;", " ".join(mutant.before.split()))
    if not found or any(line.startswith("selp") and line.endswith(f" {found[1]};") for line in lines):
        return ""
    made = next((line for line in lines if target_of(line) == found[2]), "")
    return _SUMMED if re.match(r"bfe\.u32\s.*, 2, 3;", made) else ""


def own_places(subject: Subject, mutant: Mutant) -> str:
    """The reason if launches show it: without the barrier nothing races, but an access behind it does where its place
    is that of other warps, with an access before it."""
    if mutant.kind != "barrier":
        return ""
    lines = _lines(subject)
    barriers = [number for number, line in enumerate(lines) if line.startswith("bar.")]
    place = barriers.index(mutant.line)
    first, end = barriers[place - 1] if place else 0, (barriers + [len(lines)])[place + 1]
    for number in range(mutant.line + 1, end):
        if not lines[number].startswith((*_LOADS, "st.shared", "stmatrix")):
            continue
        for bytes_of_rows in (1024, 2048, 4096):
            moved = list(lines)
            moved[mutant.line] = mutant.after
            moved[number] = ADDRESS.sub(lambda m, by=bytes_of_rows: f"[{m[1]}+{int(m[2] or 0) + by}]", lines[number])
            report = subject.launch("\n".join(moved), subject.kernel.usual).report
            for found in re.finditer(rf" line {number + 1} `[^`]*`: race: .* in line (\d+) `", report):
                if first < int(found[1]) - 1 < mutant.line:
                    return _OWN
    return ""


def zeros(subject: Subject, mutant: Mutant) -> str:
    """The reason if launches show it. Gives zeros for all that is read or stored by the addresses in question."""
    reached = {target_of(mutant.before)}
    if mutant.kind not in ("swizzle", "address"):
        return ""
    lines = _lines(subject)
    changed = list(lines)
    for number in range(mutant.line, len(lines)):
        line = lines[number]
        if line.startswith(ACCESS):
            if number == mutant.line or reached & set(re.findall(r"\[(%\w+)", line)):
                if line.startswith(_LOADS):
                    changed[number] = " ".join(f"mov.b32 {register}, 0;" for register in _loaded(line))
                elif line.startswith("st.shared"):
                    place, stored = line.split("],", 1)
                    changed[number] = f"{place}], {REGISTER.sub('0', stored)}"
                else:
                    return ""
        elif reached & set(REGISTER.findall(line.split(",", 1)[-1])) and target_of(line):
            reached.add(target_of(line))
    text = "\n".join(changed)
    same = changed != lines and all(
        subject.launch(text, tokens).outputs == subject.unchanged(tokens).outputs for tokens in subject.kernel.lengths
    )
    return _ZEROS if same else ""


def unused_reads(subject: Subject, mutant: Mutant) -> str:
    """The reason if launches show it: the same results with 123 for what is read by an address, and the opposite of
    what is compared with it, where that differs; and nothing is stored there."""
    target = target_of(mutant.before)
    if mutant.kind != "address" or not target or not _is_of_threads(_lines(subject), target):
        return ""
    lines, reached = _lines(subject), {target}
    changed = list(lines)
    changed[mutant.line] += (
        f" .reg .b32 %mutated; {mutant.after.replace(target, '%mutated', 1)} "
        f".reg .pred %differs; setp.ne.b32 %differs, {target}, %mutated;"
    )
    for number in range(mutant.line + 1, len(lines)):
        line = lines[number]
        if not reached & set(REGISTER.findall(line.split(",", 1)[-1] if target_of(line) else line)):
            continue
        if line.startswith(_LOADS):
            kinds = {register: _kind(register) for register in _loaded(line)}
            if not set(kinds.values()) <= _POISONED_READ.keys():
                return ""
            changed[number] += "".join(f" @%differs mov.{k} {r}, {_POISONED_READ[k]};" for r, k in kinds.items())
        elif line.startswith("setp"):
            changed[number] += f" xor.pred {target_of(line)}, {target_of(line)}, %differs;"
        elif line.startswith(ACCESS):
            changed[number] = f"@%differs trap; {line}"
        elif not target_of(line):
            return ""
        else:
            reached.add(target_of(line))
    differs = list(changed)
    differs[mutant.line] += " @%differs trap;"
    if "trap" not in subject.launch("\n".join(differs), subject.kernel.lengths[0]).report:
        return ""
    text = "\n".join(changed)
    launches = ((subject.launch(text, tokens), subject.unchanged(tokens)) for tokens in subject.kernel.lengths)
    same = all(not launch.report and launch.outputs == unchanged.outputs for launch, unchanged in launches)
    return _UNREAD if same else ""


def _loaded(line: str) -> list[str]:
    return REGISTER.findall(line.split("[", 1)[0])
