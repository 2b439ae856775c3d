//===- Constant.cpp - numbers and constant expressions --------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file reads numbers and evaluates constant expressions, in 64 bits as PTX has
// them: signed, unless an operand is unsigned.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/ptx/Constant.h"

#include "runtime/emulator/Error.h"

#include <bit>
#include <charconv>

using namespace plait::emulator;
using namespace plait::emulator::ptx;

namespace {

/// All of `digits` as a number, if they are one of 64 bits.
std::optional<uint64_t> parseDigits(std::string_view digits, int base) {
  uint64_t value = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  if (error != std::errc() || end != digits.data() + digits.size() || digits.empty())
    return std::nullopt;
  return value;
}

std::optional<Constant> parsePattern(std::string_view text, unsigned width) {
  auto bits = parseDigits(text, 16);
  if (!bits || text.size() != width / 4)
    return std::nullopt;
  return Constant{Constant::Kind::Bits, true, width, *bits, 0};
}

std::optional<Constant> parseDecimal(std::string_view text) {
  Constant constant{Constant::Kind::Decimal, false, 64, 0, 0};
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), constant.decimal);
  if (error != std::errc() || end != text.data() + text.size())
    return std::nullopt;
  return constant;
}

std::optional<Constant> parseNumber(std::string_view text) {
  char second = text.size() > 1 && text[0] == '0' ? char(text[1] | 0x20) : '\0';
  if (second == 'f')
    return parsePattern(text.substr(2), 32);
  if (second == 'd')
    return parsePattern(text.substr(2), 64);
  if (second != 'x' && text.find_first_of(".eE") != text.npos)
    return parseDecimal(text);
  bool isUnsigned = text.back() == 'U';
  text.remove_suffix(isUnsigned);
  int base = second == 'x' ? 16 : second == 'b' ? 2 : text.size() > 1 && text[0] == '0' ? 8 : 10;
  auto value = parseDigits(base == 16 || base == 2 ? text.substr(2) : text, base);
  if (!value)
    return std::nullopt;
  return Constant{Constant::Kind::Integer, isUnsigned || *value >> 63, 64, *value, 0};
}

struct Operator {
  std::string_view text;
  int level;
};

// From those that bind loosest; all are left to right.
constexpr Operator operators[] = {
    {"||", 1}, {"&&", 2}, {"|", 3},  {"^", 4},  {"&", 5}, {"==", 6}, {"!=", 6}, {"<=", 7}, {">=", 7},
    {"<", 7},  {">", 7},  {"<<", 8}, {">>", 8}, {"+", 9}, {"-", 9},  {"*", 10}, {"/", 10}, {"%", 10},
};

class Expression {
public:
  explicit Expression(TokenStream &tokens) : tokens(tokens) {}

  Constant run(int level = 0) {
    size_t start = tokens.position();
    Constant value = unary();
    while (const Operator *next = nextOperator(level)) {
      if (value.kind != Constant::Kind::Integer)
        tokens.failFrom(start, "an integer before '" + std::string(next->text) + "'");
      tokens.take();
      value = apply(next->text, value, integer(next->level + 1));
    }
    if (level == 0 && tokens.isNext("?"))
      return choice(value);
    return value;
  }

private:
  const Operator *nextOperator(int level) const {
    if (tokens.peek().kind != Token::Kind::Symbol)
      return nullptr;
    for (const Operator &entry : operators)
      if (entry.level >= level && tokens.peek().text == entry.text)
        return &entry;
    return nullptr;
  }

  Constant integer(int level) {
    size_t start = tokens.position();
    return expectInteger(run(level), start);
  }

  /// `value` was read from `start` on.
  Constant expectInteger(Constant value, size_t start) {
    if (value.kind != Constant::Kind::Integer)
      tokens.failFrom(start, "an integer in a constant expression");
    return value;
  }

  Constant choice(const Constant &condition) {
    tokens.take();
    Constant first = integer(0);
    tokens.expect(":", "between the choices of '?'");
    Constant second = integer(0);
    return condition.bits ? first : second;
  }

  Constant unary() {
    // Damaged text may nest without end.
    if (++depth > 64)
      tokens.fail("constant expressions that are less nested");
    Constant value = nested();
    --depth;
    return value;
  }

  Constant nested() {
    if (tokens.accept("("))
      return parenthesised();
    if (tokens.accept("-"))
      return negated(unary());
    if (tokens.accept("+"))
      return unary();
    if (tokens.isNext("~") || tokens.isNext("!")) {
      bool isNot = tokens.take().text == "!";
      size_t start = tokens.position();
      Constant value = expectInteger(unary(), start);
      value.bits = isNot ? !value.bits : ~value.bits;
      return value;
    }
    if (tokens.accept("WARP_SZ"))
      return {Constant::Kind::Integer, false, 64, 32, 0};
    if (tokens.peek().kind != Token::Kind::Number)
      tokens.fail("a constant");
    auto value = parseNumber(tokens.peek().text);
    if (!value)
      tokens.fail("a number of at most 64 bits");
    tokens.take();
    return *value;
  }

  Constant parenthesised() {
    bool isCast = tokens.isNext(".s64") || tokens.isNext(".u64");
    bool isUnsigned = isCast && tokens.take().text == ".u64";
    Constant value;
    if (isCast) {
      tokens.expect(")", "after the type of a cast");
      value = unary();
      value.isUnsigned = isUnsigned;
      return value;
    }
    value = run();
    tokens.expect(")", "at the end of a constant expression");
    return value;
  }

  static Constant negated(Constant value) {
    if (value.kind == Constant::Kind::Decimal)
      value.decimal = -value.decimal;
    else if (value.kind == Constant::Kind::Bits)
      value.bits ^= uint64_t(1) << (value.width - 1);
    else
      value.bits = -value.bits;
    return value;
  }

  Constant apply(std::string_view op, const Constant &a, const Constant &b) {
    Constant result{Constant::Kind::Integer, a.isUnsigned || b.isUnsigned, 64, 0, 0};
    if ((op == "/" || op == "%") && (b.bits == 0 || (b.bits == ~uint64_t(0) && !result.isUnsigned)))
      result.bits = divideByUnit(op, a, b);
    else
      result.bits = result.isUnsigned ? compute<uint64_t>(op, a.bits, b.bits)
                                      : uint64_t(compute<int64_t>(op, int64_t(a.bits), int64_t(b.bits)));
    return result;
  }

  /// By 0, which nothing is, and by -1, where the smallest number would overflow.
  uint64_t divideByUnit(std::string_view op, const Constant &a, const Constant &b) const {
    if (b.bits == 0)
      throw Error(tokens.peek().line, "expects a divisor other than 0, but got 0");
    return op == "/" ? -a.bits : 0;
  }

  template <typename T> static T compute(std::string_view op, T a, T b) {
    uint64_t x = a, y = b;
    switch (op[0]) {
    case '|':
      return op.size() == 2 ? T(a || b) : T(x | y);
    case '&':
      return op.size() == 2 ? T(a && b) : T(x & y);
    case '^':
      return T(x ^ y);
    case '=':
      return a == b;
    case '!':
      return a != b;
    case '+':
      return T(x + y);
    case '-':
      return T(x - y);
    case '*':
      return T(x * y);
    case '/':
      return a / b;
    case '%':
      return a % b;
    default:
      return compareOrShift(op, a, b);
    }
  }

  template <typename T> static T compareOrShift(std::string_view op, T a, T b) {
    if (op == "<<")
      return uint64_t(b) < 64 ? T(uint64_t(a) << b) : T(0);
    if (op == ">>")
      return uint64_t(b) < 64 ? T(a >> b) : T(a < 0 ? -1 : 0);
    if (op == "<")
      return a < b;
    if (op == ">")
      return a > b;
    return op == "<=" ? a <= b : a >= b;
  }

  TokenStream &tokens;
  int depth = 0;
};

} // namespace

bool ptx::startsConstant(const TokenStream &tokens) {
  return tokens.peek().kind == Token::Kind::Number || tokens.isNext("-") || tokens.isNext("+") || tokens.isNext("~") ||
         tokens.isNext("(") || tokens.isNext("WARP_SZ") || tokens.isNext("!");
}

Constant ptx::parseConstant(TokenStream &tokens) { return Expression(tokens).run(); }

uint64_t ptx::parseInteger(TokenStream &tokens, const std::string &what) {
  auto number = tokens.peek().kind == Token::Kind::Number ? parseNumber(tokens.peek().text) : std::nullopt;
  if (!number || number->kind != Constant::Kind::Integer)
    tokens.fail(what);
  tokens.take();
  return number->bits;
}

uint32_t ptx::parseInteger32(TokenStream &tokens, const std::string &what) {
  int line = tokens.peek().line;
  uint64_t value = parseInteger(tokens, what);
  if (value >> 32)
    throw Error(line, "expects " + what + " below 2^32, but got " + std::to_string(value));
  return uint32_t(value);
}

int64_t ptx::parseOffset(TokenStream &tokens) {
  if (!tokens.isNext("+") && !tokens.isNext("-"))
    return 0;
  size_t start = tokens.position();
  Constant value = parseConstant(tokens);
  if (value.kind != Constant::Kind::Integer)
    tokens.failFrom(start, "an offset that is an integer");
  return int64_t(value.bits);
}

std::optional<uint64_t> ptx::patternOf(const Constant &constant, Type type) {
  if (type != Type::F32 && type != Type::F64)
    return std::nullopt;
  if (constant.kind == Constant::Kind::Bits && constant.width == bits(type))
    return constant.bits;
  double value = constant.decimal;
  if (constant.kind == Constant::Kind::Bits)
    value = constant.width == 64 ? std::bit_cast<double>(constant.bits) : std::bit_cast<float>(uint32_t(constant.bits));
  return type == Type::F64 ? std::bit_cast<uint64_t>(value) : std::bit_cast<uint32_t>(float(value));
}
