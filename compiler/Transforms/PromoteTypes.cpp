//===- PromoteTypes.cpp - plait-promote-types -----------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file surrounds ops on f16 and bf16 by row maps that extend and
// truncate, for every sum is taken in f32.
//===----------------------------------------------------------------------===//

#include "compiler/Transforms/Passes.h"
#include "compiler/Transforms/RowMaps.h"

namespace plait {
#define GEN_PASS_DEF_PROMOTETYPES
#include "compiler/Transforms/Passes.h.inc"
} // namespace plait

using namespace mlir;
using namespace plait;

static bool isNarrow(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type && isa<FloatType>(type.getElementType()) && !type.getElementType().isF32();
}

/// Row maps walk batch, tokens and heads: only operands that have all three can
/// be converted by one. The others are extended where they are loaded.
static bool hasTokens(SequenceOpInterface op, unsigned operand) {
  return llvm::count_if(op.getDimRoles(operand), [](DimRole role) { return role.loop >= 0; }) >= 3;
}

/// The operands of `op` in f32: inputs extended, inits made anew.
static SmallVector<Value> wideOperands(SequenceOpInterface op, OpBuilder &b) {
  auto dps = cast<DestinationStyleOpInterface>(op.getOperation());
  SmallVector<Value> operands(op->getOperands());
  for (OpOperand &operand : op->getOpOperands()) {
    Value &value = operands[operand.getOperandNumber()];
    if (!isNarrow(value))
      continue;
    if (dps.isDpsInit(&operand)) {
      SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, op.getLoc(), value);
      value = tensor::EmptyOp::create(b, op.getLoc(), sizes, b.getF32Type());
    } else if (hasTokens(op, operand.getOperandNumber())) {
      value = extendRows(b, op.getLoc(), value);
    }
  }
  return operands;
}

/// recur on bf16 ==> map_rows (extf), recur on f32, map_rows (truncf)
static void promote(SequenceOpInterface op) {
  OpBuilder b(op);
  SmallVector<Value> operands = wideOperands(op, b);
  SmallVector<Type> types;
  for (OpOperand &init : cast<DestinationStyleOpInterface>(op.getOperation()).getDpsInitsMutable())
    types.push_back(operands[init.getOperandNumber()].getType());
  Operation *wide = mlir::clone(b, op, types, operands);
  for (auto [result, original] : llvm::zip(wide->getResults(), op->getResults())) {
    Type element = cast<RankedTensorType>(original.getType()).getElementType();
    original.replaceAllUsesWith(truncateRows(b, op.getLoc(), result, element));
  }
  op->erase();
}

namespace {

struct PromoteTypesPass final : plait::impl::PromoteTypesBase<PromoteTypesPass> {
  void runOnOperation() override {
    SmallVector<SequenceOpInterface> narrow;
    getOperation().walk([&](SequenceOpInterface op) {
      if (!isa<MapRowsOp>(op) && llvm::any_of(op->getOperands(), isNarrow))
        narrow.push_back(op);
    });
    for (SequenceOpInterface op : narrow)
      promote(op);
  }
};

} // namespace
