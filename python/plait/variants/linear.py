"""Variants without a gate per token: the paper's attention, RetNet, Lightning."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Optional, Union

from plait.feature_maps import maps_of
from plait.normalize import Normalize, sum_eps
from plait.tracing.recurrence import Clauses, record
from plait.tracing.value import Value, refuse
from plait.variants.variant import Variant


def linear_attention(
    q: Any,
    k: Any,
    v: Any,
    feature_map: Union[str, Callable[[Any], Any]] = "elu+1",
    normalize: Optional[Normalize] = sum_eps(1e-6),
    causal: bool = True,
) -> Any:
    """Linear attention (Katharopoulos et al. 2020, arXiv 2006.16236).

    o_i = phi(q_i)^T S_i / (phi(q_i)^T z_i + eps) with S_i and z_i the sums of
    phi(k_j) v_j^T and phi(k_j) over j <= i, or over all j with `causal=False`.

    Args:
        q: queries [B, T, Hq, K], f32, bf16 or f16; Hq is a multiple of H.
        k: keys [B, T, H, K], of the type of q.
        v: values [B, T, H, V], of the type of q.
        feature_map: "elu+1", "relu", "relu^2", "identity", "sigmoid", "silu", "exp",
            "softmax", "softmax+-", one of `plait.feature_maps`, or a function of a row.
        normalize: `plait.sum_eps(eps)`, `plait.clamp_min(eps)` or None.
        causal: whether token i sees only tokens up to i.

    Returns:
        o [B, T, Hq, V] of the type of v; with `output_final_state=True` also the state
        [B, H, C, V + 1] (C features; the last column is z), [B, H, C, V] unnormalised.
        `scale` is 1 by default.

    Raises:
        ShapeError, DtypeError: an argument does not fit; the message names it.
        ArgumentError: an unknown feature map.

    >>> import numpy as np, plait
    >>> rng = np.random.default_rng(0)
    >>> q, k, v = (rng.standard_normal((1, 16, 2, 4), np.float32) for _ in range(3))
    >>> o = plait.linear_attention(q, k, v)
    >>> bool(np.allclose(o[:, 0], v[:, 0], atol=1e-5))
    True
    """
    query_map, key_map = maps_of(feature_map)
    query, key = query_map(q), key_map(k)
    for row in (query, key):
        if not isinstance(row, Value):
            refuse(f"feature_map: expects a function that gives a traced row, but got {type(row).__name__}")
    return record(query, key, v, Clauses(normalize=normalize, causal=causal))


def retention(q: Any, k: Any, v: Any, decay: Any = None) -> Any:
    """Retention, a constant decay per head (RetNet, Sun et al. 2023, arXiv 2307.08621).

    S_t = e^decay S_{t-1} + k_t v_t^T, o_t = scale * S_t^T q_t.

    Args:
        q: queries [B, T, Hq, K], f32, bf16 or f16; Hq is a multiple of H.
        k: keys [B, T, H, K], of the type of q.
        v: values [B, T, H, V], of the type of q.
        decay: log decay [H], f32 or the type of q; log(1 - 2^(-5-h)) by default.

    Returns:
        o [B, T, Hq, V]; with `output_final_state=True` also the state [B, H, K, V], f32.
        `scale` is K**-0.5 by default.

    Raises:
        ShapeError, DtypeError: an argument does not fit; the message names it.

    >>> import numpy as np, plait
    >>> x = np.ones((1, 2, 1, 1), np.float32)
    >>> plait.retention(x, x, x).ravel().tolist()
    [1.0, 1.96875]
    """
    return record(q, k, v, Clauses(decay=decay, scale=q.shape[-1] ** -0.5, decay_ranks=(1,)))


def lightning_attention(q: Any, k: Any, v: Any, decay: Any) -> Any:
    """Lightning Attention-2, a given decay per head (Qin et al. 2024, arXiv 2401.04658).

    S_t = e^decay S_{t-1} + k_t v_t^T, o_t = scale * S_t^T q_t.

    Args:
        q: queries [B, T, Hq, K], f32, bf16 or f16; Hq is a multiple of H.
        k: keys [B, T, H, K], of the type of q.
        v: values [B, T, H, V], of the type of q.
        decay: log decay [H], f32 or the type of q.

    Returns:
        o [B, T, Hq, V]; with `output_final_state=True` also the state [B, H, K, V], f32.
        `scale` is K**-0.5 by default.

    Raises:
        ShapeError, DtypeError: an argument does not fit; the message names it.

    >>> import numpy as np, plait
    >>> x = np.ones((1, 3, 1, 1), np.float32)
    >>> plait.lightning_attention(x, x, x, np.log(np.array([0.5], np.float32))).ravel().tolist()
    [1.0, 1.5, 1.75]
    """
    return record(q, k, v, Clauses(decay=decay, scale=q.shape[-1] ** -0.5, decay_ranks=(1,)))


def _retention_decay(heads: int) -> Any:
    """RetNet's decay of the heads counted from 0."""
    import numpy as np

    return np.log1p(-(2.0 ** (-5.0 - np.arange(heads)))).astype(np.float32)


LINEAR_ATTENTION = Variant(linear_attention)
RETENTION = Variant(retention, shared=("decay",), generate={"decay": _retention_decay})
LIGHTNING_ATTENTION = Variant(lightning_attention, shared=("decay",))
