//===- PastCache.h - results written past the cache -------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares stores of results that no cache keeps until they are read:
// such a store does not fetch the line that it overwrites.
//===----------------------------------------------------------------------===//

#ifndef COMPILER_CONVERSION_PLAITTOVECTOR_PASTCACHE_H
#define COMPILER_CONVERSION_PLAITTOVECTOR_PASTCACHE_H

#include "compiler/Conversion/PlaitToVector/VectorBuilder.h"

namespace plait {

/// Whether rows of `array` go past the cache: it is of a result of 32 MB or more,
/// and all its rows start at multiples of 16 bytes. Null where that is never so.
mlir::Value goesPastCache(VectorBuilder &b, mlir::Value array);

/// Stores a column without a mask, in pieces of 16 bytes; from the last on where
/// memory is walked down, so that a line which two rows share is whole at once.
void storePastCache(VectorBuilder &b, mlir::Value value, mlir::Value memref, mlir::ValueRange lead,
                    const Column &column, bool down);

/// Orders such stores before all that follows: other threads would miss them.
void finishPastCache(VectorBuilder &b);

} // namespace plait

#endif // COMPILER_CONVERSION_PLAITTOVECTOR_PASTCACHE_H
