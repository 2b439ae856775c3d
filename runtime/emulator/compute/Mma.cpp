//===- Mma.cpp - matrix products of a warp --------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file multiplies matrices whose elements lie in the registers of a warp.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/compute/Mma.h"

#include "runtime/emulator/compute/Flush.h"
#include "runtime/emulator/compute/Lanes.h"

#include <algorithm>
#include <array>

namespace plait::emulator {
namespace {

constexpr unsigned mostElements = 32 * 32; ///< of a matrix of any shape

template <typename T> T multiplyAdd(T a, T b, T c) {
  if constexpr (std::is_same_v<T, double>)
    return std::fma(a, b, c);
  else
    return c + a * b;
}

constexpr unsigned block = 8; ///< columns at a time: each shape has a multiple of it

template <typename T> void multiplyInOrder(MmaShape shape, const T *a, const T *b, T *c, bool isReverse) {
  for (unsigned m = 0; m < shape.m; ++m) {
    for (unsigned n = 0; n < shape.n; n += block) {
      T sums[block];
      std::copy_n(c + m * shape.n + n, block, sums);
      for (unsigned step = 0; step < shape.k; ++step) {
        unsigned k = isReverse ? shape.k - 1 - step : step;
        for (unsigned i = 0; i < block; ++i)
          sums[i] = multiplyAdd(a[m * shape.k + k], b[k * shape.n + n + i], sums[i]);
      }
      std::copy_n(sums, block, c + m * shape.n + n);
    }
  }
}

/// Adds neighbouring products, then neighbouring sums, and to the accumulator last.
template <typename T> void multiplyPairwise(MmaShape shape, const T *a, const T *b, T *c) {
  for (unsigned m = 0; m < shape.m; ++m) {
    for (unsigned n = 0; n < shape.n; n += block) {
      T sums[32][block];
      for (unsigned k = 0; k < shape.k; ++k)
        for (unsigned i = 0; i < block; ++i)
          sums[k][i] = a[m * shape.k + k] * b[k * shape.n + n + i];
      for (unsigned count = shape.k / 2; count; count /= 2)
        for (unsigned k = 0; k < count; ++k)
          for (unsigned i = 0; i < block; ++i)
            sums[k][i] = sums[2 * k][i] + sums[2 * k + 1][i];
      for (unsigned i = 0; i < block; ++i)
        c[m * shape.n + n + i] += sums[0][i];
    }
  }
}

template <typename T>
void multiplyAs(MmaShape shape, std::span<const T> a, std::span<const T> b, std::span<T> c, MmaOrder order) {
  if (order == MmaOrder::Pairwise)
    multiplyPairwise(shape, a.data(), b.data(), c.data());
  else
    multiplyInOrder(shape, a.data(), b.data(), c.data(), order == MmaOrder::Reverse);
}

template <const Format &F> const std::array<float, 256> &byteTable() {
  static const std::array<float, 256> table = [] {
    std::array<float, 256> values{};
    for (unsigned bits = 0; bits < 256; ++bits)
      values[bits] = float(decode(F, bits));
    return values;
  }();
  return table;
}

template <typename T, typename Read>
void gatherAs(const MmaOperand &operand, std::span<const Value *const> registers, T *matrix, Read read) {
  const Fragment &fragment = operand.fragment;
  const uint16_t *place = operand.places.data();
  for (unsigned r = 0; r < fragment.registers; ++r)
    for (unsigned i = 0; i < fragment.perRegister; ++i)
      for (unsigned l = 0; l < warpSize; ++l)
        matrix[*place++] = read(registers[r]->lane[l] >> (i * fragment.elementBits));
}

void gather(const MmaOperand &operand, std::span<const Value *const> registers, float *matrix) {
  switch (operand.type.kind) {
  case NumberType::Bfloat:
    return gatherAs(operand, registers, matrix, [](uint64_t bits) { return float(widen(Bfloat(bits))); });
  case NumberType::Tf32: // the lower bits are ignored
    return gatherAs(operand, registers, matrix, [](uint64_t bits) { return fromBits<float>(bits & 0xffffe000); });
  case NumberType::E4m3:
    return gatherAs(operand, registers, matrix, [](uint64_t bits) { return byteTable<e4m3Format>()[bits & 0xff]; });
  case NumberType::E5m2:
    return gatherAs(operand, registers, matrix, [](uint64_t bits) { return byteTable<e5m2Format>()[bits & 0xff]; });
  default:
    if (operand.type.bits == 16)
      return gatherAs(operand, registers, matrix, [](uint64_t bits) { return float(widen(Half(bits))); });
    return gatherAs(operand, registers, matrix, [](uint64_t bits) { return fromBits<float>(bits); });
  }
}
void gather(const MmaOperand &operand, std::span<const Value *const> registers, double *matrix) {
  gatherAs(operand, registers, matrix, [](uint64_t bits) { return fromBits<double>(bits); });
}
void gather(const MmaOperand &operand, std::span<const Value *const> registers, int64_t *matrix) {
  if (operand.type == types::s8)
    return gatherAs(operand, registers, matrix, [](uint64_t bits) { return int64_t(int8_t(bits)); });
  if (operand.type == types::u8)
    return gatherAs(operand, registers, matrix, [](uint64_t bits) { return int64_t(uint8_t(bits)); });
  gatherAs(operand, registers, matrix, [](uint64_t bits) { return int64_t(int32_t(bits)); });
}

uint64_t elementBits(const MmaPlan &plan, float value) {
  return plan.d.type == types::f16 ? toBits(narrow<Half>(value)) : toBits(canonical(value));
}
uint64_t elementBits(const MmaPlan &, double value) { return toBits(value); }
uint64_t elementBits(const MmaPlan &plan, int64_t value) {
  return uint32_t(plan.saturates ? std::clamp<int64_t>(value, INT32_MIN, INT32_MAX) : value);
}

template <typename T>
void runAs(const MmaPlan &plan, MmaOrder order, std::span<Value *const> results, std::span<const Value *const> operands,
           Mask active) {
  T a[mostElements], b[mostElements], c[mostElements];
  unsigned aCount = plan.a.fragment.registers, bCount = plan.b.fragment.registers;
  gather(plan.a, operands.first(aCount), a);
  gather(plan.b, operands.subspan(aCount, bCount), b);
  gather(plan.c, operands.subspan(aCount + bCount), c);
  multiplyAs<T>(plan.shape, {a, plan.shape.m * plan.shape.k}, {b, plan.shape.k * plan.shape.n},
                {c, plan.shape.m * plan.shape.n}, order);
  const Fragment &fragment = plan.d.fragment;
  const uint16_t *place = plan.d.places.data();
  for (unsigned r = 0; r < fragment.registers; ++r) {
    Value value{};
    for (unsigned i = 0; i < fragment.perRegister; ++i)
      for (unsigned l = 0; l < warpSize; ++l)
        value.lane[l] |= elementBits(plan, c[*place++]) << (i * fragment.elementBits);
    assign(*results[r], value, active);
  }
}

} // namespace

MmaOperand::MmaOperand(const Fragment &fragment, NumberType type) : fragment(fragment), type(type) {
  for (unsigned e = 0; e < fragment.elements(); ++e)
    for (unsigned l = 0; l < warpSize; ++l) {
      Coordinates at = coordinates(fragment, l, e);
      places.push_back(uint16_t(at.row * fragment.columns + at.column));
    }
}

bool MmaPlan::operator==(const MmaPlan &other) const {
  auto same = [](const MmaOperand &x, const MmaOperand &y) {
    return x.type == y.type && x.fragment.registers == y.fragment.registers;
  };
  return shape == other.shape && same(a, other.a) && same(b, other.b) && same(c, other.c) && same(d, other.d) &&
         saturates == other.saturates;
}

void multiply(MmaShape shape, std::span<const float> a, std::span<const float> b, std::span<float> c, MmaOrder order) {
  multiplyAs(shape, a, b, c, order);
}
void multiply(MmaShape shape, std::span<const double> a, std::span<const double> b, std::span<double> c,
              MmaOrder order) {
  multiplyAs(shape, a, b, c, order);
}
void multiply(MmaShape shape, std::span<const int64_t> a, std::span<const int64_t> b, std::span<int64_t> c,
              MmaOrder order) {
  multiplyAs(shape, a, b, c, order);
}

void runMma(const Operation &operation, const Environment &environment, std::span<Value *const> results,
            std::span<const Value *const> operands, Mask active) {
  uintptr_t address = operation.control[0] | uint64_t(operation.control[1]) << 32;
  const MmaPlan &plan = *reinterpret_cast<const MmaPlan *>(address);
  if (plan.c.type == types::f64)
    runAs<double>(plan, environment.mmaOrder, results, operands, active);
  else if (plan.c.type == types::s32)
    runAs<int64_t>(plan, environment.mmaOrder, results, operands, active);
  else
    runAs<float>(plan, environment.mmaOrder, results, operands, active);
}

} // namespace plait::emulator
