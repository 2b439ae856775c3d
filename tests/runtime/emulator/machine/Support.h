//===- Support.h - run PTX text in tests ------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares how tests run a few PTX instructions and look at what came out.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_TESTS_RUNTIME_EMULATOR_MACHINE_SUPPORT_H
#define PLAIT_TESTS_RUNTIME_EMULATOR_MACHINE_SUPPORT_H

#include "runtime/emulator/machine/Device.h"

#include <gtest/gtest.h>

namespace plait::emulator::test {

/// A kernel k(out, in, n) of some instructions. Its registers are %p, %rs, %r, %rd, %f and %fd with
/// 64 each; at first %rd0 is `out`, %rd1 is `in`, %r0 is %tid.x and %rd2 is out + 4 * %tid.x.
struct Text {
  std::string body;
  std::string variables = {};  ///< declared in the kernel
  std::string module = {};     ///< declared before it
  std::string directives = {}; ///< between its parameters and its body
};

struct Conditions {
  Dimensions block{32, 1, 1}, grid{1, 1, 1};
  uint32_t dynamicShared = 0;
  std::vector<uint32_t> in = {0};
  uint32_t n = 0;
  size_t outWords = 64;
  Options options = {};
  bool largeShared = false;
};

struct Result {
  Report report;
  std::vector<uint32_t> out; ///< zeros where the kernel wrote nothing
};

std::string moduleText(const Text &text);
Result run(const Text &text, const Conditions &setup = {});

/// Whether nothing was found; prints what was.
::testing::AssertionResult isClean(const Result &result);
/// Whether there is a defect of this kind whose message has this text, and none of another kind.
::testing::AssertionResult has(const Result &result, Defect::Kind kind, const std::string &text);

/// `count` numbers from `first` on.
std::vector<uint32_t> iota(size_t count, uint32_t first = 0);

} // namespace plait::emulator::test

#endif // PLAIT_TESTS_RUNTIME_EMULATOR_MACHINE_SUPPORT_H
