//===- Shared.cpp - fragments from and to shared memory -------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file lowers loads and stores of tiles in shared memory, and what orders
// them.
//===----------------------------------------------------------------------===//

#include "compiler/Conversion/TileToNVVM/Matrices.h"
#include "compiler/Conversion/TileToNVVM/Patterns.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace plait;
using namespace plait::tile;

namespace {

/// %s = tile.alloc at 1024 : !tile.shared<..>
///   ==>
/// %s = arith.constant 1024 : i32
struct LowerAlloc final : TilePattern<AllocOp> {
  using TilePattern::TilePattern;

  LogicalResult matchAndRewrite(AllocOp op, Adaptor, ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOpWithNewOp<arith::ConstantIntOp>(op, rewriter.getI32Type(), *op.getOffset());
    return success();
  }
};

/// The fragment in the order of its values: by matrices where it has them, else by
/// vectors of neighbours.
struct LowerLoad final : TilePattern<LoadOp> {
  using TilePattern::TilePattern;

  LogicalResult matchAndRewrite(LoadOp op, Adaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    FragmentType type = op.getFragment().getType();
    SharedAddress address(kernel.threads, b, op.getSource().getType(), single(adaptor.getSource()),
                          single(adaptor.getStage()));
    SmallVector<Value> values;
    if (hasMatrices(type)) {
      Matrices matrices(type, op.getTransposed());
      for (int64_t first = 0, number; first < matrices.count(); first += number) {
        number = matrices.together(first);
        llvm::append_range(values, matrices.load(b, address, first, number));
      }
    } else {
      values = loadVectors(b, type, address, op.getTransposed());
    }
    rewriter.replaceOpWithMultiple(op, {values});
    return success();
  }

private:
  SmallVector<Value> loadVectors(ImplicitLocOpBuilder &b, FragmentType type, SharedAddress &address,
                                 bool transposed) const {
    SmallVector<RegisterPlace> places = placesOf(type, transposed);
    Type element = type.getElementType();
    Piece piece(element, vectorWidth(kernel.threads, places, 128 / element.getIntOrFloatBitWidth()));
    SmallVector<Value> values;
    for (size_t i = 0; i < places.size(); i += piece.width)
      llvm::append_range(values, piece.load(b, address.pointer(places[i].row, places[i].column)));
    return piece.isWhole() ? values : pack(b, type, values);
  }
};

/// Of threads that hold the same elements, the first stores them.
struct LowerStore final : TilePattern<StoreOp> {
  using TilePattern::TilePattern;

  LogicalResult matchAndRewrite(StoreOp op, Adaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    FragmentType type = op.getFragment().getType();
    SharedAddress address(kernel.threads, b, op.getTarget().getType(), single(adaptor.getTarget()),
                          single(adaptor.getStage()));
    OpBuilder::InsertionGuard guard(b);
    if (Value isFirst = firstOfReplicas(kernel.threads, b, type))
      b.setInsertionPointToStart(scf::IfOp::create(b, isFirst).thenBlock());
    if (hasMatrices(type) && kernel.capability >= 90) {
      Matrices matrices(type, op.getTransposed());
      for (int64_t first = 0, number; first < matrices.count(); first += number) {
        number = matrices.together(first);
        matrices.store(b, address, first, adaptor.getFragment().slice(first, number));
      }
    } else {
      storeVectors(b, type, address, op.getTransposed(), adaptor.getFragment());
    }
    rewriter.eraseOp(op);
    return success();
  }

private:
  void storeVectors(ImplicitLocOpBuilder &b, FragmentType type, SharedAddress &address, bool transposed,
                    ValueRange values) const {
    SmallVector<RegisterPlace> places = placesOf(type, transposed);
    Type element = type.getElementType();
    Piece piece(element, vectorWidth(kernel.threads, places, 128 / element.getIntOrFloatBitWidth()));
    SmallVector<Value> stored = values;
    if (!piece.isWhole())
      stored = unpack(b, type, values);
    for (size_t i = 0; i < places.size(); i += piece.width) {
      auto part = ArrayRef(stored).slice(i / piece.width * piece.values(), piece.values());
      piece.store(b, part, address.pointer(places[i].row, places[i].column));
    }
  }
};

/// %group = tile.commit
///   ==>
/// nvvm.cp.async.commit.group
struct LowerCommit final : TilePattern<CommitOp> {
  using TilePattern::TilePattern;

  LogicalResult matchAndRewrite(CommitOp op, Adaptor, ConversionPatternRewriter &rewriter) const override {
    NVVM::CpAsyncCommitGroupOp::create(rewriter, op.getLoc());
    rewriter.replaceOpWithMultiple(op, {ValueRange()});
    return success();
  }
};

/// tile.wait %group pending 1
///   ==>
/// nvvm.cp.async.wait.group 1
struct LowerWait final : TilePattern<WaitOp> {
  using TilePattern::TilePattern;

  LogicalResult matchAndRewrite(WaitOp op, Adaptor, ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOpWithNewOp<NVVM::CpAsyncWaitGroupOp>(op, op.getPending());
    return success();
  }
};

struct LowerBarrier final : TilePattern<BarrierOp> {
  using TilePattern::TilePattern;

  LogicalResult matchAndRewrite(BarrierOp op, Adaptor, ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOpWithNewOp<NVVM::Barrier0Op>(op);
    return success();
  }
};

} // namespace

void plait::populateSharedPatterns(const TypeConverter &converter, RewritePatternSet &patterns, KernelState &kernel) {
  patterns.add<LowerAlloc, LowerLoad, LowerStore, LowerCommit, LowerWait, LowerBarrier>(converter,
                                                                                        patterns.getContext(), kernel);
}
