//===- Bind.h - check arguments and describe them to kernels ----*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the first half of a call: the symbols get their values, each
// array is checked, and memref descriptors are written into the caller's frame.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_SRC_CALL_BIND_H
#define PLAIT_RUNTIME_SRC_CALL_BIND_H

#include "runtime/src/loader/Function.h"

namespace plait {

/// Places of arrays that are no number of a CUDA device.
constexpr int32_t onHost = -1, elsewhere = -2, undecided = -3;

/// Everything a call knows about its operands. Lives on the stack and is left uninitialised beyond what is used.
struct Bindings {
  /// The most words of a descriptor: two pointers, an offset, sizes and strides.
  static constexpr size_t descriptorWords = 3 + 2 * pack::maxRank;
  static constexpr size_t maxOperands = pack::maxArguments + pack::maxTemporaries;

  int64_t symbols[pack::maxSymbols];
  /// The CUDA device that all arrays are on, or onHost.
  int32_t device;
  /// One descriptor for each argument, then one for each temporary.
  void *operands[maxOperands];
  int64_t words[maxOperands * descriptorWords];
  /// Where the next descriptor goes.
  int64_t *next;
};

/// Binds the symbols and fills the arguments' descriptors.
Status bindArguments(const plait_function &function, const DLTensor *const *arguments, size_t count,
                     Bindings &bindings);

/// The bytes of a variant's temporaries, each rounded up to 64.
Status sizeTemporaries(const plait_function &function, const pack::Variant &variant, const int64_t *symbols,
                       uint64_t &total);

/// Asks the caller, who has a function for it, for the memory of temporaries.
Status takeWorkspace(const plait_function &function, const plait_call_options &options, DLDevice device, uint64_t size,
                     uint64_t &memory);

/// Fills the descriptors of a variant's temporaries, which lie in `memory` one behind the other.
void bindTemporaries(const plait_function &function, const pack::Variant &variant, uint64_t memory, Bindings &bindings);

} // namespace plait

#endif // PLAIT_RUNTIME_SRC_CALL_BIND_H
