//===- TileAndFuse.h - what the tiling passes share -------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares thin wrappers over upstream's SCF tiling: one call that
// tiles an op with its producers, and a listener that shows upstream's reasons.
//===----------------------------------------------------------------------===//

#ifndef COMPILER_TRANSFORMS_TILEANDFUSE_H
#define COMPILER_TRANSFORMS_TILEANDFUSE_H

#include "dialects/Plait/IR/PlaitOps.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SCF/Transforms/TileUsingInterface.h"
#include "mlir/IR/PatternMatch.h"

namespace plait {

/// Shows why upstream refused, as remarks: in a build without assertions there
/// is no other view into it.
struct RefusalRemarks : mlir::RewriterBase::Listener {
  void notifyMatchFailure(mlir::Location loc, llvm::function_ref<void(mlir::Diagnostic &)> reason) override;
};

/// Whether a row map of a CUDA kernel sums over, or moves, more channels than a CTA takes of values.
bool takesWideRows(MapRowsOp map);

/// All that can be; not the destinations; not the maps of values that take wide rows.
enum class Producers { All, NotDestinations, NotWideValues };

/// Tiles `op` by `sizes` (0 is the whole loop), fuses producers into the loop
/// and replaces the uses that come behind it. An error at the op if upstream
/// refuses.
llvm::LogicalResult tileWithProducers(mlir::RewriterBase &rewriter, mlir::TilingInterface op,
                                      llvm::ArrayRef<int64_t> sizes, mlir::scf::SCFTilingOptions::LoopType loop,
                                      Producers producers);

} // namespace plait

#endif // COMPILER_TRANSFORMS_TILEANDFUSE_H
