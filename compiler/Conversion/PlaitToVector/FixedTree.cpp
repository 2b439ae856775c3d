//===- FixedTree.cpp - sums of a row in one order -------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements the fixed tree of row reductions.
//===----------------------------------------------------------------------===//

#include "compiler/Conversion/PlaitToVector/FixedTree.h"

#include <limits>

using namespace mlir;
using namespace plait;

static Value slice(VectorBuilder &b, Value vector, int64_t offset, int64_t size) {
  return vector::ExtractStridedSliceOp::create(b.builder, b.loc, vector, ArrayRef<int64_t>{offset},
                                               ArrayRef<int64_t>{size}, ArrayRef<int64_t>{1});
}

Value plait::foldLanes(VectorBuilder &b, Value lanes, Combine combine) {
  for (int64_t width = treeLanes / 2; width > 1; width /= 2)
    lanes = combine(slice(b, lanes, 0, width), slice(b, lanes, width, width));
  Value low = vector::ExtractOp::create(b.builder, b.loc, lanes, ArrayRef<int64_t>{0});
  Value high = vector::ExtractOp::create(b.builder, b.loc, lanes, ArrayRef<int64_t>{1});
  return combine(low, high);
}

Value plait::foldRow(VectorBuilder &b, Value row, double neutral, Combine combine) {
  auto type = cast<VectorType>(row.getType());
  int64_t size = type.getNumElements();
  Value lanes;
  for (int64_t offset = 0; offset < size; offset += treeLanes) {
    int64_t width = std::min(treeLanes, size - offset);
    Value chunk = width == size ? row : slice(b, row, offset, width);
    if (width < treeLanes) {
      Value pad = b.constant(b.type(treeLanes, type.getElementType()), neutral);
      chunk = vector::InsertStridedSliceOp::create(b.builder, b.loc, chunk, pad, ArrayRef<int64_t>{0},
                                                   ArrayRef<int64_t>{1});
    }
    lanes = lanes ? combine(lanes, chunk) : chunk;
  }
  return foldLanes(b, lanes, combine);
}

Value plait::expandReduction(VectorBuilder &b, vector::CombiningKind kind, Value row, Value start) {
  // Integers sum to the same in any order.
  if (!isa<FloatType>(cast<VectorType>(row.getType()).getElementType()))
    return {};
  constexpr double infinity = std::numeric_limits<double>::infinity();
  double neutral;
  switch (kind) {
  case vector::CombiningKind::ADD:
    neutral = -0.0;
    break;
  case vector::CombiningKind::MUL:
    neutral = 1;
    break;
  case vector::CombiningKind::MAXNUMF:
  case vector::CombiningKind::MAXIMUMF:
    neutral = -infinity;
    break;
  case vector::CombiningKind::MINNUMF:
  case vector::CombiningKind::MINIMUMF:
    neutral = infinity;
    break;
  default:
    return {};
  }
  auto combine = [&](Value x, Value y) { return vector::makeArithReduction(b.builder, b.loc, kind, x, y); };
  Value sum = foldRow(b, row, neutral, combine);
  return start ? combine(start, sum) : sum;
}

Value plait::expandMultiReduction(VectorBuilder &b, vector::MultiDimReductionOp op, Value source, Value start) {
  SmallVector<bool> reduced = op.getReductionMask();
  SmallVector<int64_t> order, shape{1};
  for (auto [dim, size] : llvm::enumerate(op.getSourceVectorType().getShape())) {
    if (reduced[dim])
      shape.front() *= size, order.push_back(dim);
    else
      shape.push_back(size);
  }
  for (auto [dim, isReduced] : llvm::enumerate(reduced))
    if (!isReduced)
      order.push_back(dim);
  Value slices = vector::TransposeOp::create(b.builder, b.loc, source, order);
  Type element = op.getSourceVectorType().getElementType();
  slices = vector::ShapeCastOp::create(b.builder, b.loc, VectorType::get(shape, element), slices);
  if (shape.size() == 1) {
    Value sum = expandReduction(b, op.getKind(), slices, start);
    return sum ? sum : vector::ReductionOp::create(b.builder, b.loc, op.getKind(), slices, start);
  }
  for (int64_t i = 0; i < shape.front(); ++i)
    start = vector::makeArithReduction(b.builder, b.loc, op.getKind(), start,
                                       vector::ExtractOp::create(b.builder, b.loc, slices, i));
  return start;
}
