//===- GroupParts.h - query heads split over CTAs ---------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares how kernels on buffers show that several of their work items
// take parts of one group of query heads: what they share is at a quotient.
//===----------------------------------------------------------------------===//

#ifndef COMPILER_SCHEDULE_GROUPPARTS_H
#define COMPILER_SCHEDULE_GROUPPARTS_H

#include "mlir/Dialect/Affine/IR/AffineOps.h"

namespace plait {

/// The place of a key head that a group's parts share.
struct SharedHead {
  mlir::affine::AffineApplyOp head; ///< the part, counted over all heads, divided by `parts`
  int64_t parts;                    ///< of a group

  /// The part's number in its group, an index.
  mlir::Value part(mlir::OpBuilder &b);
};

/// Where a view begins that parts of a group share; none where each has its own.
std::optional<SharedHead> sharedHeadOf(mlir::Value buffer);

} // namespace plait

#endif // COMPILER_SCHEDULE_GROUPPARTS_H
