//===- CopyAsync.cpp - copies from global to shared memory ----------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file lowers asynchronous copies to cp.async, which fills up with zeros
// what is outside.
//===----------------------------------------------------------------------===//

#include "compiler/Conversion/TileToNVVM/GlobalAddress.h"
#include "compiler/Conversion/TileToNVVM/Patterns.h"
#include "compiler/Conversion/TileToNVVM/Registers.h"
#include "compiler/Conversion/TileToNVVM/SharedAddress.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace plait;
using namespace plait::tile;

namespace {

/// tile.copy_async %m[%i, %c0] along 0 rows %n to %s
///   ==>
/// nvvm.cp.async.shared.global %s0, %m0, 16, cache = cg, %bytes
/// ..
struct LowerCopyAsync final : TilePattern<CopyAsyncOp> {
  using TilePattern::TilePattern;

  LogicalResult matchAndRewrite(CopyAsyncOp op, Adaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    SharedType target = op.getTarget().getType();
    Shape shape = target.getShape();
    GlobalAddress from(kernel.threads, b, globalTileOf(kernel, op, adaptor, shape));
    SharedAddress to(kernel.threads, b, target, single(adaptor.getTarget()), single(adaptor.getStage()));
    int64_t width = from.alignedWidth(); // of 16 bytes at most, as cp.async copies
    while (shape.columns % width != 0)
      width /= 2;
    int64_t across = shape.columns / width, pieces = shape.rows * across, threads = kernel.threads.threadCount();
    AffineExpr thread = b.getAffineDimExpr(0);
    for (int64_t first = 0; first < pieces; first += threads) {
      AffineExpr piece = thread + first;
      OpBuilder::InsertionGuard guard(b);
      if (pieces - first < threads)
        b.setInsertionPointToStart(onlyBelow(b, pieces - first));
      copy(b, from, to, {piece.floorDiv(across), piece % across * width}, Piece(target.getElementType(), width));
    }
    rewriter.eraseOp(op);
    return success();
  }

private:
  /// A block for the threads below a number.
  Block *onlyBelow(ImplicitLocOpBuilder &b, int64_t number) const {
    Value thread = kernel.threads.value(b, b.getAffineDimExpr(0));
    Value most = arith::ConstantIntOp::create(b, b.getI32Type(), number);
    Value isBelow = arith::CmpIOp::create(b, arith::CmpIPredicate::ult, thread, most);
    return scf::IfOp::create(b, isBelow).thenBlock();
  }

  void copy(ImplicitLocOpBuilder &b, GlobalAddress &from, SharedAddress &to, const RegisterPlace &place,
            const Piece &piece) const {
    if (!piece.isWhole())
      return copyElement(b, from, to, place, piece);
    Value source = from.pointer(place.row, place.column), target = to.pointer(place.row, place.column);
    Value bytes = from.countInside(place.row, place.column, piece.width);
    if (bytes) {
      Value each = arith::ConstantIntOp::create(b, b.getI32Type(), piece.bytes() / piece.width);
      bytes = arith::MulIOp::create(b, bytes, each);
    }
    auto cache = piece.bytes() == 16 ? NVVM::LoadCacheModifierKind::CG : NVVM::LoadCacheModifierKind::CA;
    NVVM::CpAsyncOp::create(b, target, source, piece.bytes(), cache, bytes);
  }

  /// What cp.async can't copy: fewer than 4 bytes.
  void copyElement(ImplicitLocOpBuilder &b, GlobalAddress &from, SharedAddress &to, const RegisterPlace &place,
                   const Piece &piece) const {
    Value source = from.pointer(place.row, place.column), target = to.pointer(place.row, place.column);
    Value inside = from.isInside(place.row, place.column);
    if (!inside)
      return piece.store(b, piece.load(b, source), target);
    Value zero = arith::ConstantOp::create(b, b.getZeroAttr(piece.type()));
    auto guarded = scf::IfOp::create(b, piece.type(), inside, /*withElse=*/true);
    {
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(guarded.thenBlock());
      scf::YieldOp::create(b, piece.load(b, source));
      b.setInsertionPointToStart(guarded.elseBlock());
      scf::YieldOp::create(b, zero);
    }
    piece.store(b, guarded.getResults(), target);
  }
};

} // namespace

void plait::populateCopyPatterns(const TypeConverter &converter, RewritePatternSet &patterns, KernelState &kernel) {
  patterns.add<LowerCopyAsync>(converter, patterns.getContext(), kernel);
}
