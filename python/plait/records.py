"""Small immutable records, made without the time that NamedTuple and dataclass take at import."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, ClassVar, TypeVar

    from typing_extensions import dataclass_transform

    Self = TypeVar("Self", bound="Record")
else:

    def dataclass_transform(**options):
        """What type checkers understand; nothing at run time."""
        return lambda cls: cls


@dataclass_transform(frozen_default=True)
class Record:
    """Fields are the annotations of a subclass, defaults their values there.

    Records compare, hash, iterate and print by their fields.
    """

    fields: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls) -> None:
        cls.fields = tuple(cls.__annotations__)

    def __init__(self, *values: Any, **named: Any) -> None:
        unknown = [name for name in named if name not in self.fields]
        if unknown or len(values) > len(self.fields):
            got = unknown[0] if unknown else f"{len(values)} values"
            raise TypeError(f"{type(self).__name__} expects {', '.join(self.fields)}, but got {got}")
        own = self.__dict__
        own.update(zip(self.fields, values))
        own.update(named)
        for name in self.fields:
            if not hasattr(self, name):
                raise TypeError(f"{type(self).__name__} expects {name}, but got none")
        self.check()

    def check(self) -> None:
        """Refuses what a subclass does not take as its fields."""

    def replace(self: Self, **changes: Any) -> Self:
        """The same record with other values in some fields."""
        new = object.__new__(type(self))
        new.__dict__.update(self.__dict__, **changes)
        return new

    def __iter__(self) -> Iterator[Any]:
        return (getattr(self, name) for name in self.fields)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash((type(self), *self))

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.fields)
        return f"{type(self).__name__}({values})"
