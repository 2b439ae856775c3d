//===- Support.h - what tests of the parser share ---------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares how the tests make modules from a few lines.
//
//===----------------------------------------------------------------------===//

#ifndef TESTS_RUNTIME_EMULATOR_PTX_SUPPORT_H
#define TESTS_RUNTIME_EMULATOR_PTX_SUPPORT_H

#include "runtime/emulator/ptx/Module.h"

namespace plait::emulator::ptx::test {

/// The three lines that a module begins with.
extern const std::string head;

/// A module with these items behind the head.
Module parseItems(const std::string &items);
/// A kernel with this body, and the registers %p<4>, %r<4>, %rd<4>, %f<4>, %fd<4>.
Function parseBody(const std::string &body);
/// The only instruction of such a body.
Instruction parseInstruction(const std::string &text);

/// "line 4: expects ..., but got ..." of a text, empty where it is accepted.
std::string errorOf(const std::string &text);
std::string errorOfItems(const std::string &items);
std::string errorOfBody(const std::string &body);

/// A file of Inputs.
std::string readInput(const std::string &name);

} // namespace plait::emulator::ptx::test

#endif // TESTS_RUNTIME_EMULATOR_PTX_SUPPORT_H
