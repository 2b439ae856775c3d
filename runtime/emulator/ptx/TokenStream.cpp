//===- TokenStream.cpp - reads tokens, one after the other ----------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements the reading of tokens and the errors about them.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/ptx/TokenStream.h"

#include "runtime/emulator/Error.h"

using namespace plait::emulator;
using namespace plait::emulator::ptx;

const Token &TokenStream::take() {
  const Token &token = peek();
  at += token.kind != Token::Kind::End;
  return token;
}

bool TokenStream::isNext(std::string_view text, size_t ahead) const {
  const Token &token = peek(ahead);
  return token.kind != Token::Kind::String && token.text == text && token.kind != Token::Kind::End;
}

std::string TokenStream::textFrom(size_t position) const {
  std::string text;
  for (size_t i = position; i < at; ++i) {
    if (i > position && !isAdjacent(i))
      text += ' ';
    text += tokens[i].text;
  }
  return text;
}

bool TokenStream::accept(std::string_view text) {
  bool found = isNext(text);
  at += found;
  return found;
}

void TokenStream::expect(std::string_view text, const std::string &where) {
  if (!accept(text))
    fail("'" + std::string(text) + "' " + where);
}

std::string_view TokenStream::expectName(const std::string &what) {
  if (peek().kind != Token::Kind::Word)
    fail(what);
  return take().text;
}

void TokenStream::fail(const std::string &what) const {
  if (isAtEnd())
    throw Error(peek().line, "expects " + what + ", but got the end of the text");
  failAt(peek().line, what, peek().text);
}

void TokenStream::failFrom(size_t position, const std::string &what) const {
  failAt(tokens[position].line, what, textFrom(position));
}

void TokenStream::failAt(int line, const std::string &what, std::string_view got) const {
  // A damaged text may have tokens of any length.
  static constexpr size_t mostShown = 60;
  std::string shown(got.substr(0, mostShown));
  throw Error(line, "expects " + what + ", but got '" + shown + (got.size() > mostShown ? "...'" : "'"));
}
