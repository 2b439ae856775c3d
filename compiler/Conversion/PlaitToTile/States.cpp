//===- States.cpp - what is done to states outside of recurrences ---------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file emits the ops that start a state, update all its elements, and copy
// it out: linalg on buffers [1, 1, K, V], of which fragments hold the transpose.
//===----------------------------------------------------------------------===//

#include "compiler/Conversion/PlaitToTile/Emitters.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace plait;
using namespace plait::tile;

LogicalResult StateEmitter::emit(linalg::LinalgOp op) {
  Value out = op.getDpsInits()[0];
  if (auto copy = dyn_cast<linalg::CopyOp>(op.getOperation()))
    if (Value state = states.lookup(BlockTiles::identity(copy.getInputs()[0]))) {
      tiles.writeTransposed(out, state);
      return success();
    }
  FragmentType type = typeOf(out);
  if (!type)
    return op.emitOpError("has no CUDA form");
  Value next;
  if (auto fill = dyn_cast<linalg::FillOp>(op.getOperation()))
    next = SplatOp::create(b.builder, b.loc, type, fill.getInputs()[0]);
  else if (auto copy = dyn_cast<linalg::CopyOp>(op.getOperation()))
    next = tiles.transposed(copy.getInputs()[0], 0, type);
  else
    next = update(cast<linalg::GenericOp>(op.getOperation()), type);
  states[BlockTiles::identity(out)] = next;
  return success();
}

/// A column of a number for each key is a row beside the transpose.
FragmentType StateEmitter::typeBeside(Value input, FragmentType state) {
  if (cast<MemRefType>(input.getType()).getShape().back() > 1 || state.getShape().rows == 1)
    return state;
  return b.row(state.getShape().columns);
}

Value StateEmitter::update(linalg::GenericOp op, FragmentType type) {
  Block &body = *op.getBlock();
  Value out = op.getDpsInits()[0];
  SmallVector<Value> inputs;
  SmallVector<BlockArgument> elements;
  for (auto [input, element] : llvm::zip(op.getDpsInputs(), body.getArguments())) {
    inputs.push_back(tiles.transposed(input, 0, typeBeside(input, type)));
    elements.push_back(element);
  }
  if (!body.getArguments().back().use_empty()) {
    inputs.push_back(states.lookup(BlockTiles::identity(out)));
    elements.push_back(body.getArguments().back());
  }
  return b.map(type, inputs, [&](ValueRange x, Value, Value) {
    IRMapping mapping;
    mapping.map(elements, x);
    for (Operation &inner : body.without_terminator())
      b.builder.clone(inner, mapping);
    return mapping.lookup(body.getTerminator()->getOperand(0));
  });
}
