//===- OperandParser.cpp - reads operands ---------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file reads operands in all their forms.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/ptx/OperandParser.h"

#include "runtime/emulator/ptx/Constant.h"

#include <algorithm>

using namespace plait::emulator;
using namespace plait::emulator::ptx;

namespace {

/// Without their elements (.x) and numbers (%envreg3).
constexpr std::string_view specials[] = {"aggr_smem_size",
                                         "clock",
                                         "clock64",
                                         "clock_hi",
                                         "cluster_ctaid",
                                         "cluster_ctarank",
                                         "cluster_nctaid",
                                         "cluster_nctarank",
                                         "clusterid",
                                         "ctaid",
                                         "current_graph_exec",
                                         "dynamic_smem_size",
                                         "envreg",
                                         "globaltimer",
                                         "globaltimer_hi",
                                         "globaltimer_lo",
                                         "gridid",
                                         "is_explicit_cluster",
                                         "laneid",
                                         "lanemask_eq",
                                         "lanemask_ge",
                                         "lanemask_gt",
                                         "lanemask_le",
                                         "lanemask_lt",
                                         "nclusterid",
                                         "nctaid",
                                         "nsmid",
                                         "ntid",
                                         "nwarpid",
                                         "pm",
                                         "reserved_smem_offset_",
                                         "reserved_smem_offset_begin",
                                         "reserved_smem_offset_cap",
                                         "reserved_smem_offset_end",
                                         "smid",
                                         "tid",
                                         "total_smem_size",
                                         "warpid"};

bool isSpecial(std::string_view name) {
  if (std::binary_search(std::begin(specials), std::end(specials), name))
    return true;
  std::string_view stem = name.substr(0, name.find_last_not_of("0123456789") + 1);
  return (stem == "envreg" || stem == "reserved_smem_offset_" || stem == "pm" || name.starts_with("pm")) &&
         stem.size() < name.size();
}

class OperandParser {
public:
  OperandParser(TokenStream &tokens, const Scopes &scopes, const Instruction &instruction)
      : tokens(tokens), scopes(scopes), instruction(instruction) {}

  Operand parse() {
    // Vectors of vectors do not exist; damaged text may nest without end.
    if (++depth > 4)
      tokens.fail("operands that are less nested");
    Operand operand = primary();
    if (tokens.accept("|")) {
      Operand pair;
      pair.kind = Operand::Kind::Pair;
      pair.elements.push_back(std::move(operand));
      pair.elements.push_back(primary());
      operand = std::move(pair);
    }
    --depth;
    return operand;
  }

private:
  Operand primary() {
    if (tokens.accept("["))
      return address();
    if (tokens.accept("{"))
      return list("}");
    if (instruction.opcode == "call" && tokens.accept("("))
      return list(")");
    if (tokens.isNext("!") && tokens.peek(1).kind == Token::Kind::Word) {
      tokens.take();
      size_t start = tokens.position();
      Operand operand = named();
      if (operand.kind != Operand::Kind::Register)
        tokens.failFrom(start, "a predicate after '!'");
      operand.negated = true;
      return operand;
    }
    if (startsConstant(tokens))
      return immediate();
    if (tokens.peek().kind != Token::Kind::Word)
      tokens.fail("an operand of " + instruction.opcode);
    return named();
  }

  Operand list(std::string_view end) {
    Operand operand;
    operand.kind = Operand::Kind::Vector;
    if (tokens.accept(end))
      return operand;
    do
      operand.elements.push_back(parse());
    while (tokens.accept(","));
    tokens.expect(end, "at the end of a list of operands");
    return operand;
  }

  /// Tensor copies have coordinates behind the base: [map, {x, y}].
  Operand address() {
    size_t start = tokens.position();
    Operand operand, base = primary();
    if (base.kind != Operand::Kind::Register && base.kind != Operand::Kind::Symbol &&
        base.kind != Operand::Kind::Immediate)
      tokens.failFrom(start, "a register, a symbol or a number as the base of an address");
    operand.kind = Operand::Kind::Address;
    operand.offset = base.offset + parseOffset(tokens);
    base.offset = 0;
    operand.elements.push_back(std::move(base));
    while (tokens.accept(","))
      operand.elements.push_back(parse());
    tokens.expect("]", "at the end of an address");
    return operand;
  }

  Operand immediate() {
    size_t start = tokens.position();
    Constant constant = parseConstant(tokens);
    Operand operand;
    operand.kind = Operand::Kind::Immediate;
    operand.bits = constant.bits;
    operand.isFloat = constant.kind != Constant::Kind::Integer;
    if (constant.kind == Constant::Kind::Decimal)
      operand.bits = decimal(constant, start);
    return operand;
  }

  /// 1.5 is as wide as the instruction's operands: its last type is theirs.
  uint64_t decimal(const Constant &constant, size_t start) const {
    std::optional<Type> type;
    for (auto modifier = instruction.modifiers.rbegin(); !type && modifier != instruction.modifiers.rend(); ++modifier)
      type = parseType(*modifier);
    // The type is the policy's.
    if (instruction.opcode == "createpolicy")
      type = Type::F32;
    if (auto pattern = type ? patternOf(constant, *type) : std::nullopt)
      return *pattern;
    tokens.failFrom(start, "an instruction of f32 or f64 around a decimal number");
  }

  Operand registerOperand(int index) const {
    Operand operand;
    operand.kind = Operand::Kind::Register;
    operand.index = index;
    return operand;
  }

  Operand named() {
    Operand operand;
    std::string_view name = tokens.peek().text;
    if (int index = scopes.findRegister(name); index >= 0) {
      tokens.take();
      return registerOperand(index);
    }
    if (auto range = scopes.findVector(name))
      return vectorRegister(*range);
    if (name[0] == '%')
      return special();
    tokens.take();
    if (name == "_")
      return operand;
    operand.kind = Operand::Kind::Symbol;
    operand.name = name;
    operand.offset = parseOffset(tokens);
    return operand;
  }

  Operand vectorRegister(Scopes::Range range) {
    tokens.take();
    if (tokens.peek().kind == Token::Kind::Dotted) {
      static constexpr std::string_view elements = "xyzwrgba";
      std::string_view text = tokens.peek().text;
      size_t element = text.size() == 2 ? elements.find(text[1]) : elements.npos;
      if (element == elements.npos || element % 4 >= range.count)
        tokens.fail("an element of a vector of " + std::to_string(range.count));
      tokens.take();
      return registerOperand(range.first + int(element % 4));
    }
    Operand operand;
    operand.kind = Operand::Kind::Vector;
    for (uint32_t i = 0; i < range.count; ++i)
      operand.elements.push_back(registerOperand(range.first + int(i)));
    return operand;
  }

  Operand special() {
    std::string_view name = tokens.peek().text.substr(1);
    if (!isSpecial(name))
      tokens.fail("a register that is declared");
    tokens.take();
    Operand operand;
    operand.kind = Operand::Kind::Special;
    operand.name = name;
    if (tokens.peek().kind == Token::Kind::Dotted && tokens.isAdjacent())
      operand.name += tokens.take().text;
    return operand;
  }

  TokenStream &tokens;
  const Scopes &scopes;
  const Instruction &instruction;
  int depth = 0;
};

} // namespace

Operand ptx::parseOperand(TokenStream &tokens, const Scopes &scopes, const Instruction &instruction) {
  return OperandParser(tokens, scopes, instruction).parse();
}
