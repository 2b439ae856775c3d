//===- OperandParser.h - reads operands -------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares how the parser reads an operand of an instruction.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_EMULATOR_PTX_OPERANDPARSER_H
#define PLAIT_RUNTIME_EMULATOR_PTX_OPERANDPARSER_H

#include "runtime/emulator/ptx/Scopes.h"
#include "runtime/emulator/ptx/TokenStream.h"

namespace plait::emulator::ptx {

/// Reads the next operand of `instruction`, whose modifiers are known. Symbols have their name as
/// written: a label may stand further down.
Operand parseOperand(TokenStream &tokens, const Scopes &scopes, const Instruction &instruction);

} // namespace plait::emulator::ptx

#endif // PLAIT_RUNTIME_EMULATOR_PTX_OPERANDPARSER_H
