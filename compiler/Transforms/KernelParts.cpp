//===- KernelParts.cpp - states and grids ---------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file finds where states of a kernel on buffers are, and where they begin, and bounds grids.
//===----------------------------------------------------------------------===//

#include "compiler/Transforms/KernelParts.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace plait;

Value plait::rootOf(Value buffer) {
  while (auto view = buffer.getDefiningOp<memref::SubViewOp>())
    buffer = view.getSource();
  return buffer;
}

linalg::LinalgOp plait::startOf(Value state) {
  for (Operation *user : state.getUsers())
    if (auto op = dyn_cast<linalg::LinalgOp>(user); op && op.getDpsInits()[0] == state)
      return op;
  return {};
}

bool plait::isInPlace(Value state) { return isa<BlockArgument>(rootOf(state)) && !startOf(state); }

void plait::setUpperBounds(scf::ForallOp grid, ArrayRef<OpFoldResult> upper) {
  SmallVector<Value> dynamic;
  SmallVector<int64_t> fixed;
  dispatchIndexOpFoldResults(upper, dynamic, fixed);
  grid.getDynamicUpperBoundMutable().assign(dynamic);
  grid.setStaticUpperBound(fixed);
}
