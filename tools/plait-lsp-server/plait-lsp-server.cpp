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
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/raw_ostream.h"

/// Upstream's own page lists the options of all LLVM.
static constexpr llvm::StringLiteral help = R"(OVERVIEW: Language server for MLIR with the plait dialect

  An editor starts it and speaks the Language Server Protocol over standard input and
  output: diagnostics as one types, definitions, hovers, completion. In VS Code, the
  MLIR extension takes its path as mlir.server_path.

USAGE: plait-lsp-server [options]

OPTIONS:
  --help                   This text (--help-hidden: the options of LLVM, too)
  --input-style=<value>    standard: messages as the protocol frames them; delimited: by lines of "// -----"
  --lit-test               --input-style=delimited --pretty --log=verbose, for tests
  --log=<value>            What is written to standard error: error, info (default) or verbose
  --pretty                 Indents what is sent
  --version                The version of this program
)";

int main(int argc, char **argv) {
  auto asks = [](llvm::StringRef argument) { return argument.ltrim('-') == "help" && argument.starts_with("-"); };
  if (llvm::any_of(llvm::ArrayRef(argv, argc).drop_front(), asks)) {
    llvm::outs() << help;
    return 0;
  }
  llvm::cl::SetVersionPrinter(plait::printVersion);
  mlir::DialectRegistry registry;
  plait::registerDialects(registry);
  return mlir::failed(mlir::MlirLspServerMain(argc, argv, registry));
}
