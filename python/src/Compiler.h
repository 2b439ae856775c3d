//===- Compiler.h - libplait_compiler, opened when needed -------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the calls into the compiler. The library, and LLVM with it,
// is loaded by the first of them.
//===----------------------------------------------------------------------===//

#ifndef PLAIT_PYTHON_SRC_COMPILER_H
#define PLAIT_PYTHON_SRC_COMPILER_H

#include "python/src/Status.h"

namespace plait::python {

/// The file of the compiler's library: beside this module, or beside the runtime.
std::string compilerPath();

/// Compiles a module for instruction sets ("native", "x86-64-v4,aarch64") into a pack.
nb::bytes compile(const std::string &ir, const std::string &targets, const std::string &schedule,
                  const std::string &ptxas);

/// The schedules that may be tried for calls of a size, the default first.
nb::list schedules(const std::string &ir, const std::string &target, int64_t items, int64_t tokens, int64_t processors);

/// The program at a stage of compilation.
std::string print(const std::string &ir, const std::string &target, const std::string &schedule,
                  const std::string &stage);

/// Runs a function in the interpreter; results are f64 arrays.
void interpret(const std::string &ir, const std::string &entry, nb::sequence arguments, nb::sequence results);

} // namespace plait::python

#endif // PLAIT_PYTHON_SRC_COMPILER_H
