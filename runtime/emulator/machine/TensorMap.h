//===- TensorMap.h - how a tensor lies in global memory ---------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares what the 128 bytes of a tensor map are here: the driver writes
// them, copies by a tensor map read them. Enumerations have the driver's numbers.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_EMULATOR_MACHINE_TENSORMAP_H
#define PLAIT_RUNTIME_EMULATOR_MACHINE_TENSORMAP_H

#include <cstdint>

namespace plait::emulator {

enum class TensorType : uint8_t {
  Uint8,
  Uint16,
  Uint32,
  Int32,
  Uint64,
  Int64,
  Float16,
  Float32,
  Float64,
  Bfloat16,
  Float32Ftz,
  Tfloat32,
  Tfloat32Ftz
};

/// The unit that stays whole, within the span that units are exchanged in.
enum class Swizzle : uint8_t { None, Span32, Span64, Span128, Span128Atom32, Span128Atom32Flip8, Span128Atom64 };

struct TensorMap {
  static constexpr unsigned maxRank = 5, alignment = 64;
  static constexpr unsigned sharedAlignment = 128; ///< of a box

  uint64_t checksum = 0; ///< of what follows: bytes that came from elsewhere, or were changed, have another one
  uint64_t address = 0;
  uint64_t strides[maxRank - 1] = {}; ///< in bytes, of all dimensions but the first
  uint32_t lastIndex[maxRank] = {};   ///< size - 1: there may be 2^32 elements
  uint16_t box[maxRank] = {};
  uint8_t elementStrides[maxRank] = {};
  uint8_t rank = 0;
  TensorType type = TensorType::Uint8;
  Swizzle swizzle = Swizzle::None;
  bool fillsNan = false; ///< with which elements outside of the tensor are loaded; else zeros
  uint8_t unused[41] = {};

  void seal() { checksum = sum(); }
  bool isSealed() const { return checksum == sum(); }

  /// How many elements of a box are copied along a dimension.
  uint32_t extent(unsigned dimension) const {
    // The first dimension has no stride.
    unsigned stride = dimension == 0 ? 1 : elementStrides[dimension];
    return (box[dimension] + stride - 1) / stride;
  }

private:
  uint64_t sum() const;
};
static_assert(sizeof(TensorMap) == 128);

unsigned elementBytes(TensorType type);
bool isFloat(TensorType type);
/// As the driver names it: FLOAT16.
const char *name(TensorType type);

/// The bytes that a row of a swizzled box has; 0 for any number.
unsigned swizzleSpan(Swizzle swizzle);
/// Where a byte lies whose place in a plain box would be this address of shared memory.
uint32_t swizzled(Swizzle swizzle, uint32_t address);

} // namespace plait::emulator

#endif // PLAIT_RUNTIME_EMULATOR_MACHINE_TENSORMAP_H
