"""Cases about rounding: f32 results against f64, and what the plain f32 recurrence misses."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

import plait
from plait_bench import reference
from plait_bench.report import Row
from plait_bench.timing import Effort
from plait_bench.workloads import generator, log_sigmoid_gate

Case = Mapping[str, Any]

#: Gates by name: (rng, shape) -> log decays.
_GATES = {
    "mild": lambda rng, shape: log_sigmoid_gate(rng, *shape),
    "strong": lambda rng, shape: np.full(shape, -20, np.float32),
    "spikes": lambda rng, shape: np.where(rng.random(shape) < 0.02, -80, log_sigmoid_gate(rng, *shape)).astype(
        np.float32
    ),
}


def accuracy(case: Case, effort: Effort) -> list[Row]:
    """Relative RMS error, held to 1e-6 or 1.5 times the miss of the plain f32 recurrence."""
    rng = generator()
    shape = (1, case["tokens"], case["heads"], case["dim"])
    q, k, v = (rng.standard_normal(shape, np.float32) for _ in range(3))
    if case.get("variant") == "linear_attention":
        got = plait.linear_attention(q, k, v)
        exact, plain = (reference.attention(q, k, v, dtype) for dtype in (np.float64, np.float32))
    else:
        options: dict[str, Any] = {}
        if "gate" in case:
            options["decay"] = _GATES[case["gate"]](rng, shape if case.get("channel") else shape[:3])
        if "state_scale" in case:
            state = rng.standard_normal((1, case["heads"], case["dim"], case["dim"]), np.float32)
            options["initial_state"] = state * np.float32(case["state_scale"])
        got = plait.recur(q, k, v, **options)
        exact, plain = (reference.recurrence(q, k, v, dtype, **options) for dtype in (np.float64, np.float32))
    error, miss = reference.relative_rms(got, exact), reference.relative_rms(plain, exact)
    bound = max(1e-6, 1.5 * miss)
    note = f"the plain f32 recurrence misses {miss:.2e}"
    return [Row(case["name"], error, "", f"<= {bound:.2e}", error <= bound, note)]
