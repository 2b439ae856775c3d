//===- PlaitOps.cpp - operations of the plait dialect ---------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements what the operations know of themselves: dims, effects,
// result shapes. Verifiers, tiling and bufferization have their own files.
//===----------------------------------------------------------------------===//

#include "dialects/Plait/IR/PlaitOps.h"

#include "dialects/Plait/IR/PlaitAssembly.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/OpImplementation.h"

using namespace mlir;
using namespace plait;

#define GET_OP_CLASSES
#include "dialects/Plait/IR/PlaitOps.cpp.inc"

using Effects = SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>>;

bool plait::isCarried(OpOperand &operand) {
  if (!isa<RecurOp, ScanOp>(operand.getOwner()))
    return false;
  auto dps = cast<DestinationStyleOpInterface>(operand.getOwner());
  return dps.isDpsInit(&operand) && &operand != dps.getDpsInitOperand(0);
}

/// Buffers are read, and written where they are inits; tensors have no effect.
static void addEffects(DestinationStyleOpInterface op, Effects &effects) {
  for (OpOperand &operand : op->getOpOperands()) {
    if (!isa<MemRefType>(operand.get().getType()))
      continue;
    bool init = op.isDpsInit(&operand);
    if (!init || isCarried(operand))
      effects.emplace_back(MemoryEffects::Read::get(), &operand, 0, false, SideEffects::DefaultResource::get());
    if (init)
      effects.emplace_back(MemoryEffects::Write::get(), &operand, 0, false, SideEffects::DefaultResource::get());
  }
}

static LogicalResult reifyInits(DestinationStyleOpInterface op, OpBuilder &b, ReifiedRankedShapedTypeDims &dims) {
  for (Value init : op.getDpsInits())
    dims.push_back(tensor::getMixedSizes(b, op.getLoc(), init));
  return success();
}

void RecurOp::getEffects(Effects &effects) { addEffects(*this, effects); }
void ScanOp::getEffects(Effects &effects) { addEffects(*this, effects); }
void MapRowsOp::getEffects(Effects &effects) { addEffects(*this, effects); }
void ProjectOp::getEffects(Effects &effects) { addEffects(*this, effects); }

LogicalResult RecurOp::reifyResultShapes(OpBuilder &b, ReifiedRankedShapedTypeDims &dims) {
  return reifyInits(*this, b, dims);
}
LogicalResult ScanOp::reifyResultShapes(OpBuilder &b, ReifiedRankedShapedTypeDims &dims) {
  return reifyInits(*this, b, dims);
}
LogicalResult MapRowsOp::reifyResultShapes(OpBuilder &b, ReifiedRankedShapedTypeDims &dims) {
  return reifyInits(*this, b, dims);
}
LogicalResult ProjectOp::reifyResultShapes(OpBuilder &b, ReifiedRankedShapedTypeDims &dims) {
  return reifyInits(*this, b, dims);
}

int64_t RecurOp::getKeyDim() { return cast<ShapedType>(getQuery().getType()).getDimSize(3); }
int64_t RecurOp::getValueDim() { return cast<ShapedType>(getValue().getType()).getDimSize(3); }
