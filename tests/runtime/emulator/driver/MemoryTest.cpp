//===- MemoryTest.cpp - memory, copies, pointers --------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file tests allocations, copies, fills and what is told of pointers.
//
//===----------------------------------------------------------------------===//

#include "tests/runtime/emulator/driver/Support.h"

#include <numeric>

using namespace plait::emulator::test;

namespace {

TEST(Memory, IsAllocatedAndFreed) {
  withContext({{"PLAIT_EMULATOR_MEMORY", "1M"}}, [](const Cuda &cuda) {
    size_t free = 0, total = 0, left = 0;
    EXPECT_CUDA(cuda.cuMemGetInfo_v2(&free, &total));
    EXPECT_EQ(total, 1u << 20);
    EXPECT_EQ(free, total);
    CUdeviceptr data = 0, more = 0;
    EXPECT_CUDA(cuda.cuMemAlloc_v2(&data, 1000));
    EXPECT_EQ(data % 256, 0u);
    EXPECT_CUDA(cuda.cuMemGetInfo_v2(&left, &total));
    EXPECT_LE(left, free - 1000);
    EXPECT_EQ(cuda.cuMemAlloc_v2(&more, 1 << 20), CUDA_ERROR_OUT_OF_MEMORY);
    EXPECT_EQ(cuda.cuMemAlloc_v2(&more, 0), CUDA_ERROR_INVALID_VALUE);
    EXPECT_EQ(cuda.cuMemFree_v2(data + 4), CUDA_ERROR_INVALID_VALUE);
    EXPECT_CUDA(cuda.cuMemFree_v2(data));
    EXPECT_EQ(cuda.cuMemFree_v2(data), CUDA_ERROR_INVALID_VALUE);
    EXPECT_CUDA(cuda.cuMemFree_v2(0));
    EXPECT_CUDA(cuda.cuMemAllocAsync(&more, 1 << 19, nullptr));
    EXPECT_CUDA(cuda.cuMemFreeAsync(more, nullptr));
    EXPECT_CUDA(cuda.cuMemGetInfo_v2(&left, &total));
    EXPECT_EQ(left, free);
  });
}

TEST(Memory, IsCopied) {
  withContext({}, [](const Cuda &cuda) {
    std::vector<int> values(100), other(100);
    std::iota(values.begin(), values.end(), 7);
    CUdeviceptr a = upload(cuda, values), b = upload(cuda, other);
    EXPECT_CUDA(cuda.cuMemcpyDtoD_v2(b, a, 400));
    EXPECT_EQ(download<int>(cuda, b, 100), values);
    EXPECT_CUDA(cuda.cuMemcpyHtoDAsync_v2(b + 4, &values[0], 4, nullptr));
    EXPECT_CUDA(cuda.cuMemcpyDtoHAsync_v2(other.data(), b, 400, nullptr));
    EXPECT_EQ(other[1], 7);
    EXPECT_EQ(other[2], 9);
    // The driver itself finds out which is which.
    auto address = [](int &value) { return CUdeviceptr(reinterpret_cast<uintptr_t>(&value)); };
    EXPECT_CUDA(cuda.cuMemcpy(address(other[0]), a + 40, 4));
    EXPECT_EQ(other[0], 17);
    EXPECT_CUDA(cuda.cuMemcpy(b, address(other[2]), 4));
    EXPECT_EQ(download<int>(cuda, b, 1)[0], 9);
    EXPECT_CUDA(cuda.cuMemcpyDtoH_v2(nullptr, 0, 0));
    EXPECT_EQ(cuda.cuMemcpyDtoH_v2(nullptr, a, 4), CUDA_ERROR_INVALID_VALUE);
  });
}

TEST(Memory, RefusesCopiesOutsideOfIt) {
  withContext({}, [](const Cuda &cuda) {
    std::vector<char> values(100);
    CUdeviceptr data = upload(cuda, values);
    EXPECT_EQ(cuda.cuMemcpyHtoD_v2(data + 1, values.data(), 100), CUDA_ERROR_INVALID_VALUE);
    EXPECT_PART(cuda.report(), "expects 100 bytes");
    cuda.clear();
    EXPECT_STREQ(cuda.report(), "");
    EXPECT_EQ(cuda.cuMemcpyDtoH_v2(values.data(), data - 1, 2), CUDA_ERROR_INVALID_VALUE);
    EXPECT_EQ(cuda.cuMemsetD8_v2(data, 0, 101), CUDA_ERROR_INVALID_VALUE);
    EXPECT_EQ(cuda.cuMemcpyDtoD_v2(data, 16, 4), CUDA_ERROR_INVALID_VALUE);
    EXPECT_CUDA(cuda.cuMemcpyHtoD_v2(data, values.data(), 100));
  });
}

TEST(Memory, IsFilled) {
  withContext({}, [](const Cuda &cuda) {
    CUdeviceptr data = upload(cuda, std::vector<unsigned>(8, 1));
    EXPECT_CUDA(cuda.cuMemsetD32Async(data, 0x01020304, 8, nullptr));
    EXPECT_CUDA(cuda.cuMemsetD8_v2(data + 1, 0xff, 2));
    EXPECT_CUDA(cuda.cuMemsetD16_v2(data + 8, 0xabcd, 1));
    auto values = download<unsigned>(cuda, data, 3);
    EXPECT_EQ(values, (std::vector<unsigned>{0x01ffff04, 0x01020304, 0x0102abcd}));
    EXPECT_CUDA(cuda.cuMemsetD2D32_v2(data, 16, 5, 2, 2));
    EXPECT_EQ(download<unsigned>(cuda, data, 7),
              (std::vector<unsigned>{5, 5, 0x0102abcd, 0x01020304, 5, 5, 0x01020304}));
    EXPECT_EQ(cuda.cuMemsetD16_v2(data + 1, 0, 1), CUDA_ERROR_INVALID_VALUE);
    EXPECT_EQ(cuda.cuMemsetD2D32_v2(data, 4, 5, 2, 2), CUDA_ERROR_INVALID_VALUE);
  });
}

TEST(Memory, IsCopiedByRows) {
  withContext({}, [](const Cuda &cuda) {
    CUdeviceptr data = 0;
    size_t pitch = 0;
    ASSERT_CUDA(cuda.cuMemAllocPitch_v2(&data, &pitch, 12, 2, 4));
    EXPECT_GE(pitch, 12u);
    EXPECT_EQ(pitch % 256, 0u);
    std::vector<int> from{1, 2, 3, 4, 5, 6};
    CUDA_MEMCPY2D copy = {{0, 0, CU_MEMORYTYPE_HOST, from.data(), 0, nullptr, 12},
                          {0, 0, CU_MEMORYTYPE_DEVICE, nullptr, data, nullptr, pitch},
                          12,
                          2};
    ASSERT_CUDA(cuda.cuMemcpy2D_v2(&copy));
    EXPECT_EQ(download<int>(cuda, data + pitch, 3), (std::vector<int>{4, 5, 6}));
    // The second and third column of the second row.
    std::vector<int> to(2);
    copy.src = {4, 1, CU_MEMORYTYPE_UNIFIED, nullptr, data, nullptr, pitch};
    copy.dst = {0, 0, CU_MEMORYTYPE_HOST, to.data(), 0, nullptr, 8};
    copy.widthInBytes = 8;
    copy.height = 1;
    ASSERT_CUDA(cuda.cuMemcpy2D_v2(&copy));
    EXPECT_EQ(to, (std::vector<int>{5, 6}));
    copy.src.memoryType = CU_MEMORYTYPE_ARRAY;
    EXPECT_EQ(cuda.cuMemcpy2D_v2(&copy), CUDA_ERROR_NOT_SUPPORTED);
    copy.height = 2;
    copy.dst.pitch = 4;
    EXPECT_EQ(cuda.cuMemcpy2D_v2(&copy), CUDA_ERROR_INVALID_VALUE);
  });
}

TEST(Memory, OfTheHostIsRegisteredOnce) {
  withContext({}, [](const Cuda &cuda) {
    std::vector<char> values(100);
    EXPECT_CUDA(cuda.cuMemHostRegister_v2(&values[10], 50, 0));
    EXPECT_EQ(cuda.cuMemHostRegister_v2(&values[0], 11, 0), CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED);
    EXPECT_EQ(cuda.cuMemHostRegister_v2(&values[59], 10, 0), CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED);
    EXPECT_CUDA(cuda.cuMemHostRegister_v2(&values[60], 10, 0));
    constexpr unsigned deviceMap = 2;
    EXPECT_EQ(cuda.cuMemHostRegister_v2(&values[80], 10, deviceMap), CUDA_ERROR_NOT_SUPPORTED);
    EXPECT_CUDA(cuda.cuMemHostUnregister(&values[10]));
    EXPECT_EQ(cuda.cuMemHostUnregister(&values[10]), CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED);
  });
}

TEST(Memory, TellsWhatAnAddressIs) {
  withContext({}, [](const Cuda &cuda) {
    unsigned type = 0, isManaged = 0;
    size_t bytes = 0;
    CUdeviceptr data = 0, managed = 0, begin = 0;
    void *host = nullptr;
    ASSERT_CUDA(cuda.cuMemAlloc_v2(&data, 1000));
    ASSERT_CUDA(cuda.cuMemHostAlloc(&host, 100, 0));
    ASSERT_CUDA(cuda.cuMemAllocManaged(&managed, 100, 1));
    EXPECT_CUDA(cuda.cuPointerGetAttribute(&type, CU_POINTER_ATTRIBUTE_MEMORY_TYPE, data + 500));
    EXPECT_EQ(type, CU_MEMORYTYPE_DEVICE);
    EXPECT_CUDA(cuda.cuPointerGetAttribute(&begin, CU_POINTER_ATTRIBUTE_RANGE_START_ADDR, data + 500));
    EXPECT_CUDA(cuda.cuPointerGetAttribute(&bytes, CU_POINTER_ATTRIBUTE_RANGE_SIZE, data + 500));
    EXPECT_EQ(begin, data);
    EXPECT_EQ(bytes, 1000u);
    CUdeviceptr pinned = reinterpret_cast<uintptr_t>(host);
    EXPECT_CUDA(cuda.cuPointerGetAttribute(&type, CU_POINTER_ATTRIBUTE_MEMORY_TYPE, pinned));
    EXPECT_EQ(type, CU_MEMORYTYPE_HOST);
    EXPECT_CUDA(cuda.cuPointerGetAttribute(&isManaged, CU_POINTER_ATTRIBUTE_IS_MANAGED, managed));
    EXPECT_EQ(isManaged, 1u);
    CUdeviceptr onHost = 1;
    EXPECT_CUDA(cuda.cuPointerGetAttribute(&onHost, CU_POINTER_ATTRIBUTE_HOST_POINTER, managed));
    EXPECT_EQ(onHost, managed);
    EXPECT_CUDA(cuda.cuPointerGetAttribute(&onHost, CU_POINTER_ATTRIBUTE_HOST_POINTER, data));
    EXPECT_EQ(onHost, 0u);
    char values[20];
    CUdeviceptr registered = reinterpret_cast<uintptr_t>(values);
    EXPECT_CUDA(cuda.cuMemHostRegister_v2(values, 10, 0));
    EXPECT_CUDA(cuda.cuPointerGetAttribute(&type, CU_POINTER_ATTRIBUTE_MEMORY_TYPE, registered + 9));
    EXPECT_EQ(type, CU_MEMORYTYPE_HOST);
    EXPECT_EQ(cuda.cuPointerGetAttribute(&type, CU_POINTER_ATTRIBUTE_MEMORY_TYPE, registered + 10),
              CUDA_ERROR_INVALID_VALUE);
    EXPECT_CUDA(cuda.cuMemHostUnregister(values));
    CUdeviceptr stranger = reinterpret_cast<uintptr_t>(&type);
    EXPECT_EQ(cuda.cuPointerGetAttribute(&type, CU_POINTER_ATTRIBUTE_MEMORY_TYPE, stranger), CUDA_ERROR_INVALID_VALUE);
    EXPECT_EQ(cuda.cuMemFree_v2(pinned), CUDA_ERROR_INVALID_VALUE) << "each kind has its own call";
    EXPECT_CUDA(cuda.cuMemFreeHost(host));
    EXPECT_CUDA(cuda.cuMemFree_v2(managed));
  });
}

TEST(Memory, TellsOfWhatItDoesNotKnowNothing) {
  withContext({}, [](const Cuda &cuda) {
    CUdeviceptr data = 0, begin = 1, mapped = 1;
    void *host = nullptr;
    ASSERT_CUDA(cuda.cuMemAlloc_v2(&data, 1000));
    ASSERT_CUDA(cuda.cuMemHostAlloc(&host, 100, 0));
    unsigned type = 7;
    size_t bytes = 7;
    CUpointer_attribute attributes[] = {CU_POINTER_ATTRIBUTE_MEMORY_TYPE, CU_POINTER_ATTRIBUTE_RANGE_SIZE};
    void *results[] = {&type, &bytes};
    EXPECT_CUDA(cuda.cuPointerGetAttributes(2, attributes, results, data + 8));
    EXPECT_EQ(type, CU_MEMORYTYPE_DEVICE);
    EXPECT_EQ(bytes, 1000u);
    EXPECT_CUDA(cuda.cuPointerGetAttributes(2, attributes, results, reinterpret_cast<uintptr_t>(&type)));
    EXPECT_EQ(type, 0u);
    EXPECT_EQ(bytes, 0u);
    EXPECT_CUDA(cuda.cuMemGetAddressRange_v2(&begin, &bytes, data + 999));
    EXPECT_EQ(begin, data);
    EXPECT_EQ(bytes, 1000u);
    EXPECT_EQ(cuda.cuMemGetAddressRange_v2(&begin, &bytes, data + 1000), CUDA_ERROR_NOT_FOUND);
    EXPECT_CUDA(cuda.cuMemHostGetDevicePointer_v2(&mapped, host, 0));
    EXPECT_EQ(mapped, reinterpret_cast<uintptr_t>(host));
    EXPECT_EQ(cuda.cuMemHostGetDevicePointer_v2(&mapped, &type, 0), CUDA_ERROR_INVALID_VALUE);
  });
}

TEST(Memory, ComesFromTheDefaultPool) {
  withContext({}, [](const Cuda &cuda) {
    CUmemoryPool pool = nullptr;
    CUdeviceptr data = 0;
    uint64_t threshold = 5;
    constexpr int releaseThreshold = 4, reuse = 1;
    ASSERT_CUDA(cuda.cuDeviceGetDefaultMemPool(&pool, 0));
    EXPECT_CUDA(cuda.cuMemPoolSetAttribute(pool, releaseThreshold, &threshold));
    threshold = 0;
    EXPECT_CUDA(cuda.cuMemPoolGetAttribute(pool, releaseThreshold, &threshold));
    EXPECT_EQ(threshold, 5u);
    EXPECT_EQ(cuda.cuMemPoolGetAttribute(pool, reuse, &threshold), CUDA_ERROR_NOT_SUPPORTED);
    EXPECT_CUDA(cuda.cuMemAllocFromPoolAsync(&data, 100, pool, nullptr));
    EXPECT_EQ(cuda.cuMemAllocFromPoolAsync(&data, 100, nullptr, nullptr), CUDA_ERROR_INVALID_VALUE);
    EXPECT_CUDA(cuda.cuMemFreeAsync(data, nullptr));
    EXPECT_CUDA(cuda.cuMemPoolTrimTo(pool, 0));
  });
}

TEST(Memory, GoesWithItsContext) {
  withContext({}, [](const Cuda &cuda) {
    CUcontext context = nullptr;
    CUdeviceptr data = 0;
    char byte = 0;
    ASSERT_CUDA(cuda.cuCtxCreate_v2(&context, 0, 0));
    ASSERT_CUDA(cuda.cuMemAlloc_v2(&data, 16));
    ASSERT_CUDA(cuda.cuCtxDestroy_v2(context));
    EXPECT_EQ(cuda.cuMemcpyHtoD_v2(data, &byte, 1), CUDA_ERROR_INVALID_VALUE);
    CUcontext current = nullptr;
    EXPECT_CUDA(cuda.cuCtxGetCurrent(&current));
    EXPECT_NE(current, nullptr) << "the one below is current again";
    EXPECT_NE(current, context);
  });
}

} // namespace
