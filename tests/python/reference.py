"""Every model, scan and attention by its formula, in NumPy and f64, one token at a time.

Each function walks the tokens of its own published formula and shares nothing
with the compiler or its interpreter. Names, argument order and layouts are
those of the package: sequence tensors [B, T, H, D], states [B, H, K, V], gates
in log space; every function returns (output, final state). Keyword arguments:

scale           multiplies the query; None is the model's own default
initial_state   as the model returns it; None is zero
reverse         from the last token to the first
cu_seqlens      token offsets of packed sequences (B = 1); states are [N, ...]
"""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import functools
import itertools

import numpy as np


def _f64(array):
    return np.asarray(array, dtype=np.float64)


def _heads_like(x, q):
    """Repeats the key and value heads of x [B, T, H, ...] for the query heads of q."""
    return np.repeat(x, q.shape[2] // x.shape[2], axis=2)


def _walk(step, state, tokens, width, reverse):
    """Runs step(t, state) -> (row [B, H, V], state) over the tokens."""
    rows = [None] * tokens
    for t in reversed(range(tokens)) if reverse else range(tokens):
        rows[t], state = step(t, state)
    if rows:
        return np.stack(rows, axis=1), state
    return np.zeros((width[0], 0, *width[1:])), state


def _read(state, query):
    """S^T q for states [B, H, K, V] and queries [B, Hq, K]."""
    state = np.repeat(state, query.shape[1] // state.shape[1], axis=1)
    return np.einsum("bhkv,bhk->bhv", state, query)


def _outer(key, value):
    return key[..., :, None] * value[..., None, :]


def _packed(model):
    """Gives a model the keyword cu_seqlens, by one call a segment."""

    @functools.wraps(model)
    def run(*arrays, cu_seqlens=None, initial_state=None, **options):
        arrays = [_f64(a) for a in arrays]
        options = {name: _f64(x) if isinstance(x, np.ndarray) else x for name, x in options.items()}
        if cu_seqlens is None:
            return model(*arrays, initial_state=initial_state, **options)
        tokens = int(cu_seqlens[-1])

        def cut(x, first, last):
            if not isinstance(x, np.ndarray) or x.ndim < 3 or tokens == 0:
                return x
            rows = x.shape[1] // tokens
            return x[:, first * rows : last * rows]

        outputs, states = [], []
        for n, (first, last) in enumerate(itertools.pairwise(cu_seqlens)):
            start = None if initial_state is None else _pick(initial_state, n)
            output, state = model(*(cut(a, first, last) for a in arrays), initial_state=start,
                                  **{name: cut(x, first, last) for name, x in options.items()})  # fmt: skip
            outputs.append(output)
            states.append(state)
        return np.concatenate(outputs, axis=1), _join(states)

    return run


def _pick(state, n):
    return tuple(s[n : n + 1] for s in state) if isinstance(state, tuple) else state[n : n + 1]


def _join(states):
    if isinstance(states[0], tuple):
        return tuple(np.concatenate(parts) for parts in zip(*states, strict=True))
    return np.concatenate(states)


def _start(initial_state, q, k, v):
    if initial_state is not None:
        return _f64(initial_state)
    return np.zeros((q.shape[0], k.shape[2], k.shape[3], v.shape[3]))


def _gated(q, k, v, decay, scale, initial_state, reverse):
    """S_t = diag(e^{g_t}) S_{t-1} + k_t v_t^T, o_t = scale S_t^T q_t, with decay [B, T, H, K or 1]."""

    def step(t, state):
        state = np.exp(decay[:, t])[..., None] * state + _outer(k[:, t], v[:, t])
        return scale * _read(state, q[:, t]), state

    width = (q.shape[0], q.shape[2], v.shape[3])
    return _walk(step, _start(initial_state, q, k, v), q.shape[1], width, reverse)


def _default(scale, q):
    return q.shape[-1] ** -0.5 if scale is None else scale


def _constant(decay, k):
    """A decay [H], said for every token."""
    return np.broadcast_to(decay[None, None, :, None], (*k.shape[:3], 1))


# --- feature maps -----------------------------------------------------------


def elu_plus_one(x):
    return np.where(x > 0, x + 1, np.exp(np.minimum(x, 0)))


def relu(x):
    return np.maximum(x, 0)


def softmax(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def logsigmoid(x):
    return -np.logaddexp(0, -x)


# --- the paper's attention, from its sums -----------------------------------


def attention(q, k, v, *, decay=None, phi=lambda x: x, psi=None, causal=True, reverse=False, normalize="none", eps=0.0,
              scale=1.0, initial_state=None, initial_normalizer=None):  # fmt: skip
    """o_i = scale phi(q_i)^T sum_j e^{G_i - G_j} psi(k_j) v_j^T / normaliser, as a product over all pairs.

    Returns the output, and the state and normaliser [B, H, C, 1] after the last token.
    """
    q, k, v = _f64(q), _f64(k), _f64(v)
    fq, fk = phi(q), (psi or phi)(k)
    batches, tokens, heads, features = fk.shape
    g = np.zeros((batches, tokens, heads, 1)) if decay is None else _decay_rows(_f64(decay), fk)
    g = np.broadcast_to(g, fk.shape)
    if reverse:
        flipped = attention(q[:, ::-1], k[:, ::-1], v[:, ::-1], decay=g[:, ::-1], phi=phi, psi=psi, causal=causal,
                            normalize=normalize, eps=eps, scale=scale, initial_state=initial_state,
                            initial_normalizer=initial_normalizer)  # fmt: skip
        return (flipped[0][:, ::-1], *flipped[1:])

    total = np.cumsum(g, axis=1)
    last = total[:, -1:] if tokens else np.zeros((batches, 1, heads, features))
    s0 = np.zeros((batches, heads, features, v.shape[3])) if initial_state is None else _f64(initial_state)
    z0 = np.zeros((batches, heads, features, 1)) if initial_normalizer is None else _f64(initial_normalizer)
    carried = np.exp(last)[:, 0, :, :, None]
    state = carried * s0 + np.einsum("bjhc,bjhv->bhcv", np.exp(last - total) * fk, v)
    weight = carried * z0 + np.einsum("bjhc->bhc", np.exp(last - total) * fk)[..., None]

    group = fq.shape[2] // heads
    fk, v, s0, z0 = (np.repeat(x, group, axis=a) for x, a in ((fk, 2), (v, 2), (s0, 1), (z0, 1)))
    total = np.repeat(total, group, axis=2)
    if causal:
        span = total[:, :, None] - total[:, None, :]  # [B, i, j, H, C]
        span = np.where(np.tri(tokens, dtype=bool)[None, :, :, None, None], span, -np.inf)
        pairs = np.einsum("bihc,bjhc,bijhc->bhij", fq, fk, np.exp(span))
        entering = fq * np.exp(total)
    else:
        pairs = np.einsum("bihc,bjhc->bhij", fq, fk)
        entering = fq
    numerator = np.einsum("bhij,bjhv->bihv", pairs, v) + np.einsum("bihc,bhcv->bihv", entering, s0)
    z = np.einsum("bhij->bih", pairs)[..., None] + np.einsum("bihc,bhcv->bihv", entering, z0)
    divisor = {"none": 1.0, "sum": scale * z + eps, "clamp": np.maximum(scale * z, eps)}[normalize]
    return scale * numerator / divisor, state, weight


def _decay_rows(decay, k):
    """Any decay as [B, T, H, C or 1]."""
    return _constant(decay, k) if decay.ndim == 1 else decay[..., None] if decay.ndim == 3 else decay


@_packed
def linear_attention(q, k, v, *, phi=elu_plus_one, eps=1e-6, scale=None, initial_state=None, reverse=False):
    """z_i = z_{i-1} + phi(k_i); the state holds z as column V."""
    fq, fk = phi(q), phi(k)
    ones = np.concatenate([v, np.ones((*v.shape[:3], 1))], axis=3)
    both, state = _gated(fq, fk, ones, np.zeros((*fk.shape[:3], 1)), 1.0 if scale is None else scale, initial_state,
                         reverse)  # fmt: skip
    return both[..., :-1] / (both[..., -1:] + eps), state


# --- one decay --------------------------------------------------------------


@_packed
def retention(q, k, v, decay=None, *, scale=None, initial_state=None, reverse=False):
    if decay is None:
        decay = np.log(1 - 2.0 ** (-5 - np.arange(k.shape[2])))
    return _gated(q, k, v, _constant(decay, k), _default(scale, q), initial_state, reverse)


@_packed
def lightning_attention(q, k, v, decay, *, scale=None, initial_state=None, reverse=False):
    return _gated(q, k, v, _constant(decay, k), _default(scale, q), initial_state, reverse)


@_packed
def simple_gla(q, k, v, g, *, scale=None, initial_state=None, reverse=False):
    return _gated(q, k, v, g[..., None], _default(scale, q), initial_state, reverse)


@_packed
def gla(q, k, v, g, *, scale=None, initial_state=None, reverse=False):
    return _gated(q, k, v, g, _default(scale, q), initial_state, reverse)


@_packed
def hgrn2(q, f, i, *, scale=None, initial_state=None, reverse=False):
    return _gated(q, 1 - np.exp(f), i, f, _default(scale, q), initial_state, reverse)


@_packed
def mamba2(x, dt, A, B, C, D=None, *, scale=None, initial_state=None, reverse=False):
    """h_t = e^{A dt_t} h_{t-1} + dt_t B_t x_t^T, y_t = C_t h_t + D x_t."""
    B, C = _heads_like(B, x), _heads_like(C, x)
    y, state = _gated(C, B, dt[..., None] * x, (A * dt)[..., None], 1.0 if scale is None else scale, initial_state,
                      reverse)  # fmt: skip
    return y if D is None else y + D[None, None, :, None] * x, state


@_packed
def rwkv6(r, k, v, w, u, *, scale=None, initial_state=None, reverse=False):
    """o_t = S_{t-1}^T r_t + (r_t . (u * k_t)) v_t, then S_t = diag(e^{w_t}) S_{t-1} + k_t v_t^T."""
    scale = _default(scale, r)

    def step(t, state):
        keys, values = _heads_like(u * k[:, t : t + 1], r)[:, 0], _heads_like(v[:, t : t + 1], r)[:, 0]
        own = np.einsum("bhk,bhk->bh", r[:, t], keys)[..., None] * values
        out = scale * (_read(state, r[:, t]) + own)
        return out, np.exp(w[:, t])[..., None] * state + _outer(k[:, t], v[:, t])

    width = (r.shape[0], r.shape[2], v.shape[3])
    return _walk(step, _start(initial_state, r, k, v), r.shape[1], width, reverse)


@_packed
def mlstm(q, k, v, i, f, *, scale=None, eps=1e-6, initial_state=None, reverse=False):
    """Stabilised: the state is ([B, H, K, V + 1] at scale e^{-m}, m [B, H])."""
    scale = _default(scale, q)
    ones = np.concatenate([v, np.ones((*v.shape[:3], 1))], axis=3)
    forget = logsigmoid(f)
    if initial_state is None:
        initial_state = (_start(None, q, k, ones), np.full((k.shape[0], k.shape[2]), -np.inf))

    def step(t, carried):
        state, m = carried
        largest = np.maximum(forget[:, t] + m, i[:, t])
        kept, new = np.exp(forget[:, t] + m - largest), np.exp(i[:, t] - largest)
        state = kept[..., None, None] * state + new[..., None, None] * _outer(k[:, t], ones[:, t])
        both = _read(state, scale * q[:, t])
        least = np.repeat(np.exp(-largest), q.shape[2] // k.shape[2], axis=1)[..., None]
        return both[..., :-1] / (np.maximum(np.abs(both[..., -1:]), least) + eps), (state, largest)

    width = (q.shape[0], q.shape[2], v.shape[3])
    return _walk(step, tuple(_f64(s) for s in initial_state), q.shape[1], width, reverse)


@_packed
def gsa(q, k, v, s, g, *, scale=None, initial_state=None, reverse=False):
    """Keys and values of M slots, both decayed by e^g; the state is ([B, H, K, M], [B, H, M, V])."""
    scale = _default(scale, q)
    if initial_state is None:
        initial_state = (_start(None, q, k, s), _start(None, q, s, v))

    def step(t, slots):
        kept = np.exp(g[:, t])
        keys = slots[0] * kept[..., None, :] + _outer(k[:, t], s[:, t])
        values = slots[1] * kept[..., :, None] + _outer(s[:, t], v[:, t])
        return _read(values, softmax(scale * _read(keys, q[:, t]))), (keys, values)

    width = (q.shape[0], q.shape[2], v.shape[3])
    return _walk(step, tuple(_f64(s) for s in initial_state), q.shape[1], width, reverse)


# --- delta rules ------------------------------------------------------------


def _delta(q, k, v, decay, beta, substeps, scale, initial_state, reverse):
    """S <- S - beta k (k^T S) + beta k v^T in each sub-step, after the decay of the token.

    Values, gates and the state may have more heads than queries and keys.
    """
    if v.shape[2] > k.shape[2]:
        q, k = _heads_like(q, v), _heads_like(k, v)

    def step(t, state):
        state = np.exp(decay[:, t])[..., None] * state
        for j in range(t * substeps, (t + 1) * substeps):
            rate = beta[:, j][..., None]
            erased = _outer(rate * k[:, j], np.einsum("bhkv,bhk->bhv", state, k[:, j]))
            state = state - erased + _outer(rate * k[:, j], v[:, j])
        return scale * _read(state, q[:, t]), state

    width = (q.shape[0], q.shape[2], v.shape[3])
    return _walk(step, _start(initial_state, q, k, v), q.shape[1], width, reverse)


@_packed
def delta_rule(q, k, v, beta, *, scale=None, initial_state=None, reverse=False):
    return _delta(q, k, v, np.zeros((*v.shape[:3], 1)), beta, 1, _default(scale, q), initial_state, reverse)


@_packed
def gated_delta_rule(q, k, v, g, beta, *, scale=None, initial_state=None, reverse=False):
    return _delta(q, k, v, g[..., None], beta, 1, _default(scale, q), initial_state, reverse)


@_packed
def kda(q, k, v, g, beta, *, scale=None, initial_state=None, reverse=False):
    return _delta(q, k, v, g, beta, 1, _default(scale, q), initial_state, reverse)


@_packed
def gated_delta_product(q, k, v, g, beta, *, n, scale=None, initial_state=None, reverse=False):
    return _delta(q, k, v, g[..., None], beta, n, _default(scale, q), initial_state, reverse)


@_packed
def comba(q, k, v, p, g, beta, *, scale=None, initial_state=None, reverse=False):
    """S_t = e^g S_{t-1} + k (beta (v - S_{t-1}^T p))^T."""
    scale = _default(scale, q)
    if v.shape[2] > k.shape[2]:
        q, k, p = _heads_like(q, v), _heads_like(k, v), _heads_like(p, v)

    def step(t, state):
        missing = beta[:, t][..., None] * (v[:, t] - np.einsum("bhkv,bhk->bhv", state, p[:, t]))
        state = np.exp(g[:, t])[..., None, None] * state + _outer(k[:, t], missing)
        return scale * _read(state, q[:, t]), state

    width = (q.shape[0], q.shape[2], v.shape[3])
    return _walk(step, _start(initial_state, q, k, v), q.shape[1], width, reverse)


@_packed
def rwkv7(r, w, k, v, a, b, *, scale=None, initial_state=None, reverse=False):
    """S_t = (diag(e^w) + b a^T) S_{t-1} + k v^T."""
    scale = 1.0 if scale is None else scale

    def step(t, state):
        transition = np.exp(w[:, t])[..., None] * np.eye(w.shape[3]) + _outer(b[:, t], a[:, t])
        state = transition @ state + _outer(k[:, t], v[:, t])
        return scale * _read(state, r[:, t]), state

    width = (r.shape[0], r.shape[2], v.shape[3])
    return _walk(step, _start(initial_state, r, k, v), r.shape[1], width, reverse)


# --- the op itself ----------------------------------------------------------


@_packed
def recur(q, k, v, *, decay=None, value_decay=None, a=None, b=None, beta=None, bonus=None, read="inclusive", scale=1.0,
          substeps=1, initial_state=None, reverse=False):  # fmt: skip
    """The general recurrence, with a transition matrix of its own for each token."""
    rank = k.shape[3]

    def step(t, state):
        transition = np.eye(rank) if decay is None else np.exp(_decay_rows(decay, q)[:, t])[..., None] * np.eye(rank)
        columns = 1.0 if value_decay is None else np.exp(value_decay[:, t])[..., None, :]
        new = (transition @ state) * columns
        if a is not None:
            new = new + _outer(b[:, t], a[:, t]) @ state
        for j in range(t * substeps, (t + 1) * substeps):
            rate = 1.0 if beta is None else beta[:, j][..., None]
            erase = np.eye(rank) if beta is None else np.eye(rank) - _outer(rate * k[:, j], k[:, j])
            new = erase @ new + _outer(rate * k[:, j], v[:, j])
        if read == "inclusive":
            return scale * _read(new, q[:, t]), new
        out = _read(state, q[:, t])
        if bonus is not None:
            keys, values = _heads_like(bonus * k[:, t : t + 1], q)[:, 0], _heads_like(v[:, t : t + 1], q)[:, 0]
            out = out + np.einsum("bhk,bhk->bh", q[:, t], keys)[..., None] * values
        return scale * out, new

    if decay is not None and decay.ndim == 1:
        decay = np.broadcast_to(decay, (q.shape[0], q.shape[1], k.shape[2]))
    width = (q.shape[0], q.shape[2], v.shape[3])
    return _walk(step, _start(initial_state, q, k, v), q.shape[1], width, reverse)


# --- scans ------------------------------------------------------------------


def scan(kind, inputs, *, initial=None, exclusive=False, reverse=False, cu_seqlens=None):
    """Repeats an operator along axis 1 of the inputs; returns the output and the last carry."""
    inputs = [_f64(x) for x in inputs]
    combine, identity = {
        "add": (lambda c, x: c + x, 0.0),
        "affine": (lambda c, a, b: a * c + b, 0.0),
        "max": (np.maximum, -np.inf),
        "logsumexp": (np.logaddexp, -np.inf),
        "max_affine": (lambda c, a, b: np.maximum(a + c, b), -np.inf),
    }[kind]
    tokens = inputs[0].shape[1]
    offsets = [0, tokens] if cu_seqlens is None else list(cu_seqlens)
    shape = (inputs[0].shape[0] if cu_seqlens is None else len(offsets) - 1, *inputs[0].shape[2:])
    carries = np.full(shape, identity) if initial is None else _f64(initial).copy()
    out = np.empty_like(inputs[0])
    for n, (first, last) in enumerate(itertools.pairwise(offsets)):
        mine = slice(None) if cu_seqlens is None else slice(n, n + 1)
        for t in range(last - 1, first - 1, -1) if reverse else range(first, last):
            before = carries[mine].copy()
            carries[mine] = combine(before, *(x[:, t] for x in inputs))
            out[:, t] = before if exclusive else carries[mine]
    return out, carries


def cumsum(x, **options):
    return scan("add", [x], **options)[0]


def affine_scan(a, b, initial=None, **options):
    return scan("affine", [a, b], initial=initial, **options)[0]


def cummax(x, **options):
    return scan("max", [x], **options)[0]


def logcumsumexp(x, **options):
    return scan("logsumexp", [x], **options)[0]
