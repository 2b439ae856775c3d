//===- TokenStream.h - reads tokens, one after the other --------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares what all parts of the parser read from.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_EMULATOR_PTX_TOKENSTREAM_H
#define PLAIT_RUNTIME_EMULATOR_PTX_TOKENSTREAM_H

#include "runtime/emulator/ptx/Lexer.h"

#include <algorithm>
#include <string>

namespace plait::emulator::ptx {

class TokenStream {
public:
  explicit TokenStream(std::string_view text) : tokens(tokenize(text)) {}

  const Token &peek(size_t ahead = 0) const { return tokens[std::min(at + ahead, tokens.size() - 1)]; }
  const Token &take();
  bool isAtEnd() const { return peek().kind == Token::Kind::End; }

  /// Whether the next token is a symbol or a directive of this text.
  bool isNext(std::string_view text, size_t ahead = 0) const;
  /// Whether nothing stands between the next token and the one before it.
  bool isAdjacent() const { return at > 0 && isAdjacent(at); }
  /// Takes the next token if it is this one.
  bool accept(std::string_view text);
  /// `where` tells what for: "after .maxntid".
  void expect(std::string_view text, const std::string &where);
  std::string_view expectName(const std::string &what);

  size_t position() const { return at; }
  /// The tokens from a position on up to here, a space for whatever stands between them.
  std::string textFrom(size_t position) const;

  /// Throws Error: expects `what`, but got the next token.
  [[noreturn]] void fail(const std::string &what) const;
  /// The same for what was read from a position on.
  [[noreturn]] void failFrom(size_t position, const std::string &what) const;

private:
  [[noreturn]] void failAt(int line, const std::string &what, std::string_view got) const;
  bool isAdjacent(size_t index) const {
    return tokens[index - 1].text.data() + tokens[index - 1].text.size() == tokens[index].text.data();
  }

  std::vector<Token> tokens;
  size_t at = 0;
};

} // namespace plait::emulator::ptx

#endif // PLAIT_RUNTIME_EMULATOR_PTX_TOKENSTREAM_H
