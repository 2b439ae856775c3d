//===- VectorBuilder.cpp - loops and vectors for one machine --------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements the builder that every form is written with.
//===----------------------------------------------------------------------===//

#include "compiler/Conversion/PlaitToVector/VectorBuilder.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace plait;

VectorBuilder::VectorBuilder(Operation *op, Machine machine)
    : machine(machine), builder(op), loc(op->getLoc()), entry(&op->getParentOfType<func::FuncOp>().front()) {}

using Values = VectorBuilder::Values;

//===----------------------------------------------------------------------===//
// Scalars
//===----------------------------------------------------------------------===//

Value VectorBuilder::constant(TypedAttr value) {
  Value &constant = constants[value];
  if (!constant) {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(entry);
    constant = arith::ConstantOp::create(builder, loc, value);
  }
  return constant;
}

Value VectorBuilder::index(int64_t value) { return constant(builder.getIndexAttr(value)); }

Value VectorBuilder::add(Value a, Value b) {
  Value zero = index(0);
  if (a == zero || b == zero)
    return a == zero ? b : a;
  return arith::AddIOp::create(builder, loc, a, b);
}

Value VectorBuilder::add(Value a, int64_t b) { return b == 0 ? a : add(a, index(b)); }

Value VectorBuilder::sub(Value a, Value b) { return arith::SubIOp::create(builder, loc, a, b); }

Value VectorBuilder::mul(Value a, Value b) { return arith::MulIOp::create(builder, loc, a, b); }

Value VectorBuilder::min(Value a, Value b) { return arith::MinUIOp::create(builder, loc, a, b); }

Value VectorBuilder::less(Value a, Value b) {
  return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::slt, a, b);
}

Value VectorBuilder::equal(Value a, Value b) {
  return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, a, b);
}

Value VectorBuilder::bitAnd(Value a, Value b) { return arith::AndIOp::create(builder, loc, a, b); }

Value VectorBuilder::bitOr(Value a, Value b) { return arith::OrIOp::create(builder, loc, a, b); }

Value VectorBuilder::select(Value condition, Value a, Value b) {
  return arith::SelectOp::create(builder, loc, condition, a, b);
}

Value VectorBuilder::constant(Type type, double value) {
  auto scalar = builder.getFloatAttr(getElementTypeOrSelf(type), value);
  if (auto vector = dyn_cast<VectorType>(type))
    return constant(DenseElementsAttr::get(vector, scalar));
  return constant(scalar);
}

Value VectorBuilder::dim(Value memref, int64_t dim) {
  int64_t extent = cast<MemRefType>(memref.getType()).getDimSize(dim);
  if (!ShapedType::isDynamic(extent))
    return index(extent);
  return memref::DimOp::create(builder, loc, memref, dim);
}

Value VectorBuilder::loadScalar(Value memref, ValueRange indices) {
  return memref::LoadOp::create(builder, loc, memref, indices);
}

Value VectorBuilder::wide(Value value) {
  Type element = getElementTypeOrSelf(value.getType());
  if (element.isF32())
    return value;
  Type type = builder.getF32Type();
  if (auto vector = dyn_cast<VectorType>(value.getType()))
    type = vector.clone(type);
  return arith::ExtFOp::create(builder, loc, type, value);
}

void VectorBuilder::storeScalar(Value value, Value memref, ValueRange indices) {
  memref::StoreOp::create(builder, loc, value, memref, indices);
}

//===----------------------------------------------------------------------===//
// Columns
//===----------------------------------------------------------------------===//

VectorType VectorBuilder::type(int64_t width, Type element) {
  return VectorType::get({width}, element ? element : builder.getF32Type());
}

Column VectorBuilder::column(Value offset, int64_t width, int64_t valid) {
  Value mask;
  if (valid < width && machine.hasMasks())
    mask = this->mask(width, valid);
  return {offset, width, valid, mask};
}

Value VectorBuilder::mask(int64_t width, int64_t valid) {
  return vector::ConstantMaskOp::create(builder, loc, type(width, builder.getI1Type()), ArrayRef<int64_t>{valid});
}

Column VectorBuilder::tailColumn(Value offset, int64_t width, Value extent) {
  Value left = sub(extent, offset);
  Value mask = vector::CreateMaskOp::create(builder, loc, type(width, builder.getI1Type()), left);
  return {offset, width, width, mask};
}

Values VectorBuilder::columnIndices(ValueRange lead, const Column &column) {
  Values indices(lead);
  indices.push_back(column.offset);
  return indices;
}

Value VectorBuilder::load(Value memref, ValueRange lead, const Column &column, double fill) {
  Type element = cast<MemRefType>(memref.getType()).getElementType();
  VectorType whole = type(column.width, element);
  Values indices = columnIndices(lead, column);
  if (column.mask)
    return vector::MaskedLoadOp::create(builder, loc, whole, memref, indices, column.mask, constant(whole, fill));
  Value part = vector::LoadOp::create(builder, loc, type(column.valid, element), memref, indices);
  if (column.valid == column.width)
    return part;
  return vector::InsertStridedSliceOp::create(builder, loc, part, constant(whole, fill), ArrayRef<int64_t>{0},
                                              ArrayRef<int64_t>{1});
}

void VectorBuilder::store(Value value, Value memref, ValueRange lead, const Column &column) {
  Values indices = columnIndices(lead, column);
  if (column.mask) {
    vector::MaskedStoreOp::create(builder, loc, memref, indices, column.mask, value);
    return;
  }
  if (column.valid < column.width)
    value = vector::ExtractStridedSliceOp::create(builder, loc, value, ArrayRef<int64_t>{0},
                                                  ArrayRef<int64_t>{column.valid}, ArrayRef<int64_t>{1});
  vector::StoreOp::create(builder, loc, value, memref, indices);
}

Value VectorBuilder::splat(Value scalar, int64_t width) {
  return vector::BroadcastOp::create(builder, loc, type(width, scalar.getType()), scalar);
}

Values VectorBuilder::splat(Value scalar, ArrayRef<Column> columns) {
  Values splats;
  for (auto [c, column] : llvm::enumerate(columns)) {
    bool again = c > 0 && columns[c - 1].width == column.width;
    splats.push_back(again ? splats.back() : splat(scalar, column.width));
  }
  return splats;
}

Value VectorBuilder::splat(double value, int64_t width) { return constant(type(width), value); }

//===----------------------------------------------------------------------===//
// Arithmetic
//===----------------------------------------------------------------------===//

Value VectorBuilder::addf(Value a, Value b) { return arith::AddFOp::create(builder, loc, a, b); }

Value VectorBuilder::mulf(Value a, Value b) { return arith::MulFOp::create(builder, loc, a, b); }

Value VectorBuilder::fma(Value a, Value b, Value c) {
  if (!machine.fma)
    return addf(mulf(a, b), c);
  if (isa<VectorType>(a.getType()))
    return vector::FMAOp::create(builder, loc, a, b, c);
  return math::FmaOp::create(builder, loc, a, b, c);
}

Value VectorBuilder::exp(Value x) { return math::ExpOp::create(builder, loc, x); }

Value VectorBuilder::maxf(Value a, Value b) { return arith::MaximumFOp::create(builder, loc, a, b); }

Value VectorBuilder::outside(ValueRange values, double low, double high) {
  double middle = (low + high) / 2;
  // Vectors of one type are joined before their lanes are.
  llvm::MapVector<Type, Value> byType;
  for (Value value : values) {
    Value distance = math::AbsFOp::create(builder, loc, addf(value, constant(value.getType(), -middle)));
    Value far = arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::UGT, distance,
                                      constant(value.getType(), high - middle));
    Value &joined = byType[far.getType()];
    joined = joined ? arith::OrIOp::create(builder, loc, joined, far) : far;
  }
  Value any;
  for (auto [type, joined] : byType) {
    Value far = joined;
    if (isa<VectorType>(type))
      far = vector::ReductionOp::create(builder, loc, vector::CombiningKind::OR, joined);
    any = any ? arith::OrIOp::create(builder, loc, any, far) : far;
  }
  return any;
}

//===----------------------------------------------------------------------===//
// Control flow and memory
//===----------------------------------------------------------------------===//

Values VectorBuilder::loop(Value lower, Value upper, int64_t step, ValueRange inits,
                           function_ref<Values(Value, ValueRange)> body) {
  auto loop = scf::ForOp::create(builder, loc, lower, upper, index(step), inits);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(loop.getBody());
  Values yields = body(loop.getInductionVar(), loop.getRegionIterArgs());
  // Without iteration arguments the loop came with its terminator.
  if (!inits.empty())
    scf::YieldOp::create(builder, loc, yields);
  return Values(loop.getResults());
}

void VectorBuilder::loop(Value lower, Value upper, int64_t step, function_ref<void(Value)> body) {
  loop(lower, upper, step, {}, [&](Value iv, ValueRange) {
    body(iv);
    return Values();
  });
}

Values VectorBuilder::whileLoop(ValueRange inits, function_ref<Value(ValueRange)> condition,
                                function_ref<Values(ValueRange)> body) {
  auto loop = scf::WhileOp::create(
      builder, loc, inits.getTypes(), inits,
      [&](OpBuilder &inner, Location, ValueRange values) {
        OpBuilder::InsertionGuard guard(builder);
        builder.restoreInsertionPoint(inner.saveInsertionPoint());
        scf::ConditionOp::create(builder, loc, condition(values), values);
      },
      [&](OpBuilder &inner, Location, ValueRange values) {
        OpBuilder::InsertionGuard guard(builder);
        builder.restoreInsertionPoint(inner.saveInsertionPoint());
        scf::YieldOp::create(builder, loc, body(values));
      });
  return Values(loop.getResults());
}

Values VectorBuilder::ifElse(Value condition, TypeRange types, function_ref<Values()> then,
                             function_ref<Values()> otherwise) {
  auto branch = scf::IfOp::create(builder, loc, types, condition, /*addThenBlock=*/true, /*addElseBlock=*/true);
  OpBuilder::InsertionGuard guard(builder);
  for (auto [block, fill] : {std::pair(branch.thenBlock(), then), std::pair(branch.elseBlock(), otherwise)}) {
    builder.setInsertionPointToStart(block);
    scf::YieldOp::create(builder, loc, fill());
  }
  return Values(branch.getResults());
}

Values VectorBuilder::overColumns(int64_t extent, int64_t width, ValueRange inits,
                                  function_ref<Values(const Column &, ValueRange)> body) {
  constexpr int64_t inLine = 4;
  int64_t whole = extent / width * width;
  Values carried(inits);
  if (whole > inLine * width) {
    carried = loop(index(0), index(whole), width, carried,
                   [&](Value offset, ValueRange values) { return body(column(offset, width, width), values); });
  } else {
    for (int64_t offset = 0; offset < whole; offset += width)
      carried = body(column(index(offset), width, width), carried);
  }
  if (int64_t rest = extent - whole)
    carried = body(column(index(whole), width, rest), carried);
  return carried;
}

void VectorBuilder::overColumns(int64_t extent, int64_t width, function_ref<void(const Column &)> body) {
  overColumns(extent, width, {}, [&](const Column &column, ValueRange) {
    body(column);
    return Values();
  });
}

Values VectorBuilder::overChunks(int64_t extent, int64_t vectors, ValueRange inits,
                                 function_ref<Values(const Column &, ValueRange)> body, bool down) {
  // Powers of two: LLVM takes other vectors apart into lanes.
  auto sizeOf = [&](int64_t count) {
    return machine.lanes * static_cast<int64_t>(llvm::bit_floor(static_cast<uint64_t>(count)));
  };
  int64_t size = sizeOf(vectors), whole = extent / size * size;
  Values carried(inits);
  auto overWhole = [&] {
    if (whole > size)
      carried = loop(index(0), index(whole), size, carried, [&](Value done, ValueRange before) {
        return body(column(down ? sub(index(whole - size), done) : done, size, size), before);
      });
    else if (whole > 0)
      carried = body(column(index(0), size, size), carried);
  };
  SmallVector<std::pair<int64_t, int64_t>> rest; // offsets and sizes
  for (int64_t done = whole; done < extent; done += rest.back().second)
    rest.push_back({done, sizeOf(llvm::divideCeil(extent - done, machine.lanes))});
  if (down)
    std::reverse(rest.begin(), rest.end());
  else
    overWhole();
  for (auto [offset, width] : rest)
    carried = body(column(index(offset), width, std::min(width, extent - offset)), carried);
  if (down)
    overWhole();
  return carried;
}

void VectorBuilder::overChunks(int64_t extent, int64_t vectors, function_ref<void(const Column &)> body, bool down) {
  auto step = [&](const Column &column, ValueRange) {
    body(column);
    return Values();
  };
  overChunks(extent, vectors, {}, step, down);
}

void VectorBuilder::overDim(Value memref, int64_t dim, function_ref<void(Value)> body) {
  if (cast<MemRefType>(memref.getType()).getDimSize(dim) == 1)
    return body(index(0));
  loop(index(0), this->dim(memref, dim), 1, body);
}

Value VectorBuilder::scratch(ArrayRef<int64_t> shape) {
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(entry);
  return memref::AllocaOp::create(builder, loc, MemRefType::get(shape, builder.getF32Type()),
                                  builder.getI64IntegerAttr(64));
}
