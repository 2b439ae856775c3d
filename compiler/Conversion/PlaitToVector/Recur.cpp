//===- Recur.cpp - matrix-state recurrence to its form --------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file checks what the forms of recur can say, lays out its streams, and
// finishes outputs: bonus and scale.
//===----------------------------------------------------------------------===//

#include "compiler/Conversion/PlaitToVector/Emitters.h"
#include "compiler/Conversion/PlaitToVector/TileScan.h"

using namespace mlir;
using namespace plait;

Sweep plait::sweepOf(VectorBuilder &b, RecurOp op, Value batch, Value head) {
  int64_t readers = op.getGroupSize();
  Value steps = b.dim(op.getOut(), 1);
  Value first = op.getReverse() ? b.add(steps, -1) : b.index(0);
  auto stream = [&](Value memref, Value head) { return Stream{memref, batch, first, head, op.getReverse()}; };
  Value reader = head;
  if (readers > 1)
    reader = arith::MulIOp::create(b.builder, b.loc, head, b.index(readers));
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
          .tile = tileOf(op.getScheduleAttr(), keyDim, valueDim, b.machine, readers)};
}

LogicalResult plait::emitTileScan(RecurOp op, Machine machine) {
  if (op.getDecay() || op.getValueDecay() || op.getBonus() || !op.getScale().isExactlyValue(1.0))
    return op.emitOpError("expects neither decay, bonus nor scale, but got one");
  VectorBuilder b(op, machine);
  b.overDim(op.getState(), 0, [&](Value batch) {
    b.overDim(op.getState(), 1, [&](Value head) { emitSweep(b, sweepOf(b, op, batch, head)); });
  });
  return success();
}

static LogicalResult refuse(RecurOp op, StringRef expected, StringRef got) {
  return op.emitOpError("expects ") << expected << ", but got " << got;
}

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
    if (auto type = dyn_cast<MemRefType>(operand.getType()); !type || !type.getElementType().isF32())
      return op.emitOpError("expects memrefs of f32, but got ") << operand.getType();
  return success();
}

LogicalResult plait::emitRecur(RecurOp op, Machine machine) {
  if (failed(checkRecur(op)))
    return failure();
  return op.getValueDim() == 1 ? emitRowScan(op, machine) : emitTileScan(op, machine);
}
