"""How a variant divides by its normaliser, the sum of the keys read with the query."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

from plait.arrays import expect_number
from plait.errors import ArgumentError
from plait.records import Record


class Normalize(Record):
    """A normaliser: `mode` is "sum" or "clamp"."""

    mode: str
    eps: float


def sum_eps(eps: float = 1e-6) -> Normalize:
    """Divides by q . z + eps, the paper's normaliser (Katharopoulos et al. 2020).

    >>> import plait
    >>> plait.sum_eps(1e-6)
    Normalize(mode='sum', eps=1e-06)

    Raises:
        ArgumentError: eps is negative or no finite number.
    """
    return Normalize("sum", _checked(eps))


def clamp_min(eps: float = 1e-6) -> Normalize:
    """Divides by max(q . z, eps), as flash-linear-attention's older layers do.

    >>> import plait
    >>> plait.clamp_min(1e-6)
    Normalize(mode='clamp', eps=1e-06)

    Raises:
        ArgumentError: eps is negative or no finite number.
    """
    return Normalize("clamp", _checked(eps))


def _checked(eps: float) -> float:
    eps = expect_number("eps", eps)
    if not 0 <= eps < float("inf"):
        raise ArgumentError(f"eps: expects a finite number of at least 0, but got {eps}")
    return eps
