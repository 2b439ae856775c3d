//===- HostArray.cpp - arrays of the command line tools -------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements arrays in memory and the conversion of their elements.
//===----------------------------------------------------------------------===//

#include "tools/support/HostArray.h"

#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/ArrayRef.h"

#include <cmath>
#include <cstring>
#include <limits>

using namespace plait;

std::string plait::typeName(DLDataType type) {
  std::string prefix = type.code == kDLBfloat ? "bf" : type.code == kDLFloat ? "f" : "i";
  return prefix + std::to_string(type.bits);
}

plait::HostArray::HostArray(DLDataType type, std::vector<int64_t> shape) : type(type), extents(std::move(shape)) {
  data.resize(count() * (type.bits / 8));
}

int64_t plait::HostArray::count() const {
  int64_t product = 1;
  for (int64_t extent : extents)
    product *= extent;
  return product;
}

DLTensor plait::HostArray::view() {
  DLTensor tensor{};
  tensor.data = data.data();
  tensor.device = {kDLCPU, 0};
  tensor.ndim = extents.size();
  tensor.dtype = type;
  tensor.shape = extents.data();
  return tensor;
}

static const llvm::fltSemantics &semantics(DLDataType type) {
  return type.code == kDLBfloat ? llvm::APFloat::BFloat() : llvm::APFloat::IEEEhalf();
}

static double fromNarrow(uint16_t bits, DLDataType type) {
  return llvm::APFloat(semantics(type), llvm::APInt(16, bits)).convertToDouble();
}

static uint16_t toNarrow(double value, DLDataType type) {
  llvm::APFloat narrow(value);
  bool inexact = false;
  narrow.convert(semantics(type), llvm::APFloat::rmNearestTiesToEven, &inexact);
  return narrow.bitcastToAPInt().getZExtValue();
}

template <class T, class F> static void forEach(std::vector<char> &data, F each) {
  T *elements = reinterpret_cast<T *>(data.data());
  for (size_t i = 0, n = data.size() / sizeof(T); i < n; ++i)
    each(elements[i], i);
}

std::vector<double> plait::HostArray::toDoubles() const {
  std::vector<double> values(count());
  std::vector<char> &bytes = const_cast<std::vector<char> &>(data);
  if (type.bits == 16)
    forEach<uint16_t>(bytes, [&](uint16_t x, size_t i) { values[i] = fromNarrow(x, type); });
  else if (type.code == kDLFloat)
    forEach<float>(bytes, [&](float x, size_t i) { values[i] = x; });
  else if (type.bits == 32)
    forEach<int32_t>(bytes, [&](int32_t x, size_t i) { values[i] = x; });
  else
    forEach<int64_t>(bytes, [&](int64_t x, size_t i) { values[i] = x; });
  return values;
}

void plait::HostArray::fromDoubles(llvm::ArrayRef<double> values) {
  if (type.bits == 16)
    forEach<uint16_t>(data, [&](uint16_t &x, size_t i) { x = toNarrow(values[i], type); });
  else if (type.code == kDLFloat)
    forEach<float>(data, [&](float &x, size_t i) { x = values[i]; });
  else if (type.bits == 32)
    forEach<int32_t>(data, [&](int32_t &x, size_t i) { x = values[i]; });
  else
    forEach<int64_t>(data, [&](int64_t &x, size_t i) { x = values[i]; });
}

void plait::HostArray::poison() {
  bool isFloat = type.code == kDLFloat || type.code == kDLBfloat;
  fromDoubles(std::vector<double>(count(), isFloat ? std::numeric_limits<double>::quiet_NaN() : -1.0));
}
