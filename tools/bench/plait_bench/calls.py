"""Cases about calls: the first one, the cost of one that does nothing, one token of decoding."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from typing import Any

import numpy as np

import plait
from plait.pack import Pack
from plait_bench import calibrate
from plait_bench.report import Row, judge
from plait_bench.timing import Effort, interleave
from plait_bench.workloads import generator, log_sigmoid_gate, on_cache_line

Case = Mapping[str, Any]

# What a user's program does; NumPy is loaded before the clock starts, Plait after.
_FIRST_CALL = """
import sys, time
import numpy as np
q, k, v = (np.random.default_rng().standard_normal((1, 64, 8, int(sys.argv[1])), np.float32) for _ in range(3))
start = time.perf_counter()
import plait
plait.linear_attention(q, k, v)
print(time.perf_counter() - start)
"""


def first_call(case: Case, effort: Effort) -> list[Row]:
    """Milliseconds from `import plait` to the first result in a new process, the best of several."""
    processes = min(effort.rounds, 7)
    cold, warm = [], []
    for _ in range(processes):
        with tempfile.TemporaryDirectory(prefix="plait-bench-") as cache:
            cold.append(_first_call(case["dim"], cache))
            warm.append(_first_call(case["dim"], cache))
    note = f"best of {processes} processes, median {{:.1f}} ms"
    return [
        judge(f"first call, {name}", min(found), "ms", {"at_most": case[bar]} if bar in case else {},
              note.format(sorted(found)[processes // 2]))
        for name, bar, found in (("cold", "at_most_cold", cold), ("from the disk cache", "at_most_cached", warm))
    ]  # fmt: skip


def _first_call(dim: int, cache: str) -> float:
    # As users run it: modules are bytecode after the first process.
    environment = {**os.environ, "PLAIT_CACHE_DIR": cache, "PYTHONDONTWRITEBYTECODE": ""}
    found = subprocess.run(
        [sys.executable, "-c", _FIRST_CALL, str(dim)], env=environment, check=True, capture_output=True, text=True
    )
    return float(found.stdout) * 1e3


def overhead(case: Case, effort: Effort) -> list[Row]:
    """Microseconds of a call with one token, one head and a small head dim."""
    dim = case["dim"]
    q, k, v = (generator().standard_normal((1, 1, 1, dim), np.float32) for _ in range(3))
    pack = plait.linear_attention.compile(q, k, v)
    from_c = calibrate.call_from_c(pack.data, "linear_attention", [q, k, v, np.zeros_like(v)])
    times = interleave({"C": lambda: from_c(1000), "Python": lambda: plait.linear_attention(q, k, v)}, effort)
    return [
        judge(f"call overhead, T = 1, {name}", seconds * 1e6, "us", {"at_most": case[bar]} if bar in case else {})
        for name, bar, seconds in (
            ("C", "at_most_c", times["C"].least / 1000),
            ("Python", "at_most_python", times["Python"].least),
        )
    ]


def step(case: Case, effort: Effort) -> list[Row]:
    """One gated token, the state in place: share of the bandwidth of multiplying the same buffer in place."""
    heads, dim, rng = case["heads"], case["dim"], generator()
    q, k, v = (rng.standard_normal((1, heads, dim), np.float32) for _ in range(3))
    g = log_sigmoid_gate(rng, 1, heads, dim) if case["gate"] == "channel" else log_sigmoid_gate(rng, 1, heads)
    variant = plait.gla if case["gate"] == "channel" else plait.simple_gla
    state = on_cache_line(rng.standard_normal((1, heads, dim, dim), np.float32))
    out = np.zeros((1, heads, dim), np.float32)
    options = {"state": state, "inplace": True, "num_threads": 1}
    program = variant.program((q, k, v, g), options, step=True)
    pack = Pack.compile(program, ("native",), "")
    arrays = [array[:, None] for array in (q, k, v, g)]
    from_c = calibrate.call_from_c(pack.data, program.name, [*arrays, state, out[:, None]])
    calls = 20
    times = interleave(
        {
            "update": calibrate.update(state, calls),
            "C": lambda: from_c(calls),
            "Python": lambda: variant.step(q, k, v, g, out=out, **options),
        },
        effort,
    )
    update = times["update"].least / calls
    note = f"{{:.1f}} us, the update alone {update * 1e6:.1f} us"
    from_c_seconds, python = times["C"].least / calls, times["Python"].least
    return [
        judge(case["name"], 100 * update / from_c_seconds, "%", case, note.format(from_c_seconds * 1e6)),
        Row(f"{case['name']}, called from Python", 100 * update / python, "%", note=note.format(python * 1e6)),
    ]
