//===- OperandSizes.cpp - how wide operands are ---------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file checks the registers of instructions against the types that these name, as
// ptxas does: a wrong width would change a value here without a word.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/machine/FunctionDecoder.h"
#include "runtime/emulator/machine/Text.h"

#include <algorithm>

using namespace plait::emulator;
using Kind = ptx::Operand::Kind;

namespace {

struct Rule {
  unsigned types; ///< that the instruction names; forms with other numbers of them are not checked
  /// A letter for each operand, the last one for all that follow:
  ///   t, s  as wide as the first type, the last one
  ///   T, S  at least as wide: loads, stores and conversions leave what is beyond
  ///   m     as wide as the first type, but at least 32 bits: elements of matrices are packed
  ///   w     twice as wide as the first type
  ///   i     32 bits
  ///   p     a predicate
  ///   -     not checked
  std::string_view operands;
};

const std::unordered_map<std::string_view, Rule> &rules() {
  static const std::unordered_map<std::string_view, Rule> table = [] {
    std::unordered_map<std::string_view, Rule> rules = {
        {"mul.wide", {1, "wtt"}}, {"mad.wide", {1, "wttw"}},   {"bfe", {1, "ttii"}},    {"bfi", {1, "tttii"}},
        {"shl", {1, "tti"}},      {"shr", {1, "tti"}},         {"lop3", {1, "tttt-p"}}, {"setp", {1, "pttp"}},
        {"set", {2, "tssp"}},     {"selp", {1, "tttp"}},       {"slct", {2, "ttts"}},   {"testp", {1, "pt"}},
        {"popc", {1, "it"}},      {"clz", {1, "it"}},          {"bfind", {1, "it"}},    {"dp4a", {2, "i"}},
        {"dp2a", {2, "i"}},       {"cvt", {2, "TS"}},          {"ld", {1, "T-"}},       {"ldu", {1, "T-"}},
        {"st", {1, "-T"}},        {"atom", {1, "t-t"}},        {"red", {1, "-t"}},      {"isspacep", {0, "p-"}},
        {"vote", {1, "tpi"}},     {"match", {1, "iti"}},       {"elect", {0, "i"}},     {"mma", {4, "m"}},
        {"ldmatrix", {1, "i-"}},  {"createpolicy", {1, "t-"}}, {"stmatrix", {1, "-i"}}, {"movmatrix", {1, "i"}},
        {"mapa", {1, "tti"}},
    };
    for (const char *opcode :
         {"abs", "activemask", "add",       "addc", "and",  "bmsk", "brev",  "cnot",  "copysign", "cos", "cvta",
          "div", "ex2",        "fma",       "fns",  "lg2",  "mad",  "mad24", "madc",  "max",      "min", "mov",
          "mul", "mul24",      "nanosleep", "neg",  "not",  "or",   "prmt",  "rcp",   "redux",    "rem", "rsqrt",
          "sad", "shf",        "shfl",      "sin",  "sqrt", "sub",  "subc",  "szext", "tanh",     "xor"})
      rules[opcode] = {1, "t"};
    return rules;
  }();
  return table;
}

bool hasModifier(const ptx::Instruction &instruction, std::string_view name) {
  return std::ranges::find(instruction.modifiers, name) != instruction.modifiers.end();
}

class Checker {
public:
  Checker(const ptx::Function &function, const ptx::Instruction &instruction)
      : function(function), instruction(instruction) {}

  void check() {
    const Rule *rule = findRule();
    if (!rule)
      return;
    // The policy of a hint comes last.
    size_t count = instruction.operands.size();
    count -= count > 0 && hasModifier(instruction, "L2::cache_hint");
    for (size_t i = 0; i < count; ++i)
      checkOperand(instruction.operands[i], rule->operands[std::min(i, rule->operands.size() - 1)], i + 1);
  }

private:
  const Rule *findRule() {
    bool isWide = hasModifier(instruction, "wide");
    auto found = isWide ? rules().find(instruction.opcode + ".wide") : rules().find(instruction.opcode);
    if (found == rules().end())
      return nullptr;
    unsigned types = 0;
    for (const std::string &modifier : instruction.modifiers)
      if (std::optional<ptx::Type> type = ptx::parseType(modifier)) {
        last = ptx::bits(*type);
        first = types++ ? first : last;
      }
    return types == found->second.types ? &found->second : nullptr;
  }

  unsigned bitsOf(char letter) const {
    switch (letter) {
    case 'p':
      return 1;
    case 'i':
      return 32;
    case 'w':
      return 2 * first;
    case 'm':
      return std::max(32u, first);
    case 's':
    case 'S':
      return last;
    default:
      return first;
    }
  }

  void checkOperand(const ptx::Operand &operand, char letter, size_t number) const {
    if (letter == '-')
      return;
    unsigned bits = bitsOf(letter);
    auto check = [&](const ptx::Operand &element, char letter, unsigned bits) {
      if (element.kind == Kind::Register)
        checkRegister(element.index, letter, bits, number);
    };
    check(operand, letter, bits);
    if (operand.kind == Kind::Pair) {
      check(operand.elements[0], letter, bits);
      check(operand.elements[1], 'p', 1);
    }
    // Those of mov share its type.
    if (operand.kind == Kind::Vector)
      for (const ptx::Operand &element : operand.elements)
        check(element, letter, instruction.opcode == "mov" ? bits / unsigned(operand.elements.size()) : bits);
  }

  void checkRegister(int index, char letter, unsigned bits, size_t number) const {
    const ptx::Register &got = function.registers[size_t(index)];
    unsigned width = ptx::bits(got.type);
    bool mayBeWider = (letter == 'T' || letter == 'S') && width > bits;
    if (width == bits || mayBeWider)
      return;
    std::string wanted =
        bits == 1 ? "a predicate" : text("a register of ", letter < 'a' ? "at least " : "", bits, " bits");
    throw Error(instruction.line,
                text("expects ", wanted, " as operand ", number, ", but got ", got.name.substr(0, got.name.find('#')),
                     " of .", ptx::name(got.type), " in `", instruction.text, "`"));
  }

  const ptx::Function &function;
  const ptx::Instruction &instruction;
  unsigned first = 0, last = 0;
};

} // namespace

void plait::emulator::checkOperandSizes(const ptx::Function &function, const ptx::Instruction &instruction) {
  Checker(function, instruction).check();
}
