"""Random regions: what a row map computes, in the ops that users may write."""
# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import random


class Region:
    """Lines of a region, on f32 rows and scalars."""

    def __init__(self, rng: random.Random, indent: str = "    ") -> None:
        self.rng, self.indent = rng, indent
        self.lines: list[str] = []
        self.count = 0

    def emit(self, text: str, results: int = 1) -> str:
        self.count += 1
        name = f"%r{self.count}"
        number = f":{results}" if results > 1 else ""
        self.lines.append(f"{self.indent}{name}{number} = {text}")
        return name

    def constant(self, value: float, width: int | None) -> str:
        if width is None:
            return self.emit(f"arith.constant {value!r} : f32")
        return self.emit(f"arith.constant dense<{value!r}> : vector<{width}xf32>")

    def unary(self, op: str, x: str, width: int | None) -> str:
        return self.emit(f"{op} {x} : {kind(width)}")

    def binary(self, op: str, x: str, y: str, width: int | None) -> str:
        return self.emit(f"{op} {x}, {y} : {kind(width)}")

    def widen(self, x: str, width: int | None, element: str) -> str:
        if element == "f32":
            return x
        return self.emit(f"arith.extf {x} : {kind(width, element)} to {kind(width)}")

    def narrow(self, x: str, width: int | None, element: str) -> str:
        if element == "f32":
            return x
        return self.emit(f"arith.truncf {x} : {kind(width)} to {kind(width, element)}")

    def spread(self, x: str, width: int) -> str:
        return self.emit(f"vector.broadcast {x} : f32 to vector<{width}xf32>")

    def reduce(self, op: str, x: str, width: int) -> str:
        return self.emit(f"vector.reduction <{op}>, {x} : vector<{width}xf32> into f32")

    # Shapes of functions

    def tame(self, x: str, width: int | None) -> str:
        """A function that keeps normal numbers normal."""
        rng = self.rng
        choice = rng.randrange(14)
        if choice == 0:
            return self.unary("math.tanh", x, width)
        if choice == 1:
            return self.positive(x, width)
        if choice == 2:
            return self.unary(rng.choice(("math.sin", "math.cos", "math.erf")), x, width)
        if choice == 3:
            return self.unary("math.sqrt", self.unary("math.absf", x, width), width)
        if choice == 4:
            return self.unary("arith.negf", x, width)
        if choice == 5:
            return self.binary("arith.mulf", x, self.constant(rng.choice((0.5, -1.25, 2.0)), width), width)
        if choice == 6 and x == "%row":  # of exact numbers only: a rounding error may not move one past a step
            return self.unary(rng.choice(("math.floor", "math.ceil", "math.roundeven", "math.trunc")), x, width)
        if choice == 7:
            square = self.binary("arith.mulf", x, x, width)
            one = self.binary("arith.addf", square, self.constant(1.0, width), width)
            return self.unary(rng.choice(("math.log", "math.rsqrt", "math.log2")), one, width)
        if choice == 8:
            return self.unary("math.log1p", self.exponential(x, width), width)
        if choice == 9:
            return self.unary("math.expm1", self.clamp(x, width), width)
        if choice == 10:
            return self.binary("arith.maximumf", x, self.constant(0.0, width), width)
        if choice == 11 and width:
            return self.normalized(x, width)
        if choice == 12 and width:
            return self.moved(x, width)
        return self.sigmoid(x, width)

    def clamp(self, x: str, width: int | None) -> str:
        low, high = self.constant(-3.0, width), self.constant(3.0, width)
        return self.binary("arith.minimumf", self.binary("arith.maximumf", x, low, width), high, width)

    def exponential(self, x: str, width: int | None) -> str:
        return self.unary("math.exp", self.clamp(x, width), width)

    def sigmoid(self, x: str, width: int | None) -> str:
        one = self.constant(1.0, width)
        power = self.unary("math.exp", self.unary("arith.negf", x, width), width)
        return self.binary("arith.divf", one, self.binary("arith.addf", one, power, width), width)

    def positive(self, x: str, width: int | None) -> str:
        """A function whose sums no sign cancels: for what is divided by."""
        choice = self.rng.randrange(5)
        if choice == 0:
            return self.exponential(x, width)
        if choice == 1:
            return self.sigmoid(x, width)
        if choice == 2:
            return self.binary("arith.addf", self.binary("arith.mulf", x, x, width), self.constant(0.125, width), width)
        if choice == 3 and width:
            exponential = self.exponential(x, width)
            total = self.spread(self.reduce("add", exponential, width), width)
            return self.binary("arith.divf", exponential, total, width)
        zero, one = self.constant(0.0, width), self.constant(1.0, width)
        above = self.emit(f"arith.cmpf ogt, {x}, {zero} : {kind(width)}")
        shifted, power = self.binary("arith.addf", x, one, width), self.unary("math.exp", x, width)
        types = f"vector<{width}xi1>, {kind(width)}" if width else kind(width)
        return self.emit(f"arith.select {above}, {shifted}, {power} : {types}")

    def normalized(self, x: str, width: int) -> str:
        """The row divided by its root mean square, or without its mean or maximum."""
        choice = self.rng.randrange(3)
        if choice == 0:
            square = self.reduce("add", self.binary("arith.mulf", x, x, width), width)
            mean = self.binary("arith.divf", square, self.constant(float(width), None), None)
            root = self.unary("math.rsqrt", self.binary("arith.addf", mean, self.constant(0.25, None), None), None)
            return self.binary("arith.mulf", x, self.spread(root, width), width)
        if choice == 1:
            total = self.reduce("add", x, width)
            mean = self.binary("arith.divf", total, self.constant(float(width), None), None)
            return self.binary("arith.subf", x, self.spread(mean, width), width)
        op = self.rng.choice(("maximumf", "minimumf"))
        return self.binary("arith.subf", x, self.spread(self.reduce(op, x, width), width), width)

    def shuffled(self, x: str, width: int, element: str = "f32") -> str:
        order = list(range(width))
        self.rng.shuffle(order)
        return self.emit(f"vector.shuffle {x}, {x} {order} : {kind(width, element)}, {kind(width, element)}")

    def moved(self, x: str, width: int) -> str:
        """The row with its elements at other places."""
        choice = self.rng.randrange(6)
        cut = self.rng.randrange(width)
        if choice == 0 and cut:  # a roll, as Python writes it
            first, last = self.slice(x, width, 0, cut), self.slice(x, width, cut, width - cut)
            row = self.insert(last, width - cut, self.constant(0.0, width), width, 0)
            return self.insert(first, cut, row, width, width - cut)
        if choice == 1 and width % 2 == 0:
            half = f"vector<{width // 2}xf32>"
            parts = self.emit(f"vector.deinterleave {x} : {kind(width)} -> {half}", 2)
            return self.emit(f"vector.interleave {parts}#1, {parts}#0 : {half} -> {kind(width)}")
        if choice == 2:
            element = self.emit(f"vector.extract {x}[{cut}] : f32 from {kind(width)}")
            at = self.rng.randrange(width)
            return self.emit(f"vector.insert {element}, {x} [{at}] : f32 into {kind(width)}")
        if choice == 3:
            weights = [self.rng.choice((-2.0, -1.0, 0.5, 1.0, 2.0)) for _ in range(width)]
            row = self.emit(f"arith.constant dense<{weights}> : {kind(width)}")
            return self.binary("arith.mulf", x, row, width)
        if choice == 4 and x == "%row":  # of exact numbers only, as steps are
            zero = self.constant(0.0, width)
            above = self.shuffled(self.emit(f"arith.cmpf ogt, {x}, {zero} : {kind(width)}"), width, "i1")
            return self.emit(f"arith.select {above}, {x}, {zero} : {kind(width, 'i1')}, {kind(width)}")
        return self.shuffled(x, width)

    def slice(self, x: str, width: int, offset: int, size: int) -> str:
        where = f"{{offsets = [{offset}], sizes = [{size}], strides = [1]}}"
        return self.emit(f"vector.extract_strided_slice {x} {where} : {kind(width)} to {kind(size)}")

    def insert(self, x: str, size: int, into: str, width: int, offset: int) -> str:
        where = f"{{offsets = [{offset}], strides = [1]}}"
        return self.emit(f"vector.insert_strided_slice {x}, {into} {where} : {kind(size)} into {kind(width)}")

    def resize(self, x: str, width: int, wanted: int) -> str:
        """A row of another length: pieces of x and of -x/2, which don't cancel in a sum."""
        if width == wanted:
            return x
        negative = self.binary("arith.mulf", x, self.constant(-0.5, width), width)
        order = [(3 * i) % (2 * width) for i in range(wanted)]
        return self.emit(f"vector.shuffle {x}, {negative} {order} : vector<{width}xf32>, vector<{width}xf32>")

    def combine(self, x: str, y: str, width: int | None) -> str:
        op = self.rng.choice(("arith.addf", "arith.subf", "arith.mulf", "arith.maximumf", "arith.minimumf", "fma"))
        if op == "fma":
            return self.emit(f"math.fma {x}, {y}, {x} : {kind(width)}")
        return self.binary(op, x, y, width)


def kind(width: int | None, element: str = "f32") -> str:
    return element if width is None else f"vector<{width}x{element}>"
