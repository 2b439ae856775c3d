//===- CudaCallTest.cpp - launches on CUDA --------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file tests what a call on CUDA asks of the driver, through one that records it.
//
//===----------------------------------------------------------------------===//

#include "tests/runtime/CudaSupport.h"

using namespace plait;
using namespace plait::test;

namespace {

/// Runs `body(twice, in, out)` with matrices [3, 8] on device 1.
template <typename F> void onDevice(F &&body, void (*change)(pack::Variant &) = nullptr) {
  withDriver(PLAIT_FAKE_DRIVER, [&] {
    pack::PackBuilder builder;
    pack::Manifest manifest = cudaManifest({{"sm_90a"}}, builder);
    if (change)
      change(manifest.entries[0].variants[0]);
    PackPointer pack = openCudaPack(builder, manifest);
    DeviceMatrix in(1, 3, 8), out(1, 3, 8);
    body(find(pack, "twice"), in, out);
    EXPECT_EQ(askFake<int>("fake_depth"), 0) << "the caller's context is current again";
  });
}

plait_status *run(const plait_function *twice, const DeviceMatrix &in, const DeviceMatrix &out) {
  return call(twice, {&in.tensor, &out.tensor});
}

long long address(const DeviceMatrix &matrix) { return (long long)(uintptr_t(matrix.tensor.data)); }

TEST(CudaCall, PassesWhatTheKernelTakes) {
  onDevice([](const plait_function *twice, DeviceMatrix &in, DeviceMatrix &out) {
    int stream = 0;
    plait_call_options options = PLAIT_CALL_OPTIONS;
    options.cuda_stream = &stream;
    ASSERT_OK(call(twice, {&in.tensor, &out.tensor}, &options));
    ASSERT_EQ(recorded().launch_count, 1);
    const fake_launch &launch = recorded().launches[0];
    EXPECT_STREQ(launch.kernel, "sm_90a_default");
    EXPECT_EQ(std::vector(launch.grid, launch.grid + 3), (std::vector<unsigned>{3, 1, 1}));
    EXPECT_EQ(std::vector(launch.block, launch.block + 3), (std::vector<unsigned>{128, 1, 1}));
    EXPECT_EQ(launch.shared, 70'000u);
    EXPECT_EQ(launch.stream, &stream);
    EXPECT_EQ(launch.device, 1);
    std::vector<long long> expected = {address(in), 3, 8, 8, 1, address(out), 3, 8, 8, 1, 3, 1, 0};
    EXPECT_EQ(std::vector(launch.words, launch.words + launch.count), expected);
    // Older options have no stream: what lies behind them is not read.
    options.size = offsetof(plait_call_options, cuda_stream);
    ASSERT_OK(call(twice, {&in.tensor, &out.tensor}, &options));
    EXPECT_EQ(recorded().launches[1].stream, nullptr);
  });
}

TEST(CudaCall, LoadsOnce) {
  onDevice([](const plait_function *twice, DeviceMatrix &in, DeviceMatrix &out) {
    ASSERT_OK(run(twice, in, out));
    ASSERT_OK(run(twice, in, out));
    EXPECT_EQ(recorded().loaded, 1);
    EXPECT_EQ(recorded().attributes, 1);
    EXPECT_EQ(recorded().attribute, 8) << "dynamic shared memory";
    EXPECT_EQ(recorded().value, 70'000);
    DeviceMatrix other(0, 3, 8);
    ASSERT_OK(run(twice, other, other));
    EXPECT_EQ(recorded().loaded, 2);
    EXPECT_EQ(recorded().launches[2].device, 0);
  });
}

TEST(CudaCall, PassesStridesAndOffsets) {
  onDevice([](const plait_function *twice, DeviceMatrix &in, DeviceMatrix &out) {
    in.shape[0] = out.shape[0] = 1;
    in.shape[1] = out.shape[1] = 4;
    in.strides[0] = 7; // of one row: no other is ever read
    in.strides[1] = 1;
    in.tensor.strides = in.strides;
    in.tensor.byte_offset = 16;
    ASSERT_OK(run(twice, in, out));
    std::vector<long long> expected = {address(in) + 16, 1, 4, 7, 1, address(out), 1, 4, 4, 1, 1, 1, 0};
    const fake_launch &launch = recorded().launches[0];
    EXPECT_EQ(std::vector(launch.words, launch.words + launch.count), expected);
  });
}

TEST(CudaCall, SplitsLargeGrids) {
  onDevice(
      [](const plait_function *twice, DeviceMatrix &in, DeviceMatrix &out) {
        ASSERT_OK(run(twice, in, out));
        long long items = 3LL << 31, most = (1LL << 31) - 1, first = 0;
        ASSERT_EQ(recorded().launch_count, 4);
        for (int i = 0; i < 4; ++i) {
          const fake_launch &launch = recorded().launches[i];
          EXPECT_EQ(launch.grid[0], std::min(most, items - first));
          EXPECT_EQ(launch.words[10], 1LL << 31);
          EXPECT_EQ(launch.words[11], 3);
          EXPECT_EQ(launch.words[12], first);
          first += most;
        }
      },
      [](pack::Variant &variant) {
        variant.launches[0].grid[0] = {pack::noSymbol, int64_t(1) << 31, 1};
        variant.launches[0].grid[1] = {0, 1, 1};
      });
}

TEST(CudaCall, LaunchesNothingForNoItems) {
  onDevice([](const plait_function *twice, DeviceMatrix &in, DeviceMatrix &out) {
    DeviceMatrix none(1, 0, 8);
    EXPECT_OK(run(twice, none, none));
    EXPECT_EQ(recorded().launch_count, 0);
    EXPECT_OK(run(twice, in, out));
  });
}

TEST(CudaCall, TakesManagedMemory) {
  onDevice([](const plait_function *twice, DeviceMatrix &in, DeviceMatrix &out) {
    in.tensor.device.device_type = kDLCUDAManaged;
    EXPECT_OK(run(twice, in, out));
    EXPECT_EQ(recorded().launch_count, 1);
  });
}

TEST(CudaCall, RefusesMisalignedArrays) {
  onDevice([](const plait_function *twice, DeviceMatrix &in, DeviceMatrix &out) {
    in.tensor.byte_offset = 4;
    EXPECT_FAILS(run(twice, in, out), PLAIT_INVALID_ARGUMENT,
                 "twice: argument 'in' expects data aligned to 16 bytes on CUDA, but its address modulo that is 4");
    in.tensor.byte_offset = 0;
    out.strides[0] = 9;
    out.strides[1] = 1;
    out.tensor.strides = out.strides;
    EXPECT_FAILS(run(twice, in, out), PLAIT_INVALID_ARGUMENT,
                 "twice: argument 'out' expects strides of a multiple of 8 bytes on CUDA, but dimension 0 has 36");
    out.strides[0] = 10; // 40 bytes suit 8
    EXPECT_OK(run(twice, in, out));
    EXPECT_EQ(recorded().launch_count, 1);
  });
}

TEST(CudaCall, RefusesArraysOfTheHost) {
  onDevice([](const plait_function *twice, DeviceMatrix &in, DeviceMatrix &out) {
    Array<float> host({3, 8});
    EXPECT_FAILS(call(twice, {&in.tensor, &host.tensor}), PLAIT_INVALID_TYPE,
                 "'out' expects an array on CUDA device 1 as 'in', but got one on the CPU");
    EXPECT_FAILS(call(twice, {&host.tensor, &host.tensor}), PLAIT_UNSUPPORTED, "twice is compiled for 'sm_90a', but");
  });
}

TEST(CudaCall, RefusesAnAbsentDevice) {
  onDevice([](const plait_function *twice, DeviceMatrix &in, DeviceMatrix &out) {
    in.tensor.device.device_id = out.tensor.device.device_id = 2;
    EXPECT_FAILS(run(twice, in, out), PLAIT_INVALID_ARGUMENT, "CUDA expects a device from 0 to 1, but got 2");
  });
}

TEST(CudaCall, HoldsTemporaries) {
  onDevice(
      [](const plait_function *twice, DeviceMatrix &in, DeviceMatrix &out) {
        EXPECT_OK(run(twice, in, out));
        Setting result("FAKE_CUDA_RESULT", "999");
        for (auto [name, part] :
             {std::pair("cuMemAllocAsync", "twice: can't allocate 64 bytes for temporaries on CUDA device 1: an error"),
              std::pair("cuMemFreeAsync", "twice: can't free temporaries on CUDA device 1: an error")}) {
          Setting refused("FAKE_CUDA_FAILS", name);
          EXPECT_FAILS(run(twice, in, out), PLAIT_UNAVAILABLE, part);
        }
      },
      [](pack::Variant &variant) { variant.temporaries.push_back({pack::ElementType::F32, {{pack::noSymbol, 4}}}); });
}

TEST(CudaCall, TakesTheCallersWorkspace) {
  onDevice(
      [](const plait_function *twice, DeviceMatrix &in, DeviceMatrix &out) {
        Setting refused("FAKE_CUDA_FAILS", "cuMemAllocAsync"), result("FAKE_CUDA_RESULT", "999");
        GivenWorkspace workspace;
        plait_call_options options = workspace.options();
        ASSERT_OK(call(twice, {&in.tensor, &out.tensor}, &options));
        const fake_launch &launch = recorded().launches[0];
        EXPECT_EQ(launch.words[0], (long long)uintptr_t(workspace.memory));
        EXPECT_EQ(workspace.asked, "2:1 64 ");
        // Older options have none.
        options.size = offsetof(plait_call_options, workspace);
        EXPECT_FAILS(call(twice, {&in.tensor, &out.tensor}, &options), PLAIT_UNAVAILABLE, "can't allocate 64 bytes");
      },
      [](pack::Variant &variant) {
        variant.temporaries.push_back({pack::ElementType::F32, {{pack::noSymbol, 1}, {pack::noSymbol, 4}}});
        variant.launches[0].operands[0] = 2;
      });
}

TEST(CudaCall, RefusesTemporariesThatDoNotFit) {
  onDevice(
      [](const plait_function *twice, DeviceMatrix &in, DeviceMatrix &out) {
        EXPECT_FAILS(run(twice, in, out), PLAIT_OUT_OF_MEMORY,
                     "twice: can't allocate 4194304 bytes for temporaries on CUDA device 1");
      },
      [](pack::Variant &variant) {
        variant.temporaries.push_back({pack::ElementType::F32, {{pack::noSymbol, 1 << 20}}});
      });
}

TEST(CudaCall, RefusesTooMuchSharedMemory) {
  onDevice(
      [](const plait_function *twice, DeviceMatrix &in, DeviceMatrix &out) {
        EXPECT_FAILS(run(twice, in, out), PLAIT_UNSUPPORTED,
                     "twice for 'sm_90a' expects 232449 bytes of shared memory for a block of 'sm_90a_default', but "
                     "CUDA device 1 has 232448");
      },
      [](pack::Variant &variant) { variant.launches[0].shared = 232449; });
}

TEST(CudaCall, RefusesGridsThatDoNotFit) {
  onDevice(
      [](const plait_function *twice, DeviceMatrix &in, DeviceMatrix &out) {
        EXPECT_FAILS(run(twice, in, out), PLAIT_INVALID_SHAPE, "launch of 'sm_90a_default' expects at most 2^32");
      },
      [](pack::Variant &variant) { variant.launches[0].grid[0] = {0, int64_t(1) << 32, 1}; });
}

TEST(CudaCall, ReportsRefusalsAndStaysUsable) {
  onDevice([](const plait_function *twice, DeviceMatrix &in, DeviceMatrix &out) {
    Setting result("FAKE_CUDA_RESULT", "999");
    for (auto [name, part] :
         {std::pair("cuDeviceGetAttribute", "can't describe CUDA device 1"),
          std::pair("cuModuleLoadDataEx", "can't load machine code of twice for 'sm_90a' on CUDA device 1: an error"),
          std::pair("cuModuleGetFunction", "can't find kernel 'sm_90a_default' of twice for 'sm_90a': an error"),
          std::pair("cuFuncSetAttribute", "'sm_90a_default' can't have 70000 bytes of shared memory on CUDA device 1"),
          std::pair("cuCtxPushCurrent", "can't use CUDA device 1"),
          std::pair("cuLaunchKernel", "twice: can't launch 'sm_90a_default' on CUDA device 1: an error")}) {
      {
        PackPointer fresh = openCudaPack({{"sm_90a"}}); // has loaded nothing yet
        Setting failing("FAKE_CUDA_FAILS", name);
        EXPECT_FAILS(run(find(fresh, "twice"), in, out), PLAIT_UNAVAILABLE, part);
      }
      EXPECT_OK(run(twice, in, out)) << name;
    }
  });
}

} // namespace
