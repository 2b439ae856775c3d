//===- Decoder.cpp - reading an instruction's modifiers -------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file keeps account of the modifiers that a decoder has taken.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/compute/Decoder.h"

#include "runtime/emulator/Error.h"

#include <algorithm>

namespace plait::emulator {
namespace {

struct NamedType {
  std::string_view name;
  NumberType type;
};

constexpr NamedType namedTypes[] = {
    {"pred", types::pred}, {"b8", types::b8},         {"b16", types::b16},       {"b32", types::b32},
    {"b64", types::b64},   {"b128", types::b128},     {"u8", types::u8},         {"u16", types::u16},
    {"u32", types::u32},   {"u64", types::u64},       {"s8", types::s8},         {"s16", types::s16},
    {"s32", types::s32},   {"s64", types::s64},       {"u16x2", types::u16x2},   {"s16x2", types::s16x2},
    {"f16", types::f16},   {"f16x2", types::f16x2},   {"f32", types::f32},       {"f64", types::f64},
    {"bf16", types::bf16}, {"bf16x2", types::bf16x2}, {"tf32", types::tf32},     {"e4m3", types::e4m3},
    {"e5m2", types::e5m2}, {"e4m3x2", types::e4m3x2}, {"e5m2x2", types::e5m2x2},
};

unsigned countOperands(const std::vector<ptx::Operand> &operands) {
  unsigned count = 0;
  for (const ptx::Operand &operand : operands)
    count += operand.kind == ptx::Operand::Kind::Vector || operand.kind == ptx::Operand::Kind::Pair
                 ? countOperands(operand.elements)
                 : 1;
  return count;
}

} // namespace

std::optional<NumberType> parseNumberType(std::string_view name) {
  for (const NamedType &candidate : namedTypes)
    if (candidate.name == name)
      return candidate.type;
  return std::nullopt;
}

Decoder::Decoder(const ptx::Instruction &instruction)
    : instruction(instruction), taken(instruction.modifiers.size()), operands(countOperands(instruction.operands)) {}

bool Decoder::take(std::string_view modifier) {
  for (size_t i = 0; i < taken.size(); ++i) {
    if (taken[i] || instruction.modifiers[i] != modifier)
      continue;
    taken[i] = true;
    return true;
  }
  return false;
}

unsigned Decoder::takeOneOf(std::initializer_list<std::string_view> names) {
  unsigned index = 0;
  for (std::string_view name : names) {
    if (take(name))
      return index;
    ++index;
  }
  return index;
}

unsigned Decoder::require(std::initializer_list<std::string_view> names) {
  unsigned index = takeOneOf(names);
  if (index == names.size())
    refuse();
  return index;
}

NumberType Decoder::takeType() {
  for (size_t i = 0; i < taken.size(); ++i) {
    if (taken[i])
      continue;
    if (std::optional<NumberType> type = parseNumberType(instruction.modifiers[i])) {
      taken[i] = true;
      return *type;
    }
  }
  refuse();
}

std::optional<Rounding> Decoder::takeRounding() {
  constexpr Rounding modes[] = {Rounding::Even, Rounding::Zero, Rounding::Down, Rounding::Up};
  unsigned index = takeOneOf({"rn", "rz", "rm", "rp"});
  return index < 4 ? std::optional(modes[index]) : std::nullopt;
}

bool Decoder::isKind(unsigned index, ptx::Operand::Kind kind) const {
  return index < instruction.operands.size() && instruction.operands[index].kind == kind;
}

Operation Decoder::finish(Operation::Run run, unsigned results, unsigned inputs, uint32_t control) const {
  if (!run || !std::ranges::all_of(taken, [](bool is) { return is; }))
    refuse();
  if (operands != results + inputs)
    throw Error(instruction.line, "expects " + std::to_string(results + inputs) + " operands, but got " +
                                      std::to_string(operands) + ": " + instruction.text);
  Operation operation;
  operation.run = run;
  operation.results = results;
  operation.control[0] = control;
  return operation;
}

void Decoder::refuse() const {
  throw Error(instruction.line, "expects an instruction that the emulator knows, but got " + instruction.text);
}

} // namespace plait::emulator
