//===- VariableParser.h - reads variables -----------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares how the parser reads variables and parameters.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_EMULATOR_PTX_VARIABLEPARSER_H
#define PLAIT_RUNTIME_EMULATOR_PTX_VARIABLEPARSER_H

#include "runtime/emulator/ptx/Module.h"
#include "runtime/emulator/ptx/TokenStream.h"

namespace plait::emulator::ptx {

/// What stands before the names: .align 4 .v2 .b8
struct Declaration {
  Space space = Space::Register;
  bool isExtern = false;
  Type type = Type::B8;
  unsigned vector = 1;
  std::optional<unsigned> align;
};

/// The space that a directive names: ".shared". None for others.
std::optional<Space> parseSpace(std::string_view directive);
/// What follows the space.
Declaration parseDeclaration(TokenStream &tokens, Space space, bool isExtern = false);
/// A name, with its array's sizes and its initial values.
Variable parseVariable(TokenStream &tokens, const Declaration &declaration);

} // namespace plait::emulator::ptx

#endif // PLAIT_RUNTIME_EMULATOR_PTX_VARIABLEPARSER_H
