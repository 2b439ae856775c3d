"""The paper's attention: elu(x) + 1 features, causal, normalised, checked against a loop."""
# SPDX-License-Identifier: Apache-2.0

import numpy as np

import plait

rng = np.random.default_rng(0)
q, k, v = (rng.standard_normal((2, 100, 4, 32), np.float32) for _ in range(3))

o = plait.linear_attention(q, k, v)


def phi(x: np.ndarray) -> np.ndarray:
    return np.where(x > 0, x + 1, np.exp(np.minimum(x, 0)))


expected = np.zeros_like(o)
S, z = np.zeros((2, 4, 32, 32)), np.zeros((2, 4, 32))
for t in range(100):
    S += np.einsum("bhk,bhv->bhkv", phi(k[:, t]), v[:, t])
    z += phi(k[:, t])
    numerator = np.einsum("bhk,bhkv->bhv", phi(q[:, t]), S)
    expected[:, t] = numerator / (np.einsum("bhk,bhk->bh", phi(q[:, t]), z)[..., None] + 1e-6)

assert np.allclose(o, expected, rtol=1e-4, atol=1e-5)
print("largest difference from the loop:", np.abs(o - expected).max())
