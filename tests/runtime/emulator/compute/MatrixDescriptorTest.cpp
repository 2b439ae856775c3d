//===- MatrixDescriptorTest.cpp - matrices of wgmma in shared memory ------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file tests where descriptors say that the pieces of a matrix are.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/compute/MatrixDescriptor.h"

#include <gtest/gtest.h>

#include <set>

namespace plait::emulator::test {
namespace {

enum Mode : uint64_t { None, Of128, Of64, Of32 };

MatrixDescriptor describe(Mode mode, uint64_t start, uint64_t leading, uint64_t stride, uint64_t base = 0) {
  return MatrixDescriptor(start >> 4 | leading >> 4 << 16 | stride >> 4 << 32 | base << 49 | uint64_t(mode) << 62);
}

struct Place {
  MatrixDescriptor descriptor;
  bool isTransposed;
  unsigned row, piece; ///< k for the row of a transposed one
  uint32_t address;
};

const Place places[] = {
    {describe(None, 0x100, 0x800, 0x80), false, 0, 0, 0x100}, {describe(None, 0x100, 0x800, 0x80), false, 7, 0, 0x170},
    {describe(None, 0x100, 0x800, 0x80), false, 9, 1, 0x990}, {describe(Of128, 0x400, 0, 0x400), false, 0, 1, 0x410},
    {describe(Of128, 0x400, 0, 0x400), false, 1, 0, 0x490},   {describe(Of128, 0x400, 0, 0x400), false, 15, 1, 0xbe0},
    {describe(Of128, 0x420, 0, 0x400), false, 3, 0, 0x590},   {describe(Of64, 0x200, 0, 0x200), false, 1, 1, 0x250},
    {describe(Of64, 0x200, 0, 0x200), false, 2, 0, 0x290},    {describe(Of64, 0x200, 0, 0x200), false, 14, 1, 0x5a0},
    {describe(Of32, 0x100, 0, 0x100), false, 3, 1, 0x170},    {describe(Of32, 0x100, 0, 0x100), false, 4, 1, 0x180},
    {describe(Of32, 0x100, 0, 0x100), false, 12, 0, 0x290},   {describe(Of128, 0x480, 0, 0x400, 1), false, 1, 0, 0x510},
    {describe(Of64, 0x280, 0, 0x200, 5), false, 2, 0, 0x310}, {describe(Of32, 0x180, 0, 0x100, 3), false, 4, 0, 0x210},
    {describe(None, 0, 0x80, 0x100), true, 9, 1, 0x190},      {describe(Of128, 0, 0x2000, 0x400), true, 1, 2, 0xb0},
    {describe(Of128, 0, 0x2000, 0x400), true, 10, 9, 0x2530}, {describe(Of64, 0, 0x1000, 0x200), true, 2, 5, 0x1080},
    {describe(Of32, 0, 0x800, 0x100), true, 12, 3, 0x980},
};

TEST(MatrixDescriptor, Places) {
  for (const Place &place : places)
    EXPECT_EQ(place.isTransposed ? place.descriptor.acrossK(place.row, place.piece)
                                 : place.descriptor.alongK(place.row, place.piece),
              place.address)
        << &place - places;
}

TEST(MatrixDescriptor, NoCoreMatrixHasConflicts) {
  for (Mode mode : {None, Of128, Of64, Of32})
    for (unsigned piece = 0; piece < 2; ++piece) {
      std::set<uint32_t> alongBanks, acrossBanks;
      MatrixDescriptor descriptor = describe(mode, 0x1000, 0x400, 0x800);
      for (unsigned row = 0; row < 8; ++row) {
        alongBanks.insert(descriptor.alongK(row, piece) % 128);
        acrossBanks.insert(descriptor.acrossK(row, piece) % 128);
      }
      EXPECT_EQ(alongBanks.size(), 8u) << mode;
      EXPECT_EQ(acrossBanks.size(), 8u) << mode;
    }
}

TEST(MatrixDescriptor, MalformedOnes) {
  EXPECT_EQ(whyMalformed(0), "");
  EXPECT_EQ(whyMalformed(0xc00e3fff3fff3fff), "");
  for (unsigned bit : {14, 15, 30, 31, 46, 47, 48, 52, 61})
    EXPECT_EQ(whyMalformed(uint64_t(1) << bit),
              "expects zero in the reserved bits of a matrix descriptor, but got bit " + std::to_string(bit));
  EXPECT_EQ(whyMalformed(uint64_t(5) << 49), "expects the base offset 0 of a matrix without swizzling, but got 5");
}

} // namespace
} // namespace plait::emulator::test
