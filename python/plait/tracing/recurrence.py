"""Recurrences and attention inside a trace: checks of shapes, then one op."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import math
from typing import Any, NoReturn, Optional

from plait.arrays import expect_flag, expect_number, is_array, show
from plait.errors import ArgumentError, DtypeError, ShapeError, UnsupportedError
from plait.normalize import Normalize
from plait.records import Record
from plait.tracing import functions
from plait.tracing.operations import Call, Printer
from plait.tracing.region import Region, literal, resolve
from plait.tracing.trace import Result, Trace
from plait.tracing.value import Dim, Extent, Value, place, refuse


class Clauses(Record):
    """What a recurrence says besides query, key and value."""

    decay: Any = None
    value_decay: Any = None
    a: Any = None
    b: Any = None
    beta: Any = None
    bonus: Any = None
    read: str = "inclusive"
    scale: float = 1.0
    normalize: Optional[Normalize] = None
    min_log_decay: Optional[float] = None
    reverse: bool = False
    causal: bool = True
    decay_ranks: tuple[int, ...] = (1, 3, 4)


#: Head dims and features that the op may have.
_WIDEST = 512

_DECAYS = {1: "[H]", 3: "[B, T, H]", 4: "[B, T, H, K]"}


def record(q: Any, k: Any, v: Any, clauses: Clauses) -> Value:
    """Adds a recurrence to the trace of its operands and gives its output."""
    trace = next((x.trace for x in (q, k, v) if isinstance(x, Value)), None)
    if trace is None:
        refuse("plait.recur expects traced values inside a variant")
    request = trace.request
    _check_options(clauses)
    clauses = clauses.replace(
        scale=float(clauses.scale) if request.scale is None else request.scale,
        reverse=clauses.reverse or request.reverse,
    )
    sequences = [_sequence(trace, name, x) for name, x in (("q", q), ("k", k), ("v", v))]
    _check_sequences(*sequences)
    if clauses.normalize is None and clauses.causal:
        return _recur(trace, sequences, clauses)
    if clauses.read == "inclusive" and clauses.a is None and clauses.beta is None:
        return _attention(trace, sequences, clauses)
    return _normalized(trace, sequences, clauses)


def _recur(trace: Trace, sequences: list[Value], clauses: Clauses) -> Value:
    out = _part(trace, sequences, clauses, ("state", 0, -1))
    trace.states += 1
    return out


def _part(trace: Trace, sequences: list[Value], clauses: Clauses, part: tuple[str, int, int]) -> Value:
    """One op, whose state is those columns of the caller's."""
    name, start, stop = part
    query, key, value = trace.store_alike(sequences, ("query", "key", "value"))
    call = Call("plait.recur", [])
    call.say_operands("ins", query, key, value)
    for clause, operand in _gates(trace, key, value, clauses):
        call.say_operands(clause, *operand)
    out = trace.result("o", (*query.shape[:3], value.shape[3]), query)
    shape = (trace.batch, key.shape[2], key.shape[3], value.shape[3])
    state = trace.state_argument(_initial(name, trace), shape, start, stop) if _has_state(trace) else None
    final = trace.leaf(name, shape)
    call.results, call.flops = [out, final], _cost(key.shape[3], value.shape[3])
    call.say(lambda printer: _destinations(printer, out, final, state))
    _modes(call, clauses, query, key)
    call.say(lambda printer: f"-> {printer.type_of(out)}, {printer.type_of(final)}")
    trace.statements.append(call)
    if trace.request.output_final_state:
        trace.results.append(Result(final, "state", trace.states, start, stop))
    return out


def _normalized(trace: Trace, sequences: list[Value], clauses: Clauses) -> Value:
    """A normalised recurrence that plait.attention has no word for: a second one adds keys up, by values of one."""
    normalize = clauses.normalize
    assert normalize is not None
    query, key, value = sequences
    one, width = functions.where(key[..., :1] > 0, 1.0, 1.0), value.width
    out = _part(trace, sequences, clauses, ("state", 0, width))
    total = _part(trace, [query, key, one], clauses, ("normalizer", width, width + 1))
    trace.states += 1
    total = total + normalize.eps if normalize.mode == "sum" else functions.maximum(total, normalize.eps)
    return out / total


def _attention(trace: Trace, sequences: list[Value], clauses: Clauses) -> Value:
    _check_attention(clauses)
    maps = _maps(*sequences)
    rows = [x.inputs[0] for x in maps] if maps else sequences[:2]
    query, key, value = trace.store_alike([*rows, sequences[2]], ("query", "key", "value"))
    call = Call("plait.attention", [])
    call.say_operands("causal ins" if clauses.causal else "ins", query, key, value)
    for clause, operand in _gates(trace, key, value, clauses):
        call.say_operands(clause, *operand)
    out = trace.result("o", (*query.shape[:3], value.shape[3]), query)
    width, features = value.shape[3], sequences[1].shape[3]
    call.results, call.flops = [out], _cost(features, width)
    assert isinstance(width, int)
    parts = [("state", 0, width)]
    if clauses.normalize is not None:
        parts.append(("normalizer", width, width + 1))
    results = _attention_states(trace, call, parts, (trace.batch, key.shape[2], features))
    normalize = clauses.normalize
    if clauses.reverse:
        call.say(lambda printer: "reverse")
    if normalize is not None:
        call.say(lambda printer: f"normalize({normalize.mode}, eps = {literal(normalize.eps)})")
    _numbers(call, clauses, query, key)
    if maps:
        call.say(lambda printer: _regions(maps))
    call.say(lambda printer: _results(printer, out, results))
    trace.statements.append(call)
    trace.states += 1
    return out


def _attention_states(
    trace: Trace, call: Call, parts: list[tuple[str, int, int]], shape: tuple[Any, ...]
) -> list[tuple[str, Value]]:
    """Initial and final state of attention, each with its normaliser."""
    results = []
    for part, start, stop in parts:
        whole = (*shape, stop - start)
        if _has_state(trace):
            initial = trace.state_argument(_initial(part, trace), whole, start, stop)
            call.say_operands(part, initial)
        if trace.request.output_final_state:
            final = trace.leaf(part, whole)
            call.results.append(final)
            results.append((part, final))
            trace.results.append(Result(final, "state", trace.states, start, stop))
    return results


def _maps(query: Value, key: Value, value: Value) -> Optional[list[Region]]:
    """Bodies of the feature maps when each maps rows of one argument, else nothing."""
    bodies = []
    for mapped in (query, key):
        if mapped.op == "tensor":
            return None
        resolve(mapped, mapped.shape)
        region = Region("        ")
        region.finish([(mapped, "f32")])
        if region.position or len(region.inputs) != 1 or len(region.inputs[0].shape) != 4:
            return None
        bodies.append(region)
    inputs = [region.inputs[0] for region in bodies]
    if any(x.dtype != value.dtype or x.shape[3] != inputs[0].shape[3] for x in inputs):
        return None
    return bodies


def _regions(maps: list[Region]) -> str:
    """Spells feature_map, and key_map where it differs."""
    texts = ["\n".join([f"      ^bb0({', '.join(x.arguments)}):", *x.lines]) for x in maps]
    text = f"feature_map {{\n{texts[0]}\n    }}"
    return text if texts[0] == texts[1] else f"{text} key_map {{\n{texts[1]}\n    }}"


def _results(printer: Printer, out: Value, states: list[tuple[str, Value]]) -> str:
    """Spells the types of attention's results, final states behind what each is."""
    return "-> " + ", ".join([printer.type_of(out), *(f"{part} {printer.type_of(state)}" for part, state in states)])


def _destinations(printer: Printer, out: Value, final: Value, state: Optional[Value]) -> str:
    """Spells where output and final state go; without a state it starts at zero."""
    empty = printer.empty(f"{out.attribute}_empty", out.shape, out.dtype)
    start = f"%{state.attribute}" if state is not None else printer.fill(f"{final.attribute}_zero", final.shape, 0.0)
    return f"outs({empty}, {start} : {printer.type_of(out)}, {printer.type_of(final)})"


def _modes(call: Call, clauses: Clauses, query: Value, key: Value) -> None:
    if clauses.read == "exclusive":
        call.say(lambda printer: "read(exclusive)")
    if clauses.reverse:
        call.say(lambda printer: "reverse")
    _numbers(call, clauses, query, key)


def _numbers(call: Call, clauses: Clauses, query: Value, key: Value) -> None:
    if clauses.scale != 1.0:
        call.say(lambda printer: f"scale({literal(clauses.scale)})")
    if clauses.min_log_decay is not None:
        bound = clauses.min_log_decay
        call.say(lambda printer: f"min_log_decay({literal(bound)})")
    group = _heads(key).ratio // _heads(query).ratio
    if group != 1:
        call.say(lambda printer: f"group_size({group})")


def _gates(trace: Trace, key: Value, value: Value, clauses: Clauses) -> list[tuple[str, tuple[Value, ...]]]:
    """The clauses of a recurrence that have operands, as leaves."""
    found: list[tuple[str, tuple[Value, ...]]] = []
    required = len(clauses.decay_ranks) == 1  # by a variant of one kind of decay, which None would leave out
    if clauses.decay is not None or required:
        found.append(("decay", (_decay(trace, clauses.decay, key, clauses.decay_ranks),)))
    if clauses.value_decay is not None:
        found.append(("value_decay", (_tokens(trace, "value_decay", clauses.value_decay, value),)))
    if (clauses.a is None) != (clauses.b is None):
        raise ArgumentError(f"a and b: expects both or neither ({place()})")
    if clauses.a is not None:
        found.append(("low_rank", (_tokens(trace, "a", clauses.a, key), _tokens(trace, "b", clauses.b, key))))
    if clauses.beta is not None:
        found.append(("delta", (_numbers_per_token(trace, "beta", clauses.beta, key),)))
    if clauses.bonus is not None or (required and clauses.read == "exclusive"):
        found.append(("bonus", (_bonus(trace, clauses.bonus, key),)))
    return found


def _decay(trace: Trace, decay: Any, key: Value, ranks: tuple[int, ...]) -> Value:
    operand = _operand(trace, "decay", decay)
    rank = len(operand.shape)
    if rank not in ranks:
        known = dict(zip("BHK" if trace.stepping else "BTHK", _extents(key)))
        layouts = " or ".join(_DECAYS[x] for x in ranks)
        used = ", ".join(f"{name} = {extent}" for name, extent in known.items() if name in layouts)
        _misfit("decay", f"{layouts} with {used}", operand)
    if rank == 1 and operand.op == "tensor":
        operand.shape = _per_head("decay", operand, key)
        return trace.store(operand, "decay")
    if rank == 4:
        return _tokens(trace, "decay", operand, key)
    return _numbers_per_token(trace, "decay", operand, key)


def _bonus(trace: Trace, bonus: Any, key: Value) -> Value:
    operand = _operand(trace, "bonus", bonus)
    if operand.op != "tensor" or len(operand.shape) != 2 or operand.shape[1] != key.shape[3]:
        _misfit("bonus", f"an array [H, K] = [{_heads(key).extent}, {key.shape[3]}]", operand)
    operand.shape = (*_per_head("bonus", operand, key), operand.shape[1])
    return trace.store(operand, "bonus")


def _per_head(name: str, operand: Value, key: Value) -> tuple[Dim, ...]:
    heads, have = _heads(key), operand.shape[0]
    if have != heads and have != heads.extent:
        _misfit(name, f"[H] with H = {heads.extent}", operand)
    return (heads,)


def _tokens(trace: Trace, name: str, operand: Any, like: Value) -> Value:
    """A row per token, of the shape of `like`."""
    operand = _operand(trace, name, operand)
    if operand.shape != like.shape:
        layout = "[B, T, H, V]" if name == "value_decay" else "[B, T, H, K]"
        _misfit(name, f"{layout} = {show(_extents(like))}", operand)
    return trace.store(operand if operand.dtype in ("f32", like.dtype) else _as_f32(operand), name)


def _numbers_per_token(trace: Trace, name: str, operand: Any, key: Value) -> Value:
    """A number per token and head."""
    operand, heads = _operand(trace, name, operand), _heads(key)
    resolved = operand.shape == (trace.batch, trace.time, heads)
    if not resolved and (operand.op == "tensor" or len(operand.shape) not in (1, 3)):
        _misfit(name, f"[B, T, H] = {show(_extents(key)[:-1])}", operand)
    return trace.store(operand if operand.dtype in ("f32", key.dtype) else _as_f32(operand), name)


def _as_f32(operand: Value) -> Value:
    """The same in f32, by a row map."""
    return Value(operand.trace, "identity", (operand,), operand.shape)


def _operand(trace: Trace, name: str, operand: Any) -> Value:
    lifted = trace.lift(operand) if isinstance(operand, Value) or is_array(operand) else None
    if not isinstance(lifted, Value):
        name = next((given for given, value in trace.given.items() if value is operand), name)
        raise DtypeError(f"{name}: expects an array, but got {type(operand).__name__} ({place()})")
    return lifted


def _sequence(trace: Trace, name: str, operand: Any) -> Value:
    value = _operand(trace, name, operand)
    if len(value.shape) != 4 or not isinstance(value.shape[2], Dim) or not isinstance(value.shape[3], int):
        _misfit(name, "a sequence [B, T, H, D]", value)
    return value


def _check_options(clauses: Clauses) -> None:
    if clauses.read not in ("inclusive", "exclusive"):
        raise ArgumentError(f"read: expects 'inclusive' or 'exclusive', but got {clauses.read!r} ({place()})")
    if clauses.bonus is not None and clauses.read != "exclusive":
        raise ArgumentError(f"bonus: expects read='exclusive' beside it, but got {clauses.read!r} ({place()})")
    if clauses.normalize is not None and not isinstance(clauses.normalize, Normalize):
        kind = type(clauses.normalize).__name__
        raise DtypeError(f"normalize: expects plait.sum_eps, plait.clamp_min or None, but got {kind} ({place()})")
    if clauses.normalize is not None and clauses.value_decay is not None:
        raise UnsupportedError(f"normalize: expects no value_decay beside it, as it has no value channels ({place()})")
    expect_flag("causal", clauses.causal)
    expect_number("scale", clauses.scale)
    bound = clauses.min_log_decay
    if bound is not None and not -math.inf < expect_number("min_log_decay", bound) <= 0:
        raise ArgumentError(f"min_log_decay: expects a finite number of at most 0, but got {bound} ({place()})")


def _check_sequences(query: Value, key: Value, value: Value) -> None:
    for name, rows in (("q", query), ("k", key), ("v", value)):
        width = rows.shape[3]
        if not isinstance(width, int) or not 1 <= width <= _WIDEST:
            _misfit(name, f"a head dim, or features, of 1 to {_WIDEST}", rows)
        if not _heads(rows).ratio:
            _misfit(name, "no heads, as the first argument has none", rows)
    if key.shape[3] != query.shape[3]:
        _misfit("k", f"head dim {query.shape[3]}, that of q", key)
    if value.shape[2] != key.shape[2]:
        _misfit("v", f"{_heads(key).extent} heads, those of k", value)
    if _heads(key).ratio % _heads(query).ratio:
        _misfit("k", f"a number of heads that divides {_heads(query).extent}", key)


def _check_attention(clauses: Clauses) -> None:
    if not clauses.causal and (clauses.decay is not None or clauses.reverse):
        raise ArgumentError(f"causal=False: expects neither a decay nor reverse ({place()})")


def _misfit(name: str, expected: str, got: Value) -> NoReturn:
    name = str(got.attribute) if got.op == "tensor" else name
    if got.trace.stepping:
        expected = expected.replace("T, ", "")
    raise ShapeError(f"{name}: expects {expected}, but got {show(_extents(got))} ({place()})")


def _extents(value: Value) -> tuple[object, ...]:
    """The extents as they are given: the arrays of a step have no time."""
    given = [x for x in value.shape if not (value.trace.stepping and x is value.trace.time)]
    return tuple(x.extent if isinstance(x, Dim) else x for x in given)


def _heads(value: Value) -> Dim:
    heads = value.shape[2]
    assert isinstance(heads, Dim)
    return heads


def _has_state(trace: Trace) -> bool:
    return trace.request.initial_state


def _cost(keys: Extent, values: Extent) -> tuple[int, int]:
    """A multiplication and an addition for each element of the state, to write and to read it."""
    assert isinstance(keys, int) and isinstance(values, int)
    return 2 * keys * values, 2 * keys * values


def _initial(part: str, trace: Trace) -> str:
    """What a call names the state that it starts from."""
    return _numbered(part if trace.stepping else f"initial_{part}", trace)


def _numbered(name: str, trace: Trace) -> str:
    return f"{name}{trace.states}" if trace.states else name
