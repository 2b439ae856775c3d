//===- TileBuilder.cpp - ops of the tile dialect in few words -------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements the builder.
//===----------------------------------------------------------------------===//

#include "compiler/Conversion/PlaitToTile/TileBuilder.h"

using namespace mlir;
using namespace plait;
using namespace plait::tile;

FragmentType TileBuilder::fragment(Shape shape, Type element, LayoutInterface layout) const {
  return FragmentType::get(builder.getContext(), {shape.rows, shape.columns}, element, layout);
}

FragmentType TileBuilder::column(int64_t rows, MmaAttr parent) const {
  return FragmentType::get(builder.getContext(), {rows, 1}, Float32Type::get(builder.getContext()),
                           SliceAttr::get(builder.getContext(), Direction::column, parent ? parent : accumulator()));
}

FragmentType TileBuilder::row(int64_t columns, MmaAttr parent) const {
  return FragmentType::get(builder.getContext(), {1, columns}, Float32Type::get(builder.getContext()),
                           SliceAttr::get(builder.getContext(), Direction::row, parent ? parent : accumulator()));
}

FragmentType TileBuilder::lanes() const {
  auto layout = BlockedAttr::get(builder.getContext(), std::max<int64_t>(1, block / warpSize), warps);
  return fragment({1, block}, Float32Type::get(builder.getContext()), layout);
}

Value TileBuilder::number(double value) {
  return arith::ConstantOp::create(builder, loc, builder.getF32FloatAttr(value));
}

Value TileBuilder::map(Type result, ValueRange inputs, ElementFn element) {
  auto op = MapOp::create(builder, loc, result, inputs);
  OpBuilder::InsertionGuard guard(builder);
  Block *body = builder.createBlock(&op.getBody());
  for (Value input : inputs)
    body->addArgument(fragmentOf(input).getElementType(), loc);
  Value row = body->addArgument(builder.getIndexType(), loc), column = body->addArgument(builder.getIndexType(), loc);
  tile::YieldOp::create(builder, loc, element(body->getArguments().drop_back(2), row, column));
  return op.getResult();
}

Value TileBuilder::splat(FragmentType type, double value) {
  Value scalar = arith::ConstantOp::create(builder, loc, builder.getFloatAttr(type.getElementType(), value));
  return SplatOp::create(builder, loc, type, scalar);
}

Value TileBuilder::convert(Value source, Type element, LayoutInterface layout) {
  FragmentType to = fragment(fragmentOf(source).getShape(), element, layout);
  return to == source.getType() ? source : ConvertOp::create(builder, loc, to, source).getResult();
}

Value TileBuilder::reduce(ValueRange sources, Direction along, ReduceKind kind) {
  FragmentType type = fragmentOf(sources[0]);
  auto layout = cast<MmaAttr>(type.getLayout());
  bool rows = along == Direction::row;
  int64_t count = rows ? type.getShape().rows : type.getShape().columns;
  Type result = rows ? column(count, layout) : row(count, layout);
  return ReduceOp::create(builder, loc, result, ReduceKindAttr::get(builder.getContext(), kind), sources,
                          DirectionAttr::get(builder.getContext(), along), Value());
}

Value TileBuilder::cumsum(Value row, bool exclusive, bool reverse) {
  auto unitIf = [&](bool is) { return is ? builder.getUnitAttr() : UnitAttr(); };
  return CumsumOp::create(builder, loc, row.getType(), row, unitIf(exclusive), unitIf(reverse));
}

Value TileBuilder::shuffle(Value row, FragmentType type) {
  return ShuffleOp::create(builder, loc, type, row, IntegerAttr());
}

Value TileBuilder::shuffleOne(Value row, int64_t at, FragmentType type) {
  return ShuffleOp::create(builder, loc, type, row, builder.getI64IntegerAttr(at));
}

Value TileBuilder::alloc(Shape shape, Type element) {
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(entry);
  return AllocOp::create(builder, loc, SharedType::get(shape, element), IntegerAttr());
}

Value TileBuilder::load(Value shared, Type fragment, bool transposed) {
  return LoadOp::create(builder, loc, fragment, shared, Value(), transposed ? builder.getUnitAttr() : UnitAttr());
}

void TileBuilder::store(Value fragment, Value shared, bool transposed) {
  StoreOp::create(builder, loc, fragment, shared, Value(), transposed ? builder.getUnitAttr() : UnitAttr());
}

Value TileBuilder::gather(Type fragment, Value shared, llvm::function_ref<Value(Value column)> column) {
  auto op = GatherOp::create(builder, loc, fragment, shared);
  OpBuilder::InsertionGuard guard(builder);
  Block *body = builder.createBlock(&op.getBody());
  body->addArguments({builder.getIndexType(), builder.getIndexType()}, {loc, loc});
  tile::YieldOp::create(builder, loc, column(body->getArgument(1)));
  return op.getFragment();
}

Value TileBuilder::multiply(ValueRange a, ValueRange b, bool transposedB, Value accumulator, bool rounded,
                            std::optional<Triangle> within) {
  auto unitIf = [&](bool is) { return is ? builder.getUnitAttr() : UnitAttr(); };
  auto triangle = within ? TriangleAttr::get(builder.getContext(), *within) : TriangleAttr();
  return MmaOp::create(builder, loc, accumulator.getType(), a, Value(), UnitAttr(), b, Value(), unitIf(transposedB),
                       triangle, accumulator, unitIf(rounded), Value());
}
