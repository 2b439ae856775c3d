//===- BodyCopies.cpp - bodies on a thread's elements ---------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements the copies of a body.
//===----------------------------------------------------------------------===//

#include "compiler/Conversion/TileToNVVM/BodyCopies.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace plait;
using namespace plait::tile;

/// Which of a slice's registers stands beside each register of the result.
static SmallVector<int64_t> besides(FragmentType slice, FragmentType result) {
  // Along the slice, which is a row of its transpose or one itself.
  bool transposed = cast<SliceAttr>(slice.getLayout()).getDirection() == Direction::column;
  llvm::DenseMap<AffineExpr, int64_t> registers;
  for (auto [reg, place] : llvm::enumerate(placesOf(slice, transposed)))
    registers[place.column] = reg;
  SmallVector<int64_t> found;
  for (const RegisterPlace &place : placesOf(result, transposed))
    found.push_back(registers.at(place.column));
  return found;
}

void BodyCopies::add(FragmentType input, ValueRange values) {
  SmallVector<Value> elements = unpack(b, input, values);
  if (input.getLayout() != type.getLayout())
    elements = llvm::map_to_vector(besides(input, type), [&](int64_t reg) { return elements[reg]; });
  inputs.push_back(std::move(elements));
}

Value BodyCopies::coordinate(AffineExpr expr) {
  SplitExpr split(expr);
  Value base = threads.value(b, split.base);
  Value constant = arith::ConstantIntOp::create(b, b.getI32Type(), split.constant);
  return arith::IndexCastUIOp::create(b, b.getIndexType(), arith::AddIOp::create(b, base, constant));
}

SmallVector<Value> BodyCopies::copy(int64_t reg, ValueRange first) {
  IRMapping mapping;
  mapping.map(body.getArguments().take_front(first.size()), first);
  for (auto [input, argument] : llvm::zip(inputs, body.getArguments().drop_front(first.size())))
    mapping.map(argument, input[reg]);
  auto row = body.getArguments().end()[-2], column = body.getArguments().end()[-1];
  if (!row.use_empty())
    mapping.map(row, coordinate(places[reg].row));
  if (!column.use_empty())
    mapping.map(column, coordinate(places[reg].column));
  for (Operation &op : body.without_terminator())
    b.clone(op, mapping);
  return llvm::map_to_vector(body.getTerminator()->getOperands(),
                             [&](Value yielded) { return mapping.lookupOrDefault(yielded); });
}
