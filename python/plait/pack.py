"""Packs: compiled functions in one file, for machines without a compiler."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from typing import TYPE_CHECKING, Union

from plait.errors import UnavailableError

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

        self.data = data
        #: (instruction set, schedule) of the variants of each function.
        self.functions = _plait.describe_pack(data)

    @staticmethod
    def compile(program: Program, targets: Sequence[str], schedule: str) -> Pack:
        """Compiles a traced program."""
        from plait import jit

        names = [targets] if isinstance(targets, str) else list(targets)
        return Pack(jit.compile_text(program, program.text(), ",".join(names), schedule))

    @staticmethod
    def load(path: Union[str, os.PathLike[str]]) -> Pack:
        """Reads a pack and checks it.

        Raises:
            UnavailableError: the file can't be read.
            DamagedError: it is truncated or altered.
        """
        try:
            with open(path, "rb") as file:
                return Pack(file.read())
        except OSError as error:
            raise UnavailableError(f"path: can't read {os.fspath(path)}: {error.strerror}") from error

    def save(self, path: Union[str, os.PathLike[str]]) -> None:
        """Writes the pack; no partial file stays after a failure.

        Raises:
            UnavailableError: the folder can't be written, or the disk is full.
        """
        target = os.fspath(path)
        temporary = None
        try:
            with tempfile.NamedTemporaryFile(
                dir=os.path.dirname(os.path.abspath(target)), prefix=".plait-", delete=False
            ) as file:
                temporary = file.name
                file.write(self.data)
            os.chmod(temporary, 0o644)
            os.replace(temporary, target)
        except OSError as error:
            if temporary is not None and os.path.exists(temporary):
                os.unlink(temporary)
            raise UnavailableError(f"path: can't write {target}: {error.strerror}") from error

    def __repr__(self) -> str:
        return f"<plait.Pack of {', '.join(self.functions)}: {len(self.data)} bytes>"
