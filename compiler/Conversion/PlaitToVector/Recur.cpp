//===- Recur.cpp - matrix-state recurrence to its form --------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file checks what the forms of recur can say, lays out its streams, and
// finishes outputs: bonus and scale.
//===----------------------------------------------------------------------===//

#include "compiler/Conversion/PlaitToVector/Emitters.h"
#include "compiler/Conversion/PlaitToVector/FixedTree.h"
#include "compiler/Conversion/PlaitToVector/TileScan.h"

using namespace mlir;
using namespace plait;

Sweep plait::sweepOf(VectorBuilder &b, RecurOp op, Value batch, Value head) {
  int64_t readers = op.getGroupSize();
  Value steps = b.dim(op.getOut(), 1);
  Value first = op.getReverse() ? b.add(steps, -1) : b.index(0);
  auto stream = [&](Value memref, Value head) {
    return Stream{memref, batch, first, head, op.getReverse(), boundOf(op, memref)};
  };
  Value reader = head;
  if (readers > 1)
    reader = b.mul(head, b.index(readers));
  int64_t keyDim = op.getKeyDim(), valueDim = op.getValueDim();
  return {.query = stream(op.getQuery(), reader),
          .key = stream(op.getKey(), head),
          .value = stream(op.getValue(), head),
          .out = stream(op.getOut(), reader),
          .state = op.getState(),
          .batch = batch,
          .head = head,
          .steps = steps,
          .keyDim = keyDim,
          .valueDim = valueDim,
          .readers = readers,
          .exclusive = op.getRead() == ReadMode::exclusive,
          .tile = tileOf(op.getScheduleAttr(), keyDim, valueDim, b.machine, readers),
          .ahead = rowsAhead(b, op)};
}

/// q . (u * k) of one step, in the order of the fixed tree.
static Value bonusOf(VectorBuilder &b, RecurOp op, const Sweep &sweep, Value step, Value group) {
  Value zero = b.splat(0.0, treeLanes);
  auto lanes = b.overColumns(sweep.keyDim, treeLanes, zero, [&](const Column &column, ValueRange sum) {
    Value weighted =
        b.mulf(b.wide(b.load(op.getBonus(), sweep.head, column)), b.load(op.getKey(), sweep.key.at(b, step), column));
    Value query = b.load(op.getQuery(), sweep.query.at(b, step, group), column);
    return VectorBuilder::Values{b.fma(query, weighted, sum[0])};
  });
  return foldLanes(b, lanes[0], [&](Value x, Value y) { return b.addf(x, y); });
}

/// o <- scale * (o + (q . (u * k)) v), where there is a bonus or a scale.
static void finishOutputs(VectorBuilder &b, RecurOp op, const Sweep &sweep) {
  double scale = op.getScale().convertToFloat();
  if (!op.getBonus() && scale == 1)
    return;
  int64_t lanes = b.machine.lanes;
  auto finish = [&](Value step, Value group) {
    VectorBuilder::Values at = sweep.out.at(b, step, group), valueAt = sweep.value.at(b, step);
    Value bonus = op.getBonus() ? bonusOf(b, op, sweep, step, group) : Value();
    b.overColumns(sweep.valueDim, lanes, [&](const Column &column) {
      Value out = b.load(op.getOut(), at, column);
      if (bonus)
        out = b.fma(b.splat(bonus, lanes), b.load(op.getValue(), valueAt, column), out);
      if (scale != 1)
        out = b.mulf(out, b.splat(scale, lanes));
      b.store(out, op.getOut(), at, column);
    });
  };
  b.loop(b.index(0), sweep.steps, 1, [&](Value step) {
    if (sweep.readers == 1)
      return finish(step, {});
    b.loop(b.index(0), b.index(sweep.readers), 1, [&](Value group) { finish(step, group); });
  });
}

/// A decoding step is a block of one token: one pass over the state.
static void emitUngated(VectorBuilder &b, RecurOp op, const Sweep &sweep) {
  Value one = b.equal(sweep.steps, b.index(1));
  auto direct = [&] {
    emitOneToken(b, op, sweep);
    return VectorBuilder::Values();
  };
  auto swept = [&] {
    emitSweep(b, sweep);
    return VectorBuilder::Values();
  };
  b.ifElse(one, TypeRange(), direct, swept);
}

LogicalResult plait::emitTileScan(RecurOp op, Machine machine) {
  VectorBuilder b(op, machine);
  b.overDim(op.getState(), 0, [&](Value batch) {
    b.overDim(op.getState(), 1, [&](Value head) {
      Sweep sweep = sweepOf(b, op, batch, head);
      if (op.getDecay() || op.getValueDecay())
        emitFoldedSweeps(b, op, sweep);
      else
        emitUngated(b, op, sweep);
      finishOutputs(b, op, sweep);
    });
  });
  return success();
}

static LogicalResult refuse(RecurOp op, StringRef expected, StringRef got) {
  return op.emitOpError("expects ") << expected << ", but got " << got;
}

/// A decay per head and a bonus, which are extended where they are loaded.
static bool isShared(MemRefType type) { return type.getRank() < 3; }

static LogicalResult checkRecur(RecurOp op) {
  if (op.getLowRankA() || op.getBeta())
    return refuse(op, "no low rank and no delta rule in a compiled kernel", "one");
  if (op.getSubsteps() != 1)
    return refuse(op, "one sub-step a token in a compiled kernel", std::to_string(op.getSubsteps()));
  if (op.getSegments())
    return refuse(op, "no packed segments in a compiled kernel", "segments");
  if (op.getInputGate())
    return refuse(op, "no stabiliser in a compiled kernel", "an input gate");
  if (ShapedType::isDynamic(op.getKeyDim()) || ShapedType::isDynamic(op.getValueDim()))
    return refuse(op, "static head dims", "a dynamic one");
  for (Value operand : op->getOperands())
    if (auto type = dyn_cast<MemRefType>(operand.getType());
        !type || !(type.getElementType().isF32() || isShared(type)))
      return op.emitOpError("expects memrefs of f32, but got ") << operand.getType();
  return success();
}

LogicalResult plait::emitRecur(RecurOp op, Machine machine) {
  if (failed(checkRecur(op)))
    return failure();
  return op.getValueDim() == 1 ? emitRowScan(op, machine) : emitTileScan(op, machine);
}
