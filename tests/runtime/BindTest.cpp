//===- BindTest.cpp - arguments, good and bad -----------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file tests which arrays a call takes, which it refuses and how it puts it.
//
//===----------------------------------------------------------------------===//

#include "tests/runtime/CallFixture.h"

using namespace plait;
using namespace plait::test;

namespace {

TEST_F(Call, TakesStridesAndOffsets) {
  // Every other row of an array, behind a first element that doesn't count.
  Array<float> wide({7, 9});
  wide.fillCounting();
  wide.shape = {3, 5};
  wide.strides = {18, 1};
  wide.tensor.strides = wide.strides.data();
  wide.tensor.byte_offset = 4;
  ASSERT_OK(call(twice, {&wide.tensor, &out.tensor}));
  for (size_t row = 0; row < 3; ++row)
    for (size_t column = 0; column < 5; ++column)
      EXPECT_EQ(out.data[row * 5 + column], 2 * wide.data[row * 18 + column + 1]);
}

TEST_F(Call, TakesBroadcastAndReversedInput) {
  in.strides = {0, 1};
  in.tensor.strides = in.strides.data();
  ASSERT_OK(run());
  EXPECT_EQ(out.data[10], 2 * in.data[0]);
  in.strides = {-5, 1};
  in.tensor.byte_offset = 10 * sizeof(float);
  ASSERT_OK(run());
  EXPECT_EQ(out.data[10], 2 * in.data[0]);
}

TEST_F(Call, TakesEmptyArraysWithoutData) {
  Array<float> none({0, 5}), noneOut({0, 5});
  none.tensor.data = noneOut.tensor.data = nullptr;
  EXPECT_OK(call(twice, {&none.tensor, &noneOut.tensor}));
  Array<float> narrow({3, 0}), narrowOut({3, 0});
  EXPECT_OK(call(twice, {&narrow.tensor, &narrowOut.tensor}));
}

TEST_F(Call, IgnoresTheLastStrideOfOneColumn) {
  Array<float> column({3, 1}, 4), result({3, 1});
  column.strides = {1, 77};
  column.tensor.strides = column.strides.data();
  ASSERT_OK(call(twice, {&column.tensor, &result.tensor}));
  EXPECT_EQ(result.data[2], 8);
}

TEST_F(Call, RefusesAnotherNumberOfArguments) {
  EXPECT_FAILS(call(twice, {&in.tensor}), PLAIT_INVALID_ARGUMENT, "twice expects 2 arguments (in, out), but got 1");
  EXPECT_FAILS(plait_call(twice, nullptr, 2, nullptr), PLAIT_INVALID_ARGUMENT, "but got 0");
  EXPECT_FAILS(call(twice, {&in.tensor, nullptr}), PLAIT_INVALID_ARGUMENT, "'out' expects an array, but got NULL");
}

TEST_F(Call, RefusesNullPointers) {
  plait_pack *none = nullptr;
  const plait_function *function = nullptr;
  EXPECT_FAILS(plait_call(nullptr, nullptr, 0, nullptr), PLAIT_INVALID_ARGUMENT, "a function, but got NULL");
  EXPECT_FAILS(plait_pack_open(nullptr, &none), PLAIT_INVALID_ARGUMENT, "a path, but got NULL");
  EXPECT_FAILS(plait_pack_open_memory(nullptr, 5, &none), PLAIT_INVALID_ARGUMENT, "data, but got NULL");
  EXPECT_FAILS(plait_pack_open_memory(nullptr, 0, &none), PLAIT_DAMAGED, "but got 0");
  EXPECT_FAILS(plait_pack_find(pack.get(), nullptr, &function), PLAIT_INVALID_ARGUMENT, "a name, but got NULL");
}

TEST_F(Call, RefusesAnotherRank) {
  Array<float> cube({3, 5, 1});
  EXPECT_FAILS(call(twice, {&cube.tensor, &out.tensor}), PLAIT_INVALID_SHAPE,
               "twice: argument 'in' expects 2 dimensions [B, T], but got 3");
  in.tensor.shape = nullptr;
  EXPECT_FAILS(run(), PLAIT_INVALID_ARGUMENT, "'in' expects a shape, but got NULL");
}

TEST_F(Call, RefusesAnotherShape) {
  Array<float> shorter({3, 4});
  EXPECT_FAILS(call(twice, {&in.tensor, &shorter.tensor}), PLAIT_INVALID_SHAPE,
               "twice: argument 'out' expects dimension 1 to be T = 5 as in 'in', but got 4");
  in.shape[0] = -3;
  EXPECT_FAILS(run(), PLAIT_INVALID_SHAPE, "'in' expects dimension 0 to be B >= 0, but got -3");
}

TEST_F(Call, RefusesExtentsThatAreNoMultiple) {
  Array<int64_t> vector({25});
  EXPECT_FAILS(call(find(pack, "coordinates"), {&vector.tensor}), PLAIT_INVALID_SHAPE,
               "dimension 0 to be a multiple of 12 (12*T), but got 25");
}

TEST_F(Call, RefusesAnotherConstant) {
  pack::Manifest manifest = kernelManifest();
  entry(manifest, "tag").arguments[0].shape.push_back({pack::noSymbol, 64});
  PackPointer changed = openPack(manifest);
  Array<int64_t> array({2, 63});
  EXPECT_FAILS(call(find(changed, "tag"), {&array.tensor}), PLAIT_INVALID_SHAPE, "dimension 1 to be 64, but got 63");
}

TEST_F(Call, RefusesAnotherType) {
  Array<double> wide({3, 5});
  EXPECT_FAILS(call(twice, {&wide.tensor, &out.tensor}), PLAIT_INVALID_TYPE,
               "twice: argument 'in' expects f32, but got f64");
  in.tensor.dtype = {kDLBfloat, 16, 1};
  EXPECT_FAILS(run(), PLAIT_INVALID_TYPE, "but got bf16");
  in.tensor.dtype = {kDLFloat, 32, 4};
  EXPECT_FAILS(run(), PLAIT_INVALID_TYPE, "but got f32x4");
}

TEST_F(Call, RefusesAnotherDevice) {
  in.tensor.device = {kDLVulkan, 1};
  EXPECT_FAILS(run(), PLAIT_INVALID_TYPE,
               "twice: argument 'in' expects an array on the CPU or a CUDA device, but got one on DLPack device 7:1");
  in.tensor.device = {kDLCUDA, -1};
  EXPECT_FAILS(run(), PLAIT_INVALID_TYPE, "but got one on DLPack device 2:-1");
}

TEST_F(Call, RefusesArraysOnTwoDevices) {
  out.tensor.device = {kDLCUDA, 1};
  EXPECT_FAILS(run(), PLAIT_INVALID_TYPE, "'out' expects an array on the CPU as 'in', but got one on CUDA device 1");
  in.tensor.device = {kDLCUDA, 0};
  EXPECT_FAILS(run(), PLAIT_INVALID_TYPE,
               "'out' expects an array on CUDA device 0 as 'in', but got one on CUDA device 1");
  out.tensor.device = {kDLCPU, 0};
  EXPECT_FAILS(run(), PLAIT_INVALID_TYPE, "'out' expects an array on CUDA device 0 as 'in', but got one on the CPU");
  out.tensor.device = {kDLROCM, 0};
  EXPECT_FAILS(run(), PLAIT_INVALID_TYPE, "CUDA device 0 as 'in', but got one on DLPack device 10:0");
}

TEST_F(Call, TakesPinnedMemoryAsTheHosts) {
  in.tensor.device = {kDLCUDAHost, 0};
  ASSERT_OK(run());
  EXPECT_EQ(out.data[1], 4);
}

TEST_F(Call, RefusesStrides) {
  in.strides = {1, 3};
  in.tensor.strides = in.strides.data();
  EXPECT_FAILS(run(), PLAIT_INVALID_ARGUMENT, "'in' expects stride 1 in its last dimension, but got 3");
  in.tensor.strides = nullptr;
  out.strides = {0, 1};
  out.tensor.strides = out.strides.data();
  EXPECT_FAILS(run(), PLAIT_INVALID_ARGUMENT, "'out' expects a stride other than 0 in dimension 0, but got 0");
}

TEST_F(Call, RefusesMissingAndMisalignedData) {
  in.tensor.byte_offset = 2;
  EXPECT_FAILS(run(), PLAIT_INVALID_ARGUMENT, "'in' expects data aligned to 4 bytes, but its address modulo that is 2");
  in.tensor.byte_offset = 0;
  out.tensor.data = nullptr;
  EXPECT_FAILS(run(), PLAIT_INVALID_ARGUMENT, "'out' expects data, but got NULL");
}

} // namespace
