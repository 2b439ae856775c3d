//===- WidenArithmetic.cpp - f16 and bf16 computed in f32 -----------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements the arithmetic of regions on f16 and bf16. Sums,
// products, quotients and roots that are rounded to f32 round again to what they
// round to once; CUDA's quotients and roots, which are not, do but for ties.
//===----------------------------------------------------------------------===//

#include "compiler/Conversion/MathToPolynomial/WidenArithmetic.h"

#include "compiler/Conversion/MathToPolynomial/Arithmetic.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"

using namespace mlir;
using namespace plait;

/// Whether an op does more with its operands than to move their bits or to
/// convert them.
static bool computes(Operation &op) {
  if (isa<vector::VectorDialect>(op.getDialect()))
    return isa<vector::ContractionOp, vector::FMAOp, vector::MultiDimReductionOp, vector::OuterProductOp,
               vector::ReductionOp>(op);
  return !isa<arith::BitcastOp, arith::ConstantOp, arith::ExtFOp, arith::SelectOp, arith::TruncFOp>(op);
}

/// What an op computes in: f32, but f64 where that would round an integer.
static Type wideElement(Operation &op, OpBuilder &b) {
  Type source = getElementTypeOrSelf(op.getOperand(0));
  bool exact = !isa<arith::SIToFPOp, arith::UIToFPOp>(op) || source.getIntOrFloatBitWidth() <= 24;
  return exact ? b.getF32Type() : b.getF64Type();
}

/// addf on bf16 ==> extf, addf on f32, truncf
static void widen(Operation &op) {
  OpBuilder b(&op);
  Type element = wideElement(op, b);
  auto wideType = [&](Value value) {
    return isNarrow(value.getType()) ? withElement(value.getType(), element) : value.getType();
  };
  SmallVector<Value> operands(op.getOperands());
  for (Value &operand : operands)
    if (isNarrow(operand.getType()))
      operand = arith::ExtFOp::create(b, op.getLoc(), wideType(operand), operand);
  Operation *wide = mlir::clone(b, &op, llvm::to_vector(llvm::map_range(op.getResults(), wideType)), operands);
  for (auto [result, original] : llvm::zip(wide->getResults(), op.getResults())) {
    Value value = result;
    if (isNarrow(original.getType()))
      value = arith::TruncFOp::create(b, op.getLoc(), original.getType(), value);
    original.replaceAllUsesWith(value);
  }
  op.erase();
}

void plait::widenArithmetic(Block &body) {
  for (Operation &op : llvm::make_early_inc_range(body.without_terminator())) {
    auto narrow = [](Value value) { return isNarrow(value.getType()); };
    if (computes(op) && (llvm::any_of(op.getOperands(), narrow) || llvm::any_of(op.getResults(), narrow)))
      widen(op);
  }
}
