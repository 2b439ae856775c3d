//===- RowsAhead.cpp - rows of the next block, fetched early --------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file finds the caller's rows that the next block of tokens takes. Rows of
// one head lie a token of all heads apart, which hardware does not foresee: each
// step of a tile fetches a line of each, spread over the tiles.
//===----------------------------------------------------------------------===//

#include "compiler/Conversion/PlaitToVector/TileScan.h"

#include "llvm/ADT/SmallPtrSet.h"

using namespace mlir;
using namespace plait;

/// Whether `slice` takes the rows of the loop's index from [B, T, H, D].
static bool slicesAt(memref::SubViewOp slice, Value index) {
  if (slice.getSourceType().getRank() != 4 || slice.getSource().getDefiningOp<memref::AllocaOp>())
    return false;
  return llvm::is_contained(slice.getOffsets(), index) && slice.isDynamicOffset(1) &&
         slice.getDynamicOffset(1) == index;
}

SmallVector<Stream> plait::rowsAhead(VectorBuilder &b, RecurOp op) {
  SmallVector<Stream> ahead;
  auto blocks = op->getParentOfType<scf::ForOp>();
  if (!blocks)
    return ahead;
  llvm::SmallPtrSet<Value, 4> seen;
  Value zero = b.index(0), next = b.add(blocks.getInductionVar(), blocks.getStep());
  for (auto slice : blocks.getBody()->getOps<memref::SubViewOp>())
    if (slicesAt(slice, blocks.getInductionVar()) && seen.insert(slice.getSource()).second)
      ahead.push_back({slice.getSource(), zero, next, zero});
  return ahead;
}

int64_t plait::boundOf(RecurOp op, Value rows) {
  auto blocks = op->getParentOfType<scf::ForOp>();
  auto slice = rows.getDefiningOp<memref::SubViewOp>();
  if (!blocks || !slice || !slicesAt(slice, blocks.getInductionVar()))
    return 0;
  return getConstantIntValue(blocks.getStep()).value_or(0);
}

// Behind the last block these are addresses of no row, which a prefetch may
// name: a bound would cost more than it saves.
void plait::fetchAhead(VectorBuilder &b, ArrayRef<Stream> ahead, Value step, Value part, int64_t parts) {
  constexpr unsigned secondLevel = 2; // a block would push its own rows out of the first
  constexpr int64_t line = 16;        // f32 elements
  for (const Stream &stream : ahead) {
    int64_t last = cast<MemRefType>(stream.memref.getType()).getDimSize(3) - 1;
    // Rows need not start on a line: the last part fetches the last element.
    int64_t gap = llvm::divideCeil(last, std::max<int64_t>(1, parts - 1));
    VectorBuilder::Values at = stream.at(b, step);
    Value start = arith::MulIOp::create(b.builder, b.loc, part, b.index(gap));
    for (int64_t offset = 0; offset == 0 || offset < gap; offset += line) {
      Value element = b.min(b.add(start, offset), b.index(last));
      memref::PrefetchOp::create(b.builder, b.loc, stream.memref, ValueRange{at[0], at[1], at[2], element},
                                 /*isWrite=*/false, secondLevel, /*isDataCache=*/true);
    }
  }
}
