//===- VectorShapes.cpp - vector ops that move elements -------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file runs the vector ops that take vectors apart and put them together.
// An element that the op leaves undefined is NaN.
//===----------------------------------------------------------------------===//

#include "compiler/Interpreter/Program.h"

#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include <limits>

using namespace llvm;
using namespace plait;
using namespace plait::interpreter;
namespace vector = mlir::vector;

static constexpr double undefined = std::numeric_limits<double>::quiet_NaN();

static ArrayRef<int64_t> shapeOf(mlir::Value value) {
  auto type = dyn_cast<mlir::VectorType>(value.getType());
  return type ? type.getShape() : ArrayRef<int64_t>();
}

/// Repeats along the leading dimensions, and along those of size 1.
static Error broadcast(mlir::Operation *op, Operands operands, Results &results) {
  const Array &source = *operands[0];
  Array result = filled(shapeOf(op->getResult(0)), 0);
  SmallVector<int64_t, 4> strides = stridesOf(source.shape);
  size_t leading = result.shape.size() - source.shape.size();
  int64_t next = 0;
  forEachIndex(result.shape, [&](ArrayRef<int64_t> index) {
    int64_t from = 0;
    for (size_t dim = 0; dim < source.shape.size(); ++dim)
      from += source.shape[dim] == 1 ? 0 : index[leading + dim] * strides[dim];
    result.data[next++] = source.data[from];
  });
  results.push_back(std::move(result));
  return Error::success();
}

/// The same elements in another shape.
static Error reshape(mlir::Operation *op, Operands operands, Results &results) {
  results.push_back({SmallVector<int64_t, 4>(shapeOf(op->getResult(0))), operands[0]->data});
  return Error::success();
}

/// Offset of the element or subvector at a position; nothing where the
/// position is undefined (-1).
static Expected<std::optional<int64_t>> offsetOf(mlir::Operation *op, const Array &source,
                                                 ArrayRef<int64_t> staticPosition, Operands dynamicPosition) {
  SmallVector<int64_t, 4> strides = stridesOf(source.shape);
  int64_t offset = 0;
  for (auto [dim, given] : enumerate(staticPosition)) {
    int64_t position = given;
    if (mlir::ShapedType::isDynamic(position)) {
      position = static_cast<int64_t>(dynamicPosition.front()->data[0]);
      dynamicPosition = dynamicPosition.drop_front();
    }
    if (position == -1)
      return std::nullopt;
    if (position < 0 || position >= source.shape[dim])
      return expects(op, "a position below " + Twine(source.shape[dim]), Twine(position));
    offset += position * strides[dim];
  }
  return offset;
}

static Error extract(mlir::Operation *operation, Operands operands, Results &results) {
  auto op = cast<vector::ExtractOp>(operation);
  auto offset = offsetOf(op, *operands[0], op.getStaticPosition(), operands.drop_front(1));
  if (!offset)
    return offset.takeError();
  Array result = filled(shapeOf(op.getResult()), undefined);
  if (*offset)
    copy(ArrayRef<double>(operands[0]->data).slice(**offset, result.data.size()), result.data.begin());
  results.push_back(std::move(result));
  return Error::success();
}

static Error insert(mlir::Operation *operation, Operands operands, Results &results) {
  auto op = cast<vector::InsertOp>(operation);
  auto offset = offsetOf(op, *operands[1], op.getStaticPosition(), operands.drop_front(2));
  if (!offset)
    return offset.takeError();
  Array result = *operands[1];
  if (*offset)
    copy(operands[0]->data, result.data.begin() + **offset);
  else
    result = filled(result.shape, undefined);
  results.push_back(std::move(result));
  return Error::success();
}

/// Offset in an array with `strides` of an index of a slice of it: the slice
/// may have fewer dimensions, which are the last ones.
static int64_t sliceOffset(ArrayRef<int64_t> index, ArrayRef<int64_t> offsets, ArrayRef<int64_t> strides) {
  int64_t offset = 0;
  size_t leading = strides.size() - index.size();
  for (size_t dim = 0; dim < strides.size(); ++dim) {
    int64_t start = dim < offsets.size() ? offsets[dim] : 0;
    offset += (start + (dim < leading ? 0 : index[dim - leading])) * strides[dim];
  }
  return offset;
}

static SmallVector<int64_t> integersOf(mlir::ArrayAttr attributes) {
  return map_to_vector(attributes.getAsValueRange<mlir::IntegerAttr>(), [](APInt x) { return x.getSExtValue(); });
}

static Error extractSlice(mlir::Operation *operation, Operands operands, Results &results) {
  auto op = cast<vector::ExtractStridedSliceOp>(operation);
  Array result = filled(shapeOf(op.getResult()), 0);
  SmallVector<int64_t> offsets = integersOf(op.getOffsets());
  SmallVector<int64_t, 4> strides = stridesOf(operands[0]->shape);
  int64_t next = 0;
  forEachIndex(result.shape, [&](ArrayRef<int64_t> index) {
    result.data[next++] = operands[0]->data[sliceOffset(index, offsets, strides)];
  });
  results.push_back(std::move(result));
  return Error::success();
}

static Error insertSlice(mlir::Operation *operation, Operands operands, Results &results) {
  auto op = cast<vector::InsertStridedSliceOp>(operation);
  Array result = *operands[1];
  SmallVector<int64_t> offsets = integersOf(op.getOffsets());
  SmallVector<int64_t, 4> strides = stridesOf(result.shape);
  int64_t next = 0;
  forEachIndex(operands[0]->shape, [&](ArrayRef<int64_t> index) {
    result.data[sliceOffset(index, offsets, strides)] = operands[0]->data[next++];
  });
  results.push_back(std::move(result));
  return Error::success();
}

/// Picks leading entries out of both vectors, one after the other.
static Error shuffle(mlir::Operation *operation, Operands operands, Results &results) {
  auto op = cast<vector::ShuffleOp>(operation);
  Array result = filled(shapeOf(op.getResult()), undefined);
  ArrayRef<int64_t> shape = result.shape;
  int64_t width = count(shape.drop_front());
  std::vector<double> both = operands[0]->data;
  both.insert(both.end(), operands[1]->data.begin(), operands[1]->data.end());
  for (auto [entry, from] : enumerate(op.getMask()))
    if (from >= 0)
      copy(ArrayRef<double>(both).slice(from * width, width), result.data.begin() + entry * width);
  results.push_back(std::move(result));
  return Error::success();
}

static Error fromElements(mlir::Operation *op, Operands operands, Results &results) {
  Array result = filled(shapeOf(op->getResult(0)), 0);
  for (auto [i, element] : enumerate(operands))
    result.data[i] = element->data[0];
  results.push_back(std::move(result));
  return Error::success();
}

static Error toElements(mlir::Operation *, Operands operands, Results &results) {
  for (double number : operands[0]->data)
    results.push_back(filled({}, number));
  return Error::success();
}

static Error interleave(mlir::Operation *op, Operands operands, Results &results) {
  Array result = filled(shapeOf(op->getResult(0)), 0);
  for (size_t i = 0; i < result.data.size(); ++i)
    result.data[i] = operands[i % 2]->data[i / 2];
  results.push_back(std::move(result));
  return Error::success();
}

static Error deinterleave(mlir::Operation *op, Operands operands, Results &results) {
  for (size_t parity : {0, 1}) {
    Array result = filled(shapeOf(op->getResult(parity)), 0);
    for (size_t i = 0; i < result.data.size(); ++i)
      result.data[i] = operands[0]->data[2 * i + parity];
    results.push_back(std::move(result));
  }
  return Error::success();
}

static Error transpose(mlir::Operation *operation, Operands operands, Results &results) {
  auto op = cast<vector::TransposeOp>(operation);
  Array result = filled(shapeOf(op.getResult()), 0);
  SmallVector<int64_t, 4> strides = stridesOf(operands[0]->shape);
  int64_t next = 0;
  forEachIndex(result.shape, [&](ArrayRef<int64_t> index) {
    int64_t from = 0;
    for (auto [dim, source] : enumerate(op.getPermutation()))
      from += index[dim] * strides[source];
    result.data[next++] = operands[0]->data[from];
  });
  results.push_back(std::move(result));
  return Error::success();
}

void interpreter::addVectorShapeHandlers(Handlers &h) {
  h.add<vector::BroadcastOp>(broadcast);
  h.add<vector::ShapeCastOp>(reshape);
  h.add<vector::ExtractOp>(extract);
  h.add<vector::InsertOp>(insert);
  h.add<vector::ExtractStridedSliceOp>(extractSlice);
  h.add<vector::InsertStridedSliceOp>(insertSlice);
  h.add<vector::ShuffleOp>(shuffle);
  h.add<vector::FromElementsOp>(fromElements);
  h.add<vector::ToElementsOp>(toElements);
  h.add<vector::InterleaveOp>(interleave);
  h.add<vector::DeinterleaveOp>(deinterleave);
  h.add<vector::TransposeOp>(transpose);
}
