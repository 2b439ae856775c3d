//===- Schedule.h - forms, schedules and the space of them ------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares how an op gets its schedule: a default by target and head
// dims, parameters that replace the default's, and the list of all schedules
// worth timing. The parameters of a schedule:
//
//   block      tokens that a loop's block holds
//   rows       rows of the state in a register tile
//   columns    vectors of the state in a register tile
//   splits     ranges of tokens that run side by side, on CUDA
//   channels   value channels of a warp, on CUDA
//   heads      query heads of a CTA, of those that share a key head, on CUDA
//   alignment  bytes of which addresses and strides are multiples, on CUDA
//===----------------------------------------------------------------------===//

#ifndef COMPILER_SCHEDULE_SCHEDULE_H
#define COMPILER_SCHEDULE_SCHEDULE_H

#include "compiler/Schedule/Splits.h"

#include "dialects/Plait/IR/PlaitOps.h"

#include "llvm/Support/Error.h"

#include <map>
#include <string>

namespace plait {

/// Parameters by name, as users and databases write them: "columns=2,rows=8".
using ScheduleParameters = std::map<std::string, int64_t>;

/// Reads parameters from text; empty text is no parameters.
llvm::Expected<ScheduleParameters> parseSchedule(llvm::StringRef text);

/// Writes parameters as text, sorted by name.
std::string printSchedule(const ScheduleParameters &parameters);

/// Tokens over which gates are folded at most, whatever the schedule: part of the
/// result's bits.
constexpr int64_t foldBlock = 32;

/// The value channels that any CTA takes at most.
constexpr int64_t valueTile = 128;

/// What an op carries from one block of tokens to the next; null where it carries nothing.
mlir::Value stateOf(mlir::Operation *op);

/// The value channels of an op that carries a state or multiplies by a matrix; none of others.
std::optional<int64_t> valueDimOf(mlir::Operation *op);

/// Floats of a row from which on tokens lie so far apart, 1 KB where it is a power of
/// two, that a block's rows share few sets of a cache.
constexpr int64_t longRow = 256;

/// What all ops of a function have in common by default: the tokens of a block, since loops of one
/// block become one nest, and on CUDA the channels of a warp.
ScheduleParameters chooseCommon(mlir::Operation *function, TargetAttr target);

/// The tokens of an op's block, by its schedule.
int64_t blockOf(mlir::Operation *op);

/// The value channels of a warp on CUDA, by an op's schedule.
int64_t warpChannelsOf(mlir::Operation *op);

/// The value channels that a CTA takes at most, by those of its warps; by an op's schedule.
int64_t valueTileOf(int64_t warpChannels);
int64_t valueTileOf(mlir::Operation *op);

/// The bytes, at most, of which addresses and strides of rows on CUDA are multiples.
constexpr int64_t usualAlignment = 16;
int64_t alignmentOf(mlir::Operation *op);

/// The schedule of `op` on `target` with what its function has in common, with `overrides` in place
/// of its parameters. An override that the op can't take is an error at the op.
llvm::FailureOr<ScheduleAttr> chooseSchedule(SequenceOpInterface op, TargetAttr target,
                                             const ScheduleParameters &common, const ScheduleParameters &overrides);

/// All schedules worth timing for calls of a size, the default first: empty on a CPU, where
/// sizes don't matter, and on CUDA what a model of the device chooses.
std::vector<std::string> enumerateSchedules(mlir::Operation *function, TargetAttr target, const CallSize &size);

} // namespace plait

#endif // COMPILER_SCHEDULE_SCHEDULE_H
