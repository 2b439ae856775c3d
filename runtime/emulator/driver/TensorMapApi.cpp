//===- TensorMapApi.cpp - tensor maps -------------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements what encodes tensor maps, with the requirements that the
// driver's documentation lists.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/driver/Enter.h"
#include "runtime/emulator/machine/TensorMap.h"
#include "runtime/emulator/machine/Text.h"

#include <cstring>

using namespace plait::emulator;

namespace {

constexpr const char *encodeTiled = "cuTensorMapEncodeTiled", *replaceAddress = "cuTensorMapReplaceAddress";
constexpr uint64_t unit = 16; ///< that addresses, strides and rows are multiples of

template <typename... Parts> void expect(bool holds, const char *function, const Parts &...parts) {
  if (!holds)
    throw Error(0, text(function, " expects ", parts...));
}

template <typename T> void expectRange(const char *what, unsigned index, T value, T low, T high) {
  expect(value >= low && value <= high, encodeTiled, what, "[", index, "] of ", low, " to ", high, ", but got ", value);
}

template <typename T> void expectEnum(const char *what, T value, T last) {
  expect(value >= 0 && value <= last, encodeTiled, what, " of 0 to ", int(last), ", but got ", int(value));
}

void expectMultiple(const char *function, const std::string &what, uint64_t value, uint64_t factor) {
  expect(value % factor == 0, function, what, " that is a multiple of ", factor, ", but got ", Hex{value});
}

struct Request {
  CUtensorMapDataType type;
  uint32_t rank;
  const void *address;
  const uint64_t *dimensions, *strides;
  const uint32_t *box, *elementStrides;
  CUtensorMapInterleave interleave;
  CUtensorMapSwizzle swizzle;
  CUtensorMapL2promotion promotion;
  CUtensorMapFloatOOBfill fill;

  bool isPacked() const { return type >= CU_TENSOR_MAP_DATA_TYPE_16U4_ALIGN8B; }
  bool isInterleaved() const { return interleave != CU_TENSOR_MAP_INTERLEAVE_NONE; }
  TensorType elementType() const { return TensorType(type); }
};

void checkEnums(const Request &request) {
  expectEnum("a tensorDataType", request.type, CU_TENSOR_MAP_DATA_TYPE_16U6_ALIGN16B);
  expectEnum("an interleave", request.interleave, CU_TENSOR_MAP_INTERLEAVE_32B);
  expectEnum("a swizzle", request.swizzle, CU_TENSOR_MAP_SWIZZLE_128B_ATOM_64B);
  expectEnum("an l2Promotion", request.promotion, CU_TENSOR_MAP_L2_PROMOTION_L2_256B);
  expectEnum("an oobFill", request.fill, CU_TENSOR_MAP_FLOAT_OOB_FILL_NAN_REQUEST_ZERO_FMA);
  uint32_t least = request.isInterleaved() ? 3 : 1;
  expect(request.rank >= least && request.rank <= TensorMap::maxRank, encodeTiled, "a tensorRank of ", least, " to ",
         TensorMap::maxRank, ", but got ", request.rank);
  expect(request.interleave != CU_TENSOR_MAP_INTERLEAVE_32B || request.swizzle == CU_TENSOR_MAP_SWIZZLE_32B,
         encodeTiled, "the swizzle 32B with the interleave 32B, but got ", int(request.swizzle));
  expect(request.fill == CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE || (!request.isPacked() && isFloat(request.elementType())),
         encodeTiled, "elements of a floating-point type to fill with NaN, but got tensorDataType ", int(request.type));
}

/// Where the tensor is. Maps with an interleave of 32 bytes have wider units.
void checkMemory(const Request &request) {
  uint64_t alignment = request.interleave == CU_TENSOR_MAP_INTERLEAVE_32B ? 2 * unit : unit;
  expectMultiple(encodeTiled, "a globalAddress", reinterpret_cast<uintptr_t>(request.address), alignment);
  for (unsigned i = 0; i < request.rank; ++i)
    expectRange<uint64_t>("a globalDim", i, request.dimensions[i], 1, uint64_t(1) << 32);
  for (unsigned i = 0; i + 1 < request.rank; ++i) {
    expectMultiple(encodeTiled, text("a globalStrides[", i, "]"), request.strides[i], alignment);
    expectRange<uint64_t>("a globalStrides", i, request.strides[i], 0, (uint64_t(1) << 40) - 1);
  }
}

void checkBox(const Request &request) {
  constexpr uint32_t mostElements = 256, mostStride = 8;
  for (unsigned i = 0; i < request.rank; ++i)
    expectRange("a boxDim", i, request.box[i], 1u, mostElements);
  for (unsigned i = 0; i < request.rank; ++i)
    if (i > 0 || request.isInterleaved())
      expectRange("an elementStrides", i, request.elementStrides[i], 1u, mostStride);
  if (request.isInterleaved() || request.isPacked())
    return;
  uint32_t row = request.box[0] * elementBytes(request.elementType()), span = swizzleSpan(Swizzle(request.swizzle));
  expect(row % unit == 0, encodeTiled, "a boxDim[0] of whole ", unit, " bytes, but got ", row, " bytes");
  expect(span == 0 || row <= span, encodeTiled, "a boxDim[0] of at most the ", span,
         " bytes that the swizzle has, but got ", row, " bytes");
}

/// What the driver may take, and the emulator doesn't; empty for the rest.
std::string whyUnsupported(const Request &request, const DeviceModel &model) {
  constexpr int hopper = 9, blackwell = 10;
  if (model.major < hopper)
    return text("a device of compute capability 9.0 or higher, but got ", model.major, ".", model.minor);
  if (request.isPacked())
    return text("elements of whole bytes, but got tensorDataType ", int(request.type));
  if (request.isInterleaved())
    return text("a tensor without an interleave, but got ", int(request.interleave));
  if (request.swizzle > CU_TENSOR_MAP_SWIZZLE_128B && model.major < blackwell)
    return text("a device of compute capability 10.0 or higher for swizzle ", int(request.swizzle), ", but got ",
                model.major, ".", model.minor);
  uint32_t row = request.box[0] * elementBytes(request.elementType()), span = swizzleSpan(Swizzle(request.swizzle));
  if (span != 0 && row < span)
    return text("a boxDim[0] of all the ", span, " bytes that the swizzle has, but got ", row, " bytes");
  return {};
}

TensorMap encode(const Request &request) {
  TensorMap map;
  map.address = reinterpret_cast<uintptr_t>(request.address);
  map.rank = uint8_t(request.rank);
  map.type = request.elementType();
  map.swizzle = Swizzle(request.swizzle);
  map.fillsNan = request.fill != CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE;
  for (unsigned i = 0; i < request.rank; ++i) {
    map.lastIndex[i] = uint32_t(request.dimensions[i] - 1);
    map.box[i] = uint16_t(request.box[i]);
    map.elementStrides[i] = uint8_t(request.elementStrides[i]);
    if (i > 0)
      map.strides[i - 1] = request.strides[i - 1];
  }
  map.seal();
  return map;
}

void checkPlace(const char *function, const CUtensorMap *tensorMap) {
  expect(tensorMap, function, "a tensorMap, but got NULL");
  expectMultiple(function, "the address of a tensorMap", reinterpret_cast<uintptr_t>(tensorMap), TensorMap::alignment);
}

} // namespace

PLAIT_CUDA_API CUresult cuTensorMapEncodeTiled(CUtensorMap *tensorMap, CUtensorMapDataType tensorDataType,
                                               uint32_t tensorRank, void *globalAddress, const uint64_t *globalDim,
                                               const uint64_t *globalStrides, const uint32_t *boxDim,
                                               const uint32_t *elementStrides, CUtensorMapInterleave interleave,
                                               CUtensorMapSwizzle swizzle, CUtensorMapL2promotion l2Promotion,
                                               CUtensorMapFloatOOBfill oobFill) {
  return enterContext([&](Driver &driver) {
    Request request{tensorDataType, tensorRank, globalAddress, globalDim,   globalStrides, boxDim,
                    elementStrides, interleave, swizzle,       l2Promotion, oobFill};
    checkPlace(encodeTiled, tensorMap);
    checkEnums(request);
    expect(globalDim && boxDim && elementStrides && (globalStrides || tensorRank == 1), encodeTiled,
           "globalDim, globalStrides, boxDim and elementStrides, but got NULL");
    checkMemory(request);
    checkBox(request);
    if (std::string reason = whyUnsupported(request, driver.settings.model); !reason.empty()) {
      driver.say(text("plait emulator: ", encodeTiled, " expects ", reason));
      return CUDA_ERROR_NOT_SUPPORTED;
    }
    TensorMap map = encode(request);
    std::memcpy(tensorMap, &map, sizeof(map));
    return CUDA_SUCCESS;
  });
}

PLAIT_CUDA_API CUresult cuTensorMapReplaceAddress(CUtensorMap *tensorMap, void *globalAddress) {
  return enterContext([&](Driver &) {
    checkPlace(replaceAddress, tensorMap);
    TensorMap map;
    std::memcpy(&map, tensorMap, sizeof(map));
    expect(map.isSealed(), replaceAddress, "a map of cuTensorMapEncodeTiled, but got other bytes");
    map.address = reinterpret_cast<uintptr_t>(globalAddress);
    expectMultiple(replaceAddress, "a globalAddress", map.address, unit);
    map.seal();
    std::memcpy(tensorMap, &map, sizeof(map));
    return CUDA_SUCCESS;
  });
}
