"""`plait.recur`: the matrix-state recurrence that every variant is made of."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

from typing import Any, Optional

from plait.normalize import Normalize
from plait.tracing.recurrence import Clauses, record
from plait.variants.variant import Variant


def recur(
    q: Any,
    k: Any,
    v: Any,
    *,
    decay: Any = None,
    value_decay: Any = None,
    a: Any = None,
    b: Any = None,
    beta: Any = None,
    bonus: Any = None,
    read: str = "inclusive",
    scale: float = 1.0,
    normalize: Optional[Normalize] = None,
    min_log_decay: Optional[float] = None,
) -> Any:
    """The matrix-state recurrence over time, S_t = diag(e^g_t) S_{t-1} diag(e^w_t) + k_t v_t^T.

    Reads o_t = scale * S_t^T q_t (`read="inclusive"`) or, before the token's own write,
    o_t = scale * (S_{t-1}^T q_t + (q_t . (u * k_t)) v_t) (`read="exclusive"`). Inside a
    variant it is recorded, outside it runs at once. Kernels scale values, or keys beside a
    decay per key channel, by up to e^20 within a block: from 7e29 on these may overflow.
    On CUDA queries and keys of bf16 beside such a decay are scaled by e^-32 to e^32: from
    4e24 on they may overflow, and below 1e-24 they lose digits.

    Args:
        q: queries [B, T, Hq, K], f32, bf16 or f16; Hq is a multiple of H.
        k: keys [B, T, H, K], of the type of q.
        v: values [B, T, H, V], of the type of q.
        decay: g, the log decay: per head [H], per token [B, T, H] or per key channel
            [B, T, H, K]; f32 or the type of q.
        value_decay: w, the log decay per value channel [B, T, H, V].
        a, b: low rank [B, T, H, K], adds b_t (a_t^T S_{t-1}); later versions compile it.
        beta: delta rule [B, T, H]; later versions compile it.
        bonus: u [H, K], f32 or the type of q, only with an exclusive read.
        scale: multiplies the query.
        normalize: `plait.sum_eps` or `plait.clamp_min`, not with a value decay; the state
            then has a column more.
        min_log_decay: a declared lower bound of the decay.

    Returns:
        o [B, T, Hq, V] of the type of v; with `output_final_state=True` also the state
        [B, H, K, V], f32.

    Raises:
        ShapeError, DtypeError: an argument does not fit; the message names it.
        CompileError: the compiler can't lower this form yet.

    >>> import numpy as np, plait
    >>> x = np.ones((1, 4, 1, 1), np.float32)
    >>> plait.recur(x, x, x, decay=np.log(np.array([0.5], np.float32))).ravel().tolist()
    [1.0, 1.5, 1.75, 1.875]
    """
    clauses = Clauses(decay, value_decay, a, b, beta, bonus, read, scale, normalize, min_log_decay)
    return record(q, k, v, clauses)


recur_variant = Variant(recur, shared=("bonus",))
