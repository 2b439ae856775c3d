"""A variant of one's own: a few lines of Python become one fused kernel."""
# SPDX-License-Identifier: Apache-2.0

from typing import Any

import numpy as np

import plait


@plait.variant(shared=("weight",))
def decayed_squared_relu(q: Any, k: Any, v: Any, f: Any, weight: Any) -> Any:
    """Squared-relu features, a gate before its sigmoid, and a norm of the output."""

    def phi(x: Any) -> Any:
        return plait.maximum(x, 0) ** 2

    o = plait.recur(phi(q), phi(k), v, decay=plait.logsigmoid(f), normalize=plait.sum_eps(1e-3))
    return plait.rms_norm(o) * weight


rng = np.random.default_rng(0)
q, k, v = (rng.standard_normal((1, 50, 2, 16), np.float32) for _ in range(3))
f = rng.standard_normal((1, 50, 2), np.float32)
weight = np.ones(16, np.float32)

o = decayed_squared_relu(q, k, v, f, weight)
assert o.shape == v.shape
assert np.allclose((o**2).mean(-1), 1, atol=1e-2)
print(decayed_squared_relu.mlir(q, k, v, f, weight))
