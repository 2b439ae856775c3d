//===- MathToPolynomial.cpp - functions of the math dialect ---------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements the pass: each op of the math dialect on floats becomes
// the arithmetic of Functions.h.
//===----------------------------------------------------------------------===//

#include "compiler/Conversion/MathToPolynomial/Functions.h"
#include "compiler/Conversion/Passes.h"
#include "dialects/Plait/IR/PlaitDialect.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/ADT/TypeSwitch.h"

namespace plait {
#define GEN_PASS_DEF_CONVERTMATHTOPOLYNOMIAL
#include "compiler/Conversion/Passes.h.inc"
} // namespace plait

using namespace mlir;
using namespace plait;

/// The arithmetic that stands for `op`; null where the op stays as it is.
static Value expand(Operation *op, Arithmetic &a) {
  ValueRange x = op->getOperands();
  return llvm::TypeSwitch<Operation *, Value>(op)
      .Case([&](math::ExpOp) { return emitExp(a, x[0]); })
      .Case([&](math::FmaOp) { return a.fused ? Value() : a.fma(x[0], x[1], x[2]); })
      .Default([](Operation *) { return Value(); });
}

namespace {

struct ConvertMathToPolynomial final : plait::impl::ConvertMathToPolynomialBase<ConvertMathToPolynomial> {
  void runOnOperation() override {
    TargetAttr target = TargetAttr::of(getOperation());
    if (!target) {
      getOperation().emitError("expects a module with the attribute plait.target, but got none");
      return signalPassFailure();
    }
    SmallVector<Operation *> ops;
    getOperation().walk([&](Operation *op) {
      if (isa_and_nonnull<math::MathDialect>(op->getDialect()))
        ops.push_back(op);
    });
    for (Operation *op : ops) {
      OpBuilder builder(op);
      Arithmetic arithmetic(builder, op->getLoc(), op->getResult(0).getType(), target.hasFma());
      if (Value value = expand(op, arithmetic)) {
        op->getResult(0).replaceAllUsesWith(value);
        op->erase();
      }
    }
  }
};

} // namespace
