"""Variants with a gate per token: simple GLA, GLA, HGRN2, RWKV-6, Mamba-2."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

from typing import Any

from plait.arrays import is_array
from plait.errors import DtypeError
from plait.tracing.functions import expm1
from plait.tracing.recurrence import Clauses, record
from plait.tracing.value import Value, place
from plait.variants.variant import Variant


def simple_gla(q: Any, k: Any, v: Any, g: Any) -> Any:
    """Simple gated linear attention: one decay per token and head.

    S_t = e^g_t S_{t-1} + k_t v_t^T, o_t = scale * S_t^T q_t.

    Args:
        q: queries [B, T, Hq, K], f32, bf16 or f16; Hq is a multiple of H.
        k: keys [B, T, H, K], of the type of q.
        v: values [B, T, H, V], of the type of q.
        g: log decay [B, T, H], f32 or the type of q.

    Returns:
        o [B, T, Hq, V]; with `output_final_state=True` also the state [B, H, K, V], f32.
        `scale` is K**-0.5 by default.

    Raises:
        ShapeError, DtypeError: an argument does not fit; the message names it.

    Source: flash-linear-attention's simple_gla, the scalar case of arXiv 2312.06635.

    >>> import numpy as np, plait
    >>> x, g = np.ones((1, 3, 1, 1), np.float32), np.log(np.full((1, 3, 1), 0.5, np.float32))
    >>> plait.simple_gla(x, x, x, g).ravel().tolist()
    [1.0, 1.5, 1.75]
    """
    return record(q, k, v, Clauses(decay=g, scale=q.shape[-1] ** -0.5, decay_ranks=(3,)))


def gla(q: Any, k: Any, v: Any, g: Any) -> Any:
    """Gated linear attention: a decay per token and key channel (Yang et al. 2023, arXiv 2312.06635).

    S_t = diag(e^g_t) S_{t-1} + k_t v_t^T, o_t = scale * S_t^T q_t.

    Args:
        q: queries [B, T, Hq, K], f32, bf16 or f16; Hq is a multiple of H.
        k: keys [B, T, H, K], of the type of q.
        v: values [B, T, H, V], of the type of q.
        g: log decay [B, T, H, K], f32 or the type of q.

    Returns:
        o [B, T, Hq, V]; with `output_final_state=True` also the state [B, H, K, V], f32.
        `scale` is K**-0.5 by default.

    Raises:
        ShapeError, DtypeError: an argument does not fit; the message names it.

    >>> import numpy as np, plait
    >>> x, g = np.ones((1, 3, 1, 1), np.float32), np.log(np.full((1, 3, 1, 1), 0.5, np.float32))
    >>> plait.gla(x, x, x, g).ravel().tolist()
    [1.0, 1.5, 1.75]
    """
    return record(q, k, v, Clauses(decay=g, scale=q.shape[-1] ** -0.5, decay_ranks=(4,)))


def hgrn2(q: Any, f: Any, i: Any) -> Any:
    """HGRN2: the key is what the forget gate lets go (Qin et al. 2024, arXiv 2404.07904).

    S_t = diag(e^f_t) S_{t-1} + (1 - e^f_t) i_t^T, o_t = scale * S_t^T q_t.

    Args:
        q: queries [B, T, Hq, K], f32, bf16 or f16; Hq is a multiple of H.
        f: log forget gate [B, T, H, K], f32 or the type of q.
        i: inputs, the values [B, T, H, V], of the type of q.

    Returns:
        o [B, T, Hq, V]; with `output_final_state=True` also the state [B, H, K, V], f32.
        `scale` is K**-0.5 by default.

    Raises:
        ShapeError, DtypeError: an argument does not fit; the message names it.

    >>> import numpy as np, plait
    >>> x, f = np.ones((1, 3, 1, 1), np.float32), np.log(np.full((1, 3, 1, 1), 0.5, np.float32))
    >>> plait.hgrn2(x, f, x).ravel().tolist()
    [0.5, 0.75, 0.875]
    """
    return record(q, -expm1(f), i, Clauses(decay=f, scale=q.shape[-1] ** -0.5, decay_ranks=(4,)))


def rwkv6(r: Any, k: Any, v: Any, w: Any, u: Any) -> Any:
    """RWKV-6: reads before it writes, with a bonus for the token itself (Peng et al. 2024, arXiv 2404.05892).

    o_t = scale * (S_{t-1}^T r_t + (r_t . (u * k_t)) v_t), S_t = diag(e^w_t) S_{t-1} + k_t v_t^T.

    Args:
        r: receptances [B, T, Hq, K], f32, bf16 or f16; Hq is a multiple of H.
        k: keys [B, T, H, K], of the type of r.
        v: values [B, T, H, V], of the type of r.
        w: log decay [B, T, H, K], f32 or the type of r.
        u: bonus [H, K], f32 or the type of r.

    Returns:
        o [B, T, Hq, V]; with `output_final_state=True` also the state [B, H, K, V], f32.
        `scale` is K**-0.5 by default.

    Raises:
        ShapeError, DtypeError: an argument does not fit; the message names it.

    >>> import numpy as np, plait
    >>> x, w = np.ones((1, 3, 1, 1), np.float32), np.log(np.full((1, 3, 1, 1), 0.5, np.float32))
    >>> plait.rwkv6(x, x, x, w, np.full((1, 1), 2, np.float32)).ravel().tolist()
    [2.0, 3.0, 3.5]
    """
    return record(r, k, v, Clauses(decay=w, bonus=u, read="exclusive", scale=r.shape[-1] ** -0.5, decay_ranks=(4,)))


def mamba2(x: Any, dt: Any, A: Any, B: Any, C: Any, D: Any = None) -> Any:
    """Mamba-2, the scalar state-space model (Dao and Gu 2024, arXiv 2405.21060).

    S_t = e^(A dt_t) S_{t-1} + B_t (dt_t x_t)^T, y_t = scale * S_t^T C_t + D x_t.

    Args:
        x: inputs [B, T, H, V], f32, bf16 or f16.
        dt: step sizes [B, T, H], positive, as given (no softplus), f32 or the type of x.
        A: [H], negative, f32 or the type of x.
        B: [B, T, G, N], of the type of x; head h has group h // (H / G).
        C: [B, T, G, N], of the type of x.
        D: [H], f32 or the type of x; none by default.

    Returns:
        y [B, T, H, V]; with `output_final_state=True` also the state [B, H, N, V], f32.
        `scale` is 1 by default and leaves D alone.

    Raises:
        ShapeError, DtypeError: an argument does not fit; the message names it.

    >>> import numpy as np, plait
    >>> x, dt = np.ones((1, 3, 1, 1), np.float32), np.ones((1, 3, 1), np.float32)
    >>> plait.mamba2(x, dt, np.log(np.array([0.5], np.float32)), x, x).ravel().tolist()
    [1.0, 1.5, 1.75]
    """
    for name, value in (("dt", dt), ("A", A), ("D", A if D is None else D)):
        if not isinstance(value, Value) and not is_array(value):
            raise DtypeError(f"{name}: expects an array, but got {type(value).__name__} ({place()})")
    y = record(C, B, x * dt[..., None], Clauses(decay=A * dt))
    return y if D is None else y + D[..., None] * x


SIMPLE_GLA = Variant(simple_gla)
GLA = Variant(gla)
HGRN2 = Variant(hgrn2, same=("q", "i"))
RWKV6 = Variant(rwkv6, shared=("u",), same=("r", "k", "v"))
MAMBA2 = Variant(mamba2, shared=("A", "D"), same=("x", "B", "C"), repeat=("B", "C"))
