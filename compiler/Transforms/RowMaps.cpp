//===- RowMaps.cpp - building row maps ------------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements the helpers that make map_rows on tensors.
//===----------------------------------------------------------------------===//

#include "compiler/Transforms/RowMaps.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace plait;

Value plait::emptyRows(OpBuilder &b, Location loc, Value like, int64_t width, Type element) {
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, loc, like);
  sizes.truncate(3);
  if (width >= 0)
    sizes.push_back(b.getIndexAttr(width));
  return tensor::EmptyOp::create(b, loc, sizes, element);
}

/// What the region sees of an operand: its row, or its element for the ranks
/// that have no row.
static Type argumentType(Value input) {
  auto type = cast<RankedTensorType>(input.getType());
  if (type.getRank() == 3)
    return type.getElementType();
  return VectorType::get({type.getShape().back()}, type.getElementType());
}

Value plait::mapRows(OpBuilder &b, Location loc, ValueRange inputs, int64_t width, Type element, RowBody body) {
  Value init = emptyRows(b, loc, inputs.front(), width, element);
  auto op = MapRowsOp::create(b, loc, TypeRange{init.getType()}, inputs, /*first_token=*/Value(), ValueRange{init},
                              /*schedule=*/ScheduleAttr());
  OpBuilder::InsertionGuard guard(b);
  SmallVector<Type> types;
  for (Value input : inputs)
    types.push_back(argumentType(input));
  Block *block = b.createBlock(&op.getBody(), {}, types, SmallVector<Location>(types.size(), loc));
  Value row = body(b, loc, block->getArguments());
  YieldOp::create(b, loc, ValueRange{row});
  return op.getResult(0);
}

static int64_t widthOf(Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  return type.getRank() == 3 ? -1 : type.getShape().back();
}

static Type withElement(Type rowOrScalar, Type element) {
  if (auto vector = dyn_cast<VectorType>(rowOrScalar))
    return VectorType::get(vector.getShape(), element);
  return element;
}

Value plait::extendRows(OpBuilder &b, Location loc, Value value) {
  Type f32 = b.getF32Type();
  if (cast<RankedTensorType>(value.getType()).getElementType() == f32)
    return value;
  return mapRows(b, loc, value, widthOf(value), f32, [&](OpBuilder &b, Location loc, ValueRange row) -> Value {
    return arith::ExtFOp::create(b, loc, withElement(row[0].getType(), f32), row[0]);
  });
}

Value plait::truncateRows(OpBuilder &b, Location loc, Value value, Type element) {
  if (cast<RankedTensorType>(value.getType()).getElementType() == element)
    return value;
  return mapRows(b, loc, value, widthOf(value), element, [&](OpBuilder &b, Location loc, ValueRange row) -> Value {
    return arith::TruncFOp::create(b, loc, withElement(row[0].getType(), element), row[0]);
  });
}

Value plait::zeroTensor(OpBuilder &b, Location loc, ArrayRef<OpFoldResult> sizes) {
  Value zero = arith::ConstantOp::create(b, loc, b.getF32FloatAttr(0.0f));
  Value empty = tensor::EmptyOp::create(b, loc, sizes, b.getF32Type());
  return linalg::FillOp::create(b, loc, zero, empty).getResult(0);
}
