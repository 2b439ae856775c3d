//===- Reduce.cpp - sums and maxima of rows, columns and tiles ------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file lowers reductions: over a thread's registers, then over the lanes of
// its warp, then over warps through shared memory. Lanes and warps exchange what
// they hold such that all get the same bits.
//===----------------------------------------------------------------------===//

#include "compiler/Conversion/TileToNVVM/Patterns.h"
#include "compiler/Conversion/TileToNVVM/Registers.h"
#include "compiler/Conversion/TileToNVVM/SharedAddress.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace plait;
using namespace plait::tile;

namespace {

class Reduction {
public:
  Reduction(ThreadMath &threads, ImplicitLocOpBuilder &b, ReduceOp op)
      : threads(threads), b(b), kind(op.getKind()), own(op.sourceSlice()), result(op.getResult().getType()),
        isTransposed(op.getDirection() == Direction::row), ownPlaces(placesOf(own, isTransposed)),
        sums(ownPlaces.size()) {}

  /// Over the registers that a thread has of each line of a source.
  void reduceRegisters(FragmentType source, ValueRange values);
  /// Over the lanes that hold parts of the same lines.
  void reduceLanes();
  /// Over the warps that do, through the tile at `start`.
  void reduceWarps(FragmentType source, SharedType type, Value start);
  ArrayRef<Value> values() const { return sums; }

private:
  Value combine(Value x, Value y);
  ThreadMath &threads;
  ImplicitLocOpBuilder &b;
  ReduceKind kind;
  FragmentType own, result; // the sources' slice, and what is wanted
  bool isTransposed;        // where rows stay
  /// Of the slice, or of its transpose: the column counts along it.
  SmallVector<RegisterPlace> ownPlaces;
  SmallVector<Value> sums;
  int64_t lanes = 0; // the bits of the lane's number that are gone
};

} // namespace

Value Reduction::combine(Value x, Value y) {
  if (kind == ReduceKind::any)
    return x;
  if (kind == ReduceKind::add)
    return arith::AddFOp::create(b, x, y, arith::FastMathFlags::contract);
  return arith::MaximumFOp::create(b, x, y);
}

void Reduction::reduceRegisters(FragmentType source, ValueRange values) {
  llvm::DenseMap<AffineExpr, int64_t> registers;
  for (auto [reg, place] : llvm::enumerate(ownPlaces))
    registers[place.column] = reg;
  for (auto [place, value] : llvm::zip_equal(placesOf(source, isTransposed), values)) {
    Value &sum = sums[registers.at(place.column)];
    sum = sum ? combine(sum, value) : value;
  }
}

void Reduction::reduceLanes() {
  auto number = [&](int64_t value) -> Value { return arith::ConstantIntOp::create(b, b.getI32Type(), value); };
  AffineExpr place = ownPlaces.front().column;
  for (int64_t lane = 1; lane < warpSize; lane *= 2) {
    if (evaluate(place, lane) != evaluate(place, 0))
      continue;
    lanes |= lane;
    for (Value &sum : sums) {
      Value other = NVVM::ShflOp::create(b, sum.getType(), number(-1), sum, number(lane), number(warpSize - 1),
                                         NVVM::ShflKind::bfly, UnitAttr());
      sum = combine(sum, other);
    }
  }
}

void Reduction::reduceWarps(FragmentType source, SharedType type, Value start) {
  auto layout = cast<MmaAttr>(source.getLayout());
  AffineExpr thread = b.getAffineDimExpr(0), warp = thread.floorDiv(warpSize);
  AffineExpr number =
      isTransposed ? warp % layout.getWarps()[1] % type.getShape().rows : warp.floorDiv(layout.getWarps()[1]);
  SharedAddress address(threads, b, type, start, Value());
  Value mask = arith::ConstantIntOp::create(b, b.getI32Type(), lanes);
  Value zero = arith::ConstantIntOp::create(b, b.getI32Type(), 0);
  Value rest = arith::AndIOp::create(b, threads.value(b, thread), mask);
  Value isFirst = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, rest, zero);
  if (Value isOwner = firstOfReplicas(threads, b, source))
    isFirst = arith::AndIOp::create(b, isFirst, isOwner);
  Piece piece(result.getElementType(), 1);
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(scf::IfOp::create(b, isFirst).thenBlock());
    SharedAddress first(threads, b, type, start, Value());
    for (auto [place, sum] : llvm::zip_equal(ownPlaces, sums))
      piece.store(b, sum, first.pointer(number, place.column));
  }
  NVVM::Barrier0Op::create(b);
  sums.clear();
  bool isColumn = result.getShape().columns == 1;
  for (const RegisterPlace &place : placesOf(result, /*transposed=*/isColumn)) {
    Value sum;
    for (int64_t part : llvm::seq(type.getShape().rows)) {
      Value other = piece.load(b, address.pointer(b.getAffineConstantExpr(part), place.column))[0];
      sum = sum ? combine(sum, other) : other;
    }
    sums.push_back(sum);
  }
}

namespace {

/// %sums = tile.reduce add %x along row
///   ==>
/// %a = arith.addf %x0, %x1
/// %b = nvvm.shfl.sync bfly %a ..
/// ..
struct LowerReduce final : TilePattern<ReduceOp> {
  using TilePattern::TilePattern;

  LogicalResult matchAndRewrite(ReduceOp op, Adaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    Reduction reduction(kernel.threads, b, op);
    for (auto [source, values] : llvm::zip(op.getSources(), adaptor.getSources()))
      reduction.reduceRegisters(cast<FragmentType>(source.getType()), values);
    if (op.getKind() != ReduceKind::any)
      reduction.reduceLanes();
    if (op.getScratch())
      reduction.reduceWarps(cast<FragmentType>(op.getSources()[0].getType()), op.getScratch().getType(),
                            adaptor.getScratch()[0]);
    rewriter.replaceOpWithMultiple(op, {reduction.values()});
    return success();
  }
};

/// %steep = tile.exceeds %x over %bound
///   ==>
/// %a = math.absf %x0, ..; %most = arith.maximumf %a, ..
/// %over = arith.cmpf ugt, %most, %bound
/// %any = nvvm.barrier <or> %over; %steep = arith.cmpi ne, %any, 0
struct LowerExceeds final : TilePattern<ExceedsOp> {
  using TilePattern::TilePattern;

  LogicalResult matchAndRewrite(ExceedsOp op, Adaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    Value most;
    for (ValueRange source : adaptor.getSources())
      for (Value element : source) {
        Value magnitude = math::AbsFOp::create(b, element);
        most = most ? arith::MaximumFOp::create(b, most, magnitude) : magnitude;
      }
    Value over = arith::CmpFOp::create(b, arith::CmpFPredicate::UGT, most, adaptor.getBound()[0]);
    Type i32 = b.getI32Type();
    auto either = NVVM::BarrierReductionAttr::get(b.getContext(), NVVM::BarrierReduction::OR);
    Value any =
        NVVM::BarrierOp::create(b, i32, Value(), Value(), either, arith::ExtUIOp::create(b, i32, over)).getRes();
    Value zero = arith::ConstantIntOp::create(b, i32, 0);
    rewriter.replaceOp(op, arith::CmpIOp::create(b, arith::CmpIPredicate::ne, any, zero).getResult());
    return success();
  }
};

} // namespace

void plait::populateReducePatterns(const TypeConverter &converter, RewritePatternSet &patterns, KernelState &kernel) {
  patterns.add<LowerReduce, LowerExceeds>(converter, patterns.getContext(), kernel);
}
