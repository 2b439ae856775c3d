//===- Support.h - running IR in the interpreter's tests --------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares how a test runs IR from text or from a model's file, and
// compares what comes out.
//===----------------------------------------------------------------------===//

#ifndef TESTS_COMPILER_INTERPRETER_SUPPORT_H
#define TESTS_COMPILER_INTERPRETER_SUPPORT_H

#include "compiler/Interpreter/Interpreter.h"

#include <string>

namespace plait::test {

inline constexpr double ln2 = 0.69314718055994530942;
inline constexpr double Inf = __builtin_inf();
inline constexpr double NaN = __builtin_nan("");

/// An array of a shape, with all elements or with one for all.
Array array(llvm::ArrayRef<int64_t> shape, std::vector<double> data);

/// Runs `entry` of IR text. Throws where it fails.
std::vector<Array> run(const std::string &text, const std::string &entry, llvm::ArrayRef<Array> arguments);

/// Runs @f of IR text.
inline std::vector<Array> run(const std::string &text, llvm::ArrayRef<Array> arguments) {
  return run(text, "f", arguments);
}

/// Runs a model of tests/integration/models by name.
std::vector<Array> runModel(const std::string &name, llvm::ArrayRef<Array> arguments);

/// The error that @f of IR text ends with.
std::string errorOf(const std::string &text, llvm::ArrayRef<Array> arguments, const std::string &entry = "f");

/// Expects elements of an array, to a relative 1e-12; NaN equals NaN.
void expectElements(const Array &given, const std::vector<double> &expected);

} // namespace plait::test

#endif // TESTS_COMPILER_INTERPRETER_SUPPORT_H
