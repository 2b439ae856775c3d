//===- RowsAhead.cpp - the rows that come next, fetched early -------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file finds the caller's rows that the next head takes, or the next block of
// tokens. Rows of one head lie a token of all heads apart, which hardware does not
// foresee: each tile fetches its share of their lines, one a step.
//===----------------------------------------------------------------------===//

#include "compiler/Conversion/PlaitToVector/TileScan.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
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

/// The loop over blocks of tokens around `op`, which may hold one over heads.
static scf::ForOp blocksAround(Operation *op) {
  scf::ForOp blocks;
  for (auto loop = op->getParentOfType<scf::ForOp>(); loop; loop = loop->getParentOfType<scf::ForOp>())
    blocks = loop;
  return blocks;
}

namespace {

/// What is worked on next: the block's first token, and how many heads on it is;
/// no value where the kernel takes one head.
struct Next {
  Value token, heads;
};

} // namespace

/// The next head takes the same tokens, the first one those behind them. A wrong
/// guess at what the inner loop walks would cost time, and nothing else.
static Next nextOf(VectorBuilder &b, RecurOp op, scf::ForOp blocks) {
  Value behind = b.add(blocks.getInductionVar(), blocks.getStep());
  auto heads = op->getParentOfType<scf::ForOp>();
  if (heads == blocks)
    return {behind, Value()};
  Value head = heads.getInductionVar();
  Value more = b.less(b.add(head, 1), heads.getUpperBound());
  return {b.select(more, blocks.getInductionVar(), behind), b.select(more, b.index(1), b.sub(b.index(0), head))};
}

/// The rows of the one batch of `array`, and of the next head or group.
static RowsAhead::Array rowsOf(VectorBuilder &b, memref::SubViewOp slice, const Next &next) {
  Value array = slice.getSource();
  MemRefType type = slice.getType();
  Value bytes = b.index(type.getElementTypeBitWidth() / 8);
  auto layout = memref::ExtractStridedMetadataOp::create(b.builder, b.loc, array);
  Value pointer = memref::ExtractAlignedPointerAsIndexOp::create(b.builder, b.loc, array);
  Value offset = layout.getOffset(), headPitch = layout.getStrides()[2];
  if (next.heads)
    offset = b.add(offset, b.mul(b.mul(next.heads, headPitch), b.index(type.getDimSize(2))));
  return {b.add(pointer, b.mul(offset, bytes)), b.mul(layout.getStrides()[1], bytes), b.mul(headPitch, bytes),
          type.getDimSize(2), type.getDimSize(3) * type.getElementTypeBitWidth() / 8};
}

RowsAhead plait::rowsAhead(VectorBuilder &b, RecurOp op) {
  RowsAhead ahead;
  scf::ForOp blocks = blocksAround(op);
  if (!blocks)
    return ahead;
  Next next = nextOf(b, op, blocks);
  llvm::SmallPtrSet<Value, 4> seen;
  ahead.first = next.token;
  for (auto slice : op->getBlock()->getOps<memref::SubViewOp>())
    if (slicesAt(slice, blocks.getInductionVar()) && seen.insert(slice.getSource()).second)
      ahead.arrays.push_back(rowsOf(b, slice, next));
  return ahead;
}

int64_t plait::boundOf(RecurOp op, Value rows) {
  scf::ForOp blocks = blocksAround(op);
  auto slice = rows.getDefiningOp<memref::SubViewOp>();
  if (!blocks || !slice || !slicesAt(slice, blocks.getInductionVar()))
    return 0;
  return getConstantIntValue(blocks.getStep()).value_or(0);
}

/// Bytes of a line of the cache.
static constexpr int64_t line = 64;

/// Lines of a token's rows. A row need not start on a line.
static int64_t linesOfRow(const RowsAhead::Array &array) { return llvm::divideCeil(array.width, line) + 1; }
static int64_t linesOf(const RowsAhead::Array &array) { return array.heads * linesOfRow(array); }

/// Line `number` of those of all rows, array by array.
static LineAhead lineAt(VectorBuilder &b, const RowsAhead &rows, Value number) {
  Value base, pitch, headPitch, begin, last, linesEach;
  int64_t lines = 0;
  for (const RowsAhead::Array &array : rows.arrays) {
    Value behind = b.less(number, b.index(lines));
    auto take = [&](Value &found, Value now) { found = found ? b.select(behind, found, now) : now; };
    take(base, array.base);
    take(pitch, array.pitch);
    take(headPitch, array.headPitch);
    take(begin, b.index(lines));
    take(last, b.index(array.width - 1));
    take(linesEach, b.index(linesOfRow(array)));
    lines += linesOf(array);
  }
  Value within = b.sub(number, begin), row = b.add(base, b.mul(rows.first, pitch));
  if (llvm::any_of(rows.arrays, [](const RowsAhead::Array &array) { return array.heads > 1; })) {
    Value head = arith::DivUIOp::create(b.builder, b.loc, within, linesEach);
    within = b.sub(within, b.mul(head, linesEach));
    row = b.add(row, b.mul(head, headPitch));
  }
  return {b.add(row, b.min(b.mul(within, b.index(line)), last)), pitch};
}

// Memory has time for the fetches of a block in all of its tiles, not in some.
SmallVector<LineAhead> plait::linesAhead(VectorBuilder &b, const RowsAhead &rows, Value part, int64_t parts) {
  SmallVector<LineAhead> found;
  int64_t lines = 0;
  for (const RowsAhead::Array &array : rows.arrays)
    lines += linesOf(array);
  int64_t share = llvm::divideCeil(lines, parts);
  for (int64_t i = 0; i < share; ++i) {
    Value scaled = b.add(b.mul(part, b.index(lines * share)), i * lines);
    found.push_back(lineAt(b, rows, arith::DivUIOp::create(b.builder, b.loc, scaled, b.index(parts * share))));
  }
  return found;
}

// Behind the last block these are addresses of no row, which a prefetch may
// name: a bound would cost more than it saves.
void plait::fetch(VectorBuilder &b, ArrayRef<LineAhead> lines, Value step) {
  constexpr unsigned secondLevel = 2; // a block would push its own rows out of the first
  auto pointer = LLVM::LLVMPointerType::get(b.builder.getContext());
  for (const LineAhead &line : lines) {
    Value address = arith::IndexCastOp::create(b.builder, b.loc, b.builder.getI64Type(),
                                               b.add(line.address, b.mul(step, line.pitch)));
    LLVM::Prefetch::create(b.builder, b.loc, LLVM::IntToPtrOp::create(b.builder, b.loc, pointer, address),
                           /*rw=*/0, secondLevel, /*cache=*/1);
  }
}
