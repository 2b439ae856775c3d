//===- Mma.cpp - matrix products of a warp --------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file multiplies matrices whose elements lie in the registers of a warp.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/compute/Mma.h"

#include "runtime/emulator/compute/Flush.h"
#include "runtime/emulator/compute/Lanes.h"
#include "runtime/emulator/compute/Product.h"
#include "runtime/emulator/compute/TruncatedProduct.h"

#include <algorithm>
#include <array>

namespace plait::emulator {
namespace {

template <const Format &F> const std::array<float, 256> &byteTable() {
  static const std::array<float, 256> table = [] {
    std::array<float, 256> values{};
    for (unsigned bits = 0; bits < 256; ++bits)
      values[bits] = float(decode(F, bits));
    return values;
  }();
  return table;
}

/// The elements, element e of lane l at e * 32 + l.
template <typename T, typename Read>
void gatherAs(const MmaOperand &operand, std::span<const Value *const> registers, T *elements, Read read) {
  const Fragment &fragment = operand.fragment;
  for (unsigned r = 0; r < fragment.registers; ++r)
    for (unsigned i = 0; i < fragment.perRegister; ++i, elements += warpSize)
      for (unsigned l = 0; l < warpSize; ++l)
        elements[l] = read(registers[r]->lane[l] >> (i * fragment.elementBits));
}

void gather(const MmaOperand &operand, std::span<const Value *const> registers, float *elements) {
  switch (operand.type.kind) {
  case NumberType::Bfloat:
    return gatherAs(operand, registers, elements, [](uint64_t bits) { return float(widen(Bfloat(bits))); });
  case NumberType::Tf32: // the lower bits are ignored
    return gatherAs(operand, registers, elements, [](uint64_t bits) { return fromBits<float>(bits & 0xffffe000); });
  case NumberType::E4m3:
    return gatherAs(operand, registers, elements, [](uint64_t bits) { return byteTable<e4m3Format>()[bits & 0xff]; });
  case NumberType::E5m2:
    return gatherAs(operand, registers, elements, [](uint64_t bits) { return byteTable<e5m2Format>()[bits & 0xff]; });
  default:
    if (operand.type.bits == 16)
      return gatherAs(operand, registers, elements, [](uint64_t bits) { return float(widen(Half(bits))); });
    return gatherAs(operand, registers, elements, [](uint64_t bits) { return fromBits<float>(bits); });
  }
}
void gather(const MmaOperand &operand, std::span<const Value *const> registers, double *elements) {
  gatherAs(operand, registers, elements, [](uint64_t bits) { return fromBits<double>(bits); });
}
void gather(const MmaOperand &operand, std::span<const Value *const> registers, int64_t *elements) {
  if (operand.type == types::s8)
    return gatherAs(operand, registers, elements, [](uint64_t bits) { return int64_t(int8_t(bits)); });
  if (operand.type == types::u8)
    return gatherAs(operand, registers, elements, [](uint64_t bits) { return int64_t(uint8_t(bits)); });
  gatherAs(operand, registers, elements, [](uint64_t bits) { return int64_t(int32_t(bits)); });
}

/// The reverse.
template <typename T, typename Bits>
void dealAs(const Fragment &fragment, const T *elements, std::span<Value *const> registers, Mask active, Bits bits) {
  for (unsigned r = 0; r < fragment.registers; ++r) {
    Value kept;
    Value &value = active == ~Mask(0) ? *registers[r] : kept;
    for (unsigned i = 0; i < fragment.perRegister; ++i, elements += warpSize)
      for (unsigned l = 0; l < warpSize; ++l)
        value.lane[l] = (i ? value.lane[l] : 0) | uint64_t(bits(elements[l])) << (i * fragment.elementBits);
    if (active != ~Mask(0))
      assign(*registers[r], kept, active);
  }
}

void deal(const MmaPlan &plan, const float *elements, std::span<Value *const> registers, Mask active) {
  if (plan.d.type == types::f16)
    return dealAs(plan.d.fragment, elements, registers, active, [](float x) { return toBits(narrow<Half>(x)); });
  dealAs(plan.d.fragment, elements, registers, active, [](float x) { return toBits(canonical(x)); });
}
void deal(const MmaPlan &plan, const double *elements, std::span<Value *const> registers, Mask active) {
  dealAs(plan.d.fragment, elements, registers, active, [](double x) { return toBits(x); });
}
void deal(const MmaPlan &plan, const int64_t *elements, std::span<Value *const> registers, Mask active) {
  bool saturates = plan.saturates;
  dealAs(plan.d.fragment, elements, registers, active,
         [=](int64_t x) { return uint32_t(saturates ? std::clamp<int64_t>(x, INT32_MIN, INT32_MAX) : x); });
}

template <typename T> void add(const MmaPlan &plan, MmaOrder order, const T *a, const T *b, T *c) {
  const uint16_t *places = plan.a.places.data();
  if constexpr (std::is_same_v<T, float>)
    if (order == MmaOrder::Truncated)
      return addTruncated(truncationOf(plan.a.type), plan.shape, places, a, b, c);
  Product<T>(plan.shape, places, a, b, c).add(order);
}

template <typename T>
void runAs(const MmaPlan &plan, MmaOrder order, std::span<Value *const> results, std::span<const Value *const> operands,
           Mask active) {
  T a[mostElements], b[mostElements], c[mostElements], factors[mostElements];
  unsigned aCount = plan.a.fragment.registers, bCount = plan.b.fragment.registers;
  gather(plan.a, operands.first(aCount), a);
  gather(plan.b, operands.subspan(aCount, bCount), b);
  gather(plan.c, operands.subspan(aCount + bCount), c);
  T *factor = factors;
  for (uint16_t place : plan.b.places)
    *factor++ = b[place];
  add(plan, order, a, factors, c);
  deal(plan, c, results, active);
}

} // namespace

MmaOperand::MmaOperand(const Fragment &fragment, NumberType type) : fragment(fragment), type(type) {
  if (fragment.role == Fragment::Role::Accumulator)
    return;
  bool isB = fragment.role == Fragment::Role::B;
  places.resize(size_t(fragment.rows) * fragment.columns);
  for (unsigned e = 0; e < fragment.elements(); ++e)
    for (unsigned l = 0; l < warpSize; ++l) {
      Coordinates at = coordinates(fragment, l, e);
      places[at.row * fragment.columns + (isB ? quadOrder(at.column) : at.column)] = uint16_t(e * warpSize + l);
    }
}

bool MmaPlan::operator==(const MmaPlan &other) const {
  auto same = [](const MmaOperand &x, const MmaOperand &y) {
    return x.type == y.type && x.fragment.registers == y.fragment.registers;
  };
  return shape == other.shape && same(a, other.a) && same(b, other.b) && same(c, other.c) && same(d, other.d) &&
         saturates == other.saturates;
}

void multiply(const MmaPlan &plan, MmaOrder order, std::span<Value *const> results,
              std::span<const Value *const> operands, Mask active) {
  if (plan.c.type == types::f64)
    runAs<double>(plan, order, results, operands, active);
  else if (plan.c.type == types::s32)
    runAs<int64_t>(plan, order, results, operands, active);
  else
    runAs<float>(plan, order, results, operands, active);
}

} // namespace plait::emulator
