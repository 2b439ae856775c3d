//===- Project.cpp - rows times a matrix ----------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file emits project: a tile of tokens by columns stays in registers
// while the rows of the matrix run innermost, so that each element is a sum in
// row order, one multiply-add a row.
//===----------------------------------------------------------------------===//

#include "compiler/Conversion/PlaitToVector/Emitters.h"
#include "compiler/Conversion/PlaitToVector/TileScan.h"

using namespace mlir;
using namespace plait;

using Values = VectorBuilder::Values;

namespace {

class ProjectEmitter {
public:
  ProjectEmitter(VectorBuilder &b, ProjectOp op) : b(b), op(op) {}
  void emit();

private:
  void emitHead();
  /// `tokens` tokens from `first` on, by the columns of a strip.
  void emitTile(Value first, int64_t tokens, ArrayRef<Column> columns);
  Values rowOfMatrix(Value row);

  VectorBuilder &b;
  ProjectOp op;
  Value batch, head, matrixHead;
};

} // namespace

Values ProjectEmitter::rowOfMatrix(Value row) {
  switch (cast<MemRefType>(op.getMatrix().getType()).getRank()) {
  case 4:
    return {batch, matrixHead, row};
  case 3:
    return {matrixHead, row};
  default:
    return {row};
  }
}

void ProjectEmitter::emitTile(Value first, int64_t tokens, ArrayRef<Column> columns) {
  Values sums, tokenIndices;
  for (int64_t t = 0; t < tokens; ++t) {
    tokenIndices.push_back(b.add(first, t));
    for (const Column &column : columns)
      sums.push_back(b.splat(0.0, column.width));
  }
  Value rows = b.dim(op.getInput(), 3);
  sums = b.loop(b.index(0), rows, 1, sums, [&](Value row, ValueRange before) {
    Values after, matrix;
    for (const Column &column : columns)
      matrix.push_back(b.wide(b.load(op.getMatrix(), rowOfMatrix(row), column)));
    for (auto [t, token] : llvm::enumerate(tokenIndices)) {
      Value x = b.loadScalar(op.getInput(), {batch, token, head, row});
      for (auto [c, column] : llvm::enumerate(columns))
        after.push_back(b.fma(b.splat(x, column.width), matrix[c], before[t * columns.size() + c]));
    }
    return after;
  });
  double scale = op.getScale().convertToFloat();
  for (auto [t, token] : llvm::enumerate(tokenIndices))
    for (auto [c, column] : llvm::enumerate(columns)) {
      Value sum = sums[t * columns.size() + c];
      if (scale != 1)
        sum = b.mulf(sum, b.splat(scale, column.width));
      b.store(sum, op.getInits()[0], {batch, token, head}, column);
    }
}

void ProjectEmitter::emitHead() {
  Value tokens = b.dim(op.getInput(), 1);
  int64_t extent = cast<MemRefType>(op.getInits()[0].getType()).getDimSize(3);
  constexpr int64_t tokensAtOnce = 8;
  RegisterTile tile = defaultTile(tokensAtOnce, extent, b.machine);
  overStrips(b, extent, tile.columns, /*readers=*/1, [&](ArrayRef<Column> columns) {
    int64_t at = rowsBeside(columns.size(), tokensAtOnce, b.machine);
    Value rest = arith::RemUIOp::create(b.builder, b.loc, tokens, b.index(at));
    Value whole = b.sub(tokens, rest);
    b.loop(b.index(0), whole, at, [&](Value first) { emitTile(first, at, columns); });
    b.loop(whole, tokens, 1, [&](Value first) { emitTile(first, 1, columns); });
  });
}

void ProjectEmitter::emit() {
  b.overDim(op.getInput(), 0, [&](Value i) {
    b.overDim(op.getInput(), 2, [&](Value h) {
      batch = i;
      head = h;
      matrixHead = arith::DivUIOp::create(b.builder, b.loc, h, b.index(op.getGroupSize()));
      emitHead();
    });
  });
}

LogicalResult plait::emitProject(ProjectOp op, Machine machine) {
  for (Value operand : op->getOperands()) {
    auto type = dyn_cast<MemRefType>(operand.getType());
    // A matrix is extended where it is loaded.
    bool wide = type && (type.getElementType().isF32() || operand == op.getMatrix());
    if (!wide || ShapedType::isDynamic(type.getShape().back()))
      return op.emitOpError("expects memrefs of f32 with static rows, but got ") << operand.getType();
  }
  VectorBuilder b(op, machine);
  ProjectEmitter(b, op).emit();
  return success();
}
