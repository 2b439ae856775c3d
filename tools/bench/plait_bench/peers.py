"""The same attention in PyTorch: the plain chunk form, and softmax attention."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from typing import Any, Optional

from plait_bench.timing import Effort, interleave

ABSENT = "PyTorch is not installed; tools/setup --peers adds it"


def torch() -> Optional[Any]:
    """PyTorch on one thread, or None where it is not installed."""
    if importlib.util.find_spec("torch") is None:
        return None
    import torch as module

    module.set_num_threads(1)
    return module


def chunk_sizes(tokens: int) -> list[int]:
    """Chunk lengths that divide a number of tokens."""
    return [size for size in (16, 32, 64, 128, 256) if size <= tokens and tokens % size == 0]


def batched(q: Any, k: Any, v: Any, chunk: int) -> Any:
    """elu+1, causal, normalised: all chunks in one batch of matrix products. [B, H, T, D]."""
    import torch

    tail = q.shape[-2:]
    q, k = (torch.nn.functional.elu(x) + 1 for x in (q, k))
    v = torch.cat([v, torch.ones_like(v[..., :1])], -1)
    q, k, v = (x.unflatten(2, (-1, chunk)) for x in (q, k, v))
    written = k.transpose(-1, -2) @ v
    state = written.cumsum(2) - written
    out = q @ state + (q @ k.transpose(-1, -2)).tril() @ v
    out = out[..., :-1] / (out[..., -1:] + 1e-6)
    return out.flatten(2, 3).reshape(*q.shape[:2], *tail)


def looped(q: Any, k: Any, v: Any, chunk: int) -> Any:
    """The same, one chunk after the other."""
    import torch

    q, k = (torch.nn.functional.elu(x) + 1 for x in (q, k))
    v = torch.cat([v, torch.ones_like(v[..., :1])], -1)
    state = q.new_zeros(*q.shape[:2], k.shape[-1], v.shape[-1])
    parts = []
    for start in range(0, q.shape[2], chunk):
        qc, kc, vc = (x[:, :, start : start + chunk] for x in (q, k, v))
        parts.append(qc @ state + (qc @ kc.transpose(-1, -2)).tril() @ vc)
        state = state + kc.transpose(-1, -2) @ vc
    out = torch.cat(parts, 2)
    return out[..., :-1] / (out[..., -1:] + 1e-6)


def calls(module: Any, arrays: tuple[Any, Any, Any], softmax: bool) -> dict[str, Callable[[], object]]:
    """The chunk forms on [B, T, H, D] arrays by name, and softmax attention where it is asked for."""
    q, k, v = (module.from_numpy(x).transpose(1, 2).contiguous() for x in arrays)
    found: dict[str, Callable[[], object]] = {}
    for size in chunk_sizes(q.shape[2]):
        for form in (batched, looped):
            found[f"{form.__name__}, chunks of {size}"] = _without_gradient(module, form, q, k, v, size)
    if softmax:
        attention = module.nn.functional.scaled_dot_product_attention
        found["softmax attention"] = _without_gradient(module, attention, q, k, v, None, 0.0, True)
    return found


def fastest(found: dict[str, Callable[[], object]], count: int = 2) -> dict[str, Callable[[], object]]:
    """The few of many forms that are worth measuring, by three calls of each."""
    times = interleave(found, Effort(3, 0.0))
    return {name: found[name] for name in sorted(found, key=lambda name: times[name].least)[:count]}


def _without_gradient(module: Any, function: Callable[..., Any], *args: Any) -> Callable[[], object]:
    def run() -> object:
        with module.inference_mode():
            return function(*args)

    return run
