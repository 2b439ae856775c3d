//===- TensorBox.cpp - a box of a tensor in global memory -----------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file moves the elements of a box between global memory and bytes as shared
// memory has them.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/machine/TensorBox.h"

#include "runtime/emulator/compute/Flush.h"
#include "runtime/emulator/machine/Access.h"

#include <cstring>

using namespace plait::emulator;

namespace {

/// Calls `visit(address, bytes)` for pieces of whole words, or of parts of one, that one stripe guards.
template <typename F> void forPieces(uint64_t address, uint32_t bytes, F &&visit) {
  constexpr uint32_t word = 4, guarded = 4096;
  while (bytes) {
    uint32_t most = std::min(bytes, guarded - uint32_t(address % guarded));
    uint32_t count =
        address % word || most < word ? std::min(most, word - uint32_t(address % word)) : most & ~(word - 1);
    visit(address, count);
    address += count;
    bytes -= count;
  }
}

/// The bits of a NaN of the type: which one a device fills with is not documented.
uint64_t nanOf(TensorType type) {
  switch (type) {
  case TensorType::Float16:
    return halfFormat.nan();
  case TensorType::Bfloat16:
    return bfloatFormat.nan();
  case TensorType::Float64:
    return doubleFormat.nan();
  default:
    return singleFormat.nan();
  }
}

/// What loads make of an f32.
float convert(TensorType type, float value) {
  if (type == TensorType::Float32Ftz || type == TensorType::Tfloat32Ftz)
    value = flush(value);
  if (type == TensorType::Tfloat32 || type == TensorType::Tfloat32Ftz) {
    constexpr unsigned dropped = singleFormat.mantissaBits - tf32Format.mantissaBits;
    value = std::bit_cast<float>(uint32_t(encode(tf32Format, value, Rounding::Even) << dropped));
  }
  return value;
}

void convertAll(TensorType type, std::vector<uint8_t> &elements) {
  if (type != TensorType::Float32Ftz && type != TensorType::Tfloat32 && type != TensorType::Tfloat32Ftz)
    return;
  for (size_t at = 0; at < elements.size(); at += sizeof(float)) {
    float value;
    std::memcpy(&value, &elements[at], sizeof(float));
    value = convert(type, value);
    std::memcpy(&elements[at], &value, sizeof(float));
  }
}

} // namespace

std::vector<uint8_t> TensorBox::arranged(const std::vector<uint8_t> &from, bool isPlain) const {
  constexpr uint32_t unit = 8;
  if (map.swizzle == Swizzle::None)
    return from;
  std::vector<uint8_t> to(from.size());
  for (uint32_t at = 0; at < from.size(); at += unit) {
    uint32_t other = swizzled(map.swizzle, shared + at) - shared;
    std::memcpy(&to[isPlain ? other : at], &from[isPlain ? at : other], unit);
  }
  return to;
}

std::vector<uint8_t> TensorBox::read(Warp &warp, const Step &step, unsigned lane) const {
  std::vector<uint8_t> plain(bytes());
  unsigned size = elementBytes(map.type);
  uint64_t fill = map.fillsNan ? nanOf(map.type) : 0;
  for (size_t at = 0; fill && at < plain.size(); at += size)
    std::memcpy(&plain[at], &fill, size);
  forRows([&](uint64_t address, uint32_t offset, uint32_t count) {
    uint8_t *to = &plain[offset];
    forPieces(address, count, [&](uint64_t from, uint32_t part) {
      readGlobal(warp, step, lane, from, to, part);
      to += part;
    });
  });
  convertAll(map.type, plain);
  return arranged(plain, true);
}

void TensorBox::write(Warp &warp, const Step &step, unsigned lane, const std::vector<uint8_t> &content) const {
  std::vector<uint8_t> plain = arranged(content, false);
  unsigned size = elementBytes(map.type);
  forRows([&](uint64_t address, uint32_t offset, uint32_t count) {
    const uint8_t *from = &plain[offset];
    if (reduction)
      for (uint32_t at = 0; at < count; at += size)
        reduceGlobal(warp, step, lane, address + at, from + at, *reduction);
    else
      forPieces(address, count, [&](uint64_t to, uint32_t part) {
        writeGlobal(warp, step, lane, to, from, part);
        from += part;
      });
  });
}
