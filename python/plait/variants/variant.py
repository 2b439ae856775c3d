"""`plait.Variant`: a function over rows, compiled at its first call with a signature."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from types import FunctionType
from typing import TYPE_CHECKING, Any, NoReturn, Optional, Union, overload

from plait.arrays import expect_flag, expect_number
from plait.errors import ArgumentError, DtypeError, UnsupportedError
from plait.program import Parameters, Program, trace
from plait.tracing.trace import Request

if TYPE_CHECKING:
    import inspect

    from plait._plait import Dispatcher
    from plait.pack import Pack
    from plait.tuning import Tuning

#: What every variant takes beside its own parameters.
COMMON: dict[str, Any] = {
    "scale": None,
    "initial_state": None,
    "output_final_state": False,
    "reverse": False,
    "cu_seqlens": None,
    "num_threads": None,
    "out": None,
}
_STEP: dict[str, Any] = {
    "scale": None,
    "state": None,
    "inplace": False,
    "position": None,
    "num_threads": None,
    "out": None,
}


class Variant:
    """A linear-time attention variant.

    Calling it computes all tokens of sequences [B, T, H, D]; `step` computes one token
    from the state that the ones before it left. A kernel is compiled when a combination
    of element types, head dims and options is met for the first time, and kept on disk;
    it serves every batch, length and number of heads. On CUDA one token has another,
    that of `step`.

    Besides its own parameters a variant takes `scale`, `initial_state`,
    `output_final_state`, `reverse`, `num_threads` and `out`, an array that takes the
    result, is returned, and shares memory with no other. Every array may have any
    strides but for a last dimension of stride 1.

    >>> import numpy as np, plait
    >>> q = np.random.default_rng(0).standard_normal((2, 10, 4, 8), np.float32)
    >>> o, state = plait.retention(q, q, q, output_final_state=True)
    >>> o.shape, state.shape
    ((2, 10, 4, 8), (2, 4, 8, 8))
    """

    def __init__(
        self,
        function: Callable[..., Any],
        *,
        shared: Sequence[str] = (),
        same: Sequence[str] = ("q", "k", "v"),
        repeat: Sequence[str] = (),
        generate: Optional[dict[str, Callable[[int], Any]]] = None,
    ) -> None:
        if not isinstance(function, FunctionType):
            raise DtypeError(f"variant: expects a function, but got {type(function).__name__}")
        self.__name__ = re.sub(r"\W", "", function.__name__) or "variant"
        self.__qualname__ = function.__qualname__
        own = function.__module__.startswith("plait.")
        self.__module__ = "plait" if own else function.__module__
        self.__doc__ = function.__doc__
        self.__wrapped__ = function
        self.parameters = _parameters(function, tuple(shared), tuple(same), tuple(repeat))
        self.generate = generate or {}
        self._call: Any = None
        self._step: Any = None

    def __repr__(self) -> str:
        return f"<plait.Variant {self.__name__}>"

    def __reduce__(self) -> str:
        """Copied and pickled by name, as functions are."""
        return self.__qualname__

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Computes all tokens: o, or (o, state) with `output_final_state`."""
        call = self._call
        if call is None:
            call = self.dispatcher()
        return call(*args, **kwargs)

    def step(self, *args: Any, **kwargs: Any) -> Any:
        """Computes one token: takes q1 [B, H, K] and the like, gives (o1, state).

        `state=None` starts a sequence. With `inplace=True` the state given is updated
        and returned; otherwise a new one is made. A feature map of the position takes
        the token's as `position`: an integer, or an array [B] of them, int32 or int64,
        which beside tensors of PyTorch's on a device may be one there, too. What that
        holds is not looked at; other positions must be at least 0.
        """
        call = self._step
        if call is None:
            call = self.dispatcher(step=True)
        return call(*args, **kwargs)

    def mlir(self, *args: Any, **kwargs: Any) -> str:
        """The IR that a call with these arguments compiles, as any Plait tool reads it; with `state=` that of a step.

        It is of any number of tokens; for one alone on CUDA the call compiles the same with T = 1.

        >>> import plait
        >>> x = plait.Spec((1, 100, 4, 64))
        >>> print(plait.linear_attention.mlir(x, x, x).splitlines()[1][:26])
          func.func @linear_attent
        """
        return self.program(args, kwargs, self.is_step(kwargs)).text()

    def compile(self, *args: Any, targets: Sequence[str] = ("native",), schedule: str = "", **kwargs: Any) -> Pack:
        """Compiles ahead of time for the instruction sets named, into one pack.

        Arguments are arrays or `plait.Spec`; only their types and head dims matter. With
        `state=`, which may be None, they are those of `step`, and so is the function.
        `native` is the instruction set of this machine, with schedules for its cores.
        """
        from plait.pack import Pack

        return Pack.compile(self.program(args, kwargs, self.is_step(kwargs)), targets, schedule)

    def explain(self, *args: Any, **kwargs: Any) -> str:
        """Says in a page how a call with these arguments runs: form, schedule, cost, time; with `state=` a step."""
        from plait.explain import explain

        return explain(self, args, kwargs)

    def tune(self, *args: Any, **kwargs: Any) -> Tuning:
        """Times the schedules of this kernel on these arguments and keeps the best.

        On the CPU results do not change, to the bit; on CUDA sums may be taken in
        another order. The choice holds for lengths and batches of
        the same power of two, in this process and later ones. Interrupting it keeps
        what is measured by then. On a terminal it shows a progress bar, with rich.
        On CUDA schedules are left out that do not fit the device's shared memory, or
        that spill more registers than the default.
        """
        from plait.tuning import tune

        return tune(self, args, kwargs)

    @property
    def __signature__(self) -> inspect.Signature:
        import inspect

        own = inspect.signature(self.__wrapped__)
        common = [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default)
            for name, default in COMMON.items()
            if name not in own.parameters
        ]
        return own.replace(parameters=[*own.parameters.values(), *common])

    def is_step(self, kwargs: dict[str, Any]) -> bool:
        """Whether arguments with these keywords are those of `step`: they have a state."""
        return "state" in kwargs and "state" not in self.parameters.names

    # -- the explaining path: what the native dispatcher does not know yet ---------

    def program(self, args: Sequence[Any], kwargs: dict[str, Any], step: bool = False) -> Program:
        """Traces a call."""
        values, common = self.bind(args, kwargs, step)
        return self.traced(values, common, step)

    def traced(self, values: dict[str, Any], common: dict[str, Any], step: bool = False) -> Program:
        """Traces a call whose arguments are bound."""
        if common.get("cu_seqlens") is not None:
            raise UnsupportedError("cu_seqlens: packed sequences are not supported by this version")
        for name, make in self.generate.items():
            if values.get(name) is None:
                values = {**values, name: make(_heads(values, self.parameters, step))}
        return trace(self.__name__, self.__wrapped__, self.parameters, values, _request(common, step), step)

    def bind(
        self, args: Sequence[Any], kwargs: dict[str, Any], step: bool = False
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Sorts arguments into the variant's own and the common ones.

        Raises:
            ArgumentError: one is missing, unknown, or given twice.
        """
        parameters, what = self.parameters, f"{self.__name__}{'.step' if step else ''}"
        if len(args) > parameters.positional:
            _bad(what, f"at most {parameters.positional} positional arguments", str(len(args)))
        values = dict(zip(parameters.names, args))
        common = dict(_STEP if step else COMMON)
        for name, value in kwargs.items():
            if name in values:
                _bad(what, f"one value of {name}", "two")
            if name in parameters.names:
                values[name] = value
            elif name in common:
                common[name] = value
            else:
                _bad(what, f"one of {', '.join(dict.fromkeys((*parameters.names, *common)))}", repr(name))
        missing = [name for name in parameters.names if name not in values and name not in parameters.defaults]
        if missing:
            _bad(what, f"an argument {missing[0]}", "none")
        return {**parameters.defaults, **values}, common

    def dispatcher(self, step: bool = False) -> Dispatcher:
        """The native object that sorts arguments and holds the compiled signatures."""
        from plait.dispatch import dispatcher

        name = "_step" if step else "_call"
        found: Optional[Dispatcher] = getattr(self, name)
        if found is None:
            found = dispatcher(self, step)
            setattr(self, name, found)
        return found


@overload
def variant(function: Callable[..., Any], /) -> Variant: ...
@overload
def variant(*, shared: Sequence[str] = ()) -> Callable[[Callable[..., Any]], Variant]: ...
def variant(
    function: Optional[Callable[..., Any]] = None, /, *, shared: Sequence[str] = ()
) -> Union[Variant, Callable[[Callable[..., Any]], Variant]]:
    """Makes a variant of a function of sequences [B, T, H, D] and gates.

    The function is called once for each signature with traced values, and what it
    does becomes a kernel: row functions of `plait`, `plait.recur` and the variants.
    Python control flow runs at that time. Parameters named in `shared` are per head
    or learned, without batch and time; the others are told apart by their shapes.

    >>> import numpy as np, plait
    >>> @plait.variant
    ... def squared_relu(q, k, v, g):
    ...     phi = lambda x: plait.maximum(x, 0) ** 2
    ...     return plait.recur(phi(q), phi(k), v, decay=g, normalize=plait.sum_eps(1e-6))
    >>> x, g = np.ones((1, 3, 2, 4), np.float32), np.zeros((1, 3, 2), np.float32)
    >>> bool(np.allclose(squared_relu(x, x, x, g), 1))
    True

    Raises:
        TraceError: the function does what can't be compiled; the message names the line.
    """
    names = (shared,) if isinstance(shared, str) else shared
    return Variant(function, shared=names) if function is not None else lambda f: Variant(f, shared=names)


def _parameters(
    function: Callable[..., Any], shared: tuple[str, ...], same: tuple[str, ...], repeat: tuple[str, ...]
) -> Parameters:
    code = function.__code__
    positional = code.co_argcount
    names = code.co_varnames[: positional + code.co_kwonlyargcount]
    if code.co_flags & 0x0C or not names:
        raise ArgumentError(f"{function.__name__}: a variant expects named parameters, the first a sequence")
    plain = function.__defaults__ or ()
    defaults = dict(zip(names[positional - len(plain) : positional], plain))
    defaults.update(function.__kwdefaults__ or {})
    for name in shared:
        if name not in names:
            raise ArgumentError(f"shared: expects parameters of {function.__name__}, but got {name!r}")
    return Parameters(names, defaults, positional, shared, same, repeat)


def _request(common: dict[str, Any], step: bool) -> Request:
    scale = None if common["scale"] is None else expect_number("scale", common["scale"])
    if step:
        state = common["state"] is not None
        return Request(scale, False, state, True, expect_flag("inplace", common["inplace"]) and state)
    reverse, final = (expect_flag(name, common[name]) for name in ("reverse", "output_final_state"))
    return Request(scale, reverse, common["initial_state"] is not None, final)


def _heads(values: dict[str, Any], parameters: Parameters, step: bool) -> int:
    """The key and value heads of a call, for parameters that are made."""
    shape = getattr(values.get(parameters.names[1]), "shape", None)
    axis = 1 if step else 2
    return int(shape[axis]) if shape is not None and len(shape) == axis + 2 else 1


def _bad(what: str, expected: str, got: str) -> NoReturn:
    raise ArgumentError(f"{what}: expects {expected}, but got {got}")
