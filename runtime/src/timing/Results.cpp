//===- Results.cpp - the arrays that a timed call writes ------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file walks strided arrays row by row. A row, the last dimension, is contiguous
// in every array that a call accepts.
//
//===----------------------------------------------------------------------===//

#include "runtime/src/timing/Results.h"

#include <cstring>

using namespace plait;

namespace {

/// All bits set: NaN for floats and no likely integer.
constexpr int poisonByte = 0xff;

/// Calls `visit(bytes, size)` with each row, in row-major order.
template <typename F> void forEachRow(const DLTensor &tensor, F &&visit) {
  int rank = tensor.ndim;
  int64_t elementBytes = tensor.dtype.bits / 8, rows = 1;
  for (int d = 0; d < rank - 1; ++d)
    rows *= tensor.shape[d];
  size_t rowBytes = size_t((rank ? tensor.shape[rank - 1] : 1) * elementBytes);
  char *base = static_cast<char *>(tensor.data) + tensor.byte_offset;
  for (int64_t row = 0; row < rows && rowBytes; ++row) {
    int64_t offset = 0, rest = row, stride = rank ? tensor.shape[rank - 1] : 1;
    for (int d = rank - 2; d >= 0; --d) {
      offset += rest % tensor.shape[d] * (tensor.strides ? tensor.strides[d] : stride);
      rest /= tensor.shape[d];
      stride *= tensor.shape[d];
    }
    visit(base + offset * elementBytes, rowBytes);
  }
}

std::string captureOne(const DLTensor &tensor) {
  std::string bytes;
  forEachRow(tensor, [&](const char *row, size_t size) { bytes.append(row, size); });
  return bytes;
}

void restoreOne(const DLTensor &tensor, const std::string &bytes) {
  const char *from = bytes.data();
  forEachRow(tensor, [&](char *row, size_t size) {
    std::memcpy(row, from, size);
    from += size;
  });
}

} // namespace

Results::Results(const plait_function &function, const DLTensor *const *arguments) {
  for (size_t i = 0; i < function.arguments.size(); ++i) {
    pack::Direction direction = function.arguments[i].argument->direction;
    if (direction == pack::Direction::In)
      continue;
    bool updated = direction == pack::Direction::InOut;
    results.push_back({arguments[i], updated, updated ? captureOne(*arguments[i]) : ""});
  }
}

void Results::restoreInputs() const {
  for (const Result &result : results)
    if (result.updated)
      restoreOne(*result.tensor, result.original);
}

void Results::poison() const {
  restoreInputs();
  for (const Result &result : results)
    if (!result.updated)
      forEachRow(*result.tensor, [](char *row, size_t size) { std::memset(row, poisonByte, size); });
}

std::string Results::capture() const {
  std::string bytes;
  for (const Result &result : results)
    bytes += captureOne(*result.tensor);
  return bytes;
}
