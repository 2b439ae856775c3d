//===- MathToPolynomial.cpp - functions of the math dialect ---------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements the pass: each op of the math dialect on floats becomes
// the arithmetic of Functions.h, and so do conversions to and from bf16 and
// f16. Ops that any target has an instruction for stay.
//===----------------------------------------------------------------------===//

#include "compiler/Conversion/MathToPolynomial/Functions.h"
#include "compiler/Conversion/Passes.h"
#include "dialects/Plait/IR/PlaitDialect.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/TypeSwitch.h"

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

/// The arithmetic that stands for `op` on f32; null where there is none.
static Value expandFunction(Operation *op, ValueRange x, Arithmetic &a) {
  constexpr double log2e = 1.44269504088896341, log10e = 0.434294481903251828;
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
      .Case([&](math::RsqrtOp) { return a.div(a.constant(1), math::SqrtOp::create(a.builder, a.loc, x[0])); })
      .Case([&](math::PowFOp) {
        Value power = constantPower(a, x[0], x[1]);
        return power ? power : emitPow(a, x[0], x[1]);
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

/// Ops that become instructions on every target.
static bool isInstruction(Operation *op) {
  return isa<math::AbsFOp, math::AbsIOp, math::SqrtOp, math::CopySignOp, math::FmaOp, math::FloorOp, math::CeilOp,
             math::TruncOp, math::RoundEvenOp, math::IsNaNOp, math::IsInfOp, math::IsFiniteOp, math::IsNormalOp>(op);
}

static bool isNarrow(Type type) {
  Type element = getElementTypeOrSelf(type);
  return element.isBF16() || element.isF16();
}

namespace {

class Expander {
public:
  explicit Expander(bool fused) : fused(fused) {}

  LogicalResult expand(Operation *op);

private:
  LogicalResult expandMath(Operation *op, Arithmetic &a);
  void expandConversion(Operation *op, Arithmetic &a);
  void replace(Operation *op, Value value) {
    op->getResult(0).replaceAllUsesWith(value);
    op->erase();
  }
  /// Targets with fused multiply-add convert f16 by instruction.
  bool hasInstruction(Type narrow) { return fused && getElementTypeOrSelf(narrow).isF16(); }

  bool fused;
};

} // namespace

LogicalResult Expander::expandMath(Operation *op, Arithmetic &a) {
  Type type = op->getResult(0).getType();
  bool narrow = isNarrow(type);
  SmallVector<Value> operands(op->getOperands());
  if (narrow)
    for (Value &operand : operands)
      operand = emitExtend(a, operand);
  Value value = expandFunction(op, operands, a);
  if (!value && !fused)
    value = expandInstruction(op, operands, a);
  if (!value)
    return isInstruction(op) ? success()
                             : op->emitOpError("expects a function that kernels can hold, but got this one");
  replace(op, narrow ? emitTruncate(a, value, getElementTypeOrSelf(type)) : value);
  return success();
}

void Expander::expandConversion(Operation *op, Arithmetic &a) {
  Value source = op->getOperand(0);
  Type target = op->getResult(0).getType();
  if (isa<arith::ExtFOp>(op) && isNarrow(source.getType()) && !hasInstruction(source.getType()))
    replace(op, emitExtend(a, source));
  else if (isa<arith::TruncFOp>(op) && isNarrow(target) && !hasInstruction(target))
    replace(op, emitTruncate(a, source, getElementTypeOrSelf(target)));
}

LogicalResult Expander::expand(Operation *op) {
  OpBuilder builder(op);
  Type f32 = builder.getF32Type(), type = op->getResult(0).getType();
  auto vector = dyn_cast<VectorType>(type);
  Type wide = vector ? Type(VectorType::get(vector.getShape(), f32)) : f32;
  Arithmetic arithmetic(builder, op->getLoc(), wide, fused);
  if (isa<arith::ExtFOp, arith::TruncFOp>(op)) {
    expandConversion(op, arithmetic);
    return success();
  }
  if (!isNarrow(type) && !getElementTypeOrSelf(type).isF32())
    return isInstruction(op) ? success() : op->emitOpError("expects a result of at most f32, but got ") << type;
  return expandMath(op, arithmetic);
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
      // A remainder would be a call of fmod.
      if (isa_and_nonnull<math::MathDialect>(op->getDialect()) ||
          isa<arith::ExtFOp, arith::TruncFOp, arith::RemFOp>(op))
        ops.push_back(op);
    });
    for (Operation *op : ops)
      if (failed(Expander(target.hasFma()).expand(op)))
        return signalPassFailure();
  }
};

} // namespace
