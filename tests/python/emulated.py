"""Arrays for kernels on the emulator, fresh in each run, and how far results are from f64."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

from typing import Any

import ml_dtypes
import numpy as np

import plait

RANDOM = np.random.default_rng()

#: Bounds of the relative RMS error against f64 on rounded inputs.
BOUNDS = {np.float32: 2e-6, ml_dtypes.bfloat16: 3.5e-3, np.float16: 5e-4}
BOUND = BOUNDS[ml_dtypes.bfloat16]

def random(*shape: int, dtype: Any = ml_dtypes.bfloat16) -> np.ndarray[Any, Any]:
    return RANDOM.standard_normal(shape, np.float32).astype(dtype)


def error(result: Any, expected: Any) -> float:
    """The relative RMS error of an array on the device."""
    found, wanted = (np.asarray(x, np.float64) for x in (plait.cuda.numpy(result), expected))
    assert found.shape == wanted.shape
    return float(np.sqrt(((found - wanted) ** 2).sum() / (wanted**2).sum()))
