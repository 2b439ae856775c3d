//===- Scan.cpp - elementwise recurrences ---------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file emits scan with lanes along D. One head of a few vectors keeps its
// carried values in registers while time runs; more go token by token, so that
// memory is read in the order in which it lies, and carry in the first-level cache.
//===----------------------------------------------------------------------===//

#include "compiler/Conversion/MathToPolynomial/Functions.h"
#include "compiler/Conversion/PlaitToVector/Emitters.h"
#include "compiler/Conversion/PlaitToVector/PastCache.h"
#include "compiler/Conversion/PlaitToVector/TileScan.h"

using namespace mlir;
using namespace plait;

using Values = VectorBuilder::Values;

/// Tokens that a prefetch runs ahead, of one head and of several, and the floats of
/// a cache line.
static constexpr int64_t prefetchDistance = 24, headsDistance = 2, lineFloats = 16;

namespace {

class ScanEmitter {
public:
  ScanEmitter(VectorBuilder &b, ScanOp op)
      : b(b), op(op), extent(cast<MemRefType>(op.getOut().getType()).getDimSize(3)) {}
  void emit();

private:
  void prefetch(Value memref, Value head, const Column &column, Value step, int64_t distance);
  void emitStrip(Value head, ArrayRef<Column> columns);
  void emitTokens();
  void emitBatch();
  /// One token of one column: stores the output, returns the carried value.
  Value emitStep(Value token, Value head, const Column &column, Value carry);
  Value combine(Value carry, Value token, Value head, const Column &column);
  /// The step-th of `count` tokens, or heads, in the order in which time runs.
  Value inOrder(Value step, Value count);

  VectorBuilder &b;
  ScanOp op;
  int64_t extent;
  Value batch, tokens;
  bool pastCache = false;
};

} // namespace

Value ScanEmitter::inOrder(Value step, Value count) { return op.getReverse() ? b.sub(b.add(count, -1), step) : step; }

Value ScanEmitter::combine(Value carry, Value token, Value head, const Column &column) {
  auto input = [&](unsigned i) { return b.load(op.getInputs()[i], {batch, token, head}, column); };
  switch (op.getKind()) {
  case ScanKind::add:
    return b.addf(carry, input(0));
  case ScanKind::affine:
    return b.fma(input(0), carry, input(1));
  case ScanKind::max:
    return b.maxf(carry, input(0));
  case ScanKind::logsumexp: {
    Arithmetic arithmetic(b.builder, b.loc, carry.getType(), b.machine);
    return emitLogAddExp(arithmetic, carry, input(0));
  }
  case ScanKind::max_affine:
    return b.maxf(b.addf(input(0), carry), input(1));
  }
  llvm_unreachable("all kinds are above");
}

Value ScanEmitter::emitStep(Value token, Value head, const Column &column, Value carry) {
  Value next = combine(carry, token, head, column);
  Value out = op.getRead() == ReadMode::exclusive ? carry : next;
  if (pastCache)
    storePastCache(b, out, op.getOut(), {batch, token, head}, column, op.getReverse());
  else
    b.store(out, op.getOut(), {batch, token, head}, column);
  return next;
}

void ScanEmitter::prefetch(Value memref, Value head, const Column &column, Value step, int64_t distance) {
  Value ahead = inOrder(b.min(b.add(step, distance), b.add(tokens, -1)), tokens);
  bool isWrite = memref == op.getOut();
  for (int64_t lane = 0; lane < column.width; lane += lineFloats)
    memref::PrefetchOp::create(b.builder, b.loc, memref, ValueRange{batch, ahead, head, b.add(column.offset, lane)},
                               isWrite, /*localityHint=*/3, /*isDataCache=*/true);
}

void ScanEmitter::emitStrip(Value head, ArrayRef<Column> columns) {
  Values carries, rows(op.getInputs());
  if (!pastCache)
    rows.push_back(op.getOut());
  for (const Column &column : columns)
    carries.push_back(b.load(op.getCarry(), {batch, head}, column));
  carries = b.loop(b.index(0), tokens, 1, carries, [&](Value step, ValueRange before) {
    Values after;
    Value token = inOrder(step, tokens);
    // The rows of one head lie far apart, which hardware does not foresee.
    for (Value memref : rows)
      for (size_t c = 0; c < columns.size(); c += std::max<int64_t>(1, lineFloats / columns[c].width))
        prefetch(memref, head, columns[c], step, prefetchDistance);
    for (auto [column, carry] : llvm::zip(columns, before))
      after.push_back(emitStep(token, head, column, carry));
    return after;
  });
  for (auto [column, carry] : llvm::zip(columns, carries))
    b.store(carry, op.getCarry(), {batch, head}, column);
}

void ScanEmitter::emitTokens() {
  b.loop(b.index(0), tokens, 1, [&](Value step) {
    Value token = inOrder(step, tokens);
    b.overDim(op.getOut(), 2, [&](Value index) {
      // Heads and chunks run with time: memory is then walked in one direction.
      Value head = inOrder(index, b.dim(op.getOut(), 2));
      auto chunk = [&](const Column &column) {
        if (pastCache) // the inputs are as large, and in no cache either
          for (Value memref : op.getInputs())
            prefetch(memref, head, column, step, headsDistance);
        Value carry = b.load(op.getCarry(), {batch, head}, column);
        b.store(emitStep(token, head, column, carry), op.getCarry(), {batch, head}, column);
      };
      b.overChunks(extent, chunk, op.getReverse());
    });
  });
}

void ScanEmitter::emitBatch() {
  constexpr int64_t most = 4;
  if (cast<MemRefType>(op.getOut().getType()).getDimSize(2) != 1 || extent > most * b.machine.lanes)
    return emitTokens();
  overStrips(b, extent, most, /*readers=*/1, [&](ArrayRef<Column> columns) { emitStrip(b.index(0), columns); });
}

void ScanEmitter::emit() {
  Value isPastCache = goesPastCache(b, op.getOut());
  b.overDim(op.getOut(), 0, [&](Value i) {
    batch = i;
    tokens = b.dim(op.getOut(), 1);
    auto past = [&] {
      pastCache = true;
      emitBatch();
      finishPastCache(b);
      return Values();
    };
    auto kept = [&] {
      pastCache = false;
      emitBatch();
      return Values();
    };
    if (isPastCache)
      b.ifElse(isPastCache, TypeRange(), past, kept);
    else
      kept();
  });
}

LogicalResult plait::emitScan(ScanOp op, Machine machine) {
  if (op.getSegments())
    return op.emitOpError("expects no packed segments in a compiled kernel, but got segments");
  for (Value operand : op->getOperands()) {
    auto type = dyn_cast<MemRefType>(operand.getType());
    if (!type || !type.getElementType().isF32() || ShapedType::isDynamic(type.getShape().back()))
      return op.emitOpError("expects memrefs of f32 with static rows, but got ") << operand.getType();
  }
  VectorBuilder b(op, machine);
  ScanEmitter(b, op).emit();
  return success();
}
