"""Bad input: each kind is an error of its class that names the argument and both sides."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import plait

X = np.ones((2, 5, 4, 16), np.float32)
X1 = X[:, 0]
H = X.astype(np.float16)
G = np.zeros((2, 5, 4), np.float32)
TWICE = plait.variant(lambda q: plait.recur(q, q, plait.recur(q, q, q)))


class Shapeless:
    """Passes for an array by its method, and holds none."""

    def __dlpack__(self, **_: Any) -> Any:
        raise BufferError


class Mute(Shapeless):
    dtype = X.dtype

    def __init__(self, *shape: int) -> None:
        self.shape = shape


BAD: dict[str, tuple[Any, type[Exception], str]] = {
    "missing": (lambda: plait.gla(X, X, X), plait.ArgumentError, "an argument g, but got none"),
    "unknown": (lambda: plait.gla(X, X, X, X, chunk=3), plait.ArgumentError, "'chunk'"),
    "twice": (lambda: plait.gla(X, X, X, X, q=X), plait.ArgumentError, "one value of q, but got two"),
    "too many": (lambda: plait.gla(X, X, X, X, X), plait.ArgumentError, "at most 4 positional arguments, but got 5"),
    "rank of q": (lambda: plait.gla(X[0], X, X, X), plait.ShapeError, r"q: .*\[B, T, H, D\], but got \[5, 4, 16\]"),
    "rank of k": (lambda: plait.gla(X, X[0], X, X), plait.ShapeError, r"k: .*but got \[5, 4, 16\]"),
    "rank of g": (lambda: plait.simple_gla(X, X, X, X), plait.ShapeError, r"g: expects \[B, T, H\] .*16\]"),
    "batch": (lambda: plait.gla(X, X[:1], X, X), plait.ShapeError, "k"),
    "tokens": (lambda: plait.gla(X, X, X[:, :3], X), plait.ShapeError, "v"),
    "key dim": (lambda: plait.gla(X, X[..., :8], X, X), plait.ShapeError, r"k: expects head dim 16.*8\]"),
    "heads": (lambda: plait.gla(X, X[:, :, :3], X, X), plait.ShapeError, "k: .*divides 4, but got 3"),
    "no heads": (lambda: plait.gla(X[:, :, :0], X, X, X), plait.ShapeError, r"k: expects no heads.* \[2, 5, 4, 16\]"),
    "no heads of the first": (
        lambda: plait.variant(lambda x, q: plait.recur(q, q, x))(X[:, :, :0], X),
        plait.ShapeError,
        "q: expects no heads",
    ),
    "no heads of k": (lambda: plait.gla(X, X[:, :, :0], X, X), plait.ShapeError, "k: .*divides 4, but got 0"),
    "heads of v": (lambda: plait.gla(X, X, X[:, :, :2], X), plait.ShapeError, "v: expects 4 heads"),
    "gate dims": (lambda: plait.gla(X, X, X, X[..., :8]), plait.ShapeError, r"g: expects \[B, T, H, K\]"),
    "gate heads": (lambda: plait.simple_gla(X, X, X, G[..., :2]), plait.ShapeError, r"g: expects \[B, T, H\]"),
    "decay": (lambda: plait.retention(X, X, X, np.zeros(3, np.float32)), plait.ShapeError, r"decay: expects \[H\]"),
    "bonus": (lambda: plait.rwkv6(X, X, X, X, X[0, 0, :2]), plait.ShapeError, "u: expects"),
    "groups": (
        lambda: plait.mamba2(X, G, G[0, 0], X[:, :, :3], X[:, :, :3]),
        plait.ShapeError,
        "B: .*divides 4, but got 3",
    ),
    "numbers of groups": (
        lambda: plait.mamba2(X, G, G[0, 0], X, X[:, :, :2]),
        plait.ShapeError,
        "one number of groups, but got 4 and 2",
    ),
    "float64": (lambda: plait.gla(X.astype(float), X, X, X), plait.DtypeError, "q: .*f16, but got float64"),
    "integers": (
        lambda: plait.gla(X, X.astype(int), X, X),
        plait.DtypeError,
        "k: expects f32, the type of q, but got i64",
    ),
    "mixed types": (
        lambda: plait.gla(X, X, X.astype(np.float16), X),
        plait.DtypeError,
        "v: expects f32, the type of q, but got f16",
    ),
    "gate type": (lambda: plait.gla(X, X, X, X.astype(np.float16)), plait.DtypeError, "g: expects f32, but got f16"),
    "spec type": (
        lambda: plait.Spec(X.shape, "f64"),
        plait.DtypeError,
        "dtype: expects f32, bf16, f16, i32 or i64, but got f64",
    ),
    "no array": (lambda: plait.gla(X, X, [1, 2], X), plait.Error, "v: expects an array, but got"),
    "none": (lambda: plait.gla(X, X, None, X), plait.Error, "v: expects an array, but got"),
    "spec": (lambda: plait.gla(X, X, X, plait.Spec(X.shape)), plait.ArgumentError, "g: .*Spec, which holds no data"),
    "feature map": (lambda: plait.linear_attention(X, X, X, "gelu"), plait.ArgumentError, "feature_map: .*'gelu'"),
    "feature map type": (lambda: plait.linear_attention(X, X, X, 3), plait.ArgumentError, "feature_map: .*int"),
    "no threads": (lambda: plait.gla(X, X, X, X, num_threads=0), plait.ArgumentError, "num_threads: .*got 0"),
    "huge threads": (lambda: plait.gla(X, X, X, X, num_threads=10**30), plait.ArgumentError, "num_threads: .*1024"),
    "truth of threads": (lambda: plait.gla(X, X, X, X, num_threads=True), plait.ArgumentError, "num_threads: .*True"),
    "NumPy's threads": (
        lambda: plait.gla(X, X, X, X, num_threads=np.int64(0)),
        plait.ArgumentError,
        "num_threads: expects an integer from 1 to 1024, but got .*0",
    ),
    "endless threads": (lambda: plait.set_num_threads(10**9999), plait.ArgumentError, "1024, but got a huge one"),
    "threads type": (lambda: plait.gla(X, X, X, X, num_threads="2"), plait.ArgumentError, "num_threads: .*'2'"),
    "set threads type": (lambda: plait.set_num_threads(2.0), plait.ArgumentError, "count: .*got 2.0"),
    "set threads": (lambda: plait.set_num_threads(0), plait.ArgumentError, "count: .*got 0"),
    "scale": (lambda: plait.gla(X, X, X, X, scale="big"), plait.ArgumentError, "scale: expects a number"),
    "array as scale": (lambda: plait.recur(X, X, X, scale=X), plait.ArgumentError, "scale: .*number, but got an array"),
    "unknown of recur": (
        lambda: plait.recur(X, X, X, chunk=3),
        plait.ArgumentError,
        "recur: .*, read, scale, normalize, min_log_decay, initial_state, .*, out, but got 'chunk'",
    ),
    "segments": (
        lambda: plait.gla(X, X, X, X, cu_seqlens=np.array([0, 5])),
        plait.UnsupportedError,
        "cu_seqlens: packed sequences are not supported",
    ),
    "state rank": (
        lambda: plait.gla(X, X, X, X, initial_state=X[0]),
        plait.ShapeError,
        r"initial_state: expects .*\[5, 4, 16\]",
    ),
    "state dims": (
        lambda: plait.gla(X, X, X, X, initial_state=np.zeros((2, 4, 8, 16), np.float32)),
        plait.ShapeError,
        "initial_state",
    ),
    "state normaliser": (
        lambda: plait.linear_attention(X, X, X, initial_state=np.zeros((2, 4, 16, 16), np.float32)),
        plait.ShapeError,
        r"initial_state: expects \[B, H, K, 17\]",
    ),
    "state type": (
        lambda: plait.gla(X, X, X, X, initial_state=np.zeros((2, 4, 16, 16), np.float16)),
        plait.DtypeError,
        "initial_state",
    ),
    "state of doubles": (
        lambda: plait.gla(X, X, X, X, initial_state=np.zeros((2, 4, 16, 16))),
        plait.DtypeError,
        "initial_state: expects f32, but got float64",
    ),
    "state batch": (
        lambda: plait.gla(X, X, X, X, initial_state=np.zeros((3, 4, 16, 16), np.float32)),
        plait.ShapeError,
        "initial_state",
    ),
    "out shape": (lambda: plait.gla(X, X, X, X, out=np.empty((2, 5, 4, 8), np.float32)), plait.ShapeError, "out"),
    "out rank": (
        lambda: plait.gla(X, X, X, X, out=np.empty(3, np.float32)),
        plait.ShapeError,
        r"out: expects \[2, 5, 4, 16\], but got \[3\]",
    ),
    "out of step": (
        lambda: plait.gla.step(X1, X1, X1, X1, out=np.empty((2, 4, 8), np.float32)),
        plait.ShapeError,
        r"out: expects \[2, 4, 16\], but got \[2, 4, 8\]",
    ),
    "out in one place": (
        lambda: plait.gla(X, X, X, X, out=np.lib.stride_tricks.as_strided(X.copy(), X.shape, (0, 0, 0, 4))),
        plait.ArgumentError,
        "out: expects an array that may be written, but got stride 0 in dimension 0",
    ),
    "heads of step": (
        lambda: plait.gla.step(X1, X1, X1[:, :2], X1),
        plait.ShapeError,
        r"v: expects 4 heads, those of k, but got \[2, 2, 16\]",
    ),
    "batch of step": (
        lambda: plait.gla.step(X1, X1[:1], X1, X1),
        plait.ShapeError,
        r"k: expects a sequence \[B, H, D\], but got \[1, 4, 16\]",
    ),
    "gate of step": (
        lambda: plait.gla.step(X1, X1, X1, X1[..., :8]),
        plait.ShapeError,
        r"g: expects \[B, H, K\] = \[2, 4, 16\], but got \[2, 4, 8\]",
    ),
    "rank of the gate of step": (
        lambda: plait.simple_gla.step(X1, X1, X1, X1),
        plait.ShapeError,
        r"g: expects \[B, H\] with B = 2, H = 4, but got \[2, 4, 16\]",
    ),
    "stride of step": (
        lambda: plait.gla.step(X1, X1, np.ones((2, 4, 32), np.float32)[..., ::2], X1),
        plait.ArgumentError,
        "v.*stride 1 in its last dimension, but got 2",
    ),
    "out type": (lambda: plait.gla(X, X, X, X, out=X.astype(np.float16)), plait.DtypeError, "out"),
    "out shared": (lambda: plait.gla(X, X, X, X, out=X), plait.ArgumentError, "out: .*no other argument shares"),
    "out is no array": (lambda: plait.gla(X, X, X, X, out=[0]), plait.DtypeError, "out: expects an array"),
    "last stride": (
        lambda: plait.gla(X, X, np.ones((2, 5, 4, 32), np.float32)[..., ::2], X),
        plait.ArgumentError,
        "v.*stride",
    ),
    "normalized and causal": (
        lambda: plait.linear_attention(X, X, X, causal=False, reverse=True),
        plait.ArgumentError,
        "causal=False",
    ),
    "state list": (
        lambda: plait.gla(X, X, X, X, initial_state=[np.zeros((2, 4, 16, 16), np.float32)]),
        plait.DtypeError,
        "initial_state: expects an array, but got list",
    ),
    "state integers": (
        lambda: plait.gla.step(X[:, 0], X[:, 0], X[:, 0], X[:, 0], state=np.zeros((2, 4, 16, 16), np.int32)),
        plait.DtypeError,
        "^state: expects f32, but got i32",
    ),
    "no states for one": (
        lambda: plait.gla(X, X, X, X, initial_state=()),
        plait.ShapeError,
        "initial_state: expects one array, but got 0",
    ),
    "batch of the state of step": (
        lambda: plait.gla.step(X1, X1, X1, X1, state=np.zeros((3, 4, 16, 16), np.float32)),
        plait.ShapeError,
        "argument 'state' expects dimension 0 to be B = 2 as in 'q', but got 3",
    ),
    "masked": (lambda: plait.gla(X, np.ma.masked_array(X), X, X), plait.DtypeError, "k: .*but got MaskedArray"),
    "no memory": (
        lambda: plait.gla(X, Mute(*X.shape), X, X),
        plait.ArgumentError,
        "k: expects an array that gives its memory, but got Mute",
    ),
    "no memory of a state": (
        lambda: plait.gla(X, X, X, X, initial_state=Mute(2, 4, 16, 16)),
        plait.ArgumentError,
        "initial_state: expects an array that gives its memory, but got Mute",
    ),
    "no memory of a captured array": (
        lambda: plait.variant(lambda q: q * Mute(16))(X),
        plait.ArgumentError,
        "a captured array: expects an array that gives its memory, but got Mute",
    ),
    "no shape": (lambda: plait.gla(X, Shapeless(), X, X), plait.DtypeError, "k: expects an array, but got Shapeless"),
    "captured numbers": (
        lambda: plait.variant(lambda q: q * np.ones(16, complex))(X),
        plait.DtypeError,
        "a captured array: expects real numbers, but got complex128",
    ),
    "huge constant": (lambda: plait.variant(lambda q: q * 10**400)(X), plait.ArgumentError, "a constant: .*a double"),
    "captured arrays": (
        lambda: plait.variant(lambda q: sum((q * np.full(16, i) for i in range(40)), q))(X),
        plait.UnsupportedError,
        "at most 32 arrays and 4 recurrences, but got 42 and 0",
    ),
    "state of step": (
        lambda: plait.gla.step(X[:, 0], X[:, 0], X[:, 0], X[:, 0], state=np.zeros((4, 16, 16), np.float32)),
        plait.ShapeError,
        r"^state: expects \[B, H, K, V\], but got \[4, 16, 16\]",
    ),
    "two states for one": (
        lambda: plait.gla(X, X, X, X, initial_state=(np.zeros((2, 4, 16, 16), np.float32),) * 2),
        plait.ShapeError,
        "initial_state: expects one array, but got 2",
    ),
    "one state for two": (
        lambda: TWICE(X, initial_state=np.zeros((2, 4, 16, 16), np.float32)),
        plait.ShapeError,
        "initial_state: expects a tuple of 2 arrays, but got 1",
    ),
    "wide head dim": (
        lambda: plait.gla(*[np.ones((1, 2, 1, 513), np.float32)] * 4),
        plait.ShapeError,
        r"q: expects .* of 1 to 512, but got \[1, 2, 1, 513\]",
    ),
    "no value dim": (lambda: plait.gla(X, X, X[..., :0], X), plait.ShapeError, r"v: expects .* of 1 to 512.*0\]"),
    "bonus without exclusive": (lambda: plait.recur(X, X, X, bonus=X[0, 0]), plait.ArgumentError, "bonus: .*exclusive"),
    "read": (lambda: plait.recur(X, X, X, read="both"), plait.ArgumentError, "read: .*'both'"),
    "bound": (lambda: plait.recur(X, X, X, min_log_decay=1.0), plait.ArgumentError, "min_log_decay: .*got 1.0"),
    "bound type": (lambda: plait.recur(X, X, X, min_log_decay="a"), plait.ArgumentError, "min_log_decay: .*got str"),
    "scale of recur": (lambda: plait.recur(X, X, X, scale="big"), plait.ArgumentError, "scale: expects a number"),
    "normalize": (lambda: plait.recur(X, X, X, normalize=1e-6), plait.DtypeError, "normalize: .*got float"),
    "normalised value decay": (
        lambda: plait.recur(X, X, X, value_decay=X, normalize=plait.sum_eps()),
        plait.UnsupportedError,
        "normalize: expects no value_decay",
    ),
    "no gate": (lambda: plait.gla(X, X, X, None), plait.DtypeError, "^g: expects an array, but got NoneType"),
    "no bonus": (lambda: plait.rwkv6(X, X, X, X, None), plait.DtypeError, "^u: expects an array, but got NoneType"),
    "list of values": (lambda: plait.gla(X, X, [1], X), plait.DtypeError, "^v: expects an array, but got list"),
    "reverse": (lambda: plait.gla(X, X, X, X, reverse=X), plait.ArgumentError, "reverse: .*True or False.*ndarray"),
    "final": (lambda: plait.gla(X, X, X, X, output_final_state="no"), plait.ArgumentError, "output_final_.*got str"),
    "inplace": (lambda: plait.gla.step(*[X[:, 0]] * 4, inplace="yes"), plait.ArgumentError, "inplace: .*got str"),
    "causal": (lambda: plait.linear_attention(X, X, X, causal=X), plait.ArgumentError, "causal: .*True or False"),
    "scale inside": (
        lambda: plait.variant(lambda q: plait.gla(q, q, q, q, scale="big"))(X),
        plait.ArgumentError,
        "scale: expects a number, but got str",
    ),
    "reverse inside": (
        lambda: plait.variant(lambda q: plait.gla(q, q, q, q, reverse="no"))(X),
        plait.ArgumentError,
        "reverse: expects True or False, but got str",
    ),
    "out of doubles": (
        lambda: plait.gla(X, X, X, X, out=X.astype(np.float64)),
        plait.DtypeError,
        "out: expects f32, bf16 or f16, but got float64",
    ),
    "out of no array": (lambda: plait.gla(X, X, X, X, out=[1]), plait.DtypeError, "out: .*an array, but got list"),
    "eps type": (lambda: plait.sum_eps("small"), plait.ArgumentError, "eps: expects a number, but got str"),
    "shared": (
        lambda: plait.variant(shared="gate")(lambda q: q),
        plait.ArgumentError,
        "shared: expects parameters of .*, but got 'gate'",
    ),
    "no function": (lambda: plait.variant(np.exp), plait.DtypeError, "expects a function, but got ufunc"),
    "map of no row": (lambda: plait.linear_attention(X, X, X, lambda x: 3), plait.TraceError, "feature_map: .*got int"),
    "tuning a spec": (lambda: plait.gla.tune(*[plait.Spec(X.shape)] * 4), plait.ArgumentError, "q: .*holds no data"),
    "state inside": (
        lambda: plait.variant(lambda q: plait.gla(q, q, q, q, initial_state=X))(X),
        plait.TraceError,
        "takes scale and reverse, but got initial_state",
    ),
    "made decay inside": (
        lambda: plait.variant(lambda q: plait.retention(q, q, q))(X),
        plait.TraceError,
        "inside a variant retention expects decay, but got none",
    ),
    "eps": (lambda: plait.sum_eps(-1), plait.ArgumentError, "eps: .*-1"),
    "huge dpfp": (lambda: plait.feature_maps.dpfp(10**9), plait.ArgumentError, "nu: expects an integer from 1 to 256"),
    "huge cosformer": (lambda: plait.feature_maps.cosformer(10**400), plait.ArgumentError, "horizon: .*a double holds"),
    "huge eps": (lambda: plait.sum_eps(10**400), plait.ArgumentError, "eps: .*a double holds"),
    "huge scale": (lambda: plait.gla(X, X, X, X, scale=10**400), plait.ArgumentError, "scale: .*a double holds"),
    "spec extent": (
        lambda: plait.Spec((1, 2.5, 3, 16)),  # type: ignore[arg-type]
        plait.ArgumentError,
        "shape: expects an integer of at least 0, but got 2.5",
    ),
    "negative spec": (lambda: plait.Spec((1, -2, 3, 16)), plait.ArgumentError, "shape: .*of at least 0, but got -2"),
    "spec of no shape": (
        lambda: plait.Spec(4),  # type: ignore[arg-type]
        plait.DtypeError,
        "shape: expects a tuple of integers, but got 4",
    ),
    "rank of a spec": (
        lambda: plait.gla.mlir(*[plait.Spec((1,) * 9)] * 4),
        plait.ShapeError,
        "q: expects at most 8 dimensions, but got 9",
    ),
    "rank of a scan": (
        lambda: plait.cumsum(np.ones((1,) * 9, np.float32)),
        plait.ShapeError,
        "x: expects at most 8 dimensions, but got 9",
    ),
    "step sizes": (lambda: plait.mamba2(X, 1.0, G[0, 0], X, X), plait.DtypeError, "dt: .*an array, but got float"),
    "D": (lambda: plait.mamba2(X, G, G[0, 0], X, X, D=3), plait.DtypeError, "D: expects an array, but got int"),
    "shape of A": (lambda: plait.mamba2(X, G, G[0, 0, :3], X, X), plait.ShapeError, r"got A \[3\] and dt \[B, T, H\]"),
    "roll": (lambda: plait.variant(lambda q: plait.roll(q, 1.5))(X), plait.ArgumentError, "shift: .*but got 1.5"),
    "concat": (lambda: plait.variant(lambda q: plait.concat(q))(X), plait.TraceError, "list of traced rows, but got"),
    "exclusive": (lambda: plait.cumsum(X, exclusive="no"), plait.ArgumentError, "exclusive: .*True or False.*got str"),
    "reverse of a scan": (lambda: plait.cumsum(X, reverse=X), plait.ArgumentError, "reverse: .*True or False"),
    "dpfp": (lambda: plait.feature_maps.dpfp(0), plait.ArgumentError, "nu: .*got 0"),
    "cosformer": (lambda: plait.feature_maps.cosformer(0), plait.ArgumentError, "horizon: .*got 0"),
    "delta": (lambda: plait.recur(X, X, X, beta=G), plait.CompileError, "delta"),
    "no targets": (lambda: plait.gla.compile(X, X, X, X, targets=[]), plait.ArgumentError, r"targets: .*got \[\]"),
    "targets type": (lambda: plait.gla.compile(X, X, X, X, targets=3), plait.ArgumentError, "targets: .*got 3"),
    "schedule type": (lambda: plait.gla.compile(X, X, X, X, schedule=8), plait.ArgumentError, "schedule: .*got 8"),
    "target": (lambda: plait.gla.compile(X, X, X, X, targets=["z80"]), plait.CompileError, "z80"),
    "cuda": (
        lambda: plait.linear_attention.compile(*[np.ones((1, 4, 2, 300), np.float32)] * 3, targets=["sm_90a"]),
        plait.CompileError,
        "has no CUDA form with K of over 256",
    ),
}


@pytest.mark.parametrize("name", list(BAD))
def test_bad_input(name: str) -> None:
    call, kind, message = BAD[name]
    with pytest.raises(kind, match=message) as caught:
        call()
    assert isinstance(caught.value, plait.Error)


@pytest.mark.parametrize("name", list(BAD))
def test_bad_input_after_good(name: str) -> None:
    """The native path refuses what the tracing path refuses."""
    plait.gla(X, X, X, X)
    plait.simple_gla(X, X, X, G)
    test_bad_input(name)


def test_a_refused_state_leaves_later_calls_alone() -> None:
    fresh = plait.variant(lambda q: plait.recur(q, q, q))
    with pytest.raises(plait.ShapeError, match="initial_state"):
        fresh(X, initial_state=())
    assert fresh(X).shape == X.shape


def test_integers_of_any_library() -> None:
    assert plait.gla(X, X, X, X, num_threads=np.int64(2)).shape == X.shape
    assert plait.cumsum(X, axis=np.int8(1)).shape == X.shape
    before = plait.get_num_threads()
    plait.set_num_threads(np.uint16(2))
    assert plait.get_num_threads() == 2
    plait.set_num_threads(before)
    squares = [plait.variant(lambda q, n=n: q**n)(X) for n in (2, np.int64(2))]  # type: ignore[misc]
    assert np.array_equal(*squares)
    cosformer = plait.feature_maps.cosformer(np.int64(8))
    steps = [plait.linear_attention.step(X1, X1, X1, cosformer, position=p)[0] for p in (3, np.int64(3), np.array(3))]
    assert np.array_equal(steps[0], steps[1]) and np.array_equal(steps[0], steps[2])


def test_fields_of_a_spec() -> None:
    with pytest.raises(TypeError, match="Spec expects shape, dtype, but got typ"):
        plait.Spec((1,), typ="f32")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="Spec expects shape, dtype, but got 3 values"):
        plait.Spec((1,), "f32", 4)  # type: ignore[call-arg]


def test_classes() -> None:
    assert issubclass(plait.ShapeError, ValueError)
    assert issubclass(plait.DtypeError, TypeError)
    assert issubclass(plait.UnsupportedError, NotImplementedError)


def test_unaligned() -> None:
    raw = np.zeros(X.nbytes + 4, np.uint8)
    odd = raw[2 : 2 + X.nbytes].view(np.float32).reshape(X.shape)
    with pytest.raises(plait.Error, match="q"):
        plait.gla(odd, X, X, X)


def test_huge_rank() -> None:
    with pytest.raises(plait.ShapeError, match="q"):
        plait.gla(np.ones((1,) * 9, np.float32), X, X, X)
