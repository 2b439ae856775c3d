//===- Contract.cpp - vector.contract -------------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file runs products that are summed over some of their indices, as the
// maps of the op say.
//===----------------------------------------------------------------------===//

#include "compiler/Interpreter/Elementwise.h"

#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace llvm;
using namespace plait;
using namespace plait::interpreter;
namespace vector = mlir::vector;

/// Offset of the element that an index of the iteration meets by a map, which
/// the verifier holds to be a projected permutation.
static int64_t offsetOf(mlir::AffineMap map, ArrayRef<int64_t> index, ArrayRef<int64_t> strides) {
  int64_t offset = 0;
  for (auto [dim, stride] : enumerate(strides))
    offset += index[map.getDimPosition(dim)] * stride;
  return offset;
}

/// acc[c] = acc[c] combined with x[a] y[b], for every index in order.
static Error contract(mlir::Operation *operation, Operands operands, Results &results) {
  auto op = cast<vector::ContractionOp>(operation);
  mlir::Type element = mlir::getElementTypeOrSelf(op.getResultType());
  SmallVector<mlir::AffineMap, 4> maps = op.getIndexingMapsArray();
  SmallVector<SmallVector<int64_t, 4>> strides;
  for (const Array *operand : operands.take_front(3))
    strides.push_back(stridesOf(operand->shape));
  SmallVector<int64_t> bounds;
  op.getIterationBounds(bounds);
  Array result = *operands[2];
  bool failed = false;
  forEachIndex(bounds, [&](ArrayRef<int64_t> index) {
    double x = operands[0]->data[offsetOf(maps[0], index, strides[0])];
    double y = operands[1]->data[offsetOf(maps[1], index, strides[1])];
    double &sum = result.data[offsetOf(maps[2], index, strides[2])];
    std::optional<double> product = combine(vector::CombiningKind::MUL, element, x, y);
    std::optional<double> next = product ? combine(op.getKind(), element, sum, *product) : std::nullopt;
    failed |= !next;
    sum = next.value_or(0);
  });
  if (failed)
    return badInteger(op);
  results.push_back(std::move(result));
  return Error::success();
}

void interpreter::addContractHandlers(Handlers &h) { h.add<vector::ContractionOp>(contract); }
