"""Plain scans, along any axis: a recurrent unit with input gates, as in RG-LRU."""
# SPDX-License-Identifier: Apache-2.0

import numpy as np

import plait

rng = np.random.default_rng(0)
x, gate = (rng.standard_normal((4, 200, 64), np.float32) for _ in range(2))
a = np.exp(-0.5 / (1 + np.exp(-gate)))

h = plait.affine_scan(a, np.sqrt(1 - a * a) * x)

state = np.zeros((4, 64), np.float32)
for t in range(200):
    state = a[:, t] * state + np.sqrt(1 - a[:, t] ** 2) * x[:, t]
assert np.allclose(h[:, -1], state, atol=1e-5)
print("last state differs by", np.abs(h[:, -1] - state).max())
