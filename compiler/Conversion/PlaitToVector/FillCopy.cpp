//===- FillCopy.cpp - fills and copies as rows of vectors -----------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file emits linalg.fill and linalg.copy, which set a state up and hand
// it over: upstream's loops would store one scalar at a time.
//===----------------------------------------------------------------------===//

#include "compiler/Conversion/PlaitToVector/Emitters.h"

using namespace mlir;
using namespace plait;

using Values = VectorBuilder::Values;

/// Loops over all dims of `memref` but the last, then over the columns of a
/// row; a last dim of one element has none.
static void overRows(VectorBuilder &b, Value memref, Values &lead, function_ref<void(const Column &)> body) {
  auto type = cast<MemRefType>(memref.getType());
  int64_t depth = lead.size(), lanes = b.machine.lanes;
  if (depth + 1 < type.getRank()) {
    b.overDim(memref, depth, [&](Value i) {
      lead.push_back(i);
      overRows(b, memref, lead, body);
      lead.pop_back();
    });
    return;
  }
  int64_t extent = type.getDimSize(depth);
  if (ShapedType::isDynamic(extent)) {
    Value end = b.dim(memref, depth);
    return b.loop(b.index(0), end, lanes, [&](Value offset) { body(b.tailColumn(offset, lanes, end)); });
  }
  int64_t whole = extent / lanes * lanes;
  constexpr int64_t unrolled = 8; // vectors of a row written out; longer rows are a loop
  if (whole > unrolled * lanes)
    b.loop(b.index(0), b.index(whole), lanes, [&](Value offset) { body(b.column(offset, lanes, lanes)); });
  else
    for (int64_t offset = 0; offset < whole; offset += lanes)
      body(b.column(b.index(offset), lanes, lanes));
  if (whole < extent)
    body(b.column(b.index(whole), b.machine.hasMasks() ? lanes : extent - whole, extent - whole));
}

static bool hasUnitRows(Value memref) {
  auto type = cast<MemRefType>(memref.getType());
  return type.getRank() > 0 && (type.isLastDimUnitStride() || type.getShape().back() == 1);
}

LogicalResult plait::emitFill(linalg::FillOp op, Machine machine) {
  Value target = op.getOutputs()[0], value = op.getInputs()[0];
  if (!isa<MemRefType>(target.getType()) || !hasUnitRows(target))
    return op.emitOpError("expects a memref whose last stride is 1, but got ") << target.getType();
  VectorBuilder b(op, machine);
  Values lead;
  overRows(b, target, lead, [&](const Column &column) {
    if (column.valid == 1 && !column.mask)
      b.storeScalar(value, target, b.columnIndices(lead, column));
    else
      b.store(b.splat(value, column.width), target, lead, column);
  });
  return success();
}

LogicalResult plait::emitCopy(linalg::CopyOp op, Machine machine) {
  Value source = op.getInputs()[0], target = op.getOutputs()[0];
  for (Value memref : {source, target})
    if (!isa<MemRefType>(memref.getType()) || !hasUnitRows(memref))
      return op.emitOpError("expects memrefs whose last stride is 1, but got ") << memref.getType();
  if (getElementTypeOrSelf(source) != getElementTypeOrSelf(target))
    return op.emitOpError("expects memrefs of one element type, but got ")
           << source.getType() << " and " << target.getType();
  VectorBuilder b(op, machine);
  Values lead;
  overRows(b, target, lead, [&](const Column &column) { b.store(b.load(source, lead, column), target, lead, column); });
  return success();
}
