"""From a traced program to a function in memory: this process, the disk, the compiler."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import functools
import glob
import os
import shutil
import sysconfig
from typing import Optional

from plait import _plait
from plait.errors import CompileError, DamagedError
from plait.program import Program
from plait.records import Record

#: Functions of this process, by (IR, instruction set, schedule).
_loaded: dict[tuple[str, str, str], _plait.Function] = {}


#: Where a toolkit's programs are unless the environment names another one.
_TOOLKIT = "/usr/local/cuda/bin"


class Source(Record):
    """Where functions came from so far, for `explain` and tests."""

    compiled: int
    from_disk: int


_counts = [0, 0]

#: Bytes of which addresses and strides of rows on CUDA are multiples, unless a schedule says less.
ALIGNMENT = 16


def sources() -> Source:
    """How many functions this process compiled, and how many it took from the disk cache."""
    return Source(*_counts)


def plan(program: Program) -> _plait.Plan:
    """The plan of a program; its functions are found when sizes are known."""
    text = program.text()

    def resolve(items: int, tokens: int, device: int, alignment: int) -> _plait.Function:
        meant = sized(program, tokens, device)
        ir = text if meant is program else meant.text()
        schedule = scheduled(meant, ir, items, tokens, device)
        return load(meant, ir, isa_of(device), aligned(schedule, alignment))

    fields = [tuple(field) for field in program.inputs]
    outputs = [tuple(output) for output in program.outputs]
    captures = program.trace.captures
    return _plait.Plan(resolve, fields, outputs, captures, program.states, program.returns_state)


def sized(program: Program, tokens: int, device: int) -> Program:
    """The program for calls of so many tokens: on CUDA one token is a step, which rounds no score as blocks do."""
    return program.replace(one_token=True) if device >= 0 and tokens == 1 else program


def isa_of(device: int) -> str:
    """The instruction set to compile for: that of the CPU for device -1, else a device's architecture."""
    if device < 0:
        return _plait.target_isa()
    from plait.cuda import architecture

    return architecture(device)


def target(isa: str) -> str:
    """What to compile for: this machine, whose cores the compiler then knows, where the code is for it."""
    return "native" if isa == _plait.cpu_isa() else isa


def load(program: Program, text: str, isa: str, schedule: str) -> _plait.Function:
    """The compiled function of a program.

    Raises:
        CompileError: the compiler refuses it; the message names lines of the variant.
    """
    key = (text, isa, schedule)
    function = _loaded.get(key)
    if function is None:
        function = _loaded[key] = _from_disk(program, text, isa, schedule) or _compile(program, text, isa, schedule)
    return function


def parts(text: str, isa: str, schedule: str) -> dict[str, str]:
    """The key of a compiled function in the disk cache.

    Machines of one instruction set share it, whatever their cores: only time differs.
    """
    key = {
        "ir": text,
        "target": isa,
        "schedule": schedule,
        "compiler": _plait.COMPILER,
        "library": _fingerprint(_plait.compiler_path()),
    }
    return {**key, "assembler": _assembler_version()} if isa.startswith("sm_") else key


def scheduled(program: Program, text: str, items: int, tokens: int, device: int) -> str:
    """The schedule for calls of some size: what was tuned, else the default, which on CUDA a model chooses."""
    isa = isa_of(device)
    schedule = tuned(program, text, isa, items, tokens)
    if schedule is not None or device < 0:
        return schedule or ""
    return schedules(text, items, tokens, device)[0]


def aligned(schedule: str, alignment: int) -> str:
    """The schedule for arrays whose rows start at multiples of so many bytes."""
    return schedule if alignment >= ALIGNMENT else ",".join(filter(None, (schedule, f"alignment={alignment}")))


def schedules(text: str, items: int, tokens: int, device: int) -> list[str]:
    """The schedules worth timing for calls of some size, the default first."""
    processors = _plait.cuda_describe(device)["multiprocessors"] if device >= 0 else 1
    try:
        return _plait.schedules(text, target(isa_of(device)), items, tokens, processors)
    except CompileError:
        return [""]  # whose compilation says why, with places in the user's program


def tuned(program: Program, text: str, isa: str, items: int, tokens: int) -> Optional[str]:
    """The schedule that tuning chose for the bucket of a size; "" is the compiler's default."""
    if not _has_database():
        return None
    from plait.tuning import tuning_key

    return _plait.tuning_best(tuning_key(program, text, isa, items, tokens))


def _from_disk(program: Program, text: str, isa: str, schedule: str) -> Optional[_plait.Function]:
    pack = _plait.cache_get(parts(text, isa, schedule))
    if pack is None:
        return None
    try:
        function = _plait.Function(pack, program.name)
    except DamagedError:
        return None
    _counts[1] += 1
    return function


def _compile(program: Program, text: str, isa: str, schedule: str) -> _plait.Function:
    pack = compile_text(program, text, target(isa), schedule)
    _counts[0] += 1
    _plait.cache_put(parts(text, isa, schedule), pack)
    return _plait.Function(pack, program.name)


def compile_text(program: Program, text: str, targets: str, schedule: str) -> bytes:
    """Compiles; a refusal is repeated with places in the user's program."""
    ptxas = assembler() if "sm_" in targets else ""
    try:
        return _plait.compile(text, targets, schedule, ptxas)
    except CompileError as error:
        refusal = error
    _plait.compile(program.text(locations=True), targets, schedule, ptxas)
    raise refusal


def assembler() -> str:
    """The path of ptxas: where the compiler looks for it, or of CUDA's wheels beside this package; "" without any."""
    roots = [os.environ[name] for name in ("CUDA_ROOT", "CUDA_HOME", "CUDA_PATH") if os.environ.get(name)]
    folders = [*(os.path.join(root, "bin") for root in roots), _TOOLKIT]
    for root in {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}:
        folders += sorted(glob.glob(os.path.join(glob.escape(root), "nvidia", "*", "bin")))
    return shutil.which("ptxas") or shutil.which("ptxas", path=os.pathsep.join(folders)) or ""


def _assembler_version() -> str:
    """What decides, beside the PTX, what a cubin is."""
    path = assembler()
    return _ask_version(path, _fingerprint(path))


@functools.lru_cache
def _ask_version(path: str, fingerprint: str) -> str:
    """Asks once for each build of an assembler, which its `fingerprint` tells from others."""
    if not path:
        return fingerprint
    import subprocess

    try:
        done = subprocess.run([path, "--version"], capture_output=True, text=True, check=False)
    except OSError:  # what is wrong with it, the compiler tells
        return fingerprint
    return f"{done.stdout.strip()} {fingerprint}"


def _fingerprint(path: str) -> str:
    """Tells builds of the compiler or the assembler apart that call themselves the same."""
    try:
        found = os.stat(path)
    except OSError:
        return "absent"
    return f"{found.st_size}-{found.st_mtime_ns}"


def _has_database() -> bool:
    """Whether anything was ever tuned here, asked without opening the database."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    base = base if os.path.isabs(base) else os.path.expanduser("~/.cache")
    folder = os.environ.get("PLAIT_CACHE_DIR") or os.path.join(base, "plait")
    return os.path.exists(os.path.join(folder, "tuning.db"))
