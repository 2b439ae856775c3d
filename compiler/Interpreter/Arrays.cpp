//===- Arrays.cpp - arrays and errors of the interpreter ------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements the arrays that handlers take and give.
//===----------------------------------------------------------------------===//

#include "compiler/Interpreter/Arrays.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace plait;

Error interpreter::expects(mlir::Operation *op, const Twine &expected, const Twine &given) {
  std::string text;
  raw_string_ostream stream(text);
  stream << op->getName();
  if (auto location = dyn_cast<mlir::FileLineColLoc>(op->getLoc()))
    stream << " at " << location.getFilename().getValue() << ":" << location.getLine() << ":" << location.getColumn();
  stream << ": expects " << expected << ", but got " << given;
  return createStringError(text);
}

std::string interpreter::print(ArrayRef<int64_t> shape) {
  std::string text;
  raw_string_ostream stream(text);
  stream << "[";
  interleaveComma(shape, stream);
  stream << "]";
  return text;
}

int64_t interpreter::count(ArrayRef<int64_t> shape) {
  int64_t product = 1;
  for (int64_t size : shape)
    product *= size;
  return product;
}

Array interpreter::filled(ArrayRef<int64_t> shape, double value) {
  return {SmallVector<int64_t, 4>(shape), std::vector<double>(count(shape), value)};
}

Error interpreter::checkSizes(mlir::Operation *op, ArrayRef<int64_t> shape) {
  constexpr int64_t maxElements = int64_t(1) << 30; // more is a mistake in the sizes, not a test
  int64_t product = 1;
  for (int64_t size : shape)
    if (size < 0 || MulOverflow(product, size, product) || product > maxElements)
      return expects(op, "sizes from 0 and at most 2^30 elements", print(shape));
  return Error::success();
}

Expected<Array> interpreter::allocate(mlir::Operation *op, ArrayRef<int64_t> shape, double value) {
  if (Error error = checkSizes(op, shape))
    return error;
  return filled(shape, value);
}

Error interpreter::checkShape(mlir::Operation *op, StringRef name, const Array &array, ArrayRef<int64_t> expected) {
  if (ArrayRef<int64_t>(array.shape) == expected)
    return Error::success();
  return expects(op, name + " of shape " + print(expected), print(array.shape));
}

Error interpreter::checkDecay(mlir::Operation *op, const Array *decay, ArrayRef<int64_t> rows) {
  if (!decay)
    return Error::success();
  size_t rank = decay->shape.size();
  return checkShape(op, "decay", *decay, rank == 1 ? rows.slice(2, 1) : rank == 3 ? rows.drop_back() : rows);
}

SmallVector<int64_t, 4> interpreter::stridesOf(ArrayRef<int64_t> shape) {
  SmallVector<int64_t, 4> strides(shape.size(), 1);
  for (size_t i = shape.size(); i-- > 1;)
    strides[i - 1] = strides[i] * shape[i];
  return strides;
}

void interpreter::forEachIndex(ArrayRef<int64_t> shape, function_ref<void(ArrayRef<int64_t>)> body) {
  if (count(shape) == 0)
    return;
  SmallVector<int64_t, 4> index(shape.size(), 0);
  while (true) {
    body(index);
    size_t dim = shape.size();
    while (dim > 0 && ++index[dim - 1] == shape[dim - 1])
      index[--dim] = 0;
    if (dim == 0)
      return;
  }
}
