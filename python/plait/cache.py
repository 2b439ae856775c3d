"""The disk cache of compiled kernels: `plait.cache.info()`, `plait.cache.clear()`."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

from typing import NamedTuple


class CacheInfo(NamedTuple):
    """State of the cache; hits, misses and evictions are those of this process."""

    directory: str
    capacity: int
    bytes: int
    entries: int
    hits: int
    misses: int
    evictions: int


def info() -> CacheInfo:
    """Where the cache is and what it holds.

    >>> import plait
    >>> plait.cache.info().capacity > 0
    True
    """
    from plait import _plait

    return CacheInfo(**_plait.cache_info())


def clear() -> int:
    """Removes all entries from the disk and says how many there were.

    Kernels that this process has loaded stay loaded, tuned choices stay stored.

    >>> import plait
    >>> plait.cache.clear() >= 0
    True

    Raises:
        UnavailableError: the folder can't be written.
    """
    from plait import _plait

    return _plait.cache_clear()
