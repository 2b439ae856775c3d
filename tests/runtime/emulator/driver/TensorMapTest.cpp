//===- TensorMapTest.cpp - tensor maps ------------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file tests what the driver takes for a tensor map and what not, and that kernels
// find maps wherever they may be.
//
//===----------------------------------------------------------------------===//

#include "tests/runtime/emulator/driver/Support.h"

#include <numeric>
#include <span>

using namespace plait::emulator::test;

namespace {

/// The arguments of cuTensorMapEncodeTiled, at first those of a matrix of 64 x 8 floats in boxes of 32 x 4.
struct Arguments {
  CUtensorMapDataType type = CU_TENSOR_MAP_DATA_TYPE_FLOAT32;
  uint32_t rank = 2;
  uintptr_t address = 1 << 20;
  uint64_t sizes[6] = {64, 8, 4, 4, 4, 4}, strides[5] = {256, 2048, 8192, 32768, 131072};
  uint32_t box[6] = {32, 4, 2, 2, 2, 2}, steps[6] = {1, 1, 1, 1, 1, 1};
  CUtensorMapInterleave interleave = CU_TENSOR_MAP_INTERLEAVE_NONE;
  CUtensorMapSwizzle swizzle = CU_TENSOR_MAP_SWIZZLE_NONE;
  CUtensorMapL2promotion promotion = CU_TENSOR_MAP_L2_PROMOTION_NONE;
  CUtensorMapFloatOOBfill fill = CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE;

  CUresult encode(const Cuda &cuda, CUtensorMap *map) const {
    return cuda.cuTensorMapEncodeTiled(map, type, rank, reinterpret_cast<void *>(address), sizes, strides, box, steps,
                                       interleave, swizzle, promotion, fill);
  }
};

struct Case {
  void (*change)(Arguments &);
  const char *message; ///< none for what is taken
  CUresult result = CUDA_ERROR_INVALID_VALUE;
};

void checkAll(const Cuda &cuda, std::span<const Case> cases) {
  for (const Case &each : cases) {
    SCOPED_TRACE(each.message ? each.message : "is taken");
    CUtensorMap map;
    Arguments arguments;
    each.change(arguments);
    cuda.clear();
    EXPECT_EQ(arguments.encode(cuda, &map), each.message ? each.result : CUDA_SUCCESS) << cuda.report();
    EXPECT_PART(cuda.report(), each.message ? each.message : "");
  }
}

using A = Arguments;
const Case taken[] = {
    {[](A &) {}, nullptr},
    {[](A &a) { a.rank = 1; }, nullptr},
    {[](A &a) { a.rank = 5; }, nullptr},
    {[](A &a) { a.address += 16; }, nullptr},
    {[](A &a) { a.sizes[0] = a.sizes[1] = uint64_t(1) << 32; }, nullptr},
    {[](A &a) { a.strides[0] = (uint64_t(1) << 40) - 16; }, nullptr},
    {[](A &a) { a.box[0] = a.box[1] = 256; }, nullptr},
    {[](A &a) { a.steps[0] = 100; }, nullptr}, // is ignored
    {[](A &a) { a.steps[1] = 8; }, nullptr},
    {[](A &a) { a.swizzle = CU_TENSOR_MAP_SWIZZLE_128B; }, nullptr},
    {[](A &a) { (a.swizzle = CU_TENSOR_MAP_SWIZZLE_64B, a.box[0] = 16); }, nullptr},
    {[](A &a) { (a.swizzle = CU_TENSOR_MAP_SWIZZLE_32B, a.box[0] = 8); }, nullptr},
    {[](A &a) { a.promotion = CU_TENSOR_MAP_L2_PROMOTION_L2_256B; }, nullptr},
    {[](A &a) { a.fill = CU_TENSOR_MAP_FLOAT_OOB_FILL_NAN_REQUEST_ZERO_FMA; }, nullptr},
    {[](A &a) { a.type = CU_TENSOR_MAP_DATA_TYPE_TFLOAT32_FTZ; }, nullptr},
};

const Case refused[] = {
    {[](A &a) { a.type = CUtensorMapDataType(16); }, "expects a tensorDataType of 0 to 15, but got 16"},
    {[](A &a) { a.interleave = CUtensorMapInterleave(3); }, "expects an interleave of 0 to 2, but got 3"},
    {[](A &a) { a.swizzle = CUtensorMapSwizzle(7); }, "expects a swizzle of 0 to 6, but got 7"},
    {[](A &a) { a.promotion = CUtensorMapL2promotion(4); }, "expects an l2Promotion of 0 to 3, but got 4"},
    {[](A &a) { a.fill = CUtensorMapFloatOOBfill(2); }, "expects an oobFill of 0 to 1, but got 2"},
    {[](A &a) { a.rank = 0; }, "expects a tensorRank of 1 to 5, but got 0"},
    {[](A &a) { a.rank = 6; }, "expects a tensorRank of 1 to 5, but got 6"},
    {[](A &a) { a.interleave = CU_TENSOR_MAP_INTERLEAVE_16B; }, "expects a tensorRank of 3 to 5, but got 2"},
    {[](A &a) { a.address += 8; }, "expects a globalAddress that is a multiple of 16, but got 0x100008"},
    {[](A &a) {
       a.rank = 3;
       a.interleave = CU_TENSOR_MAP_INTERLEAVE_32B;
       a.swizzle = CU_TENSOR_MAP_SWIZZLE_32B;
       a.address += 16;
     },
     "expects a globalAddress that is a multiple of 32, but got 0x100010"},
    {[](A &a) {
       a.rank = 3;
       a.interleave = CU_TENSOR_MAP_INTERLEAVE_32B;
     },
     "expects the swizzle 32B with the interleave 32B, but got 0"},
    {[](A &a) { a.sizes[1] = 0; }, "expects a globalDim[1] of 1 to 4294967296, but got 0"},
    {[](A &a) { a.sizes[0] = (uint64_t(1) << 32) + 1; },
     "expects a globalDim[0] of 1 to 4294967296, but got 4294967297"},
    {[](A &a) { a.strides[0] = 260; }, "expects a globalStrides[0] that is a multiple of 16, but got 0x104"},
    {[](A &a) { a.strides[0] = uint64_t(1) << 40; }, "expects a globalStrides[0] of 0 to 1099511627775"},
    {[](A &a) { a.box[1] = 0; }, "expects a boxDim[1] of 1 to 256, but got 0"},
    {[](A &a) { a.box[0] = 257; }, "expects a boxDim[0] of 1 to 256, but got 257"},
    {[](A &a) { a.box[0] = 30; }, "expects a boxDim[0] of whole 16 bytes, but got 120 bytes"},
    {[](A &a) { (a.swizzle = CU_TENSOR_MAP_SWIZZLE_128B, a.box[0] = 64); },
     "at most the 128 bytes that the swizzle has"},
    {[](A &a) { a.swizzle = CU_TENSOR_MAP_SWIZZLE_64B; }, "at most the 64 bytes that the swizzle has, but got 128"},
    {[](A &a) { a.swizzle = CU_TENSOR_MAP_SWIZZLE_32B; }, "at most the 32 bytes that the swizzle has, but got 128"},
    {[](A &a) { a.steps[1] = 0; }, "expects an elementStrides[1] of 1 to 8, but got 0"},
    {[](A &a) { a.steps[1] = 9; }, "expects an elementStrides[1] of 1 to 8, but got 9"},
    {[](A &a) {
       a.type = CU_TENSOR_MAP_DATA_TYPE_INT32;
       a.fill = CU_TENSOR_MAP_FLOAT_OOB_FILL_NAN_REQUEST_ZERO_FMA;
     },
     "expects elements of a floating-point type to fill with NaN, but got tensorDataType 3"},
    // What a driver may take.
    {[](A &a) { (a.rank = 3, a.interleave = CU_TENSOR_MAP_INTERLEAVE_16B); },
     "expects a tensor without an interleave, but got 1", CUDA_ERROR_NOT_SUPPORTED},
    {[](A &a) { a.type = CU_TENSOR_MAP_DATA_TYPE_16U4_ALIGN8B; }, "expects elements of whole bytes",
     CUDA_ERROR_NOT_SUPPORTED},
    {[](A &a) { (a.swizzle = CU_TENSOR_MAP_SWIZZLE_128B, a.box[0] = 16); },
     "expects a boxDim[0] of all the 128 bytes that the swizzle has, but got 64 bytes", CUDA_ERROR_NOT_SUPPORTED},
    {[](A &a) { a.swizzle = CU_TENSOR_MAP_SWIZZLE_128B_ATOM_32B; },
     "expects a device of compute capability 10.0 or higher for swizzle 4, but got 9.0", CUDA_ERROR_NOT_SUPPORTED},
};

TEST(TensorMap, ChecksArguments) {
  withContext({}, [](const Cuda &cuda) {
    checkAll(cuda, taken);
    checkAll(cuda, refused);
    CUtensorMap maps[2];
    Arguments arguments;
    auto *misplaced = reinterpret_cast<CUtensorMap *>(reinterpret_cast<char *>(maps) + 32);
    EXPECT_EQ(arguments.encode(cuda, misplaced), CUDA_ERROR_INVALID_VALUE);
    EXPECT_PART(cuda.report(), "expects the address of a tensorMap that is a multiple of 64");
    EXPECT_EQ(arguments.encode(cuda, nullptr), CUDA_ERROR_INVALID_VALUE);
    EXPECT_EQ(cuda.cuTensorMapEncodeTiled(maps, arguments.type, 1, nullptr, nullptr, nullptr, arguments.box,
                                          arguments.steps, arguments.interleave, arguments.swizzle, arguments.promotion,
                                          arguments.fill),
              CUDA_ERROR_INVALID_VALUE);
    EXPECT_PART(cuda.report(), "expects globalDim, globalStrides, boxDim and elementStrides, but got NULL");
  });
}

/// CU_DEVICE_ATTRIBUTE_TENSOR_MAP_ACCESS_SUPPORTED.
int hasTensorMaps(const Cuda &cuda) {
  int value = -1;
  EXPECT_CUDA(cuda.cuDeviceGetAttribute(&value, 127, 0));
  return value;
}

TEST(TensorMap, DependsOnTheDevice) {
  withContext({{"PLAIT_EMULATOR_ARCH", "sm_100"}}, [](const Cuda &cuda) {
    const Case atoms[] = {
        {[](A &a) { a.swizzle = CU_TENSOR_MAP_SWIZZLE_128B_ATOM_32B; }, nullptr},
        {[](A &a) { a.swizzle = CU_TENSOR_MAP_SWIZZLE_128B_ATOM_32B_FLIP_8B; }, nullptr},
        {[](A &a) { a.swizzle = CU_TENSOR_MAP_SWIZZLE_128B_ATOM_64B; }, nullptr},
    };
    checkAll(cuda, atoms);
    EXPECT_EQ(hasTensorMaps(cuda), 1);
  });
  withContext({{"PLAIT_EMULATOR_ARCH", "sm_80"}}, [](const Cuda &cuda) {
    const Case none[] = {
        {[](A &) {}, "expects a device of compute capability 9.0 or higher, but got 8.0", CUDA_ERROR_NOT_SUPPORTED}};
    checkAll(cuda, none);
    EXPECT_EQ(hasTensorMaps(cuda), 0);
  });
}

TEST(TensorMap, ReplacesAddresses) {
  withContext({}, [](const Cuda &cuda) {
    CUtensorMap map = {};
    auto address = [](uintptr_t value) { return reinterpret_cast<void *>(value); };
    EXPECT_EQ(cuda.cuTensorMapReplaceAddress(&map, address(4096)), CUDA_ERROR_INVALID_VALUE);
    EXPECT_PART(cuda.report(), "expects a map of cuTensorMapEncodeTiled, but got other bytes");
    EXPECT_CUDA(Arguments().encode(cuda, &map));
    EXPECT_CUDA(cuda.cuTensorMapReplaceAddress(&map, address(4096)));
    EXPECT_EQ(cuda.cuTensorMapReplaceAddress(&map, address(4104)), CUDA_ERROR_INVALID_VALUE);
    EXPECT_PART(cuda.report(), "cuTensorMapReplaceAddress expects a globalAddress that is a multiple of 16");
    EXPECT_EQ(cuda.cuTensorMapReplaceAddress(nullptr, nullptr), CUDA_ERROR_INVALID_VALUE);
  });
}

/// Copies four rows of 32 floats from row 4 on, by a map in the parameters (0), in global memory (1), in a variable of
/// the module (2) or in one of its constants (3).
const char *const copyKernel = R"(.version 8.0
.target sm_90
.address_size 64
.global .align 64 .b8 variable[128];
.const .align 64 .b8 constant[128];
.visible .entry copy(.param .u64 out, .param .align 64 .b8 map[128], .param .u64 inMemory, .param .u32 which)
{
  .shared .align 128 .b8 buffer[512];
  .shared .align 8 .b64 bar;
  .reg .pred %p<5>;
  .reg .b32 %r<5>;
  .reg .b64 %rd<8>;
  ld.param.u32 %r1, [which];
  mov.b64 %rd1, map;
  cvta.param.u64 %rd1, %rd1;
  setp.eq.u32 %p1, %r1, 1;
  @%p1 ld.param.u64 %rd1, [inMemory];
  setp.eq.u32 %p2, %r1, 2;
  @%p2 mov.u64 %rd1, variable;
  @%p2 cvta.global.u64 %rd1, %rd1;
  setp.eq.u32 %p3, %r1, 3;
  @%p3 mov.u64 %rd1, constant;
  @%p3 cvta.const.u64 %rd1, %rd1;
  mbarrier.init.shared.b64 [bar], 1;
  mbarrier.arrive.expect_tx.shared.b64 %rd2, [bar], 512;
  cp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::complete_tx::bytes [buffer], [%rd1, {0, 4}], [bar];
wait:
  mbarrier.try_wait.shared.b64 %p4, [bar], %rd2;
  @!%p4 bra wait;
  ld.param.u64 %rd3, [out];
  cp.async.bulk.global.shared::cta.bulk_group [%rd3], [buffer], 512;
  cp.async.bulk.commit_group;
  cp.async.bulk.wait_group 0;
  ret;
}
)";

TEST(TensorMap, IsFoundByKernels) {
  withContext({}, [](const Cuda &cuda) {
    CUmodule module = nullptr;
    CUfunction function = nullptr;
    ASSERT_CUDA(cuda.cuModuleLoadData(&module, copyKernel)) << cuda.report();
    ASSERT_CUDA(cuda.cuModuleGetFunction(&function, module, "copy"));
    std::vector<float> values(64 * 8), expected;
    std::iota(values.begin(), values.end(), 1.0f);
    CUdeviceptr data = upload(cuda, values), variables[2] = {};
    CUtensorMap map;
    ASSERT_CUDA(Arguments().encode(cuda, &map));
    ASSERT_CUDA(cuda.cuTensorMapReplaceAddress(&map, reinterpret_cast<void *>(data)));
    ASSERT_CUDA(cuda.cuModuleGetGlobal_v2(&variables[0], nullptr, module, "variable"));
    ASSERT_CUDA(cuda.cuModuleGetGlobal_v2(&variables[1], nullptr, module, "constant"));
    for (CUdeviceptr variable : variables)
      ASSERT_CUDA(cuda.cuMemcpyHtoD_v2(variable, &map, sizeof(map)));
    for (unsigned row = 4; row < 8; ++row)
      expected.insert(expected.end(), &values[row * 64], &values[row * 64 + 32]);
    CUdeviceptr inMemory = upload(cuda, std::vector<CUtensorMap>{map});
    for (unsigned which = 0; which < 4; ++which) {
      SCOPED_TRACE(which);
      CUdeviceptr out = upload(cuda, std::vector<float>(128));
      void *parameters[] = {&out, &map, &inMemory, &which};
      EXPECT_CUDA(cuda.cuLaunchKernel(function, 1, 1, 1, 1, 1, 1, 0, nullptr, parameters, nullptr));
      EXPECT_CUDA(cuda.cuCtxSynchronize());
      EXPECT_STREQ(cuda.report(), "");
      EXPECT_EQ(download<float>(cuda, out, 128), expected);
    }
    CUtensorMap garbage = {};
    unsigned which = 0;
    void *parameters[] = {&data, &garbage, &inMemory, &which};
    EXPECT_CUDA(cuda.cuLaunchKernel(function, 1, 1, 1, 1, 1, 1, 0, nullptr, parameters, nullptr));
    EXPECT_EQ(cuda.cuCtxSynchronize(), CUDA_ERROR_LAUNCH_TIMEOUT);
    EXPECT_PART(cuda.report(), "expects a tensor map of cuTensorMapEncodeTiled in the kernel's parameters");
  });
}

} // namespace
