"""The recurrence token by token in NumPy, in f64 or f32: what accuracy is measured against."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

from typing import Any, Optional

import numpy as np


def recurrence(
    q: Any, k: Any, v: Any, dtype: Any, decay: Optional[Any] = None, initial_state: Optional[Any] = None
) -> Any:
    """S_t = diag(e^g_t) S_{t-1} + k_t v_t^T, o_t = S_t^T q_t, one batch, a decay per token or key channel."""
    q, k, v = (np.asarray(x[0], dtype) for x in (q, k, v))
    tokens, heads, width = v.shape
    state = np.zeros((heads, k.shape[2], width), dtype)
    if initial_state is not None:
        state += initial_state[0]
    if decay is not None:
        decay = np.exp(np.asarray(decay[0], dtype)).reshape(tokens, heads, -1, 1)
    out = np.empty((tokens, heads, width), dtype)
    for t in range(tokens):
        if decay is not None:
            state *= decay[t]
        state += k[t][:, :, None] * v[t][:, None, :]
        out[t] = (q[t][:, :, None] * state).sum(1)
    return out[None]


def elu(x: Any, dtype: Any) -> Any:
    """The paper's feature map elu(x) + 1."""
    x = np.asarray(x, dtype)
    return np.where(x > 0, x + 1, np.exp(np.minimum(x, 0)))


def attention(q: Any, k: Any, v: Any, dtype: Any, eps: float = 1e-6, initial_state: Optional[Any] = None) -> Any:
    """The paper's attention: elu+1, causal, normalised. The last column of a state is the normaliser's."""
    ones = np.ones((*v.shape[:3], 1), v.dtype)
    out = recurrence(elu(q, dtype), elu(k, dtype), np.concatenate([v, ones], -1), dtype, initial_state=initial_state)
    return out[..., :-1] / (out[..., -1:] + dtype(eps))


def relative_rms(got: Any, expected: Any) -> float:
    """The root mean square error relative to that of the expected values; inf where a NaN is."""
    expected = np.asarray(expected, np.float64)
    difference = np.asarray(got, np.float64) - expected
    error = float(np.sqrt(np.mean(difference**2)) / np.sqrt(np.mean(expected**2)))
    return error if np.isfinite(error) else float("inf")
