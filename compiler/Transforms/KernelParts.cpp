//===- KernelParts.cpp - what states are ----------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file finds where states of a kernel on buffers are, and where they begin.
//===----------------------------------------------------------------------===//

#include "compiler/Transforms/KernelParts.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"

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
