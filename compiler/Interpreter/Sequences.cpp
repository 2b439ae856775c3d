//===- Sequences.cpp - the sequences that a recurrence runs over ----------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file turns sizes and segment offsets into sequences.
//===----------------------------------------------------------------------===//

#include "compiler/Interpreter/Sequences.h"

using namespace llvm;
using namespace plait;
using namespace plait::interpreter;

static Error checkOffsets(mlir::Operation *op, int64_t batches, int64_t tokens, const std::vector<double> &offsets) {
  if (batches != 1)
    return expects(op, "a batch of 1 with segments", Twine(batches));
  if (offsets.empty() || offsets.front() != 0)
    return expects(op, "segment offsets from 0", offsets.empty() ? Twine("none") : Twine(int64_t(offsets.front())));
  for (size_t i = 1; i < offsets.size(); ++i)
    if (!(offsets[i] >= offsets[i - 1]))
      return expects(op, "segment offsets that never fall",
                     Twine(int64_t(offsets[i])) + " after " + Twine(int64_t(offsets[i - 1])));
  if (offsets.back() != static_cast<double>(tokens))
    return expects(op, "segment offsets up to " + Twine(tokens) + " tokens", Twine(int64_t(offsets.back())));
  return Error::success();
}

Expected<std::vector<Sequence>> interpreter::sequencesOf(mlir::Operation *op, int64_t batches, int64_t tokens,
                                                         const Array *offsets) {
  std::vector<Sequence> sequences;
  if (!offsets) {
    for (int64_t b = 0; b < batches; ++b)
      sequences.push_back({b, 0, tokens});
    return sequences;
  }
  if (Error error = checkOffsets(op, batches, tokens, offsets->data))
    return error;
  for (size_t i = 1; i < offsets->data.size(); ++i)
    sequences.push_back({0, static_cast<int64_t>(offsets->data[i - 1]), static_cast<int64_t>(offsets->data[i])});
  return sequences;
}
