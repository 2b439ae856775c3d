//===- Tensors.h - kernels that copy boxes of tensors -----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares what tests of copies by a tensor map share: maps, launches, and
// where the documentation says that each element lies.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_TESTS_RUNTIME_EMULATOR_MACHINE_TENSORS_H
#define PLAIT_TESTS_RUNTIME_EMULATOR_MACHINE_TENSORS_H

#include "runtime/emulator/machine/TensorMap.h"
#include "tests/runtime/emulator/machine/Support.h"

#include <functional>

namespace plait::emulator::test {

struct Tensor {
  TensorType type = TensorType::Uint16;
  std::vector<uint32_t> sizes = {64, 8}, box = {32, 4};
  std::vector<int32_t> first = {0, 0};           ///< coordinates of the box
  std::vector<uint32_t> steps = {1, 1, 1, 1, 1}; ///< element strides
  Swizzle swizzle = Swizzle::None;
  bool fillsNan = false;
  uint32_t shared = 0; ///< where the box is in the kernel's buffer, which is aligned to 1024 bytes

  TensorMap map() const;
  uint32_t bytes() const;          ///< in global memory
  uint32_t boxBytes() const;       ///< in shared memory
  std::string modifier() const;    ///< .2d
  std::string coordinates() const; ///< {3, 4}
  /// Calls `visit(offset in the box, offset in global memory)` for each element of the box; the latter is -1 outside
  /// of the tensor.
  void forElements(const std::function<void(uint32_t, int64_t)> &visit) const;
};

/// A kernel k(map, out, in) of 64 threads. It has `buffer`, an mbarrier `bar` for one arrival, %r0 as its thread, %p1
/// for thread 0, %rd1 as the map, and %rd2 and %rd3 as out and in.
struct TensorKernel {
  std::string body;
  std::string directives = ".version 8.8\n.target sm_90a\n";
  std::string module = {};
  uint32_t misplaced = 0; ///< where in its memory the tensor begins
  bool isGlobal = false;  ///< the map is in global memory, else in the parameters
  Options options = {};
  uint32_t threads = 64;
};

struct TensorResult {
  Result result;               ///< with out, which is as long as the box
  std::vector<uint8_t> tensor; ///< after the launch
};

/// `memory` is the tensor before, `in` the other buffer.
TensorResult run(const TensorKernel &kernel, const Tensor &tensor, const std::vector<uint8_t> &memory,
                 const std::vector<uint8_t> &in = {0});

/// Bytes that differ from their neighbours.
std::vector<uint8_t> pattern(uint32_t count, uint32_t seed = 0);

// Parts of kernels.
std::string load(const Tensor &tensor);    ///< with its arrival
std::string store(const Tensor &tensor);   ///< without its group
extern const char *const waitForBarrier;   ///< all threads
std::string copyOut(const Tensor &tensor); ///< from the buffer to out
std::string copyIn(const Tensor &tensor);  ///< from in to the buffer, with a proxy fence and a barrier
extern const char *const waitForGroup;

} // namespace plait::emulator::test

#endif // PLAIT_TESTS_RUNTIME_EMULATOR_MACHINE_TENSORS_H
