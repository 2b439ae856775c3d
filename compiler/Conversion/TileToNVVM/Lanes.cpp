//===- Lanes.cpp - rows that each warp holds ------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file lowers what the lanes of a warp exchange of a row that they hold: sums
// up to each element, and the row in another layout.
//===----------------------------------------------------------------------===//

#include "compiler/Conversion/TileToNVVM/Patterns.h"
#include "compiler/Conversion/TileToNVVM/Registers.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

using namespace mlir;
using namespace plait;
using namespace plait::tile;

static Value number(ImplicitLocOpBuilder &b, int64_t value) {
  return arith::ConstantIntOp::create(b, b.getI32Type(), value);
}

/// What another lane of the warp has: `by` lanes up or down, or lane `by` itself.
static Value exchange(ImplicitLocOpBuilder &b, Value value, Value by, NVVM::ShflKind kind) {
  // The last lane that is read in the direction.
  Value last = number(b, kind == NVVM::ShflKind::up ? 0 : warpSize - 1);
  return NVVM::ShflOp::create(b, value.getType(), number(b, -1), value, by, last, kind, UnitAttr());
}

namespace {

/// %sums = tile.cumsum %x
///   ==>
/// %a = nvvm.shfl.sync up %x by 1; %b = arith.select %isBehind, %x + %a, %x
/// .. by 2, 4, 8, 16
struct LowerCumsum final : TilePattern<CumsumOp> {
  using TilePattern::TilePattern;

  LogicalResult matchAndRewrite(CumsumOp op, Adaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    SmallVector<Value> elements(adaptor.getSource());
    bool reverse = op.getReverse();
    if (reverse)
      std::reverse(elements.begin(), elements.end());
    SmallVector<Value> sums; // of this lane's elements
    for (Value element : elements)
      sums.push_back(sums.empty() ? element : arith::AddFOp::create(b, sums.back(), element).getResult());

    int64_t pieces = op.getSource().getType().getShape().columns / int64_t(elements.size());
    auto kind = reverse ? NVVM::ShflKind::down : NVVM::ShflKind::up;
    Value piece = kernel.threads.value(b, b.getAffineDimExpr(0) % pieces);
    auto isBehind = [&](int64_t by) -> Value {
      auto predicate = reverse ? arith::CmpIPredicate::slt : arith::CmpIPredicate::sge;
      return arith::CmpIOp::create(b, predicate, piece, number(b, reverse ? pieces - by : by));
    };
    Value all = sums.back(); // of the lanes up to this one
    for (int64_t by = 1; by < pieces; by *= 2) {
      Value more = arith::AddFOp::create(b, all, exchange(b, all, number(b, by), kind));
      all = arith::SelectOp::create(b, isBehind(by), more, all);
    }
    bool exclusive = op.getExclusive();
    SmallVector<Value> results;
    if (exclusive || sums.size() > 1) {
      Value zero = arith::ConstantOp::create(b, b.getF32FloatAttr(0));
      Value before = arith::SelectOp::create(b, isBehind(1), exchange(b, all, number(b, 1), kind), zero);
      if (exclusive)
        results.push_back(before);
      for (Value sum : ArrayRef(sums).drop_back())
        results.push_back(arith::AddFOp::create(b, before, sum));
    }
    if (!exclusive)
      results.push_back(all);
    if (reverse)
      std::reverse(results.begin(), results.end());
    rewriter.replaceOpWithMultiple(op, {results});
    return success();
  }
};

/// %y = tile.shuffle %x
///   ==>
/// %y0 = nvvm.shfl.sync idx %x from %lane0
/// ..
struct LowerShuffle final : TilePattern<ShuffleOp> {
  using TilePattern::TilePattern;

  LogicalResult matchAndRewrite(ShuffleOp op, Adaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    ValueRange source = adaptor.getSource();
    FragmentType type = op.getResult().getType();
    if (op.getAt()) {
      Value taken = take(b, source, b.getAffineConstantExpr(*op.getAt()));
      rewriter.replaceOpWithMultiple(op, {SmallVector<Value>(type.registers(), taken)});
      return success();
    }
    bool isColumn = type.getShape() != op.getSource().getType().getShape();
    SmallVector<Value> results;
    for (const RegisterPlace &place : placesOf(type, isColumn))
      results.push_back(take(b, source, place.column));
    rewriter.replaceOpWithMultiple(op, {results});
    return success();
  }

private:
  /// The element at a place, of which each lane holds as many as `source` has values.
  Value take(ImplicitLocOpBuilder &b, ValueRange source, AffineExpr place) const {
    int64_t width = source.size();
    Value lane = kernel.threads.value(b, place.floorDiv(width)), taken;
    for (int64_t i : llvm::seq(width)) {
      bool some = false, all = true;
      for (int64_t thread : llvm::seq(kernel.threads.threadCount())) {
        bool is = evaluate(place, thread) % width == i;
        some |= is, all &= is;
      }
      if (!some)
        continue;
      Value other = exchange(b, source[i], lane, NVVM::ShflKind::idx);
      if (all || !taken) {
        taken = other;
        continue;
      }
      Value within = kernel.threads.value(b, place % width);
      Value isThis = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, within, number(b, i));
      taken = arith::SelectOp::create(b, isThis, other, taken);
    }
    return taken;
  }
};

} // namespace

void plait::populateLanePatterns(const TypeConverter &converter, RewritePatternSet &patterns, KernelState &kernel) {
  patterns.add<LowerCumsum, LowerShuffle>(converter, patterns.getContext(), kernel);
}
