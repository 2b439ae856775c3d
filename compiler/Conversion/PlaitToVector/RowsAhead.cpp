//===- RowsAhead.cpp - rows of the next block, fetched early --------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file finds the caller's rows that the next block of tokens takes. Rows of
// one head lie a token of all heads apart, which hardware does not foresee: each
// tile fetches its share of their lines, one a step.
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

static Value mul(VectorBuilder &b, Value x, Value y) { return arith::MulIOp::create(b.builder, b.loc, x, y); }

/// The rows of the one batch and head of `array`.
static RowsAhead::Array rowsOf(VectorBuilder &b, Value array) {
  auto type = cast<MemRefType>(array.getType());
  int64_t bytes = type.getElementTypeBitWidth() / 8;
  auto layout = memref::ExtractStridedMetadataOp::create(b.builder, b.loc, array);
  Value pointer = memref::ExtractAlignedPointerAsIndexOp::create(b.builder, b.loc, array);
  return {b.add(pointer, mul(b, layout.getOffset(), b.index(bytes))), mul(b, layout.getStrides()[1], b.index(bytes)),
          type.getDimSize(3) * bytes};
}

RowsAhead plait::rowsAhead(VectorBuilder &b, RecurOp op) {
  RowsAhead ahead;
  auto blocks = op->getParentOfType<scf::ForOp>();
  if (!blocks)
    return ahead;
  llvm::SmallPtrSet<Value, 4> seen;
  ahead.first = b.add(blocks.getInductionVar(), blocks.getStep());
  for (auto slice : blocks.getBody()->getOps<memref::SubViewOp>())
    if (slicesAt(slice, blocks.getInductionVar()) && seen.insert(slice.getSource()).second)
      ahead.arrays.push_back(rowsOf(b, slice.getSource()));
  return ahead;
}

int64_t plait::boundOf(RecurOp op, Value rows) {
  auto blocks = op->getParentOfType<scf::ForOp>();
  auto slice = rows.getDefiningOp<memref::SubViewOp>();
  if (!blocks || !slice || !slicesAt(slice, blocks.getInductionVar()))
    return 0;
  return getConstantIntValue(blocks.getStep()).value_or(0);
}

/// Bytes of a line of the cache.
static constexpr int64_t line = 64;

/// A row need not start on a line.
static int64_t linesOf(const RowsAhead::Array &array) { return llvm::divideCeil(array.width, line) + 1; }

/// Line `number` of those of all rows, array by array.
static LineAhead lineAt(VectorBuilder &b, const RowsAhead &rows, Value number) {
  Value base, pitch, begin, last;
  int64_t lines = 0;
  for (const RowsAhead::Array &array : rows.arrays) {
    Value behind = b.less(number, b.index(lines));
    auto take = [&](Value &found, Value now) {
      found = found ? arith::SelectOp::create(b.builder, b.loc, behind, found, now) : now;
    };
    take(base, array.base);
    take(pitch, array.pitch);
    take(begin, b.index(lines));
    take(last, b.index(array.width - 1));
    lines += linesOf(array);
  }
  Value within = b.min(mul(b, b.sub(number, begin), b.index(line)), last);
  return {b.add(b.add(base, mul(b, rows.first, pitch)), within), pitch};
}

// Memory has time for the fetches of a block in all of its tiles, not in some.
SmallVector<LineAhead> plait::linesAhead(VectorBuilder &b, const RowsAhead &rows, Value part, int64_t parts) {
  SmallVector<LineAhead> found;
  int64_t lines = 0;
  for (const RowsAhead::Array &array : rows.arrays)
    lines += linesOf(array);
  int64_t share = llvm::divideCeil(lines, parts);
  for (int64_t i = 0; i < share; ++i) {
    Value scaled = b.add(mul(b, part, b.index(lines * share)), i * lines);
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
                                               b.add(line.address, mul(b, step, line.pitch)));
    LLVM::Prefetch::create(b.builder, b.loc, LLVM::IntToPtrOp::create(b.builder, b.loc, pointer, address),
                           /*rw=*/0, secondLevel, /*cache=*/1);
  }
}
