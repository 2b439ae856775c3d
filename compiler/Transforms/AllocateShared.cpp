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

#include "mlir/Dialect/SCF/IR/SCF.h"

namespace plait {
#define GEN_PASS_DEF_ALLOCATESHARED
#include "compiler/Transforms/Passes.h.inc"
} // namespace plait

using namespace mlir;
using namespace plait;

/// The warps of a multiprocessor whose CTAs need not share bytes: three for each scheduler, or two where
/// loops carry more than 32 registers in fragments. Then ptxas takes 171 to 255 of a thread's 255 (sm_80
/// and sm_90a, 64 and 128 channels), and else mostly 123 to 166; where it takes less, a fourth CTA may go.
static int64_t mostWarps(func::FuncOp kernel) {
  int64_t most = 0;
  kernel.walk([&](scf::ForOp loop) {
    int64_t carried = 0;
    for (Type type : loop.getResultTypes())
      if (auto fragment = dyn_cast<tile::FragmentType>(type))
        carried += fragment.registers();
    most = std::max(most, carried);
  });
  return most > 32 ? 8 : 12;
}

/// What a CTA may take while as many of them fit a multiprocessor as with `bytes` each, or as
/// have those warps.
static int64_t roomFor(int64_t bytes, int64_t warps, func::FuncOp kernel) {
  constexpr int64_t reserved = 1024; // for each CTA
  int64_t shared = TargetAttr::of(kernel).getShared() + reserved;
  int64_t ctas = std::min(shared / (bytes + reserved), std::max<int64_t>(1, mostWarps(kernel) / warps));
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
      bytes = placeTiles(kernel, roomFor(bytes, warps.getInt(), kernel));
    kernel->setAttr("tile.shared_bytes", Builder(kernel).getI64IntegerAttr(bytes));
  }
};

} // namespace
