//===- Constant.h - numbers and constant expressions ------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares how the parser reads numbers.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_EMULATOR_PTX_CONSTANT_H
#define PLAIT_RUNTIME_EMULATOR_PTX_CONSTANT_H

#include "runtime/emulator/ptx/Module.h"
#include "runtime/emulator/ptx/TokenStream.h"

namespace plait::emulator::ptx {

struct Constant {
  enum class Kind : uint8_t {
    Integer, ///< `bits`
    Bits,    ///< 0f and 0d: `bits` is the pattern
    Decimal  ///< 1.5: `decimal`, of no width yet
  };
  Kind kind = Kind::Integer;
  bool isUnsigned = false;
  unsigned width = 64; ///< of a pattern
  uint64_t bits = 0;
  double decimal = 0;
};

/// Whether a constant begins here.
bool startsConstant(const TokenStream &tokens);
/// A number, or an expression of integers. Throws Error.
Constant parseConstant(TokenStream &tokens);
/// An integer alone. `what` names it in the error: "a number of threads".
uint64_t parseInteger(TokenStream &tokens, const std::string &what);
uint32_t parseInteger32(TokenStream &tokens, const std::string &what);
/// +4, -4 or +-4 behind a name or a register; 0 where none stands here.
int64_t parseOffset(TokenStream &tokens);
/// The pattern of a floating-point constant as a value of a type; none where the type has no such constants.
std::optional<uint64_t> patternOf(const Constant &constant, Type type);

} // namespace plait::emulator::ptx

#endif // PLAIT_RUNTIME_EMULATOR_PTX_CONSTANT_H
