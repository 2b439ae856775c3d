//===- Source.h - a module of text, with its diagnostics --------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares how text becomes a module: arguments without a name of
// their own keep the one they have in the text, and diagnostics become errors.
//===----------------------------------------------------------------------===//

#ifndef COMPILER_DRIVER_SOURCE_H
#define COMPILER_DRIVER_SOURCE_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/Support/Error.h"

namespace plait {

/// Collects the errors, with their notes, that MLIR reports while it lives.
/// Remarks and warnings are dropped.
class CollectedErrors {
public:
  explicit CollectedErrors(mlir::MLIRContext *context);
  /// What was collected, as one error; `otherwise` if nothing was.
  llvm::Error take(llvm::StringRef otherwise);

private:
  std::string text;
  mlir::ScopedDiagnosticHandler handler;
};

/// Parses a module. `name` stands for the text in locations.
llvm::Expected<mlir::OwningOpRef<mlir::ModuleOp>> parseModule(llvm::StringRef text, llvm::StringRef name,
                                                              mlir::MLIRContext *context);

} // namespace plait

#endif // COMPILER_DRIVER_SOURCE_H
