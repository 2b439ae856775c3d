"""Runs IR in the f64 interpreter."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from plait import _plait


def interpret(
    ir: str, entry: str, arguments: Sequence[np.ndarray], shapes: Sequence[Sequence[int]]
) -> list[np.ndarray]:
    """The results, of the given shapes, of the function `entry`."""
    results = [np.empty(shape, np.float64) for shape in shapes]
    _plait.interpret(ir, entry, [np.ascontiguousarray(a) for a in arguments], results)
    return results


def assert_close(given: np.ndarray, expected: np.ndarray, bound: float = 1e-12) -> None:
    """Expects the same shape, the same NaNs and infinities, and a relative RMS error within the bound."""
    assert given.shape == expected.shape
    finite = np.isfinite(expected)
    np.testing.assert_array_equal(given[~finite], expected[~finite])
    error, size = (given - expected)[finite], expected[finite]
    assert np.sqrt(np.sum(error**2)) <= bound * np.sqrt(np.sum(size**2)) + 1e-300
