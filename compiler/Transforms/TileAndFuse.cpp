//===- TileAndFuse.cpp - what the tiling passes share ---------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements the wrappers over upstream's SCF tiling.
//===----------------------------------------------------------------------===//

#include "compiler/Transforms/TileAndFuse.h"

#include "mlir/IR/Dominance.h"

using namespace mlir;
using namespace plait;

void RefusalRemarks::notifyMatchFailure(Location loc, function_ref<void(Diagnostic &)> reason) {
  Diagnostic why(loc, DiagnosticSeverity::Remark);
  reason(why);
  emitRemark(loc) << "not tiled or fused: " << why.str();
}

/// A carried state is never fused from its destination: the zero that starts it
/// would move into the loop and start every block.
static std::optional<scf::SCFTileAndFuseOptions::ControlFnResult> keepDestinations(tensor::ExtractSliceOp, OpResult,
                                                                                   bool isDestination) {
  if (isDestination)
    return std::nullopt;
  return scf::SCFTileAndFuseOptions::ControlFnResult{};
}

LogicalResult plait::tileWithProducers(RewriterBase &rewriter, TilingInterface op, ArrayRef<int64_t> sizes,
                                       scf::SCFTilingOptions::LoopType loop, Producers producers) {
  scf::SCFTileAndFuseOptions options;
  options.tilingOptions.setLoopType(loop);
  SmallVector<OpFoldResult> tileSizes;
  for (int64_t size : sizes)
    tileSizes.push_back(rewriter.getIndexAttr(size));
  options.tilingOptions.setTileSizes(tileSizes);
  if (producers == Producers::NotDestinations)
    options.setFusionControlFn(keepDestinations);

  rewriter.setInsertionPoint(op);
  FailureOr<scf::SCFTileAndFuseResult> tiled = scf::tileConsumerAndFuseProducersUsingSCF(rewriter, op, options);
  if (failed(tiled))
    return op->emitOpError("can't be tiled here");
  DominanceInfo dominance;
  for (auto [from, to] : tiled->replacements)
    rewriter.replaceUsesWithIf(
        from, to, [&, to = to](OpOperand &use) { return dominance.properlyDominates(to, use.getOwner()); });
  return success();
}
