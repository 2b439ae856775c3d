"""Settings: threads, target, cache; `plait.config` says each with its source."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import ClassVar, NamedTuple


class Setting(NamedTuple):
    """A value and where it comes from: "default", "set_num_threads" or a variable's name."""

    value: str
    source: str


_threads_set = False


def set_num_threads(count: int) -> None:
    """Sets how many threads calls use unless told otherwise, 1 to 1024.

    The variable PLAIT_NUM_THREADS does the same from outside. Results do not depend
    on it, to the bit.

    >>> import plait
    >>> plait.set_num_threads(2)
    >>> plait.get_num_threads()
    2

    Raises:
        ArgumentError: the count is no integer from 1 to 1024.
    """
    from plait import _plait
    from plait.arrays import expect_integer

    global _threads_set
    _plait.set_num_threads(expect_integer("count", count, 1, 1024))
    _threads_set = True


def get_num_threads() -> int:
    """How many threads calls use unless told otherwise.

    >>> import plait
    >>> plait.get_num_threads() >= 1
    True
    """
    from plait import _plait

    return _plait.get_num_threads()


class Config(Mapping[str, Setting]):
    """All settings with their sources, as they are now.

    >>> import plait
    >>> sorted(plait.config)
    ['cache_dir', 'cache_size', 'cuda_driver', 'num_threads', 'target']
    >>> plait.config["target"].source in ("default", "PLAIT_TARGET")
    True
    """

    _VARIABLES: ClassVar[dict[str, str]] = {
        "num_threads": "PLAIT_NUM_THREADS",
        "target": "PLAIT_TARGET",
        "cache_dir": "PLAIT_CACHE_DIR",
        "cache_size": "PLAIT_CACHE_SIZE",
        "cuda_driver": "PLAIT_CUDA_DRIVER",
    }

    def __getitem__(self, name: str) -> Setting:
        variable = self._VARIABLES[name]
        source = variable if os.environ.get(variable) else "default"
        if name == "num_threads" and _threads_set:
            source = "set_num_threads"
        return Setting(self._value(name, variable), source)

    @staticmethod
    def _value(name: str, variable: str) -> str:
        from plait import _plait

        if name == "num_threads":
            return str(_plait.get_num_threads())
        if name == "target":
            return _plait.target_isa()
        if name == "cuda_driver":
            return os.environ.get(variable) or "libcuda.so.1"
        return str(_plait.cache_info()["directory" if name == "cache_dir" else "capacity"])

    def __iter__(self) -> Iterator[str]:
        return iter(self._VARIABLES)

    def __len__(self) -> int:
        return len(self._VARIABLES)

    def __repr__(self) -> str:
        rows = [f"{name:<12} {setting.value:<40} {setting.source}" for name, setting in self.items()]
        return "\n".join(row.rstrip() for row in rows)


config = Config()
