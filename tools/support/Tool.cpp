//===- Tool.cpp - what every command line tool does -----------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements the frame of the command line tools.
//===----------------------------------------------------------------------===//

#include "tools/support/Tool.h"

#include "compiler/Driver/Version.h"

#include "llvm/Support/CommandLine.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/WithColor.h"

#include <csignal>
#include <cstdlib>

using namespace llvm;

/// Left to its destructor, the stream would end the process on an error.
static Error flushOutput() {
  outs().flush();
  std::error_code code = outs().error();
  outs().clear_error();
  return code ? createStringError("standard output can't be written: " + code.message()) : Error::success();
}

/// With LLVM's own handler the lack of memory would look like a fault of the tool.
static void endWithoutMemory(void *name, const char *, bool) {
  WithColor::error(errs(), *static_cast<StringRef *>(name)) << "out of memory\n";
  std::_Exit(1);
}

int plait::runTool(StringRef name, int argc, char **argv, function_ref<Error(int, char **)> run) {
  InitLLVM init(argc, argv);
  install_bad_alloc_error_handler(endWithoutMemory, &name);
  // Past a limit of the file size a write then fails, as it does on a full disk.
  std::signal(SIGXFSZ, SIG_IGN);
  cl::ResetCommandLineParser();
  cl::SetVersionPrinter(printVersion);
  Error error = run(argc, argv);
  error = joinErrors(std::move(error), flushOutput());
  if (error) {
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
