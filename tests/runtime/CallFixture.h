//===- CallFixture.h - a function and arrays that fit it --------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file has the fixture of the tests that make calls.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_TESTS_RUNTIME_CALLFIXTURE_H
#define PLAIT_TESTS_RUNTIME_CALLFIXTURE_H

#include "tests/runtime/Support.h"

#include <gtest/gtest.h>

namespace plait::test {

/// The function "twice" and arrays that fit it.
class Call : public testing::Test {
protected:
  plait_status *run(const plait_call_options *options = nullptr) {
    return call(twice, {&in.tensor, &out.tensor}, options);
  }

  void SetUp() override { in.fillCounting(); }

  PackPointer pack = openPack(kernelManifest());
  const plait_function *twice = find(pack, "twice");
  Array<float> in{{3, 5}}, out{{3, 5}};
};

} // namespace plait::test

#endif // PLAIT_TESTS_RUNTIME_CALLFIXTURE_H
