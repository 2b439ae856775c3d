//===- Lexer.cpp - the tokens of PTX --------------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file splits PTX text into tokens.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/ptx/Lexer.h"

#include "runtime/emulator/Error.h"

#include <algorithm>
#include <string>

using namespace plait::emulator;
using namespace plait::emulator::ptx;

namespace {

// The C library's would follow the locale.
bool isDigit(char c) { return c >= '0' && c <= '9'; }
bool isLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool continuesName(char c) { return isLetter(c) || isDigit(c) || c == '_' || c == '$'; }
bool startsName(char c) { return isLetter(c) || c == '_' || c == '$'; }

class Lexer {
public:
  explicit Lexer(std::string_view text) : text(text) {}

  std::vector<Token> run() {
    std::vector<Token> tokens;
    tokens.reserve(text.size() / 4 + 1);
    while (skipBlanks()) {
      size_t begin = at;
      int beginLine = line;
      Token::Kind kind = scan();
      tokens.push_back({kind, beginLine, text.substr(begin, at - begin)});
    }
    tokens.push_back({Token::Kind::End, line, {}});
    return tokens;
  }

private:
  char peek(size_t ahead = 0) const { return at + ahead < text.size() ? text[at + ahead] : '\0'; }

  void skipComment() {
    int begin = line;
    for (at += 2; at < text.size(); ++at) {
      if (peek() == '*' && peek(1) == '/') {
        at += 2;
        return;
      }
      line += peek() == '\n';
    }
    throw Error(begin, "expects '*/' after '/*', but got the end of the text");
  }

  /// False at the end of the text.
  bool skipBlanks() {
    while (at < text.size()) {
      char c = peek();
      if (c == '\n')
        ++line;
      if (c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f' || c == '\v')
        ++at;
      else if (c == '/' && peek(1) == '/')
        at = std::min(text.find('\n', at), text.size());
      else if (c == '/' && peek(1) == '*')
        skipComment();
      else
        return true;
    }
    return false;
  }

  Token::Kind scan() {
    char c = peek();
    if (startsName(c) || (c == '%' && continuesName(peek(1)))) {
      ++at;
      while (continuesName(peek()))
        ++at;
      return Token::Kind::Word;
    }
    if (c == '.' && continuesName(peek(1))) {
      ++at;
      while (continuesName(peek()) || (peek() == ':' && peek(1) == ':' && continuesName(peek(2))))
        at += peek() == ':' ? 2 : 1;
      return Token::Kind::Dotted;
    }
    if (isDigit(c)) {
      scanNumber();
      return Token::Kind::Number;
    }
    if (c == '"') {
      scanString();
      return Token::Kind::String;
    }
    scanSymbol();
    return Token::Kind::Symbol;
  }

  void scanNumber() {
    // In 0x1e-5 and 0f3F80000e the e is a digit.
    bool isDecimal = peek() != '0' || isDigit(peek(1)) || peek(1) == '.' || peek(1) == 'e' || peek(1) == 'E';
    while (continuesName(peek()) || (isDecimal && peek() == '.')) {
      bool isExponent = isDecimal && (peek() == 'e' || peek() == 'E');
      ++at;
      if (isExponent && (peek() == '+' || peek() == '-') && isDigit(peek(1)))
        ++at;
    }
  }

  void scanString() {
    size_t end = at + 1;
    while (end < text.size() && text[end] != '"' && text[end] != '\n')
      end += text[end] == '\\' ? 2 : 1;
    if (end >= text.size() || text[end] != '"')
      throw Error(line, "expects '\"' at the end of a string, but got the end of the line");
    at = end + 1;
  }

  void scanSymbol() {
    static constexpr std::string_view twice = "<>&|=";
    char c = peek();
    if ((twice.find(c) != twice.npos && peek(1) == c) || ((c == '<' || c == '>' || c == '!') && peek(1) == '=')) {
      at += 2;
      return;
    }
    static constexpr std::string_view known = ";,:()[]{}<>@!|&+-*/%^~?=";
    if (known.find(c) == known.npos) {
      static constexpr char digits[] = "0123456789abcdef";
      bool isPrintable = c >= ' ' && c <= '~';
      std::string shown = isPrintable ? std::string(1, c) : std::string("\\x") + digits[(c >> 4) & 15] + digits[c & 15];
      throw Error(line, "expects PTX, but got the character '" + shown + "'");
    }
    ++at;
  }

  std::string_view text;
  size_t at = 0;
  int line = 1;
};

} // namespace

std::vector<Token> ptx::tokenize(std::string_view text) { return Lexer(text).run(); }
