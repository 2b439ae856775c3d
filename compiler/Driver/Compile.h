//===- Compile.h - from a module of text to a pack --------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the one entry into the compiler, which tools, Python and
// the tuner share. A compiler object keeps a context: making one costs less
// than a millisecond, and one serves one thread at a time.
//===----------------------------------------------------------------------===//

#ifndef COMPILER_DRIVER_COMPILE_H
#define COMPILER_DRIVER_COMPILE_H

#include "compiler/Target/CPU/ObjectFile.h"

#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace plait {

/// How far a module is taken.
enum class Stage { Input, Decomposed, Tiled, Bufferized, Vector, LLVM };

/// The stage of a name, as in "bufferized".
llvm::Expected<Stage> parseStage(llvm::StringRef name);

class Compiler {
public:
  /// `name` stands for the text in diagnostics.
  explicit Compiler(llvm::StringRef name = "input");

  llvm::Expected<mlir::OwningOpRef<mlir::ModuleOp>> parse(llvm::StringRef text);

  /// Takes a parsed module to a stage for one target, in place.
  llvm::Error lower(mlir::ModuleOp module, const CpuTarget &target, llvm::StringRef schedule, Stage stage);

  /// Takes a bufferized module the rest of the way to the LLVM dialect.
  llvm::Error lowerKernels(mlir::ModuleOp module);

  /// The optimised LLVM IR of a module in the LLVM dialect.
  llvm::Expected<std::unique_ptr<llvm::Module>> translate(mlir::ModuleOp module, const CpuTarget &target,
                                                          llvm::LLVMContext &llvmContext);

  /// A pack of every function of the text for each target and each schedule;
  /// the first schedule is the default.
  llvm::Expected<std::vector<uint8_t>> compilePack(llvm::StringRef text, llvm::ArrayRef<CpuTarget> targets,
                                                   llvm::ArrayRef<std::string> schedules);

  /// The object or assembly of the text's kernels for one target.
  llvm::Expected<Bytes> compileCode(llvm::StringRef text, const CpuTarget &target, llvm::StringRef schedule,
                                    CodeKind kind);

  /// The optimised LLVM IR of the text's kernels.
  llvm::Expected<std::string> printLLVM(llvm::StringRef text, const CpuTarget &target, llvm::StringRef schedule);

  /// The schedules worth timing for the text on a target, the default first.
  llvm::Expected<std::vector<std::string>> schedules(llvm::StringRef text, const CpuTarget &target);

private:
  llvm::Expected<std::unique_ptr<llvm::Module>> makeLLVM(llvm::StringRef text, const CpuTarget &target,
                                                         llvm::StringRef schedule, llvm::LLVMContext &context);
  std::string name;
  mlir::MLIRContext context;
};

} // namespace plait

#endif // COMPILER_DRIVER_COMPILE_H
