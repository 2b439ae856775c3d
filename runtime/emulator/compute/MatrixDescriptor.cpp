//===- MatrixDescriptor.cpp - matrices of wgmma in shared memory ----------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements the canonical layouts of PTX: with and without swizzling, along
// k or transposed.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/compute/MatrixDescriptor.h"

namespace plait::emulator {
namespace {

constexpr unsigned offsetBits = 14, leadingAt = 16, strideAt = 32, baseAt = 49, baseBits = 3, swizzleAt = 62;
/// Addresses and offsets are multiples of 16.
constexpr unsigned unitShift = 4;
/// The row of a pattern is in the bits of an address from here on.
constexpr unsigned patternShift = 7;

constexpr uint64_t fieldMask(unsigned at, unsigned bits) { return ((uint64_t(1) << bits) - 1) << at; }
constexpr uint32_t field(uint64_t descriptor, unsigned at, unsigned bits) {
  return uint32_t((descriptor & fieldMask(at, bits)) >> at);
}

constexpr uint64_t known = fieldMask(0, offsetBits) | fieldMask(leadingAt, offsetBits) |
                           fieldMask(strideAt, offsetBits) | fieldMask(baseAt, baseBits) | fieldMask(swizzleAt, 2);
/// By the swizzle mode.
constexpr uint32_t spans[] = {MatrixDescriptor::pieceBytes, 128, 64, 32};

} // namespace

MatrixDescriptor::MatrixDescriptor(uint64_t bits)
    : start(field(bits, 0, offsetBits) << unitShift), leading(field(bits, leadingAt, offsetBits) << unitShift),
      stride(field(bits, strideAt, offsetBits) << unitShift), baseOffset(field(bits, baseAt, baseBits)),
      span(spans[field(bits, swizzleAt, 2)]) {}

uint32_t MatrixDescriptor::swizzled(uint32_t address) const {
  uint32_t pieces = span / pieceBytes;
  return address ^ (((address >> patternShift) - baseOffset) & (pieces - 1)) << unitShift;
}

uint32_t MatrixDescriptor::alongK(unsigned row, unsigned piece) const {
  uint32_t nextPiece = span == pieceBytes ? leading : pieceBytes;
  return swizzled(start + row / coreRows * stride + row % coreRows * span + piece * nextPiece);
}

uint32_t MatrixDescriptor::acrossK(unsigned k, unsigned piece) const {
  uint32_t inSpan = span / pieceBytes;
  // Without swizzling the two offsets change places.
  uint32_t nextSpan = inSpan == 1 ? stride : leading, nextCore = inSpan == 1 ? leading : stride;
  return swizzled(start + piece / inSpan * nextSpan + piece % inSpan * pieceBytes + k / coreRows * nextCore +
                  k % coreRows * span);
}

std::string whyMalformed(uint64_t bits) {
  auto number = [](uint64_t value) { return std::to_string(value); };
  for (unsigned bit = 0; bit < 64; ++bit)
    if (bits & ~known & uint64_t(1) << bit)
      return "expects zero in the reserved bits of a matrix descriptor, but got bit " + number(bit);
  MatrixDescriptor descriptor(bits);
  if (descriptor.baseOffset && descriptor.span == MatrixDescriptor::pieceBytes)
    return "expects the base offset 0 of a matrix without swizzling, but got " + number(descriptor.baseOffset);
  return "";
}

} // namespace plait::emulator
