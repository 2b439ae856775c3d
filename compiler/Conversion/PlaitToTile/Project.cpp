//===- Project.cpp - rows times a matrix on tensor cores ------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file emits project for a block of tokens at a time, as a recurrence reads its
// state: O^T = M^T X^T, with M^T in registers. A matrix of one column needs no
// products.
//===----------------------------------------------------------------------===//

#include "compiler/Conversion/PlaitToTile/Emitters.h"

using namespace mlir;
using namespace plait;
using namespace plait::tile;

static Value multiply(TileBuilder &b, Value x, Value y) { return arith::MulFOp::create(b.builder, b.loc, x, y); }

void plait::emitProject(BlockTiles &tiles, ProjectOp op) {
  TileBuilder &b = tiles.b;
  Value out = op.getInits()[0];
  auto shape = cast<MemRefType>(op.getMatrix().getType()).getShape();
  int64_t columns = shape.back();
  FragmentType type = transposedType(b, shape[shape.size() - 2], columns);
  float scale = op.getScale().convertToFloat();
  auto scaled = [&](Value y) {
    return scale == 1
               ? y
               : b.map(y.getType(), y, [&](ValueRange x, Value, Value) { return multiply(b, x[0], b.number(scale)); });
  };
  for (int64_t head = 0, heads = cast<MemRefType>(out.getType()).getDimSize(2); head < heads; ++head) {
    Value matrix = tiles.transposed(op.getMatrix(), head / op.getGroupSize(), type);
    Rows &rows = tiles.matrixRows(op.getInput(), head);
    if (columns == 1) {
      Value x = tiles.matrix(rows);
      Value terms =
          b.map(x.getType(), {x, matrix}, [&](ValueRange e, Value, Value) { return multiply(b, e[0], e[1]); });
      tiles.set(out, head, {.width = 1, .fragment = scaled(b.reduce(terms, Direction::row))});
      continue;
    }
    FragmentType product = b.fragment({b.valueChannels, b.block}, b.f32(), b.accumulator());
    Value y = b.multiply(tiles.stateOperands(matrix, tiles.parts()), tiles.operands(rows),
                         /*transposedB=*/true, b.splat(product, 0));
    tiles.set(out, head, {.width = columns, .channels = scaled(y)});
  }
}
