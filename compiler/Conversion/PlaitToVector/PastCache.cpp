//===- PastCache.cpp - results written past the cache ---------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements non-temporal stores. Pieces of 16 bytes fill a line as
// well as longer ones, and arrays start at multiples of as much.
//===----------------------------------------------------------------------===//

#include "compiler/Conversion/PlaitToVector/PastCache.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;
using namespace plait;

/// More than a core's share of the last cache on most machines.
static constexpr int64_t largeBytes = 32 << 20;
static constexpr int64_t pieceBytes = 16, pieceFloats = pieceBytes / 4;

/// The caller's array that `array` is a part of; null where it is scratch.
static Value callersArray(Value array) {
  while (auto slice = array.getDefiningOp<memref::SubViewOp>())
    array = slice.getSource();
  return isa<BlockArgument>(array) ? array : Value();
}

Value plait::goesPastCache(VectorBuilder &b, Value array) {
  Value whole = callersArray(array);
  auto type = cast<MemRefType>(array.getType());
  if (!whole || !type.getElementType().isF32() || type.getShape().back() % pieceFloats != 0)
    return {};
  Value bytes = b.index(4);
  for (int64_t dim = 0, rank = cast<MemRefType>(whole.getType()).getRank(); dim < rank; ++dim)
    bytes = b.mul(bytes, b.dim(whole, dim));
  Value isLarge = arith::CmpIOp::create(b.builder, b.loc, arith::CmpIPredicate::uge, bytes, b.index(largeBytes));
  // Bits of all that addresses are sums of.
  auto layout = memref::ExtractStridedMetadataOp::create(b.builder, b.loc, array);
  Value starts = layout.getOffset();
  for (auto [dim, stride] : llvm::enumerate(layout.getStrides().drop_back())) {
    // A dimension of one row may have any stride.
    Value more = b.less(b.index(1), b.dim(array, int64_t(dim)));
    Value apart = b.select(more, stride, b.index(0));
    starts = b.bitOr(starts, apart);
  }
  Value pointer = memref::ExtractAlignedPointerAsIndexOp::create(b.builder, b.loc, array);
  Value bits = b.bitOr(b.mul(starts, b.index(4)), pointer);
  Value rest = b.bitAnd(bits, b.index(pieceBytes - 1));
  Value isAligned = b.equal(rest, b.index(0));
  return b.bitAnd(isLarge, isAligned);
}

void plait::storePastCache(VectorBuilder &b, Value value, Value memref, ValueRange lead, const Column &column,
                           bool down) {
  for (int64_t done = 0; done < column.valid; done += pieceFloats) {
    int64_t begin = down ? column.valid - pieceFloats - done : done;
    Value piece = vector::ExtractStridedSliceOp::create(b.builder, b.loc, value, ArrayRef<int64_t>{begin},
                                                        ArrayRef<int64_t>{pieceFloats}, ArrayRef<int64_t>{1});
    VectorBuilder::Values at(lead);
    at.push_back(b.add(column.offset, begin));
    vector::StoreOp::create(b.builder, b.loc, piece, memref, at, /*nontemporal=*/true, llvm::Align(pieceBytes));
  }
}

void plait::finishPastCache(VectorBuilder &b) {
  LLVM::FenceOp::create(b.builder, b.loc, LLVM::AtomicOrdering::seq_cst, StringRef());
}
