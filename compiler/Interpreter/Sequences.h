//===- Sequences.h - the sequences that a recurrence runs over --*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares which tokens share a state: a batch entry, or a segment
// of a packed batch.
//===----------------------------------------------------------------------===//

#ifndef COMPILER_INTERPRETER_SEQUENCES_H
#define COMPILER_INTERPRETER_SEQUENCES_H

#include "compiler/Interpreter/Arrays.h"

namespace plait::interpreter {

/// Tokens [first, last) of a batch entry; the states are numbered by sequence.
struct Sequence {
  int64_t batch, first, last;

  int64_t length() const { return last - first; }
  /// The token of a step, counted in the direction of time.
  int64_t token(int64_t step, bool reverse) const { return reverse ? last - 1 - step : first + step; }
};

/// One sequence a batch entry, or, with offsets, one a segment of the only
/// batch entry. Offsets must rise from 0 to the number of tokens.
llvm::Expected<std::vector<Sequence>> sequencesOf(mlir::Operation *op, int64_t batches, int64_t tokens,
                                                  const Array *offsets);

} // namespace plait::interpreter

#endif // COMPILER_INTERPRETER_SEQUENCES_H
