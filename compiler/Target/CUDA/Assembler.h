//===- Assembler.h - cubins by ptxas ----------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the use of ptxas, CUDA's assembler, as a program.
//===----------------------------------------------------------------------===//

#ifndef COMPILER_TARGET_CUDA_ASSEMBLER_H
#define COMPILER_TARGET_CUDA_ASSEMBLER_H

#include "compiler/Target/CUDA/CudaTarget.h"
#include "compiler/Target/CUDA/Resources.h"
#include "compiler/Target/LLVMModule.h"

#include <optional>

namespace plait {

/// Machine code for one architecture, and what ptxas says of it.
struct Cubin {
  Bytes code;
  AssemblerReport report;

  int64_t spilledBytes() const { return report.spilledBytes(); }
};

class Assembler {
public:
  /// Finds ptxas: at `path`, or where that is empty, in PATH, in bin of CUDA_ROOT,
  /// CUDA_HOME and CUDA_PATH, and in /usr/local/cuda/bin. The path `none` finds none.
  /// One that is given or found but doesn't work is an error.
  static llvm::Expected<std::optional<Assembler>> find(llvm::StringRef path = "");

  /// Where find looks, for messages.
  static llvm::StringRef places();

  llvm::StringRef path() const { return program; }
  /// "ptxas 13.0.88": decides what a cubin is, and so a part of its key.
  llvm::StringRef version() const { return name; }

  /// Assembles PTX for the architecture that it was made for. What spills is assembled again with
  /// fewer registers for speed alone, and where that spills, too, plainly; what spills least is kept.
  llvm::Expected<Cubin> assemble(llvm::StringRef ptx, const CudaTarget &target) const;

private:
  Assembler(std::string program, std::string name) : program(std::move(program)), name(std::move(name)) {}

  using Options = std::vector<std::string>;
  llvm::Expected<Cubin> run(llvm::StringRef ptx, Options options) const;
  Cubin fewestSpills(Cubin best, llvm::StringRef ptx, llvm::ArrayRef<Options> choices) const;

  std::string program, name;
};

} // namespace plait

#endif // COMPILER_TARGET_CUDA_ASSEMBLER_H
