//===- Moves.cpp - rows whose elements change places ----------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements the tables of moved elements and of constants. Where an
// element is from is what the interpreter makes of operands whose elements are
// numbered.
//===----------------------------------------------------------------------===//

#include "compiler/Conversion/PlaitToTile/Moves.h"

#include "compiler/Interpreter/Program.h"

#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"

#include <cmath>

using namespace mlir;
using namespace plait;

// Where elements are from

bool plait::movesElements(Operation &op) {
  if (auto extract = dyn_cast<vector::ExtractOp>(op))
    return !extract.hasDynamicPosition();
  if (auto insert = dyn_cast<vector::InsertOp>(op))
    return !insert.hasDynamicPosition();
  return isa<vector::BroadcastOp, vector::DeinterleaveOp, vector::ExtractStridedSliceOp, vector::FromElementsOp,
             vector::InsertStridedSliceOp, vector::InterleaveOp, vector::ShapeCastOp, vector::ShuffleOp,
             vector::ToElementsOp, vector::TransposeOp>(op);
}

/// What the interpreter makes of an op; nothing where it refuses it.
static std::optional<interpreter::Results> interpretOp(Operation &op, ArrayRef<Array> operands) {
  interpreter::Handler handler = interpreter::Handlers::find(&op);
  SmallVector<const Array *> pointers;
  for (const Array &operand : operands)
    pointers.push_back(&operand);
  interpreter::Results results;
  llvm::Error error = handler ? handler(&op, pointers, results) : interpreter::expects(&op, "a handler", "none");
  if (!error)
    return results;
  llvm::consumeError(std::move(error));
  return std::nullopt;
}

SmallVector<ElementSource> plait::sourcesOf(OpResult result) {
  SmallVector<Array> operands;
  SmallVector<ElementSource> numbered;
  for (Value operand : result.getOwner()->getOperands()) {
    auto type = dyn_cast<VectorType>(operand.getType());
    Array &array = operands.emplace_back(interpreter::filled(type ? type.getShape() : ArrayRef<int64_t>(), 0));
    for (auto [element, number] : llvm::enumerate(array.data)) {
      number = numbered.size();
      numbered.push_back({operand, static_cast<int64_t>(element)});
    }
  }
  auto results = interpretOp(*result.getOwner(), operands);
  assert(results && "expects a move that the interpreter knows");
  SmallVector<ElementSource> sources;
  for (double number : (*results)[result.getResultNumber()].data)
    sources.push_back(std::isnan(number) ? ElementSource() : numbered[static_cast<size_t>(number)]);
  return sources;
}

// Elements in f32

bool plait::isHeldInF32(Type element) { return !element.isIndex() && element.getIntOrFloatBitWidth() <= 32; }

Value plait::toF32(TileBuilder &b, Value element) {
  Type type = element.getType();
  if (type.isF32())
    return element;
  if (isa<FloatType>(type))
    return arith::ExtFOp::create(b.builder, b.loc, b.f32(), element);
  Type word = b.builder.getI32Type();
  if (type != word)
    element = arith::ExtUIOp::create(b.builder, b.loc, word, element);
  return arith::BitcastOp::create(b.builder, b.loc, b.f32(), element);
}

Value plait::fromF32(TileBuilder &b, Value held, Type element) {
  if (element.isF32())
    return held;
  if (isa<FloatType>(element))
    return arith::TruncFOp::create(b.builder, b.loc, element, held);
  Type word = b.builder.getI32Type();
  held = arith::BitcastOp::create(b.builder, b.loc, word, held);
  return element == word ? held : arith::TruncIOp::create(b.builder, b.loc, element, held).getResult();
}

// Tables

std::optional<SmallVector<llvm::APInt>> plait::constantRow(Operation &op) {
  SmallVector<llvm::APInt> row;
  DenseElementsAttr values;
  if (matchPattern(&op, m_Constant(&values))) {
    for (Attribute value : values.getValues<Attribute>()) {
      auto number = dyn_cast<FloatAttr>(value);
      row.push_back(number ? number.getValue().bitcastToAPInt() : cast<IntegerAttr>(value).getValue());
    }
    return row;
  }
  if (!isa<vector::StepOp, vector::ConstantMaskOp>(op))
    return std::nullopt;
  auto results = interpretOp(op, {});
  Type element = getElementTypeOrSelf(op.getResult(0).getType());
  unsigned bits = element.isIndex() ? 64 : element.getIntOrFloatBitWidth();
  for (double number : (*results)[0].data)
    row.push_back(llvm::APInt(bits, static_cast<uint64_t>(number)));
  return row;
}

/// The element of a table in memory, which has one for each place.
static Value readTable(TileBuilder &b, ArrayRef<llvm::APInt> row, Value place, int64_t places) {
  unsigned bits = row[0].getBitWidth() <= 32 ? 32 : 64;
  SmallVector<llvm::APInt> table;
  for (const llvm::APInt &element : row)
    table.push_back(element.zext(bits));
  table.resize(places, llvm::APInt(bits, 0));
  auto type = VectorType::get(places, b.builder.getIntegerType(bits));
  Value constant = arith::ConstantOp::create(b.builder, b.loc, DenseElementsAttr::get(type, table));
  return vector::ExtractOp::create(b.builder, b.loc, constant, place);
}

Value plait::lookUp(TileBuilder &b, ArrayRef<llvm::APInt> row, Type element, Value place, int64_t places) {
  Value read = readTable(b, row, place, places);
  if (element.isIndex())
    return arith::IndexCastOp::create(b.builder, b.loc, element, read);
  Type bits = b.builder.getIntegerType(element.getIntOrFloatBitWidth());
  if (read.getType() != bits)
    read = arith::TruncIOp::create(b.builder, b.loc, bits, read);
  return element == bits ? read : arith::BitcastOp::create(b.builder, b.loc, element, read).getResult();
}

namespace {

/// Neighbours in a table from a place on, which are one number, or that and their place.
struct Piece {
  int64_t start, number;
};

} // namespace

static SmallVector<Piece> piecesOf(ArrayRef<int64_t> table, bool addsPlace) {
  SmallVector<Piece> pieces;
  for (auto [place, entry] : llvm::enumerate(table)) {
    int64_t start = place, number = addsPlace ? entry - start : entry;
    if (entry >= 0 && (pieces.empty() || pieces.back().number != number))
      pieces.push_back({start, number});
  }
  return pieces;
}

Value plait::lookUp(TileBuilder &b, ArrayRef<int64_t> table, int64_t last, Value place, int64_t places) {
  constexpr size_t fewPieces = 8; // a comparison and a choice each are less than a load
  SmallVector<Piece> pieces = piecesOf(table, /*addsPlace=*/false), shifted = piecesOf(table, /*addsPlace=*/true);
  bool addsPlace = shifted.size() < pieces.size();
  if (addsPlace)
    pieces = shifted;
  if (pieces.size() > fewPieces) {
    SmallVector<llvm::APInt> row;
    for (int64_t entry : table)
      row.push_back(llvm::APInt(32, std::max<int64_t>(entry, 0)));
    return lookUp(b, row, b.builder.getIndexType(), place, places);
  }
  Value number = b.index(pieces.front().number);
  for (const Piece &piece : ArrayRef(pieces).drop_front()) {
    Value behind = arith::CmpIOp::create(b.builder, b.loc, arith::CmpIPredicate::sge, place, b.index(piece.start));
    number = arith::SelectOp::create(b.builder, b.loc, behind, b.index(piece.number), number);
  }
  if (!addsPlace)
    return number;
  number = arith::AddIOp::create(b.builder, b.loc, place, number);
  // What stands for any number has that of its piece; a negative one is more than the last.
  bool isInside = true;
  for (auto [i, piece] : llvm::enumerate(pieces)) {
    int64_t first = i == 0 ? 0 : piece.start, end = i + 1 < pieces.size() ? pieces[i + 1].start : places;
    isInside &= first + piece.number >= 0 && end - 1 + piece.number <= last;
  }
  return isInside ? number : arith::MinUIOp::create(b.builder, b.loc, number, b.index(last)).getResult();
}
