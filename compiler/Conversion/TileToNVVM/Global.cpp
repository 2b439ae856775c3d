//===- Global.cpp - fragments from and to global memory -------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file lowers loads and stores of tiles in global memory: vectors as wide
// as alignment allows, under the condition that they are inside.
//===----------------------------------------------------------------------===//

#include "compiler/Conversion/TileToNVVM/GlobalAddress.h"
#include "compiler/Conversion/TileToNVVM/Patterns.h"
#include "compiler/Conversion/TileToNVVM/Registers.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace plait;
using namespace plait::tile;

/// The tile of memory that an op on a fragment moves.
template <typename OpT, typename Adaptor> static GlobalTile tileOf(const KernelState &kernel, OpT op, Adaptor adaptor) {
  Shape shape = op.getFragment().getType().getShape();
  if (op.getTransposed())
    shape = shape.transposed();
  return globalTileOf(kernel, op, adaptor, shape);
}

/// The vectors of a fragment in memory.
static Piece pieceOf(ThreadMath &threads, const GlobalAddress &address, FragmentType type,
                     ArrayRef<RegisterPlace> places) {
  Type element = type.getElementType();
  int64_t most = std::min<int64_t>(address.wholeWidth(), 128 / element.getIntOrFloatBitWidth());
  return Piece(element, vectorWidth(threads, places, most));
}

/// Transposed are states, matrices and what is beside them: many addresses for one use, which would
/// fill registers all through the loop.
template <class Op>
static ThreadMath &threadsOf(Op op, ImplicitLocOpBuilder &b, KernelState &kernel, std::optional<ThreadMath> &again) {
  if (!op.getTransposed())
    return kernel.threads;
  return again.emplace(kernel.threads.again(b, op.getLoc()));
}

namespace {

/// %f = tile.load_global %m[%i, %c0] along 0 rows %n
///   ==>
/// %v = scf.if %inside -> vector<4xi32> { llvm.load .. } else { zeros }
struct LowerLoadGlobal final : TilePattern<LoadGlobalOp> {
  using TilePattern::TilePattern;

  LogicalResult matchAndRewrite(LoadGlobalOp op, Adaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    FragmentType type = op.getFragment().getType();
    std::optional<ThreadMath> again;
    ThreadMath &threads = threadsOf(op, b, kernel, again);
    GlobalAddress address(threads, b, tileOf(kernel, op, adaptor));
    SmallVector<RegisterPlace> places = placesOf(type, op.getTransposed());
    Piece piece = pieceOf(threads, address, type, places);
    SmallVector<Value> values;
    for (size_t i = 0; i < places.size(); i += piece.width)
      llvm::append_range(values, load(b, piece, address, places[i]));
    rewriter.replaceOpWithMultiple(op, {piece.isWhole() ? values : pack(b, type, values)});
    return success();
  }

private:
  SmallVector<Value> load(ImplicitLocOpBuilder &b, const Piece &piece, GlobalAddress &address,
                          const RegisterPlace &place) const {
    Value pointer = address.pointer(place.row, place.column);
    Value inside = address.isInside(place.row, place.column);
    if (!inside)
      return piece.load(b, pointer);
    Value zero = arith::ConstantOp::create(b, b.getZeroAttr(piece.type()));
    auto guarded = scf::IfOp::create(b, SmallVector<Type>(piece.values(), piece.type()), inside, /*withElse=*/true);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(guarded.thenBlock());
    scf::YieldOp::create(b, piece.load(b, pointer));
    b.setInsertionPointToStart(guarded.elseBlock());
    scf::YieldOp::create(b, SmallVector<Value>(piece.values(), zero));
    return guarded.getResults();
  }
};

/// tile.store_global %f to %m[%i, %c0] along 0 rows %n
///   ==>
/// scf.if %inside { llvm.store .. }
struct LowerStoreGlobal final : TilePattern<StoreGlobalOp> {
  using TilePattern::TilePattern;

  LogicalResult matchAndRewrite(StoreGlobalOp op, Adaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    FragmentType type = op.getFragment().getType();
    std::optional<ThreadMath> again;
    ThreadMath &threads = threadsOf(op, b, kernel, again);
    if (Value isFirst = firstOfReplicas(threads, b, type))
      b.setInsertionPointToStart(scf::IfOp::create(b, isFirst).thenBlock());
    GlobalAddress address(threads, b, tileOf(kernel, op, adaptor));
    SmallVector<RegisterPlace> places = placesOf(type, op.getTransposed());
    Piece piece = pieceOf(threads, address, type, places);
    SmallVector<Value> values = adaptor.getFragment();
    if (!piece.isWhole())
      values = unpack(b, type, values);
    for (size_t i = 0; i < places.size(); i += piece.width) {
      auto part = ArrayRef(values).slice(i / piece.width * piece.values(), piece.values());
      OpBuilder::InsertionGuard guard(b);
      Value pointer = address.pointer(places[i].row, places[i].column);
      if (Value inside = address.isInside(places[i].row, places[i].column))
        b.setInsertionPointToStart(scf::IfOp::create(b, inside).thenBlock());
      piece.store(b, part, pointer);
    }
    rewriter.eraseOp(op);
    return success();
  }
};

} // namespace

void plait::populateGlobalPatterns(const TypeConverter &converter, RewritePatternSet &patterns, KernelState &kernel) {
  patterns.add<LowerLoadGlobal, LowerStoreGlobal>(converter, patterns.getContext(), kernel);
  populateCopyPatterns(converter, patterns, kernel);
}
