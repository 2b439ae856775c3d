"""Prefill, then one token at a time: the recurrent form, with the state updated in place."""
# SPDX-License-Identifier: Apache-2.0

import numpy as np

import plait

rng = np.random.default_rng(0)
q, k, v = (rng.standard_normal((1, 64, 8, 32), np.float32) for _ in range(3))
g = -np.abs(rng.standard_normal((1, 64, 8), np.float32)) / 8

# All tokens at once, to compare with.
o = plait.simple_gla(q, k, v, g)

# The first 60 tokens in one call, the others one by one.
prompt = slice(0, 60)
_, state = plait.simple_gla(q[:, prompt], k[:, prompt], v[:, prompt], g[:, prompt], output_final_state=True)
for t in range(60, 64):
    o1, state = plait.simple_gla.step(q[:, t], k[:, t], v[:, t], g[:, t], state=state, inplace=True)
    assert np.allclose(o1, o[:, t], atol=1e-4)
print("state:", state.shape, state.dtype)
