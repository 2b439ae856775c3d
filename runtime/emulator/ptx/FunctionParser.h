//===- FunctionParser.h - reads functions -----------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares how the parser reads kernels and device functions.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_EMULATOR_PTX_FUNCTIONPARSER_H
#define PLAIT_RUNTIME_EMULATOR_PTX_FUNCTIONPARSER_H

#include "runtime/emulator/ptx/Scopes.h"
#include "runtime/emulator/ptx/TokenStream.h"

namespace plait::emulator::ptx {

/// Reads what follows .entry or .func, up to the end of the body or the ';' of a declaration.
Function parseFunction(TokenStream &tokens, bool isEntry);

/// Takes .loc, .file or .pragma with what follows; false before anything else.
bool skipNote(TokenStream &tokens);

} // namespace plait::emulator::ptx

#endif // PLAIT_RUNTIME_EMULATOR_PTX_FUNCTIONPARSER_H
