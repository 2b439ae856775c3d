"""Tuning tries the schedules of a kernel on real arguments; on the CPU it changes time, never a bit."""
# SPDX-License-Identifier: Apache-2.0

import numpy as np

import plait

rng = np.random.default_rng(0)
q, k, v = (rng.standard_normal((1, 256, 4, 64), np.float32) for _ in range(3))

before = plait.linear_attention(q, k, v)
tuning = plait.linear_attention.tune(q, k, v)
after = plait.linear_attention(q, k, v)

assert before.tobytes() == after.tobytes()
assert all(trial.matches for trial in tuning.trials)
print(tuning)
