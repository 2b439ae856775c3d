//===- WgmmaSupport.h - products of a warpgroup in tests --------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares how tests lay out matrices in shared memory for wgmma, multiply
// them, and compute what should come out.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_TESTS_RUNTIME_EMULATOR_MACHINE_WGMMASUPPORT_H
#define PLAIT_TESTS_RUNTIME_EMULATOR_MACHINE_WGMMASUPPORT_H

#include "tests/runtime/emulator/machine/Support.h"

namespace plait::emulator::test {

/// Of shared memory with both matrices.
constexpr uint32_t wgmmaImageBytes = 45056;

/// How a matrix lies in shared memory.
struct SharedLayout {
  unsigned span = 16;        ///< bytes that are swizzled: 16 (not at all), 32, 64, 128
  bool isTransposed = false; ///< along rows
  unsigned step = 0;         ///< how many instructions along k are before this one in the span
  unsigned pattern = 0;      ///< where it begins, in units of 128 bytes
};

/// One wgmma: D = A B + D of random elements.
struct Wgmma {
  std::string d, a, b; ///< types
  unsigned n = 8;
  SharedLayout aLayout = {}, bLayout = {};
  bool hasRegisters = false; ///< A is in registers
  bool accumulates = true;
  int aScale = 1, bScale = 1;
  std::string saturation = {}; ///< .satfinite

  unsigned k() const;
  unsigned sums() const; ///< registers of a thread
  /// The instruction, on the registers that `text` sets up.
  std::string instruction() const;
  /// A kernel that does it once, with these instructions between the parts.
  struct Steps {
    std::string load = {}; ///< instead of loads and stores by all threads
    std::string proxyFence = "fence.proxy.async;", barrier = "bar.sync 0;", fence = "wgmma.fence.sync.aligned;",
                product = {}, commit = "wgmma.commit_group.sync.aligned;", wait = "wgmma.wait_group.sync.aligned 0;",
                end = {};
  };
  Text text(Steps steps) const;
};

/// What a kernel with a wgmma reads, and how far what it wrote is from what it should have.
struct WgmmaData {
  std::vector<uint32_t> in;
  std::vector<double> expected; ///< D by rows

  explicit WgmmaData(const Wgmma &wgmma, unsigned seed = 7);
  /// The root of the mean square of the differences, against that of the elements.
  double error(const Wgmma &wgmma, const std::vector<uint32_t> &out) const;
};

Conditions conditions(const Wgmma &wgmma, const WgmmaData &data);

} // namespace plait::emulator::test

#endif // PLAIT_TESTS_RUNTIME_EMULATOR_MACHINE_WGMMASUPPORT_H
