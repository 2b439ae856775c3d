//===- AllocateShared.cpp - plait-allocate-shared -------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file gives each tile in shared memory its place, and the kernel the bytes
// that it takes.
//===----------------------------------------------------------------------===//

#include "compiler/Transforms/Passes.h"

#include "compiler/Transforms/PlaceTiles.h"
#include "dialects/Plait/IR/PlaitDialect.h"
#include "dialects/Tile/IR/TileDialect.h"

namespace plait {
#define GEN_PASS_DEF_ALLOCATESHARED
#include "compiler/Transforms/Passes.h.inc"
} // namespace plait

using namespace mlir;
using namespace plait;

/// What a CTA may take while there are as many of them on a multiprocessor as with `bytes` each, or
/// as registers leave: two warps on each scheduler.
static int64_t roomFor(int64_t bytes, int64_t warps, TargetAttr target) {
  constexpr int64_t reserved = 1024, mostWarps = 8; // reserved for each CTA
  int64_t shared = target.getShared() + reserved;
  int64_t ctas = std::min(shared / (bytes + reserved), std::max<int64_t>(1, mostWarps / warps));
  return shared / ctas - reserved;
}

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
    if (auto warps = kernel->getAttrOfType<IntegerAttr>("tile.warps"); warps && target && target.isCuda())
      bytes = placeTiles(kernel, roomFor(bytes, warps.getInt(), target));
    kernel->setAttr("tile.shared_bytes", Builder(kernel).getI64IntegerAttr(bytes));
  }
};

} // namespace
