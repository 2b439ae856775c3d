//===- plait-lsp-server.cpp - plait IR in editors -------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file is the language server: diagnostics, definitions, hovers and
// completion for the dialects of the compiler, spoken over standard input and
// output as editors expect.
//===----------------------------------------------------------------------===//

#include "compiler/Driver/Dialects.h"
#include "compiler/Driver/Version.h"

#include "mlir/Tools/mlir-lsp-server/MlirLspServerMain.h"
#include "llvm/Support/CommandLine.h"

int main(int argc, char **argv) {
  llvm::cl::SetVersionPrinter(plait::printVersion);
  mlir::DialectRegistry registry;
  plait::registerDialects(registry);
  return mlir::failed(mlir::MlirLspServerMain(argc, argv, registry));
}
