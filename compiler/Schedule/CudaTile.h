//===- CudaTile.h - the tile of a CTA on CUDA -------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares how many tokens a block has on CUDA, how many value channels a
// warp, and how many query heads a CTA: in which numbers, and which of them a function
// has by default.
//===----------------------------------------------------------------------===//

#ifndef COMPILER_SCHEDULE_CUDATILE_H
#define COMPILER_SCHEDULE_CUDATILE_H

#include "compiler/Schedule/Schedule.h"

namespace plait {

/// Rows of an operand of mma.
constexpr int64_t mmaRows = 16;

/// Channels that tiles have at least.
constexpr int64_t fewestChannels = 64;

/// Tokens of a block by default, and of the others that a CTA's products are tiled for: with more, a
/// state is loaded less often, but there is more beside it in registers and shared memory.
constexpr int64_t shortChunkTokens = 16;
constexpr int64_t chunkTokens = 32;
constexpr int64_t longChunkTokens = 64;

/// Value channels of a warp: with more, it loads each operand for more products, but has more of the
/// state in registers. Few are twice as many with half the keys each: warps then exchange what both read of a state.
constexpr int64_t fewChannels = mmaRows / 2;
constexpr int64_t usualChannels = mmaRows;
constexpr int64_t manyChannels = 2 * mmaRows;

/// How many bf16 numbers stand for one of another type, in products on tensor cores.
inline int64_t partsOf(mlir::Type element) { return element.isF32() ? 3 : element.isF16() ? 2 : 1; }

/// Whether there are blocks of so many tokens, and warps of so many channels: else an error at the op.
llvm::LogicalResult checkCudaTile(mlir::Operation *op, int64_t tokens, int64_t channels);

/// Whether all calls of an op are of one token.
bool hasOneToken(SequenceOpInterface op);

/// The query heads of a CTA, of which a group is a multiple: as many as are allowed.
int64_t headsOf(SequenceOpInterface op, int64_t most);

/// The parameters "block" and "channels" of a function by default, and "heads" where it has groups of query heads.
ScheduleParameters chooseCudaTile(mlir::Operation *function);

/// A schedule with the tiles that take fewest registers, the faster first; none where it has a tile of its own.
std::vector<std::string> withSmallerCudaTiles(llvm::StringRef schedule);

/// What may be timed in place of a function's default, which is the first.
std::vector<ScheduleParameters> cudaTileChoices(mlir::Operation *function);

} // namespace plait

#endif // COMPILER_SCHEDULE_CUDATILE_H
