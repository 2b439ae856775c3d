//===- TileAndFuse.cpp - what the tiling passes share ---------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements the wrappers over upstream's SCF tiling.
//===----------------------------------------------------------------------===//

#include "compiler/Transforms/TileAndFuse.h"

#include "compiler/Schedule/Schedule.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Dominance.h"

using namespace mlir;
using namespace plait;

void RefusalRemarks::notifyMatchFailure(Location loc, function_ref<void(Diagnostic &)> reason) {
  Diagnostic why(loc, DiagnosticSeverity::Remark);
  reason(why);
  emitRemark(loc) << "not tiled or fused: " << why.str();
}

bool plait::takesWideRows(MapRowsOp map) {
  if (!TargetAttr::of(map).isCuda())
    return false;
  auto isWide = [most = valueTileOf(map)](Type type) {
    auto vector = dyn_cast<VectorType>(type);
    return vector && vector.getNumElements() > most;
  };
  return llvm::any_of(map.getBody().front().without_terminator(), [&](Operation &op) {
    if (isa<arith::ConstantOp>(op) || OpTrait::hasElementwiseMappableTraits(&op))
      return false;
    bool spreads = isa<vector::BroadcastOp>(op) && !isa<VectorType>(op.getOperand(0).getType());
    return !spreads && (llvm::any_of(op.getOperandTypes(), isWide) || llvm::any_of(op.getResultTypes(), isWide));
  });
}

/// Whether rows, or what maps make of them, are values of a recurrence or of a scan.
static bool becomeValues(Value rows) {
  return llvm::any_of(rows.getUses(), [](OpOperand &use) {
    if (auto recur = dyn_cast<RecurOp>(use.getOwner()))
      return use.get() == recur.getValue() || use.get() == recur.getValueDecay();
    if (isa<ScanOp>(use.getOwner()))
      return true;
    auto map = dyn_cast<MapRowsOp>(use.getOwner());
    return map && llvm::any_of(map.getResults(), becomeValues);
  });
}

LogicalResult plait::tileWithProducers(RewriterBase &rewriter, TilingInterface op, ArrayRef<int64_t> sizes,
                                       scf::SCFTilingOptions::LoopType loop, Producers producers) {
  scf::SCFTileAndFuseOptions options;
  options.tilingOptions.setLoopType(loop);
  SmallVector<OpFoldResult> tileSizes;
  for (int64_t size : sizes)
    tileSizes.push_back(rewriter.getIndexAttr(size));
  options.tilingOptions.setTileSizes(tileSizes);
  // A carried state is never fused from its destination: the zero that starts it would move into the loop and start
  // every block.
  using Control = std::optional<scf::SCFTileAndFuseOptions::ControlFnResult>;
  options.setFusionControlFn([&](tensor::ExtractSliceOp, OpResult producer, bool isDestination) -> Control {
    auto map = dyn_cast<MapRowsOp>(producer.getOwner());
    bool isWideValue = map && becomeValues(producer) && takesWideRows(map);
    if ((producers == Producers::NotDestinations && isDestination) ||
        (producers == Producers::NotWideValues && isWideValue))
      return std::nullopt;
    return scf::SCFTileAndFuseOptions::ControlFnResult{};
  });

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
