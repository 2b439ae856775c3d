"""Plait: a compiler for linear-time attention.

`import plait` does no work: everything below is loaded when it is first used, and
the compiler only when a kernel is not in the cache yet.

>>> import numpy as np, plait
>>> q, k, v = (np.ones((1, 8, 2, 16), np.float32) for _ in range(3))
>>> o = plait.linear_attention(q, k, v)
>>> o.shape
(1, 8, 2, 16)
"""
# SPDX-License-Identifier: Apache-2.0

__version__ = "0.1.0"

#: Where each public name lives: its module, and its name there if that differs.
_HOMES = {
    "linear_attention": ("variants.linear", "LINEAR_ATTENTION"),
    "retention": ("variants.linear", "RETENTION"),
    "lightning_attention": ("variants.linear", "LIGHTNING_ATTENTION"),
    "simple_gla": ("variants.gated", "SIMPLE_GLA"),
    "gla": ("variants.gated", "GLA"),
    "hgrn2": ("variants.gated", "HGRN2"),
    "rwkv6": ("variants.gated", "RWKV6"),
    "mamba2": ("variants.gated", "MAMBA2"),
    "recur": ("recurrence", "recur_variant"),
    "variant": ("variants.variant", "variant"),
    "Variant": ("variants.variant", "Variant"),
    "Spec": ("arrays", "Spec"),
    "Pack": ("pack", "Pack"),
    "sum_eps": ("normalize", "sum_eps"),
    "clamp_min": ("normalize", "clamp_min"),
    "set_num_threads": ("settings", "set_num_threads"),
    "get_num_threads": ("settings", "get_num_threads"),
    "config": ("settings", "config"),
    **{name: ("scans", name) for name in ("cumsum", "affine_scan", "cummax", "logcumsumexp")},
    **{
        name: ("tracing.functions", name)
        for name in (
            "exp log log1p expm1 sqrt rsqrt tanh sigmoid silu softplus logsigmoid erf sin cos maximum minimum "
            "abs where sum max mean softmax rms_norm l2_norm concat roll"
        ).split()
    },
    **{
        name: ("errors", name)
        for name in (
            "Error ArgumentError ShapeError DtypeError TraceError CompileError UnsupportedError "
            "DamagedError UnavailableError OutOfMemoryError"
        ).split()
    },
}
_MODULES = ("feature_maps", "scans", "cache", "cuda")

__all__ = [*_HOMES, *_MODULES, "__version__"]


def __getattr__(name: str) -> object:
    import importlib

    if name in _HOMES:
        module, attribute = _HOMES[name]
        found = getattr(importlib.import_module(f"plait.{module}"), attribute)
    elif name in _MODULES:
        found = importlib.import_module(f"plait.{name}")
    else:
        raise AttributeError(f"module 'plait' has no attribute {name!r}")
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted(__all__)
