//===- Lexer.h - the tokens of PTX ------------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares how PTX text falls into tokens. They point into the text, which
// must outlive them.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_EMULATOR_PTX_LEXER_H
#define PLAIT_RUNTIME_EMULATOR_PTX_LEXER_H

#include <cstdint>
#include <string_view>
#include <vector>

namespace plait::emulator::ptx {

struct Token {
  enum class Kind : uint8_t {
    Word,   ///< a name: foo, %r1, $L__BB0_1, _
    Dotted, ///< a directive or a modifier with its dot: .reg, .shared::cta, .16x256b
    Number, ///< starts with a digit: 12, 0x1FU, 0f3F800000, 9.0
    String, ///< with its quotes
    Symbol, ///< punctuation, operators of two characters as one
    End     ///< behind the last one
  };
  Kind kind;
  int line;
  std::string_view text;
};

/// Splits text; the last token is an End. Throws Error on a character that PTX does not have.
std::vector<Token> tokenize(std::string_view text);

} // namespace plait::emulator::ptx

#endif // PLAIT_RUNTIME_EMULATOR_PTX_LEXER_H
