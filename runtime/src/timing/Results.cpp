//===- Results.cpp - the arrays that a timed call writes ------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file walks strided arrays row by row. A row, the last dimension, is contiguous
// in every array that a call accepts. Of an array on a device it walks a copy.
//
//===----------------------------------------------------------------------===//

#include "runtime/src/timing/Results.h"

#include "runtime/src/call/Bind.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <plait/cuda.h>

using namespace plait;

namespace {

/// All bits set: NaN for floats and no likely integer.
constexpr int poisonByte = 0xff;

/// The memory from an array's first element to its last: the array's own, or a copy of a device's.
class Window {
public:
  Window(const DLTensor &tensor, int32_t device) : tensor(tensor), device(device) {
    int64_t stride = 1;
    for (int d = tensor.ndim - 1; d >= 0; --d) {
      strides[d] = tensor.strides ? tensor.strides[d] : stride;
      stride *= tensor.shape[d];
      last += (tensor.shape[d] - 1) * std::max<int64_t>(strides[d], 0);
      first += (tensor.shape[d] - 1) * std::min<int64_t>(strides[d], 0);
    }
    isEmpty = stride == 0;
  }

  Status read() {
    if (device == onHost || isEmpty)
      return nullptr;
    copy.resize(size_t((last - first + 1) * elementBytes()));
    return Status(plait_cuda_copy_to_host(device, copy.data(), start(), copy.size()));
  }
  Status write() {
    if (device == onHost || isEmpty)
      return nullptr;
    return Status(plait_cuda_copy_to_device(device, start(), copy.data(), copy.size()));
  }

  /// Calls `visit(bytes, size)` with each row, in row-major order.
  template <typename F> void forEachRow(F &&visit) {
    int rank = tensor.ndim;
    int64_t rows = isEmpty ? 0 : 1;
    for (int d = 0; d < rank - 1; ++d)
      rows *= tensor.shape[d];
    size_t rowBytes = size_t((rank ? tensor.shape[rank - 1] : 1) * elementBytes());
    char *base = device == onHost ? start() : copy.data();
    for (int64_t row = 0; row < rows; ++row) {
      int64_t offset = -first, rest = row;
      for (int d = rank - 2; d >= 0; --d) {
        offset += rest % tensor.shape[d] * strides[d];
        rest /= tensor.shape[d];
      }
      visit(base + offset * elementBytes(), rowBytes);
    }
  }

private:
  int64_t elementBytes() const { return tensor.dtype.bits / 8; }
  char *start() const { return static_cast<char *>(tensor.data) + tensor.byte_offset + first * elementBytes(); }

  const DLTensor &tensor;
  int32_t device;
  int64_t strides[pack::maxRank] = {};
  int64_t first = 0, last = 0;
  bool isEmpty;
  std::vector<char> copy;
};

Status captureOne(const DLTensor &tensor, int32_t device, std::string &bytes) {
  Window window(tensor, device);
  if (Status status = window.read())
    return status;
  window.forEachRow([&](const char *row, size_t size) { bytes.append(row, size); });
  return nullptr;
}

/// Lets `fill(row, size)` write each row of an array.
template <typename F> Status fillOne(const DLTensor &tensor, int32_t device, F &&fill) {
  Window window(tensor, device);
  if (Status status = window.read()) // rows of other arrays may lie between
    return status;
  window.forEachRow(fill);
  return window.write();
}

double numberAt(const std::string &bytes, size_t i, pack::ElementType type) {
  if (type == pack::ElementType::F32) {
    float value;
    std::memcpy(&value, bytes.data() + 4 * i, 4);
    return value;
  }
  uint16_t half;
  std::memcpy(&half, bytes.data() + 2 * i, 2);
  if (type == pack::ElementType::BF16)
    return std::bit_cast<float>(uint32_t(half) << 16);
  return std::bit_cast<_Float16>(half);
}

/// Whether b is a, but for the order in which sums were taken.
bool isNear(const std::string &a, const std::string &b, pack::ElementType type) {
  double difference = 0, norm = 0;
  for (size_t i = 0, count = a.size() / pack::elementSize(type); i < count; ++i) {
    double x = numberAt(a, i, type), y = numberAt(b, i, type);
    difference += (x - y) * (x - y);
    norm += x * x;
  }
  return difference <= Results::tolerance * Results::tolerance * norm;
}

} // namespace

Results::Results(const plait_function &function, const DLTensor *const *arguments, int32_t device) : device(device) {
  for (size_t i = 0; i < function.arguments.size(); ++i) {
    const pack::Argument &argument = *function.arguments[i].argument;
    if (argument.direction != pack::Direction::In)
      results.push_back({arguments[i], argument.type, argument.direction == pack::Direction::InOut, ""});
  }
}

Status Results::begin() {
  for (Result &result : results)
    if (result.updated)
      if (Status status = captureOne(*result.tensor, device, result.original))
        return status;
  return nullptr;
}

Status Results::restoreInputs() const {
  for (const Result &result : results) {
    if (!result.updated)
      continue;
    const char *from = result.original.data();
    if (Status status = fillOne(*result.tensor, device, [&](char *row, size_t size) {
          std::memcpy(row, from, size);
          from += size;
        }))
      return status;
  }
  return nullptr;
}

Status Results::poison() const {
  if (Status status = restoreInputs())
    return status;
  for (const Result &result : results)
    if (!result.updated)
      if (Status status =
              fillOne(*result.tensor, device, [](char *row, size_t size) { std::memset(row, poisonByte, size); }))
        return status;
  return nullptr;
}

Status Results::capture(Captured &captured) const {
  captured.assign(results.size(), "");
  for (size_t i = 0; i < results.size(); ++i)
    if (Status status = captureOne(*results[i].tensor, device, captured[i]))
      return status;
  return nullptr;
}

bool Results::agree(const Captured &a, const Captured &b) const {
  for (size_t i = 0; i < results.size(); ++i) {
    pack::ElementType type = results[i].type;
    bool isFloat = type == pack::ElementType::F32 || type == pack::ElementType::BF16 || type == pack::ElementType::F16;
    if (a[i] != b[i] && (device == onHost || !isFloat || !isNear(a[i], b[i], type)))
      return false;
  }
  return true;
}
