//===- Version.h - what this compiler calls itself --------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the compiler's name with its version and LLVM's.
//===----------------------------------------------------------------------===//

#ifndef COMPILER_DRIVER_VERSION_H
#define COMPILER_DRIVER_VERSION_H

#include "llvm/Support/raw_ostream.h"

namespace plait {

/// "plait 0.1.0, llvm 22.1.8": part of every key.
const char *compilerVersion();

/// Prints it as a line; every tool's --version.
void printVersion(llvm::raw_ostream &os);

} // namespace plait

#endif // COMPILER_DRIVER_VERSION_H
