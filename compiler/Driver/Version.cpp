//===- Version.cpp - what this compiler calls itself ----------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file holds the versions.
//===----------------------------------------------------------------------===//

#include "compiler/Driver/Version.h"

#include "llvm/Config/llvm-config.h"

const char *plait::compilerVersion() { return "plait " PLAIT_COMPILER_VERSION ", llvm " LLVM_VERSION_STRING; }

void plait::printVersion(llvm::raw_ostream &os) { os << compilerVersion() << "\n"; }
