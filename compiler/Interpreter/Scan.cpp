//===- Scan.cpp - elementwise recurrences, token by token -----------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file runs plait.scan from its definition: each element of [B, H, D]
// carries a number c through time.
//===----------------------------------------------------------------------===//

#include "compiler/Interpreter/FloatOps.h"
#include "compiler/Interpreter/Program.h"
#include "compiler/Interpreter/Sequences.h"

#include "dialects/Plait/IR/PlaitOps.h"

using namespace llvm;
using namespace plait;
using namespace plait::interpreter;

/// log(e^x + e^y), whatever the size of x and y.
static double logSumExp(double x, double y) {
  double high = maximum(x, y), low = std::min(x, y);
  return std::isinf(high) ? high : high + std::log1p(std::exp(low - high));
}

static unsigned numInputs(ScanKind kind) { return kind == ScanKind::affine || kind == ScanKind::max_affine ? 2 : 1; }

/// The next carry from the last one and the inputs of a token.
static double combine(ScanKind kind, double c, double x, double y) {
  switch (kind) {
  case ScanKind::add:
    return c + x;
  case ScanKind::affine:
    return x * c + y;
  case ScanKind::max:
    return maximum(c, x);
  case ScanKind::logsumexp:
    return logSumExp(c, x);
  case ScanKind::max_affine:
    return maximum(x + c, y);
  }
  llvm_unreachable("a kind of scan");
}

static Error check(ScanOp op, Operands inputs, const Array *segments, Operands inits) {
  if (inputs.size() != numInputs(op.getKind()))
    return expects(op, Twine(numInputs(op.getKind())) + " inputs", Twine(inputs.size()));
  if (inits.size() != 2)
    return expects(op, "2 inits", Twine(inits.size()));
  if (segments && segments->shape[0] < 1)
    return expects(op, "at least one segment offset", "none");
  ArrayRef<int64_t> shape = inputs[0]->shape;
  if (shape.size() != 4)
    return expects(op, "an input [B, T, H, D]", print(shape));
  for (const Array *input : inputs)
    if (Error error = checkShape(op, "input", *input, shape))
      return error;
  if (Error error = checkShape(op, "output", *inits[0], shape))
    return error;
  int64_t carries = segments ? segments->shape[0] - 1 : shape[0];
  return checkShape(op, "carry", *inits[1], {carries, shape[2], shape[3]});
}

/// Runs one sequence: `width` numbers a token, from and into `carry`.
static void runSequence(ScanOp op, Operands inputs, const Sequence &sequence, int64_t width, double *carry,
                        Array &out) {
  bool exclusive = op.getRead() == ReadMode::exclusive;
  for (int64_t i = 0; i < sequence.length(); ++i) {
    int64_t token = sequence.token(i, op.getReverse());
    int64_t start = (sequence.batch * out.shape[1] + token) * width;
    for (int64_t d = 0; d < width; ++d) {
      double next = combine(op.getKind(), carry[d], inputs[0]->data[start + d], inputs.back()->data[start + d]);
      out.data[start + d] = exclusive ? carry[d] : next;
      carry[d] = next;
    }
  }
}

static Error scan(mlir::Operation *operation, Operands operands, Results &results) {
  auto op = cast<ScanOp>(operation);
  Operands inputs = operands.take_front(op.getInputs().size());
  const Array *segments = op.getSegments() ? operands[inputs.size()] : nullptr;
  Operands inits = operands.take_back(op.getInits().size());
  if (Error error = check(op, inputs, segments, inits))
    return error;

  Array out = *inits[0], carry = *inits[1];
  Expected<std::vector<Sequence>> sequences = sequencesOf(op, out.shape[0], out.shape[1], segments);
  if (!sequences)
    return sequences.takeError();
  int64_t width = out.shape[2] * out.shape[3];
  for (auto [number, sequence] : enumerate(*sequences))
    runSequence(op, inputs, sequence, width, carry.data.data() + number * width, out);
  results.push_back(std::move(out));
  results.push_back(std::move(carry));
  return Error::success();
}

void interpreter::addScanHandlers(Handlers &handlers) { handlers.add<ScanOp>(scan); }
