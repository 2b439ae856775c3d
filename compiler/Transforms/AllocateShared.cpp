//===- AllocateShared.cpp - plait-allocate-shared -------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file gives each tile in shared memory its place, and the kernel the bytes
// that it takes.
//===----------------------------------------------------------------------===//

#include "compiler/Transforms/Passes.h"

#include "compiler/Transforms/PlaceTiles.h"
#include "dialects/Plait/IR/PlaitDialect.h"
#include "dialects/Tile/IR/TileOps.h"

namespace plait {
#define GEN_PASS_DEF_ALLOCATESHARED
#include "compiler/Transforms/Passes.h.inc"
} // namespace plait

using namespace mlir;
using namespace plait;

namespace {

struct AllocateSharedPass final : plait::impl::AllocateSharedBase<AllocateSharedPass> {
  void runOnOperation() override {
    func::FuncOp kernel = getOperation();
    if (!kernel->hasAttr("plait.kernel"))
      return;
    int64_t bytes = placeTiles(kernel);
    TargetAttr target = TargetAttr::of(kernel);
    if (target && target.isCuda() && bytes > target.getShared()) {
      kernel.emitError("expects tiles of at most ")
          << target.getShared() << " bytes of shared memory for " << target.getIsa() << ", but got " << bytes;
      return signalPassFailure();
    }
    if (std::optional<int64_t> room = roomOf(kernel, bytes))
      bytes = placeTiles(kernel, *room);
    kernel->setAttr("tile.shared_bytes", Builder(kernel).getI64IntegerAttr(bytes));
  }
};

} // namespace
