//===- Compile.h - from a module of text to code ----------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the one entry into the compiler, which tools, Python and
// the tuner share. A compiler object keeps a context: making one costs less
// than a millisecond, and one serves one thread at a time.
//===----------------------------------------------------------------------===//

#ifndef COMPILER_DRIVER_COMPILE_H
#define COMPILER_DRIVER_COMPILE_H

#include "compiler/Schedule/Splits.h"
#include "compiler/Target/CPU/ObjectFile.h"
#include "compiler/Target/CUDA/Assembler.h"
#include "compiler/Target/Target.h"

#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace plait {

/// How far a module is taken.
enum class Stage { Input, Decomposed, Tiled, Bufferized, Vector, LLVM };

/// The stage of a name, as in "bufferized".
llvm::Expected<Stage> parseStage(llvm::StringRef name);

/// Kernels for one architecture of CUDA.
struct CudaCode {
  std::string ptx;            // for later ones, too
  std::optional<Cubin> cubin; // where there is ptxas

  int64_t spilledBytes() const { return cubin ? cubin->spilledBytes() : 0; }
};

/// What ptxas said of the kernels for one architecture.
struct CudaReport {
  std::string isa;
  AssemblerReport report;
  std::string schedule; ///< which they are compiled by, with the tile of the attempt that is kept
};

class Compiler {
public:
  /// `name` stands for the text in diagnostics; `ptxas` is what Assembler::find takes.
  explicit Compiler(llvm::StringRef name = "input", llvm::StringRef ptxas = "");

  llvm::Expected<mlir::OwningOpRef<mlir::ModuleOp>> parse(llvm::StringRef text);

  /// Takes a parsed module to a stage for one target, in place.
  llvm::Error lower(mlir::ModuleOp module, const Target &target, llvm::StringRef schedule, Stage stage);

  /// Takes a bufferized module the rest of the way to the LLVM dialect.
  llvm::Error lowerKernels(mlir::ModuleOp module, const Target &target);

  /// The optimised LLVM IR of a module in the LLVM dialect.
  llvm::Expected<std::unique_ptr<llvm::Module>> translate(mlir::ModuleOp module, const Target &target,
                                                          llvm::LLVMContext &llvmContext);

  /// PTX and, with ptxas, the cubin of a module in the LLVM dialect.
  llvm::Expected<CudaCode> compileKernels(mlir::ModuleOp module, const CudaTarget &target);

  /// A pack of every function of the text for each target and each schedule;
  /// the first schedule is the default. Kernels for CUDA are in it as PTX and, with
  /// ptxas, as cubins with the fewest spills (FewestSpills.h).
  llvm::Expected<std::vector<uint8_t>> compilePack(llvm::StringRef text, llvm::ArrayRef<Target> targets,
                                                   llvm::ArrayRef<std::string> schedules);

  /// The object or assembly of the text's kernels for one target.
  llvm::Expected<Bytes> compileCode(llvm::StringRef text, const CpuTarget &target, llvm::StringRef schedule,
                                    CodeKind kind);

  /// The PTX of the text's kernels.
  llvm::Expected<std::string> compilePtx(llvm::StringRef text, const CudaTarget &target, llvm::StringRef schedule);

  /// The cubin of the text's kernels, with the fewest spills (FewestSpills.h); an error without ptxas.
  llvm::Expected<Bytes> compileCubin(llvm::StringRef text, const CudaTarget &target, llvm::StringRef schedule);

  /// The optimised LLVM IR of the text's kernels.
  llvm::Expected<std::string> printLLVM(llvm::StringRef text, const Target &target, llvm::StringRef schedule);

  /// The schedules worth timing for the text on a target, as enumerateSchedules gives them.
  llvm::Expected<std::vector<std::string>> schedules(llvm::StringRef text, const Target &target, const CallSize &size);

  /// ptxas, looked for on the first call; null where there is none.
  llvm::Expected<const Assembler *> assembler();

  /// What ptxas said of the cubins that were kept so far.
  llvm::ArrayRef<CudaReport> reports() const { return said; }
  void keepReport(const CudaTarget &target, const Cubin &cubin, llvm::StringRef schedule) {
    said.push_back({target.isa, cubin.report, schedule.str()});
  }

private:
  llvm::Expected<std::unique_ptr<llvm::Module>> makeLLVM(llvm::StringRef text, const Target &target,
                                                         llvm::StringRef schedule, llvm::LLVMContext &context);
  llvm::Expected<Cubin> assemble(const Assembler &ptxas, llvm::StringRef ptx, const CudaTarget &target);

  std::string name, ptxasPath;
  std::optional<std::optional<Assembler>> found;
  llvm::StringMap<Cubin> assembled; ///< by architecture and PTX
  std::vector<CudaReport> said;
  mlir::MLIRContext context;
};

} // namespace plait

#endif // COMPILER_DRIVER_COMPILE_H
