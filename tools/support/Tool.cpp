//===- Tool.cpp - what every command line tool does -----------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements the frame of the command line tools.
//===----------------------------------------------------------------------===//

#include "tools/support/Tool.h"

#include "compiler/Driver/Compile.h"

#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/WithColor.h"

using namespace llvm;

int plait::runTool(StringRef name, int argc, char **argv, function_ref<Error(int, char **)> run) {
  InitLLVM init(argc, argv);
  cl::ResetCommandLineParser();
  cl::SetVersionPrinter([](raw_ostream &os) { os << compilerVersion() << "\n"; });
  if (Error error = run(argc, argv)) {
    WithColor::error(errs(), name) << toString(std::move(error)) << "\n";
    return 1;
  }
  return 0;
}

Expected<std::unique_ptr<MemoryBuffer>> plait::readInput(StringRef path) {
  auto file = MemoryBuffer::getFileOrSTDIN(path, /*IsText=*/true);
  if (!file)
    return createStringError("expects a readable file, but got '" + path.str() + "': " + file.getError().message());
  return std::move(*file);
}
