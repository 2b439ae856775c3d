//===- TensorMap.cpp - how a tensor lies in global memory -----------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file has the tables of element types and of swizzles.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/machine/TensorMap.h"

#include <cstddef>

using namespace plait::emulator;

namespace {

struct TypeInfo {
  const char *name;
  uint8_t bytes;
  bool isFloat;
};
constexpr TypeInfo typeInfos[] = {{"UINT8", 1, false},      {"UINT16", 2, false},     {"UINT32", 4, false},
                                  {"INT32", 4, false},      {"UINT64", 8, false},     {"INT64", 8, false},
                                  {"FLOAT16", 2, true},     {"FLOAT32", 4, true},     {"FLOAT64", 8, true},
                                  {"BFLOAT16", 2, true},    {"FLOAT32_FTZ", 4, true}, {"TFLOAT32", 4, true},
                                  {"TFLOAT32_FTZ", 4, true}};

/// Some bits of a line's number are xored into the number of the unit in it, and into which half of 16 bytes.
struct Pattern {
  uint8_t span;
  uint8_t lineMask, unitShift, flipMask;
};
constexpr Pattern patterns[] = {{0, 0, 0, 0},   {32, 1, 4, 0},  {64, 3, 4, 0}, {128, 7, 4, 0},
                                {128, 3, 5, 0}, {128, 3, 5, 1}, {128, 1, 6, 0}};
constexpr unsigned lineShift = 7, halfShift = 3;

} // namespace

uint64_t TensorMap::sum() const {
  // FNV-1a.
  uint64_t sum = 0xcbf29ce484222325;
  const auto *bytes = reinterpret_cast<const uint8_t *>(this);
  for (size_t i = sizeof(checksum); i < sizeof(*this); ++i)
    sum = (sum ^ bytes[i]) * 0x100000001b3;
  return sum;
}

unsigned plait::emulator::elementBytes(TensorType type) { return typeInfos[unsigned(type)].bytes; }
bool plait::emulator::isFloat(TensorType type) { return typeInfos[unsigned(type)].isFloat; }
const char *plait::emulator::name(TensorType type) { return typeInfos[unsigned(type)].name; }

unsigned plait::emulator::swizzleSpan(Swizzle swizzle) { return patterns[unsigned(swizzle)].span; }

uint32_t plait::emulator::swizzled(Swizzle swizzle, uint32_t address) {
  const Pattern &pattern = patterns[unsigned(swizzle)];
  uint32_t line = address >> lineShift;
  return address ^ (line & pattern.lineMask) << pattern.unitShift ^ (line & pattern.flipMask) << halfShift;
}
