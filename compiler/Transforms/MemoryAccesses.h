//===- MemoryAccesses.h - where threads may meet in memory ------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the accesses of memory between which barriers are placed.
//===----------------------------------------------------------------------===//

#ifndef COMPILER_TRANSFORMS_MEMORYACCESSES_H
#define COMPILER_TRANSFORMS_MEMORYACCESSES_H

#include "dialects/Tile/IR/TileOps.h"

#include <set>

namespace plait {

/// A stage of a tile as far as it is known. Of two stages `number` tells the value's
/// (0) from the other one (1); without a value it is the stage itself.
struct Stage {
  bool isKnown = true;
  mlir::Value value;
  int64_t number = 0;

  static Stage of(mlir::Value stage, int64_t stageCount);
  bool isOther(const Stage &than) const {
    return isKnown && than.isKnown && value == than.value && number != than.number;
  }
};

/// An access of a tile in shared memory, or of a memref.
struct Access {
  mlir::Value memory;
  bool writes = false;
  Stage stage = {};
  int64_t begin = 0, end = 0;    // bytes of a tile, all its stages
  mlir::Operation *op = nullptr; // that writes a memref

  /// Whether threads must wait between the two.
  bool meets(const Access &other) const;
  bool operator<(const Access &other) const;
  bool operator==(const Access &other) const { return !(*this < other) && !(other < *this); }
};

using Accesses = std::set<Access>;

/// The tile through which warps exchange what they have, in the middle of an op; null of ops without one.
mlir::Value scratchOf(mlir::Operation &op);

/// The accesses of an op; that of a scratch is the last.
llvm::SmallVector<Access> accessesOf(mlir::Operation &op);

/// Accesses at an edge where the values `to` become what the values `from` are. What
/// a region computes is unknown behind its end.
Accesses passEdge(const Accesses &accesses, mlir::ValueRange from, mlir::ValueRange to, mlir::Region &ended);

} // namespace plait

#endif // COMPILER_TRANSFORMS_MEMORYACCESSES_H
