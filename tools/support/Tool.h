//===- Tool.h - what every command line tool does ---------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the frame of plait-compile, plait-run and plait-tune: main,
// and reading the input.
//===----------------------------------------------------------------------===//

#ifndef TOOLS_SUPPORT_TOOL_H
#define TOOLS_SUPPORT_TOOL_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"

#include <optional>

namespace plait {

/// Runs a tool and returns what main returns: an error of `run` is printed behind
/// the tool's name. LLVM and lld register options of their own, and lld resets all
/// of them at each link. So `run` starts with a parser that knows no others,
/// declares its options as statics, which live on for lld to reset, and reads
/// them once, first.
int runTool(llvm::StringRef name, int argc, char **argv, llvm::function_ref<llvm::Error(int, char **)> run);

/// Reads a file of IR; "-" is standard input.
llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>> readInput(llvm::StringRef path);

/// What an option says, if the command line has it.
template <typename T> std::optional<T> given(const llvm::cl::opt<T> &option) {
  return option.getNumOccurrences() ? std::optional<T>(option.getValue()) : std::nullopt;
}

} // namespace plait

#endif // TOOLS_SUPPORT_TOOL_H
