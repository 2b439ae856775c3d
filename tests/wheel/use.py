"""Runs a kernel of an installed package and prints where its libraries came from."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

from pathlib import Path

import numpy as np

import plait


def attention(q: np.ndarray, k: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Causal, normalised, with elu + 1, of [B, T, H, D]."""
    q, k = (np.where(x > 0, x + 1, np.exp(np.minimum(x, 0))) for x in (q, k))
    weights = np.tril(np.einsum("bthd,bshd->bhts", q, k))
    return np.einsum("bhts,bshd->bthd", weights / weights.sum(-1, keepdims=True), v)


def main() -> None:
    rng = np.random.default_rng(0)
    q, k, v = (rng.standard_normal((1, 70, 2, 16)).astype(np.float32) for _ in range(3))
    np.testing.assert_allclose(plait.linear_attention(q, k, v), attention(q, k, v), rtol=1e-4, atol=1e-5)
    mapped = (line.split()[-1] for line in Path("/proc/self/maps").read_text().splitlines())
    print("\n".join(sorted({path for path in mapped if path.startswith("/")})))


if __name__ == "__main__":
    main()
