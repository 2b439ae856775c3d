//===- TensorTest.cpp - kernels that copy by tensor maps ------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file runs a kernel whose tiles come and go by tensor maps.
//
//===----------------------------------------------------------------------===//

#include "tests/runtime/emulator/kernels/Kernel.h"

#include <gtest/gtest.h>

namespace plait::emulator::test {
namespace {

/// No tile at the right and the lower edge is whole.
std::string transpose(Kernel &kernel) {
  const unsigned columns = 100, rows = 76, tile = 32;
  const int swizzle128 = 3;
  std::vector<float> numbers = draw<float>(kernel, columns * rows, std::normal_distribution<float>()), expected;
  for (unsigned i = 0; i < columns; ++i)
    for (unsigned j = 0; j < rows; ++j)
      expected.push_back(numbers[j * columns + i]);
  Buffer<float> from(numbers), to(numbers.size());
  TensorMap fromMap = Boxes{columns, rows, tile, tile, swizzle128}.map(from);
  TensorMap toMap = Boxes{rows, columns, tile, tile, swizzle128}.map(to);
  kernel.launch(row((columns + tile - 1) / tile, 128), fromMap, toMap, int((rows + tile - 1) / tile));
  return difference(to.read(), expected);
}

TEST(Tensor, Transpose) {
  expectSound("tensor_transpose", transpose);
  expectReport("tensor_transpose", "bytes", "deadlock", transpose);
  for (const char *defect : {"group_wait", "proxy_fence", "wait"})
    expectReport("tensor_transpose", defect, "asynchronous copy", transpose);
}

TEST(Tensor, TransposeOfElementsInWrongPlaces) {
  Kernel kernel("tensor_transpose", "swizzle");
  EXPECT_NE(transpose(kernel), "");
  EXPECT_EQ(kernel.report(), "");
}

} // namespace
} // namespace plait::emulator::test
