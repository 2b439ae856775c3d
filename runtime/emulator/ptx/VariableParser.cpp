//===- VariableParser.cpp - reads variables -------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file reads variables, the sizes of arrays and initial values.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/ptx/VariableParser.h"

#include "runtime/emulator/Error.h"
#include "runtime/emulator/ptx/Constant.h"

#include <algorithm>
#include <bit>

using namespace plait::emulator;
using namespace plait::emulator::ptx;

namespace {

/// Initial values are held in memory; damaged text may ask for more than there is.
constexpr uint64_t mostInitialBytes = uint64_t(1) << 28;
constexpr uint64_t mostBytes = uint64_t(1) << 44;
constexpr unsigned mostAlign = 1u << 20;

class InitialValues {
public:
  InitialValues(TokenStream &tokens, Variable &variable, unsigned elementBytes, std::vector<uint64_t> extents)
      : tokens(tokens), variable(variable), elementBytes(elementBytes), extents(std::move(extents)) {}

  /// Sets the variable's size where its outermost extent is open (0).
  void parse() {
    if (extents.empty()) {
      reserve(0, elementBytes);
      value(0);
      return;
    }
    uint64_t bytes = list(0, 0);
    if (extents[0] == 0)
      variable.bytes = bytes;
    reserve(0, variable.bytes);
  }

private:
  uint64_t bytesOf(size_t dimension) const {
    uint64_t bytes = elementBytes;
    for (size_t i = dimension; i < extents.size(); ++i)
      bytes *= extents[i];
    return bytes;
  }

  void reserve(uint64_t offset, uint64_t bytes) {
    if (offset + bytes > mostInitialBytes)
      throw Error(tokens.peek().line,
                  "expects initial values of at most 2^28 bytes, but got " + std::to_string(offset + bytes));
    if (variable.initial.size() < offset + bytes)
      variable.initial.resize(offset + bytes);
  }

  /// Reads { ... } of one dimension; returns the bytes that it has values for, at least.
  uint64_t list(size_t dimension, uint64_t offset) {
    tokens.expect("{", "before the values of an array");
    uint64_t step = bytesOf(dimension + 1), count = 0;
    bool isInnermost = dimension + 1 == extents.size();
    // The values of an inner array may stand without braces of its own.
    bool isFlat = !isInnermost && !tokens.isNext("{");
    if (isFlat)
      step = elementBytes;
    uint64_t most = extents[dimension] == 0 ? UINT64_MAX : bytesOf(dimension) / std::max<uint64_t>(step, 1);
    while (!tokens.isNext("}")) {
      if (count == most)
        tokens.fail("at most " + std::to_string(most) + " values");
      uint64_t at = offset + count * step;
      reserve(at, step);
      if (isInnermost || isFlat)
        value(at);
      else
        list(dimension + 1, at);
      ++count;
      if (!tokens.accept(","))
        break;
    }
    tokens.expect("}", "after the values of an array");
    return count * step;
  }

  void value(uint64_t offset) {
    if (tokens.peek().kind == Token::Kind::Word) {
      relocate(offset, elementBytes);
      return;
    }
    if (tokens.peek().kind == Token::Kind::Number && tokens.isNext("(", 1)) {
      maskedByte(offset);
      return;
    }
    size_t start = tokens.position();
    Constant constant = parseConstant(tokens);
    uint64_t bits = constant.kind == Constant::Kind::Integer ? integer(constant) : pattern(constant, start);
    for (unsigned i = 0; i < std::min(elementBytes, 8u); ++i)
      variable.initial[offset + i] = uint8_t(bits >> 8 * i);
  }

  uint64_t integer(const Constant &constant) {
    if (variable.type == Type::F32 || variable.type == Type::F64) {
      Constant decimal{Constant::Kind::Decimal, false, 64, 0, double(int64_t(constant.bits))};
      return *patternOf(decimal, variable.type);
    }
    unsigned width = elementBytes * 8;
    bool fits = width >= 64 || constant.bits >> width == 0 || int64_t(constant.bits) >> (width - 1) == -1;
    if (!fits)
      throw Error(tokens.peek().line, "expects a value of " + std::to_string(width) + " bits, but got " +
                                          std::to_string(int64_t(constant.bits)));
    return constant.bits;
  }

  uint64_t pattern(const Constant &constant, size_t start) {
    if (auto bits = patternOf(constant, variable.type))
      return *bits;
    if (constant.kind != Constant::Kind::Bits || constant.width != elementBytes * 8)
      tokens.failFrom(start, "values of the variable's type");
    return constant.bits;
  }

  /// Reads f, f+4 or generic(f)+4.
  Relocation symbol() {
    Relocation relocation{};
    if (tokens.isNext("generic") && tokens.isNext("(", 1)) {
      tokens.take();
      tokens.take();
      relocation = symbol();
      tokens.expect(")", "after generic(name");
      relocation.addend += parseOffset(tokens);
      return relocation;
    }
    relocation.symbol = tokens.expectName("the name of a variable or function");
    relocation.addend = parseOffset(tokens);
    return relocation;
  }

  void relocate(uint64_t offset, unsigned bytes) {
    Relocation relocation = symbol();
    relocation.offset = offset;
    relocation.bytes = bytes;
    variable.relocations.push_back(std::move(relocation));
  }

  /// 0xFF00(generic(f)+4) is the second byte of an address. The bytes of one follow each other.
  void maskedByte(uint64_t offset) {
    size_t start = tokens.position();
    uint64_t mask = parseConstantOfMask();
    unsigned byte = std::countr_zero(mask) / 8;
    tokens.expect("(", "after a mask");
    Relocation relocation = symbol();
    tokens.expect(")", "after a masked address");
    relocation.bytes = 1;
    relocation.offset = offset;
    if (byte == 0) {
      variable.relocations.push_back(std::move(relocation));
      return;
    }
    Relocation *last = variable.relocations.empty() ? nullptr : &variable.relocations.back();
    if (!last || last->bytes != byte || last->offset + byte != offset || last->symbol != relocation.symbol ||
        last->addend != relocation.addend)
      tokens.failFrom(start, "the bytes of an address in order, from the lowest");
    ++last->bytes;
  }

  uint64_t parseConstantOfMask() {
    if (elementBytes != 1)
      tokens.fail("masked addresses in an array of bytes alone");
    size_t start = tokens.position();
    uint64_t mask = parseInteger(tokens, "a mask");
    unsigned shift = mask ? unsigned(std::countr_zero(mask)) : 1;
    if (shift % 8 || mask >> shift != 0xFF)
      tokens.failFrom(start, "a mask of one byte");
    return mask;
  }

  TokenStream &tokens;
  Variable &variable;
  unsigned elementBytes;
  std::vector<uint64_t> extents;
};

unsigned parseAlign(TokenStream &tokens) {
  int line = tokens.peek().line;
  uint32_t align = parseInteger32(tokens, "a number of bytes after .align");
  if (!std::has_single_bit(align) || align > mostAlign)
    throw Error(line, "expects an alignment that is a power of two up to 2^20, but got " + std::to_string(align));
  return align;
}

/// .attribute(.managed) and its like; all memory of the emulator is the host's, too.
void skipAttribute(TokenStream &tokens) {
  tokens.expect("(", "after .attribute");
  while (!tokens.isNext(")")) {
    if (tokens.isAtEnd())
      tokens.fail("')' after the attributes");
    tokens.take();
  }
  tokens.take();
}

/// .ptr .global .align 16: what a parameter points at; nobody here asks.
void skipPointee(TokenStream &tokens) {
  if (parseSpace(tokens.peek().text))
    tokens.take();
  if (tokens.accept(".align"))
    parseAlign(tokens);
}

std::vector<uint64_t> parseExtents(TokenStream &tokens) {
  std::vector<uint64_t> extents;
  while (tokens.accept("[")) {
    if (extents.size() == 16)
      tokens.fail("at most 16 dimensions");
    if (tokens.accept("]")) {
      if (!extents.empty())
        tokens.fail("a size of each dimension but the first");
      extents.push_back(0);
      continue;
    }
    size_t start = tokens.position();
    Constant extent = parseConstant(tokens);
    if (extent.kind != Constant::Kind::Integer || extent.bits == 0 || extent.bits >= mostBytes)
      tokens.failFrom(start, "a size from 1 to 2^44");
    extents.push_back(extent.bits);
    tokens.expect("]", "after the size of an array");
  }
  return extents;
}

} // namespace

std::optional<Space> ptx::parseSpace(std::string_view directive) {
  static constexpr std::pair<std::string_view, Space> spaces[] = {
      {".reg", Space::Register},  {".param", Space::Param}, {".shared", Space::Shared},
      {".global", Space::Global}, {".const", Space::Const}, {".local", Space::Local}};
  for (auto [name, space] : spaces)
    if (name == directive)
      return space;
  return std::nullopt;
}

Declaration ptx::parseDeclaration(TokenStream &tokens, Space space, bool isExtern) {
  Declaration declaration;
  declaration.space = space;
  declaration.isExtern = isExtern;
  bool hasType = false;
  while (tokens.peek().kind == Token::Kind::Dotted) {
    std::string_view text = tokens.peek().text;
    auto type = parseType(text.substr(1));
    if (tokens.accept(".align"))
      declaration.align = parseAlign(tokens);
    else if (tokens.accept(".attribute"))
      skipAttribute(tokens);
    else if (tokens.accept(".ptr"))
      skipPointee(tokens);
    else if (text == ".v2" || text == ".v4")
      declaration.vector = tokens.take().text[2] - '0';
    else if (type == Type::Pred && space != Space::Register)
      tokens.fail("a type that memory can hold");
    else if (type && !hasType) {
      hasType = true;
      declaration.type = *type;
      tokens.take();
    } else
      tokens.fail("a fundamental type");
  }
  if (!hasType)
    tokens.fail("a type before the name of a variable");
  return declaration;
}

Variable ptx::parseVariable(TokenStream &tokens, const Declaration &declaration) {
  Variable variable;
  size_t start = tokens.position();
  variable.line = tokens.peek().line;
  variable.name = tokens.expectName("the name of a variable");
  variable.space = declaration.space;
  variable.type = declaration.type;
  variable.isExtern = declaration.isExtern;
  unsigned elementBytes = (bits(declaration.type) + 7) / 8;
  variable.align = declaration.align.value_or(elementBytes * declaration.vector);
  std::vector<uint64_t> extents = parseExtents(tokens);
  variable.isUnsized = !extents.empty() && extents[0] == 0;
  variable.bytes = elementBytes * declaration.vector;
  for (uint64_t extent : extents) {
    if (variable.bytes > mostBytes / std::max<uint64_t>(extent, 1))
      tokens.failFrom(start, "variables of at most 2^44 bytes");
    variable.bytes *= std::max<uint64_t>(extent, 1);
  }
  if (variable.isUnsized)
    variable.bytes = 0;
  if (declaration.vector > 1)
    extents.push_back(declaration.vector);
  if (tokens.accept("=")) {
    if (declaration.space != Space::Global && declaration.space != Space::Const)
      tokens.fail("initial values of .global and .const variables alone");
    InitialValues(tokens, variable, elementBytes, std::move(extents)).parse();
    variable.isUnsized = false;
  } else if (variable.isUnsized && !declaration.isExtern && declaration.space != Space::Param)
    tokens.fail("a size of '" + variable.name + "'");
  return variable;
}
