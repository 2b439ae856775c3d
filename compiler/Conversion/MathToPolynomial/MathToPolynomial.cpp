//===- MathToPolynomial.cpp - functions of the math dialect ---------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements the pass: each op of the math dialect on f32 becomes the
// arithmetic of Functions.h, and so do conversions to and from bf16 and f16.
// Ops that any target has an instruction for stay.
//===----------------------------------------------------------------------===//

#include "compiler/Conversion/MathToPolynomial/Functions.h"
#include "compiler/Conversion/Passes.h"
#include "dialects/Plait/IR/PlaitDialect.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/TypeSwitch.h"

#include <limits>

namespace plait {
#define GEN_PASS_DEF_CONVERTMATHTOPOLYNOMIAL
#include "compiler/Conversion/Passes.h.inc"
} // namespace plait

using namespace mlir;
using namespace plait;

/// x to a constant power that needs no logarithm; null for others.
static Value constantPower(Arithmetic &a, Value x, Value y) {
  Attribute attribute;
  if (!matchPattern(y, m_Constant(&attribute)))
    return {};
  if (auto splat = dyn_cast<SplatElementsAttr>(attribute))
    attribute = splat.getSplatValue<Attribute>();
  auto exponent = dyn_cast<FloatAttr>(attribute);
  if (!exponent)
    return {};
  double value = exponent.getValueAsDouble(), size = std::abs(value);
  Value power;
  if (size == 0.5)
    power = math::SqrtOp::create(a.builder, a.loc, x);
  for (int whole : {1, 2, 3, 4})
    if (size == whole)
      power = whole == 1 ? x : whole == 3 ? a.mul(a.mul(x, x), x) : a.mul(x, x);
  if (size == 4)
    power = a.mul(power, power);
  return power && value < 0 ? a.div(a.constant(1), power) : power;
}

/// Whether e^x is used where x <= 0 alone, as by elu + 1.
static bool isBelowZero(math::ExpOp exp) {
  return llvm::all_of(exp->getUsers(), [&](Operation *user) {
    auto select = dyn_cast<arith::SelectOp>(user);
    auto compare = select ? select.getCondition().getDefiningOp<arith::CmpFOp>() : arith::CmpFOp();
    return compare && compare.getPredicate() == arith::CmpFPredicate::OGT && compare.getLhs() == exp.getOperand() &&
           matchPattern(compare.getRhs(), m_AnyZeroFloat()) && select.getTrueValue() != exp.getResult();
  });
}

static constexpr double log2e = 1.44269504088896341, log10e = 0.434294481903251828;

/// The arithmetic that stands for `op` on f32; null where there is none.
static Value expandFunction(Operation *op, ValueRange x, Arithmetic &a) {
  return llvm::TypeSwitch<Operation *, Value>(op)
      .Case([&](math::ExpOp exp) { return isBelowZero(exp) ? emitExpBelowZero(a, x[0]) : emitExp(a, x[0]); })
      .Case([&](math::Exp2Op) { return emitExp2(a, x[0]); })
      .Case([&](math::ExpM1Op) { return emitExpm1(a, x[0]); })
      .Case([&](math::LogOp) { return emitLog(a, x[0]); })
      .Case([&](math::Log2Op) { return a.mul(emitLog(a, x[0]), a.constant(log2e)); })
      .Case([&](math::Log10Op) { return a.mul(emitLog(a, x[0]), a.constant(log10e)); })
      .Case([&](math::Log1pOp) { return emitLog1p(a, x[0]); })
      .Case([&](math::TanhOp) { return emitTanh(a, x[0]); })
      .Case([&](math::ErfOp) { return emitErf(a, x[0]); })
      .Case([&](math::SinOp) { return emitSin(a, x[0]); })
      .Case([&](math::CosOp) { return emitCos(a, x[0]); })
      .Case([&](math::PowFOp) {
        Value power = constantPower(a, x[0], x[1]);
        return power ? power : emitPow(a, x[0], x[1]);
      })
      .Default([](Operation *) { return Value(); });
}

/// The same on f32 or f64, for what takes a few ops.
static Value expandSimple(Operation *op, ValueRange x, Arithmetic &a) {
  using Compare = Arithmetic::Compare;
  constexpr double infinity = std::numeric_limits<double>::infinity();
  bool wide = getElementTypeOrSelf(x[0]).isF64();
  double least = wide ? std::numeric_limits<double>::min() : std::numeric_limits<float>::min();
  auto isBelow = [&](Value size) { return a.compare(Compare::OLT, size, a.constant(infinity)); };
  // Each operand, or the other one where it is NaN.
  auto numbers = [&] {
    Value left = a.select(a.compare(Compare::UNO, x[0], x[0]), x[1], x[0]);
    return std::pair(left, a.select(a.compare(Compare::UNO, x[1], x[1]), x[0], x[1]));
  };
  return llvm::TypeSwitch<Operation *, Value>(op)
      .Case([&](math::RsqrtOp) { return a.div(a.constant(1), math::SqrtOp::create(a.builder, a.loc, x[0])); })
      .Case([&](math::RoundOp) { return emitRound(a, x[0]); })
      .Case([&](math::ClampFOp) {
        Value raised = arith::MaximumFOp::create(a.builder, a.loc, x[0], x[1]);
        return arith::MinimumFOp::create(a.builder, a.loc, raised, x[2]);
      })
      .Case([&](arith::MaxNumFOp) {
        auto [left, right] = numbers();
        return arith::MaximumFOp::create(a.builder, a.loc, left, right);
      })
      .Case([&](arith::MinNumFOp) {
        auto [left, right] = numbers();
        return arith::MinimumFOp::create(a.builder, a.loc, left, right);
      })
      .Case([&](math::IsNaNOp) { return a.compare(Compare::UNO, x[0], x[0]); })
      .Case([&](math::IsFiniteOp) { return isBelow(a.abs(x[0])); })
      .Case([&](math::IsInfOp) { return a.compare(Compare::OEQ, a.abs(x[0]), a.constant(infinity)); })
      .Case([&](math::IsNormalOp) {
        Value size = a.abs(x[0]);
        return a.andInt(isBelow(size), a.compare(Compare::OGE, size, a.constant(least)));
      })
      .Default([](Operation *) { return Value(); });
}

/// The same for what only targets without SSE4.1 and FMA lack.
static Value expandInstruction(Operation *op, ValueRange x, Arithmetic &a) {
  return llvm::TypeSwitch<Operation *, Value>(op)
      .Case([&](math::FmaOp) { return a.fma(x[0], x[1], x[2]); })
      .Case([&](math::FloorOp) { return emitFloor(a, x[0]); })
      .Case([&](math::CeilOp) { return emitCeil(a, x[0]); })
      .Case([&](math::TruncOp) { return emitTrunc(a, x[0]); })
      .Case([&](math::RoundEvenOp) { return emitRoundEven(a, x[0]); })
      .Default([](Operation *) { return Value(); });
}

/// What GPUs approximate by an instruction: e^x as 2^(x log2 e), whose relative error is
/// below 2^-22 (1 + |x|).
static Value approximate(Operation *op, ValueRange x, Arithmetic &a) {
  if (isa<math::ExpOp>(op))
    return math::Exp2Op::create(a.builder, a.loc, a.mul(x[0], a.constant(log2e)));
  return isa<math::Exp2Op, math::RsqrtOp>(op) ? op->getResult(0) : Value();
}

/// Ops that become instructions on every target.
static bool isInstruction(Operation *op) {
  return isa<math::AbsFOp, math::SqrtOp, math::CopySignOp, math::FmaOp, math::FloorOp, math::CeilOp, math::TruncOp,
             math::RoundEvenOp>(op);
}

namespace {

class Expander {
public:
  Expander(MLIRContext *context, const Machine &machine, bool isCuda)
      : builder(context), machine(machine), isCuda(isCuda) {}

  LogicalResult expand(Operation *op);

private:
  LogicalResult expandMath(Operation *op);
  void expandExtension(arith::ExtFOp op);
  void expandTruncation(arith::TruncFOp op);
  Arithmetic arithmetic(Operation *op, Type type) {
    builder.setInsertionPoint(op);
    return Arithmetic(builder, op->getLoc(), type, machine);
  }
  void replace(Operation *op, ValueRange values) {
    op->replaceAllUsesWith(values);
    op->erase();
  }
  /// Targets with fused multiply-add convert f16 by instruction.
  bool hasInstruction(Type narrow) { return machine.fma && getElementTypeOrSelf(narrow).isF16(); }

  OpBuilder builder;
  const Machine machine;
  const bool isCuda;
};

} // namespace

LogicalResult Expander::expandMath(Operation *op) {
  Type type = op->getOperand(0).getType(), element = getElementTypeOrSelf(type);
  if (!element.isF32() && !element.isF64())
    return op->emitOpError("expects f32 or f64, but got ") << type;
  Arithmetic a = arithmetic(op, type);
  SmallVector<Value> operands(op->getOperands());
  if (isa<math::SincosOp>(op) && element.isF32()) {
    replace(op, {emitSin(a, operands[0]), emitCos(a, operands[0])});
    return success();
  }
  Value value = isCuda && element.isF32() ? approximate(op, operands, a) : Value();
  if (value == op->getResult(0))
    return success();
  if (!value)
    value = expandSimple(op, operands, a);
  if (!value && element.isF32())
    value = expandFunction(op, operands, a);
  if (!value && !machine.fma)
    value = expandInstruction(op, operands, a);
  if (value)
    replace(op, value);
  else if (!isInstruction(op))
    return op->emitOpError("expects a function that kernels can hold, but got this one on ") << element;
  return success();
}

void Expander::expandExtension(arith::ExtFOp op) {
  Value source = op.getIn();
  if (!isNarrow(source.getType()) || hasInstruction(source.getType()))
    return;
  Arithmetic a = arithmetic(op, withElement(op.getType(), builder.getF32Type()));
  Value wide = emitExtend(a, source);
  replace(op, wide.getType() == op.getType() ? wide : arith::ExtFOp::create(builder, op.getLoc(), op.getType(), wide));
}

void Expander::expandTruncation(arith::TruncFOp op) {
  Value source = op.getIn();
  bool single = getElementTypeOrSelf(source).isF32();
  if (!isNarrow(op.getType()) || (single && hasInstruction(op.getType())))
    return;
  Arithmetic a = arithmetic(op, withElement(op.getType(), builder.getF32Type()));
  if (!single)
    source = emitTruncateToOdd(a, source);
  replace(op, hasInstruction(op.getType()) ? arith::TruncFOp::create(builder, op.getLoc(), op.getType(), source)
                                           : emitTruncate(a, source, getElementTypeOrSelf(op.getType())));
}

LogicalResult Expander::expand(Operation *op) {
  // GPUs convert by instruction.
  if (isCuda && isa<arith::ExtFOp, arith::TruncFOp>(op))
    return success();
  if (auto extension = dyn_cast<arith::ExtFOp>(op))
    return expandExtension(extension), success();
  if (auto truncation = dyn_cast<arith::TruncFOp>(op))
    return expandTruncation(truncation), success();
  return isa<math::AbsIOp>(op) ? success() : expandMath(op);
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
      // A remainder would be a call of fmod, and on f16 a larger number one of fmaxf.
      if (isa_and_nonnull<math::MathDialect>(op->getDialect()) ||
          isa<arith::ExtFOp, arith::TruncFOp, arith::RemFOp, arith::MaxNumFOp, arith::MinNumFOp>(op))
        ops.push_back(op);
    });
    Expander expander(&getContext(), machineOf(target), target.isCuda());
    for (Operation *op : ops)
      if (failed(expander.expand(op)))
        return signalPassFailure();
  }
};

} // namespace
