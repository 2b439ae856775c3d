//===- MemoryFile.h - files that programs open, without a disk --*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares a file in memory for the input or output of another program.
// It is gone when its owner is, however that ends.
//===----------------------------------------------------------------------===//

#ifndef COMPILER_TARGET_CUDA_MEMORYFILE_H
#define COMPILER_TARGET_CUDA_MEMORYFILE_H

#include "compiler/Target/LLVMModule.h"

#include <string>

namespace plait {

class MemoryFile {
public:
  static llvm::Expected<MemoryFile> create(llvm::StringRef content = "");
  MemoryFile(MemoryFile &&other) : descriptor(other.descriptor) { other.descriptor = -1; }
  ~MemoryFile();

  /// The name by which a process that this one starts opens it.
  std::string path() const;
  llvm::Expected<Bytes> read() const;

private:
  explicit MemoryFile(int descriptor) : descriptor(descriptor) {}

  int descriptor;
};

} // namespace plait

#endif // COMPILER_TARGET_CUDA_MEMORYFILE_H
