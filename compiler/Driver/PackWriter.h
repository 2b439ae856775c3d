//===- PackWriter.h - packs of several targets and schedules ----*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the joining of variants into one pack.
//===----------------------------------------------------------------------===//

#ifndef COMPILER_DRIVER_PACKWRITER_H
#define COMPILER_DRIVER_PACKWRITER_H

#include "compiler/Driver/Compile.h"

#include "runtime/src/pack/Pack.h"

namespace plait {

/// Kernels for CUDA, and the functions whose they are.
struct CudaKernels {
  CudaCode code;
  std::vector<pack::Entry> entries;

  int64_t spilledBytes() const { return code.spilledBytes(); }
};

/// The kernels of `entries`, which readEntries made of a module that now is in the LLVM dialect.
llvm::Expected<CudaKernels> compileKernels(Compiler &compiler, mlir::ModuleOp module, const CudaTarget &target,
                                           std::vector<pack::Entry> entries);

/// Collects the variants of one text.
class PackWriter {
public:
  explicit PackWriter(Compiler &compiler) : compiler(compiler) {}

  /// Adds the variants of `entries`, which readEntries made of a module that now is in the
  /// LLVM dialect, with the code of its kernels; of kernels that are compiled, by the schedule `tried` in place of
  /// the one that entries say.
  llvm::Error add(mlir::ModuleOp module, const CpuTarget &target, std::vector<pack::Entry> entries);
  void add(CudaKernels kernels, const CudaTarget &target, llvm::StringRef tried);

  /// Leaves the choice among a function's schedules, by their numbers of ranges, to the size of a call.
  void choose(llvm::StringRef function, const SplitModel &model, const std::map<int64_t, std::string> &schedules);

  llvm::Expected<std::vector<uint8_t>> write();

private:
  void merge(std::vector<pack::Entry> entries, pack::Code code, llvm::ArrayRef<char> object);
  /// Whether there is PTX for the architecture of these, which sm_90 and sm_90a share.
  bool hasText(llvm::ArrayRef<pack::Entry> entries) const;

  Compiler &compiler;
  pack::PackBuilder builder;
  pack::Manifest manifest;
};

} // namespace plait

#endif // COMPILER_DRIVER_PACKWRITER_H
