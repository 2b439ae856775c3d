"""Packs: compiled functions in one file, for machines without a compiler."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Union

from plait.errors import ArgumentError, DtypeError, Error, UnavailableError

if TYPE_CHECKING:
    from plait.program import Program


class Pack:
    """A pack: machine code of functions for one or several instruction sets.

    Any program loads it through the C interface of libplait_runtime.

    >>> import plait
    >>> x = plait.Spec((1, 10, 2, 16))
    >>> pack = plait.retention.compile(x, x, x, targets=["x86-64-v3", "aarch64"])
    >>> {name: [isa for isa, schedule in variants] for name, variants in pack.functions.items()}
    {'retention': ['x86-64-v3', 'aarch64']}
    """

    def __init__(self, data: bytes) -> None:
        from plait import _plait

        if not isinstance(data, bytes):
            raise DtypeError(f"data: expects bytes, but got {type(data).__name__}")
        self.data = data
        #: (instruction set, schedule) of the variants of each function.
        self.functions = _plait.describe_pack(data)

    @staticmethod
    def compile(program: Program, targets: Sequence[str], schedule: str) -> Pack:
        """Compiles a traced program."""
        from plait import jit

        names = (targets,) if isinstance(targets, str) else tuple(targets) if isinstance(targets, Iterable) else ()
        if not names or not all(isinstance(name, str) for name in names):
            raise ArgumentError(f"targets: expects names of instruction sets, but got {targets!r}")
        if not isinstance(schedule, str):
            raise ArgumentError(f"schedule: expects a text such as 'rows=8,columns=2', but got {schedule!r}")
        return Pack(jit.compile_text(program, program.text(), ",".join(names), schedule))

    @staticmethod
    def load(path: Union[str, os.PathLike[str]]) -> Pack:
        """Reads a pack and checks it.

        Raises:
            UnavailableError: the file can't be read.
            DamagedError: it is truncated or altered.
        """
        name = os.fspath(path)
        try:
            with open(name, "rb") as file:
                data = file.read()
        except OSError as error:
            raise UnavailableError(f"path: can't read {name}: {error.strerror}") from error
        try:
            return Pack(data)
        except Error as error:
            raise type(error)(f"path: {name}: {error}") from None

    def save(self, path: Union[str, os.PathLike[str]]) -> None:
        """Writes the pack; a file that was there stays as it was after a failure.

        A device, a pipe or a symbolic link is written through, any other file replaced.

        Raises:
            UnavailableError: the folder can't be written, or the disk is full.
        """
        target = os.fspath(path)
        try:
            if os.path.lexists(target) and not stat.S_ISREG(os.lstat(target).st_mode):
                with open(target, "wb") as file:
                    file.write(self.data)
            else:
                _replace(target, self.data)
        except OSError as error:
            raise UnavailableError(f"path: can't write {target}: {error.strerror}") from error

    def __repr__(self) -> str:
        return f"<plait.Pack of {', '.join(self.functions)}: {len(self.data)} bytes>"


def _replace(target: str, data: bytes) -> None:
    number, temporary = tempfile.mkstemp(prefix=".plait-", dir=os.path.dirname(os.path.abspath(target)))
    try:
        with open(number, "wb") as file:
            file.write(data)
        os.chmod(temporary, 0o644)
        os.replace(temporary, target)
    except BaseException:
        os.unlink(temporary)
        raise
