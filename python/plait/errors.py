"""Errors of Plait: each says what was expected and what came.

All derive from `Error`; those about arguments are also `ValueError` or
`TypeError`, so that code that knows nothing of Plait can catch them.
"""
# SPDX-License-Identifier: Apache-2.0


class Error(Exception):
    """Base of every error that Plait raises."""


class ArgumentError(Error, ValueError):
    """A value, stride, alignment or setting is not what was expected."""


class ShapeError(ArgumentError):
    """A rank or an extent is not what was expected."""


class DtypeError(Error, TypeError):
    """An element type, a device or a kind of object is not what was expected."""


class TraceError(Error, TypeError):
    """A variant does what can't be compiled; the message names the line."""


class CompileError(Error, RuntimeError):
    """The compiler refused a program; the message holds its diagnostics."""


class UnsupportedError(Error, NotImplementedError):
    """The request is well formed, but this version or machine can't do it."""


class DamagedError(Error, ValueError):
    """A pack, cache entry or database is truncated or altered."""


class UnavailableError(Error, OSError):
    """The operating system refused: an unwritable folder, a full disk."""


class OutOfMemoryError(Error, MemoryError):
    """The host or a device has too little memory."""
