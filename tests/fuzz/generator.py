"""Random functions of the dialect: valid IR over every op and attribute that has a CPU form.

`python tests/fuzz/generator.py FIRST LAST` prints those of some seeds, a module each, for plait-opt.
"""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from regions import Region, kind

# A dim is a number, or a multiple of a size that the call brings.
Dim = int | tuple[str, int]

B: Dim = ("B", 1)
T: Dim = ("T", 1)
H: Dim = ("H", 1)


@dataclass
class Value:
    name: str
    dims: tuple[Dim, ...]
    element: str

    @property
    def width(self) -> int:
        width = self.dims[-1]
        assert isinstance(width, int)
        return width


@dataclass
class Argument:
    name: str
    value: Value
    draw: str  # how its numbers are drawn: normal, gate, head_gate, unit
    result: int | None = None  # the result that it is updated to


@dataclass
class Program:
    """A function, and what a caller has to know of it."""

    text: str
    arguments: list[Argument]
    results: list[Value]
    static: dict[str, int]
    what: list[str]


@dataclass
class Generator:
    rng: random.Random
    arguments: list[Argument] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    what: list[str] = field(default_factory=list)
    static: dict[str, int] = field(default_factory=dict)
    starts: dict[str, Value] = field(default_factory=dict)  # of carried results
    count: int = 0

    # Types, arguments, ops

    def dim(self, dim: Dim) -> str:
        if isinstance(dim, int):
            return str(dim)
        return str(self.static[dim[0]] * dim[1]) if dim[0] in self.static else "?"

    def type(self, value: Value) -> str:
        return f"tensor<{'x'.join([*map(self.dim, value.dims), value.element])}>"

    def types(self, values: Sequence[Value]) -> str:
        return ", ".join(map(self.type, values))

    def emit(self, text: str, dims: Sequence[Dim], element: str) -> Value:
        self.count += 1
        value = Value(f"%t{self.count}", tuple(dims), element)
        self.lines.append(f"  {value.name} = {text}")
        return value

    def argument(self, dims: Sequence[Dim], element: str, draw: str = "normal") -> Value:
        value = Value(f"%a{len(self.arguments)}", tuple(dims), element)
        self.arguments.append(Argument(value.name[1:], value, draw))
        return value

    def empty(self, dims: Sequence[Dim], element: str) -> Value:
        sizes = [self.size(d) for d in dims if self.dim(d) == "?"]
        made = Value("", tuple(dims), element)
        return self.emit(f"tensor.empty({', '.join(sizes)}) : {self.type(made)}", dims, element)

    def size(self, dim: Dim) -> str:
        for argument in self.arguments:
            if dim in argument.value.dims:
                position = self.emit(f"arith.constant {argument.value.dims.index(dim)} : index", (), "index").name
                source = argument.value
                return self.emit(f"tensor.dim {source.name}, {position} : {self.type(source)}", (), "index").name
        raise AssertionError(dim)

    def start(self, dims: Sequence[Dim]) -> Value:
        """A carried value: zero, an argument, or an argument that is updated in place."""
        if self.rng.random() < 0.4:
            zero = self.emit("arith.constant 0.0 : f32", (), "f32").name
            empty = self.empty(dims, "f32")
            return self.emit(
                f"linalg.fill ins({zero} : f32) outs({empty.name} : {self.type(empty)}) -> {self.type(empty)}",
                dims, "f32",
            )  # fmt: skip
        return self.argument(dims, "f32")

    def float_type(self) -> str:
        return self.rng.choice(("f32", "f32", "f32", "bf16", "f16"))

    def width(self) -> int:
        return self.rng.choice((1, 2, 3, 4, 7, 8, 15, 16, 17, 31, 32, 33, 40, 48, 60, 64, 65, 80, 96, 100, 128, 130))

    # Row maps

    def map_rows(
        self, inputs: Sequence[Value], outs: Sequence[Value], body: Callable[[Region, list[str]], list[str]]
    ) -> list[Value]:
        region = Region(self.rng)
        names = [f"%x{i}" for i in range(len(inputs))]
        rows = [row_width(v) for v in inputs]
        wide = [region.widen(n, w, v.element) for n, w, v in zip(names, rows, inputs)]
        yielded = [region.narrow(y, row_width(v), v.element) for y, v in zip(body(region, wide), outs)]
        arguments = ", ".join(f"{n}: {kind(w, v.element)}" for n, w, v in zip(names, rows, inputs))
        init = ", ".join(v.name for v in outs)
        given = ", ".join(v.name for v in inputs)
        types = ", ".join(kind(row_width(v), v.element) for v in outs)
        made = [Value(f"%m{self.count}_{i}", v.dims, v.element) for i, v in enumerate(outs)]
        self.count += 1
        self.lines += [
            f"  {', '.join(v.name for v in made)} = plait.map_rows ins({given} : {self.types(inputs)})"
            f" outs({init} : {self.types(outs)}) {{",
            f"  ^bb0({arguments}):",
            *region.lines,
            f"    plait.yield {', '.join(yielded)} : {types}",
            f"  }} -> {self.types(outs)}",
        ]
        return made

    def features(self, x: Value, width: int, element: str, positive: bool = False) -> Value:
        """Some function of the rows of x, with rows of `width`."""
        heads = x.dims[2]
        inputs = [x]
        if self.rng.random() < 0.3:
            shape: Sequence[Dim] = self.rng.choice(((heads, x.width), (x.width,), (B, T, heads), (heads,)))
            inputs.append(self.argument(shape, "f32"))

        def body(region: Region, rows: list[str]) -> list[str]:
            row = rows[0]
            for _ in range(self.rng.randrange(3)):
                row = region.tame(row, x.width)
            if len(rows) > 1:
                other = rows[1] if len(inputs[1].dims) not in (1, 3) or row_width(inputs[1]) else None
                other = other or region.spread(rows[1], x.width)
                row = region.combine(row, other, x.width)
            row = region.resize(row, x.width, width)
            return [region.positive(row, width) if positive else row]

        return self.map_rows(inputs, [self.empty((*x.dims[:3], width), element)], body)[0]

    # The ops with a state

    def decay(self, width: int, element: str) -> tuple[str, Value | None]:
        choice = self.rng.choice(("none", "head", "token", "channel"))
        shapes: dict[str, Sequence[Dim]] = {"head": (H,), "token": (B, T, H), "channel": (B, T, H, width)}
        if choice == "none":
            return choice, None
        element = "f32" if choice == "head" else self.rng.choice((element, "f32"))
        draw = self.rng.choice(("gate", "gate", "steep"))
        return choice, self.argument(shapes[choice], element, draw)

    def clause(self, word: str, value: Value | None) -> str:
        return f" {word}({value.name} : {self.type(value)})" if value else ""

    def recur(self, query: Value, key: Value, value: Value, group: int) -> tuple[Value, Value]:
        rng = self.rng
        width, columns, element = key.width, value.width, key.element
        decay_kind, decay = self.decay(width, element)
        value_decay = None
        if rng.random() < 0.2:
            value_decay = self.argument((B, T, H, columns), rng.choice((element, "f32")), rng.choice(("gate", "steep")))
        exclusive = rng.random() < 0.35
        bonus = self.argument((H, width), "f32") if exclusive and rng.random() < 0.6 else None
        out = self.empty((*query.dims[:3], columns), rng.choice((element, "f32")))
        state = self.start((B, H, width, columns))
        options = " read(exclusive)" if exclusive else ""
        options += " reverse" if rng.random() < 0.3 else ""
        options += f" scale({rng.choice((0.125, -2.0))})" if rng.random() < 0.4 else ""
        options += f" group_size({group})" if group > 1 else ""
        types = f"{self.type(out)}, {self.type(state)}"
        text = (
            f"plait.recur ins({query.name}, {key.name}, {value.name} : {self.types((query, key, value))})"
            f"{self.clause('decay', decay)}{self.clause('value_decay', value_decay)}{self.clause('bonus', bonus)}"
            f" outs({out.name}, {state.name} : {types}){options} -> {types}"
        )
        name = f"%s{self.count}"
        self.count += 1
        self.lines.append(f"  {name}:2 = {text}")
        gates = f"decay={decay_kind}{' value_decay' if value_decay else ''}"
        self.what.append(f"recur K={width} V={columns} {element} {gates}{options}")
        self.starts[f"{name}#1"] = state
        return Value(f"{name}#0", out.dims, out.element), Value(f"{name}#1", state.dims, "f32")

    def scan(self, x: Value) -> tuple[Value, Value]:
        rng = self.rng
        op = rng.choice(("add", "affine", "max", "logsumexp", "max_affine"))
        inputs = [x]
        if op == "affine":
            gate = self.argument(x.dims, x.element, "unit")
            inputs = [gate, x]
        elif op == "max_affine":
            inputs = [self.argument(x.dims, x.element, "gate"), x]
        out = self.empty(x.dims, rng.choice((x.element, "f32")))
        carry = self.start((x.dims[0], *x.dims[2:]))
        options = (" read(exclusive)" if rng.random() < 0.3 else "") + (" reverse" if rng.random() < 0.3 else "")
        types = f"{self.type(out)}, {self.type(carry)}"
        name = f"%s{self.count}"
        self.count += 1
        self.lines.append(
            f"  {name}:2 = plait.scan {op} ins({', '.join(v.name for v in inputs)} : {self.types(inputs)})"
            f" outs({out.name}, {carry.name} : {types}){options} -> {types}"
        )
        self.what.append(f"scan {op} D={x.width} {x.element}{options}")
        self.starts[f"{name}#1"] = carry
        return Value(f"{name}#0", out.dims, out.element), Value(f"{name}#1", carry.dims, "f32")

    def project(self, x: Value, columns: int, group: int) -> Value:
        shapes: list[Sequence[Dim]] = [(H, x.width, columns), (B, H, x.width, columns)]
        if group == 1:
            shapes.append((x.width, columns))
        matrix = self.argument(self.rng.choice(shapes), "f32")
        out = self.empty((*x.dims[:3], columns), x.element)
        options = " scale(0.25)" if self.rng.random() < 0.3 else ""
        options += f" group_size({group})" if group > 1 else ""
        self.what.append(f"project D={x.width} E={columns} matrix={len(matrix.dims)}{options}")
        return self.emit(
            f"plait.project ins({x.name}, {matrix.name} : {self.types((x, matrix))})"
            f" outs({out.name} : {self.type(out)}){options} -> {self.type(out)}",
            out.dims, out.element,
        )  # fmt: skip

    def attention(self) -> list[Value]:
        rng = self.rng
        causal, group, element = rng.random() < 0.7, rng.choice((1, 1, 1, 2, 3, 4)), self.float_type()
        width, columns, features = self.width(), self.width(), self.width() if rng.random() < 0.3 else None
        features = features or width
        keys: Dim = ("S", 1) if not causal and rng.random() < 0.5 else T
        query = self.argument((B, T, ("H", group), width), element)
        key = self.argument((B, keys, H, width), element)
        value = self.argument((B, keys, H, columns), element)
        normalize = rng.choice(("none", "sum", "clamp"))
        decay_kind, decay = self.decay(features, element) if causal else ("none", None)
        state = self.argument((B, H, features, columns), "f32") if rng.random() < 0.4 else None
        normalizer = None
        if state and normalize != "none":
            normalizer = self.argument((B, H, features, 1), "f32", "positive")
        out = Value("", (B, T, ("H", group), columns), rng.choice((element, "f32")))
        results = [out]
        if rng.random() < 0.5:
            results.append(Value("", (B, H, features, columns), "f32"))
            if normalize != "none":
                results.append(Value("", (B, H, features, 1), "f32"))
        options = " reverse" if causal and rng.random() < 0.25 else ""
        options += f" normalize({normalize}, eps = 1.0e-6)" if normalize != "none" else ""
        options += " scale(0.5)" if rng.random() < 0.3 else ""
        options += f" group_size({group})" if group > 1 else ""
        maps = ""
        if normalize != "none" or features != width or rng.random() < 0.7:
            maps = self.feature_map("feature_map", width, features, element, normalize != "none")
            if rng.random() < 0.3:
                maps += self.feature_map("key_map", width, features, element, normalize != "none")
        name = f"%s{self.count}"
        self.count += 1
        types = self.type(out)
        for word, result in zip((", state ", ", normalizer "), results[1:]):
            types += word + self.type(result)
        self.lines.append(
            f"  {name}:{len(results)} = plait.attention {'causal ' if causal else ''}"
            f"ins({query.name}, {key.name}, {value.name} : {self.types((query, key, value))})"
            f"{self.clause('decay', decay)}{self.clause('state', state)}{self.clause('normalizer', normalizer)}"
            f"{options}{maps} -> {types}"
        )
        self.what.append(
            f"attention {'causal' if causal else 'whole'} K={width} C={features} V={columns} {element}"
            f" decay={decay_kind}{options}{' state' if state else ''}"
        )
        for i, start in ((1, state), (2, normalizer)):
            if start:
                self.starts[f"{name}#{i}"] = start
        return [Value(f"{name}#{i}", v.dims, v.element) for i, v in enumerate(results)]

    def feature_map(self, word: str, width: int, features: int, element: str, positive: bool) -> str:
        region = Region(self.rng)
        row = region.widen("%row", width, element)
        if self.rng.random() < 0.5:
            row = region.tame(row, width)
        row = region.resize(row, width, features)
        if positive:
            row = region.positive(row, features)
        body = "\n".join([*region.lines, f"    plait.yield {row} : {kind(features)}"])
        return f" {word} {{\n  ^bb0(%row: {kind(width, element)}):\n{body}\n  }}"

    # Whole functions

    def recurrence(self) -> list[Value]:
        group, element = self.rng.choice((1, 1, 1, 2, 4)), self.float_type()
        width, columns = self.width(), self.width()
        query = self.argument((B, T, ("H", group), width), element)
        key, value = self.argument((B, T, H, width), element), self.argument((B, T, H, columns), element)
        if self.rng.random() < 0.5:
            query = self.features(query, width, element)
        if self.rng.random() < 0.5:
            key = self.features(key, width, element)
        out, state = self.recur(query, key, value, group)
        results = [out, state]
        if self.rng.random() < 0.4:
            results[0] = self.features(out, out.width, self.rng.choice((element, "f32")))
        elif self.rng.random() < 0.2:
            results[0] = self.project(out, self.width(), group)
        elif self.rng.random() < 0.2 and group == 1:
            mapped = self.features(out, width, element)
            results = [*self.recur(query, mapped, value, 1), state]
        elif self.rng.random() < 0.3 and group == 1:
            other, _ = self.recur(query, key, value, 1)
            results[0] = self.sum(out, other)
        return [r for r in results if len(results) == 1 or r is results[0] or self.rng.random() < 0.7]

    def sum(self, x: Value, y: Value) -> Value:
        out = self.empty(x.dims, "f32")
        return self.map_rows([x, y], [out], lambda region, rows: [region.combine(rows[0], rows[1], x.width)])[0]

    def scanned(self) -> list[Value]:
        x = self.argument((B, T, H, self.width()), self.float_type())
        if self.rng.random() < 0.5:
            x = self.features(x, self.width(), x.element)
        out, carry = self.scan(x)
        if self.rng.random() < 0.5:
            out = self.features(out, out.width, out.element)
        return [out, carry] if self.rng.random() < 0.7 else [out]

    def projected(self) -> list[Value]:
        group = self.rng.choice((1, 1, 2))
        x = self.argument((B, T, ("H", group), self.width()), self.float_type())
        if self.rng.random() < 0.5:
            x = self.features(x, self.width(), x.element)
        self.argument((B, T, H, 3), "f32")
        out = self.project(x, self.width(), group)
        return [self.features(out, self.width(), out.element) if self.rng.random() < 0.5 else out]

    def mapped(self) -> list[Value]:
        x = self.argument((B, T, H, self.width()), self.float_type())
        y = self.features(x, self.width(), "f32")
        self.what.append(f"map_rows {x.width} {x.element} to {y.width}")
        if self.rng.random() < 0.5:
            return [y]
        scalars = self.empty((B, T, H), "f32")
        rows = self.empty(y.dims, self.float_type())

        def body(region: Region, given: list[str]) -> list[str]:
            total = region.reduce("add", given[0], y.width)
            return [region.tame(total, None), region.tame(given[0], y.width)]

        return self.map_rows([y], [scalars, rows], body)

    def program(self) -> Program:
        rng = self.rng
        for symbol in "BTH":
            if rng.random() < 0.15:
                self.static[symbol] = rng.choice({"B": (1, 2), "T": (1, 64, 65, 100, 200), "H": (1, 2, 3)}[symbol])
        make = rng.choices((self.attention, self.recurrence, self.scanned, self.projected, self.mapped),
                           (5, 6, 2, 1, 1))[0]  # fmt: skip
        results = make()
        self.update_in_place(results)
        arguments = ", ".join(
            f"{a.value.name}: {self.type(a.value)} {{plait.name = \"{a.name}\""
            + (f", plait.result = {a.result} : index" if a.result is not None else "") + "}"
            for a in self.arguments
        )  # fmt: skip
        types = self.types(results)
        text = "\n".join([
            f"func.func @f({arguments}) -> ({types}) {{",
            *self.lines,
            f"  return {', '.join(v.name for v in results)} : {types}",
            "}\n",
        ])  # fmt: skip
        return Program(text, self.arguments, results, self.static, self.what)

    def update_in_place(self, results: list[Value]) -> None:
        """Ties a state to the argument that it started from."""
        for r, result in enumerate(results):
            for argument in self.arguments:
                if self.starts.get(result.name) is argument.value and self.rng.random() < 0.5:
                    argument.result = r


def row_width(value: Value) -> int | None:
    """The length of the row that a region gets of a value; None for a scalar."""
    width = value.dims[-1]
    return width if isinstance(width, int) else None


def generate(seed: int) -> Program:
    return Generator(random.Random(seed)).program()


def main() -> None:
    """Prints modules for one target between the marks at which -split-input-file splits."""
    target = '#plait.target<"x86-64-v4", {fma, lanes = 16 : i64, registers = 32 : i64}>'
    modules = [f"module attributes {{plait.target = {target}}} {{\n{generate(seed).text}}}\n"
               for seed in range(int(sys.argv[1]), int(sys.argv[2]))]  # fmt: skip
    print("\n// -----\n\n".join(modules), end="")


if __name__ == "__main__":
    main()
