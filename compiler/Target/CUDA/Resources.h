//===- Resources.h - what ptxas says of kernels -----------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the reading of the report that ptxas prints with -v.
//===----------------------------------------------------------------------===//

#ifndef COMPILER_TARGET_CUDA_RESOURCES_H
#define COMPILER_TARGET_CUDA_RESOURCES_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/raw_ostream.h"

#include <string>
#include <vector>

namespace plait {

/// What a kernel takes of a multiprocessor.
struct KernelResources {
  std::string kernel;
  int64_t registers = 0; // of a thread
  int64_t barriers = 0;
  int64_t stack = 0;       // bytes of a thread
  int64_t spillStores = 0; // bytes of a thread
  int64_t spillLoads = 0;
  int64_t shared = 0; // bytes of a block that are known before the launch

  /// "attention: 254 registers, 1 barrier, ..." without the end of the line.
  void print(llvm::raw_ostream &os) const;
};

struct AssemblerReport {
  std::vector<KernelResources> kernels;
  /// Warnings, and the notes with a number (C7510 and so on): code is slower than it looks.
  std::vector<std::string> warnings;

  /// The bytes that a thread of all kernels stores because registers are too few.
  int64_t spilledBytes() const;
};

AssemblerReport parseReport(llvm::StringRef text);

} // namespace plait

#endif // COMPILER_TARGET_CUDA_RESOURCES_H
