"""The attention of "Transformers are RNNs" (arXiv 2006.16236), written as a variant.

Run: .venv/bin/python python/examples/00_paper_attention.py
"""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

from typing import Any

import numpy as np

import plait


@plait.variant
def paper_attention(q: Any, k: Any, v: Any) -> Any:
    """elu+1, causal, normalised: o_i = phi(q_i)^T S_i / (phi(q_i)^T z_i + eps)."""

    def phi(x: Any) -> Any:
        return plait.where(x > 0, x + 1, plait.exp(x))

    return plait.recur(phi(q), phi(k), v, normalize=plait.sum_eps(1e-6))


def by_definition(q: Any, k: Any, v: Any) -> Any:
    """The same in f64, with the whole matrix of T x T weights."""

    def phi(x: Any) -> Any:
        return np.where(x > 0, x + 1, np.exp(np.minimum(x, 0)))

    q, k, v = (np.moveaxis(x.astype(np.float64), 1, 2) for x in (q, k, v))
    weights = np.tril(phi(q) @ phi(k).swapaxes(-1, -2))
    return np.moveaxis(weights @ v / (weights.sum(-1, keepdims=True) + 1e-6), 2, 1)


if __name__ == "__main__":
    rng = np.random.default_rng(0)
    q, k, v = (rng.standard_normal((1, 512, 8, 64), np.float32) for _ in range(3))
    o = paper_attention(q, k, v)
    error = np.abs(o - by_definition(q, k, v)).max()
    assert error < 1e-5, error
    print(f"{o.shape[1]} tokens, {o.shape[2]} heads of {o.shape[3]}: the largest error is {error:.1e}")
