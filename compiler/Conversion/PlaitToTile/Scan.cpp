//===- Scan.cpp - a block of an elementwise recurrence --------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file emits scan for a block of tokens at a time: each channel is in one thread,
// which goes through its tokens and carries one number to the next block.
//===----------------------------------------------------------------------===//

#include "compiler/Conversion/PlaitToTile/Emitters.h"

#include <cmath>

using namespace mlir;
using namespace plait;
using namespace plait::tile;

FragmentType plait::carryType(TileBuilder &b, plait::ScanOp op) {
  int64_t channels = *valueDimOf(op) == 1 ? b.padded(1) : b.valueChannels;
  return b.fragment({channels, 1}, b.f32(), BlockedAttr::get(b.builder.getContext(), 1, b.warps));
}

/// log(e^x + e^y); equal infinities have no difference.
static Value logAddExp(TileBuilder &b, Value x, Value y) {
  OpBuilder &o = b.builder;
  Value most = arith::MaximumFOp::create(o, b.loc, x, y), least = arith::MinimumFOp::create(o, b.loc, x, y);
  Value ratio = math::ExpOp::create(o, b.loc, arith::SubFOp::create(o, b.loc, least, most));
  Value rest = math::Log1pOp::create(o, b.loc, ratio);
  Value same = arith::CmpFOp::create(o, b.loc, arith::CmpFPredicate::OEQ, x, y);
  rest = arith::SelectOp::create(o, b.loc, same, b.number(std::log(2.0)), rest);
  return arith::AddFOp::create(o, b.loc, most, rest);
}

static Value combine(TileBuilder &b, ScanKind kind, Value carry, ValueRange inputs) {
  OpBuilder &o = b.builder;
  switch (kind) {
  case ScanKind::add:
    return arith::AddFOp::create(o, b.loc, carry, inputs[0]);
  case ScanKind::affine:
    return math::FmaOp::create(o, b.loc, inputs[0], carry, inputs[1]);
  case ScanKind::max:
    return arith::MaximumFOp::create(o, b.loc, carry, inputs[0]);
  case ScanKind::logsumexp:
    return logAddExp(b, carry, inputs[0]);
  case ScanKind::max_affine:
    return arith::MaximumFOp::create(o, b.loc, arith::AddFOp::create(o, b.loc, inputs[0], carry), inputs[1]);
  }
  llvm_unreachable("unknown kind");
}

/// The next carried number and the result of an element. A token that there is not changes no carried
/// number, and its result is 0, as it is of channels past the width.
static SmallVector<Value> emitElement(BlockTiles &tiles, plait::ScanOp op, Block &body) {
  TileBuilder &b = tiles.b;
  Value carry = body.getArgument(0), channel = body.getArguments().end()[-2], token = body.getArguments().back();
  auto less = [&](Value x, Value y) {
    return arith::CmpIOp::create(b.builder, b.loc, arith::CmpIPredicate::slt, x, y).getResult();
  };
  Value next = combine(b, op.getKind(), carry, body.getArguments().drop_front().drop_back(2));
  Value out = op.getRead() == ReadMode::exclusive ? carry : next, inside = less(token, tiles.tokens());
  next = arith::SelectOp::create(b.builder, b.loc, inside, next, carry);
  int64_t width = *valueDimOf(op);
  if (width != b.padded(width) && !tiles.isSplit(op.getOut()))
    inside = arith::AndIOp::create(b.builder, b.loc, inside, less(channel, b.index(width)));
  return {next, arith::SelectOp::create(b.builder, b.loc, inside, out, b.number(0))};
}

void plait::emitScan(BlockTiles &tiles, plait::ScanOp op, Value &carry) {
  TileBuilder &b = tiles.b;
  SmallVector<Value> inputs;
  for (Value rows : op.getInputs())
    inputs.push_back(tiles.channelRows(tiles.matrixRows(rows, 0)));
  FragmentType type = fragmentOf(inputs[0]);
  auto scan = tile::ScanOp::create(b.builder, b.loc, type, carry.getType(), inputs, carry,
                                   op.getReverse() ? b.builder.getUnitAttr() : UnitAttr());
  {
    OpBuilder::InsertionGuard guard(b.builder);
    Block *body = b.builder.createBlock(&scan.getBody());
    body->addArguments(SmallVector<Type>(1 + inputs.size(), b.f32()), SmallVector<Location>(1 + inputs.size(), b.loc));
    body->addArguments({b.builder.getIndexType(), b.builder.getIndexType()}, {b.loc, b.loc});
    tile::YieldOp::create(b.builder, b.loc, emitElement(tiles, op, *body));
  }
  carry = scan.getLast();
  Rows rows{.width = *valueDimOf(op)};
  rows.shared = b.alloc(type.getShape().transposed(), b.f32());
  b.store(scan.getResult(), rows.shared, /*transposed=*/true);
  if (rows.width == 1) // beside zeros
    rows = {.width = 1, .fragment = b.reduce(tiles.matrix(rows), Direction::row)};
  tiles.set(op.getOut(), 0, rows);
}
