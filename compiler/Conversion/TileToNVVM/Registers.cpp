//===- Registers.cpp - fragments as values of a thread --------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements the values of fragments and their way to and from memory.
//===----------------------------------------------------------------------===//

#include "compiler/Conversion/TileToNVVM/Registers.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace plait;
using namespace plait::tile;

SmallVector<RegisterPlace> plait::placesOf(FragmentType type, bool transposed) {
  SmallVector<RegisterPlace> places = type.getLayout().places(type.getShape());
  if (transposed)
    llvm::for_each(places, [](RegisterPlace &place) { place = place.transposed(); });
  return places;
}

/// Whether each `width` registers hold neighbours, aligned to them.
static bool areNeighbours(ThreadMath &threads, ArrayRef<RegisterPlace> places, int64_t width) {
  for (size_t i = 0; i < places.size(); ++i) {
    const RegisterPlace &first = places[i / width * width];
    SplitExpr start(first.column), column(places[i].column);
    int64_t within = i % width;
    if (places[i].row != first.row || column.base != start.base || column.constant != start.constant + within)
      return false;
    if (within == 0 && ((threads.bits(start.base) | start.constant) & (width - 1)) != 0)
      return false;
  }
  return true;
}

int64_t plait::vectorWidth(ThreadMath &threads, ArrayRef<RegisterPlace> places, int64_t most) {
  int64_t width = most;
  while (width > 1 && (places.size() % width != 0 || !areNeighbours(threads, places, width)))
    width /= 2;
  return width;
}

SmallVector<Type> plait::registerTypes(FragmentType type) {
  Type element = type.getElementType();
  return SmallVector<Type>(type.words(), element.isF32() ? element : IntegerType::get(type.getContext(), 32));
}

static Value position(ImplicitLocOpBuilder &b, int64_t i) { return LLVM::ConstantOp::create(b, b.getI32Type(), i); }

SmallVector<Value> plait::unpack(ImplicitLocOpBuilder &b, FragmentType type, ValueRange values) {
  if (type.getElementType().isF32())
    return values;
  SmallVector<Value> elements;
  auto pair = VectorType::get(2, type.getElementType());
  for (int64_t reg : llvm::seq(type.registers())) {
    Value both = LLVM::BitcastOp::create(b, pair, values[reg / 2]);
    elements.push_back(LLVM::ExtractElementOp::create(b, both, position(b, reg % 2)));
  }
  return elements;
}

/// One or two elements of 16 bits as a value.
static Value packPair(ImplicitLocOpBuilder &b, Type element, ValueRange elements) {
  Value both = LLVM::PoisonOp::create(b, VectorType::get(2, element));
  for (auto [half, value] : llvm::enumerate(elements))
    both = LLVM::InsertElementOp::create(b, both, value, position(b, half));
  return LLVM::BitcastOp::create(b, b.getI32Type(), both);
}

SmallVector<Value> plait::pack(ImplicitLocOpBuilder &b, FragmentType type, ValueRange elements) {
  if (type.getElementType().isF32())
    return elements;
  SmallVector<Value> values;
  for (size_t i = 0; i < elements.size(); i += 2)
    values.push_back(packPair(b, type.getElementType(), elements.slice(i, std::min<size_t>(2, elements.size() - i))));
  return values;
}

Value plait::firstOfReplicas(ThreadMath &threads, ImplicitLocOpBuilder &b, FragmentType type) {
  AffineExpr replica = type.getLayout().replica(type.getShape());
  if (threads.bits(replica) == 0)
    return {};
  Value number = threads.value(b, replica), zero = arith::ConstantIntOp::create(b, b.getI32Type(), 0);
  return arith::CmpIOp::create(b, arith::CmpIPredicate::eq, number, zero);
}

SmallVector<Value> plait::Piece::load(ImplicitLocOpBuilder &b, Value pointer) const {
  if (values() == 1)
    return {LLVM::LoadOp::create(b, type(), pointer, bytes())};
  Value vector = LLVM::LoadOp::create(b, VectorType::get(values(), type()), pointer, bytes());
  SmallVector<Value> loaded;
  for (int64_t i : llvm::seq(values()))
    loaded.push_back(LLVM::ExtractElementOp::create(b, vector, position(b, i)));
  return loaded;
}

void plait::Piece::store(ImplicitLocOpBuilder &b, ValueRange stored, Value pointer) const {
  Value all = stored[0];
  if (values() > 1) {
    all = LLVM::PoisonOp::create(b, VectorType::get(values(), type()));
    for (auto [i, value] : llvm::enumerate(stored))
      all = LLVM::InsertElementOp::create(b, all, value, position(b, i));
  }
  LLVM::StoreOp::create(b, all, pointer, bytes());
}
