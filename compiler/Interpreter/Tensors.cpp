//===- Tensors.cpp - tensor and linalg ops --------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file runs the ops that make, measure, cut and fill tensors.
//===----------------------------------------------------------------------===//

#include "compiler/Interpreter/Program.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/Support/MathExtras.h"

#include <limits>

using namespace llvm;
using namespace plait;
using namespace plait::interpreter;
namespace linalg = mlir::linalg;
namespace tensor = mlir::tensor;

using Sizes = SmallVector<int64_t, 4>;

/// Static numbers, with each dynamic one taken from the next operand.
static Sizes mixed(ArrayRef<int64_t> statics, Operands &dynamics) {
  Sizes sizes(statics);
  for (int64_t &size : sizes)
    if (mlir::ShapedType::isDynamic(size)) {
      size = static_cast<int64_t>(dynamics.front()->data[0]);
      dynamics = dynamics.drop_front();
    }
  return sizes;
}

static Error makeFilled(mlir::Operation *op, ArrayRef<int64_t> shape, double value, Results &results) {
  Expected<Array> array = allocate(op, shape, value);
  if (!array)
    return array.takeError();
  results.push_back(std::move(*array));
  return Error::success();
}

static Error empty(mlir::Operation *op, Operands operands, Results &results) {
  Sizes shape = mixed(cast<tensor::EmptyOp>(op).getType().getShape(), operands);
  return makeFilled(op, shape, std::numeric_limits<double>::quiet_NaN(), results);
}

static Error splat(mlir::Operation *op, Operands operands, Results &results) {
  Operands sizes = operands.drop_front();
  Sizes shape = mixed(cast<tensor::SplatOp>(op).getType().getShape(), sizes);
  return makeFilled(op, shape, operands[0]->data[0], results);
}

static Error dim(mlir::Operation *op, Operands operands, Results &results) {
  int64_t index = static_cast<int64_t>(operands[1]->data[0]), rank = operands[0]->shape.size();
  if (index < 0 || index >= rank)
    return expects(op, "a dimension below " + Twine(rank), Twine(index));
  results.push_back(filled({}, static_cast<double>(operands[0]->shape[index])));
  return Error::success();
}

/// Checks sizes that a static type promises.
static Error checkType(mlir::Operation *op, mlir::Type type, ArrayRef<int64_t> shape) {
  auto shaped = cast<mlir::ShapedType>(type);
  if (succeeded(mlir::verifyCompatibleShape(shaped.getShape(), shape)))
    return Error::success();
  return expects(op, "a result of shape " + print(shaped.getShape()), print(shape));
}

static Error castShape(mlir::Operation *op, Operands operands, Results &results) {
  if (auto type = dyn_cast<mlir::RankedTensorType>(op->getResult(0).getType()))
    if (Error error = checkType(op, type, operands[0]->shape))
      return error;
  results.push_back(*operands[0]);
  return Error::success();
}

/// Same elements, with the sizes that the result's type or an operand gives.
static Error reshapeTo(mlir::Operation *op, const Array &source, Sizes shape, Results &results) {
  if (any_of(shape, [](int64_t size) { return size < 0; }) || count(shape) != count(source.shape))
    return expects(op, Twine(count(source.shape)) + " elements", "shape " + print(shape));
  results.push_back({shape, source.data});
  return Error::success();
}

static Error expand(mlir::Operation *operation, Operands operands, Results &results) {
  auto op = cast<tensor::ExpandShapeOp>(operation);
  Operands sizes = operands.drop_front();
  return reshapeTo(op, *operands[0], mixed(op.getStaticOutputShape(), sizes), results);
}

static Error collapse(mlir::Operation *operation, Operands operands, Results &results) {
  auto op = cast<tensor::CollapseShapeOp>(operation);
  Sizes shape;
  for (ArrayRef<int64_t> dims : op.getReassociationIndices()) {
    int64_t size = 1;
    for (int64_t dim : dims)
      size *= operands[0]->shape[dim];
    shape.push_back(size);
  }
  if (Error error = checkType(op, op.getType(), shape))
    return error;
  return reshapeTo(op, *operands[0], shape, results);
}

namespace {

/// Offsets, sizes and strides of a slice, known.
struct Slice {
  Sizes offsets, sizes, strides;

  template <typename OpType> Slice(OpType op, Operands dynamics) {
    offsets = mixed(op.getStaticOffsets(), dynamics);
    sizes = mixed(op.getStaticSizes(), dynamics);
    strides = mixed(op.getStaticStrides(), dynamics);
  }

  Error check(mlir::Operation *op, ArrayRef<int64_t> shape) const {
    for (auto [dim, size] : enumerate(shape)) {
      int64_t last;
      bool overflow = MulOverflow(sizes[dim] - 1, strides[dim], last) || AddOverflow(offsets[dim], last, last);
      bool inside = !overflow && std::min(offsets[dim], last) >= 0 && std::max(offsets[dim], last) < size;
      if (sizes[dim] != 0 && (sizes[dim] < 0 || !inside))
        return expects(op, "a slice inside of " + print(shape),
                       "offsets " + print(offsets) + ", sizes " + print(sizes) + ", strides " + print(strides));
    }
    return checkSizes(op, sizes);
  }

  /// Calls `body` with the offset of each element in an array of `shape`.
  void forEach(ArrayRef<int64_t> shape, function_ref<void(int64_t)> body) const {
    Sizes steps = stridesOf(shape);
    forEachIndex(sizes, [&](ArrayRef<int64_t> index) {
      int64_t offset = 0;
      for (size_t dim = 0; dim < index.size(); ++dim)
        offset += (offsets[dim] + index[dim] * strides[dim]) * steps[dim];
      body(offset);
    });
  }
};

} // namespace

static Error extractSlice(mlir::Operation *operation, Operands operands, Results &results) {
  auto op = cast<tensor::ExtractSliceOp>(operation);
  const Array &source = *operands[0];
  Slice slice(op, operands.drop_front());
  if (Error error = slice.check(op, source.shape))
    return error;
  SmallBitVector dropped = op.getDroppedDims();
  Array result;
  for (auto [dim, size] : enumerate(slice.sizes))
    if (!dropped[dim])
      result.shape.push_back(size);
  slice.forEach(source.shape, [&](int64_t offset) { result.data.push_back(source.data[offset]); });
  results.push_back(std::move(result));
  return Error::success();
}

static Error insertSlice(mlir::Operation *operation, Operands operands, Results &results) {
  auto op = cast<tensor::InsertSliceOp>(operation);
  Array result = *operands[1];
  Slice slice(op, operands.drop_front(2));
  if (Error error = slice.check(op, result.shape))
    return error;
  if (count(slice.sizes) != count(operands[0]->shape))
    return expects(op, "a source of sizes " + print(slice.sizes), print(operands[0]->shape));
  int64_t next = 0;
  slice.forEach(result.shape, [&](int64_t offset) { result.data[offset] = operands[0]->data[next++]; });
  results.push_back(std::move(result));
  return Error::success();
}

static Error extract(mlir::Operation *op, Operands operands, Results &results) {
  const Array &source = *operands[0];
  SmallVector<int64_t, 4> strides = stridesOf(source.shape);
  int64_t offset = 0;
  for (auto [dim, index] : enumerate(operands.drop_front())) {
    int64_t position = static_cast<int64_t>(index->data[0]);
    if (position < 0 || position >= source.shape[dim])
      return expects(op, "an index below " + Twine(source.shape[dim]), Twine(position));
    offset += position * strides[dim];
  }
  results.push_back(filled({}, source.data[offset]));
  return Error::success();
}

static Error fill(mlir::Operation *op, Operands operands, Results &results) {
  for (const Array *output : operands.drop_front())
    results.push_back(filled(output->shape, operands[0]->data[0]));
  return Error::success();
}

/// A copy converts to the output's type; only between floats is that the
/// identity.
static Error checkElements(mlir::Operation *op) {
  mlir::Type from = mlir::getElementTypeOrSelf(op->getOperand(0)), to = mlir::getElementTypeOrSelf(op->getResult(0));
  if (from == to || (isa<mlir::FloatType>(from) && isa<mlir::FloatType>(to)))
    return Error::success();
  return expects(op, "an input of the output's type", "another");
}

static Error copyTensor(mlir::Operation *op, Operands operands, Results &results) {
  if (Error error = checkElements(op))
    return error;
  if (Error error = checkShape(op, "input", *operands[0], operands[1]->shape))
    return error;
  results.push_back(*operands[0]);
  return Error::success();
}

void interpreter::addTensorHandlers(Handlers &h) {
  h.add<tensor::EmptyOp>(empty);
  h.add<tensor::SplatOp>(splat);
  h.add<tensor::DimOp>(dim);
  h.add<tensor::CastOp>(castShape);
  h.add<tensor::ExpandShapeOp>(expand);
  h.add<tensor::CollapseShapeOp>(collapse);
  h.add<tensor::ExtractSliceOp>(extractSlice);
  h.add<tensor::InsertSliceOp>(insertSlice);
  h.add<tensor::ExtractOp>(extract);
  h.add<linalg::FillOp>(fill);
  h.add<linalg::CopyOp>(copyTensor);
}
