//===- FunctionDecoder.cpp - from syntax to steps -------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements how functions become steps: where their variables lie, and
// what the names of operands stand for.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/machine/FunctionDecoder.h"

#include "runtime/emulator/machine/Address.h"
#include "runtime/emulator/machine/Program.h"
#include "runtime/emulator/machine/Warp.h"

#include <algorithm>
#include <charconv>

using namespace plait::emulator;
using Kind = ptx::Operand::Kind;

namespace {

/// What a register holds that nobody wrote.
uint64_t garbage(unsigned bits) {
  constexpr uint64_t pattern = 0xdeadbeefdeadbeef;
  return bits == 1 ? 0 : bits >= 64 ? pattern : pattern & ((uint64_t(1) << bits) - 1);
}

} // namespace

void plait::emulator::refuse(const ptx::Instruction &instruction, const std::string &expected) {
  throw Error(instruction.line, text("expects ", expected, ", but got `", instruction.text, "`"));
}

void plait::emulator::expectOperands(const ptx::Instruction &instruction, size_t least, size_t most) {
  size_t count = instruction.operands.size();
  if (count < least || count > most)
    refuse(instruction, least == most ? text(least, " operands") : text(least, " to ", most, " operands"));
}

void FunctionDecoder::layOutRegisters() {
  for (const ptx::Register &reg : function.source->registers) {
    registerIndex.push_back(uint32_t(function.registers.size()));
    unsigned width = ptx::bits(reg.type);
    for (unsigned i = 0; i < std::max(1u, width / 64); ++i)
      function.registers.push_back(garbage(width));
  }
  carry = uint32_t(function.registers.size());
  function.registers.push_back(0);
}

void FunctionDecoder::place(const ptx::Variable &variable, bool isLocal) {
  uint32_t &end = isLocal ? function.localBytes : function.parameterBytes;
  uint32_t offset = alignTo(end, variable.align);
  end = offset + uint32_t(variable.bytes);
  if (isLocal) {
    localRegisters[variable.name] = uint32_t(function.registers.size());
    function.localAddresses.push_back({uint32_t(function.registers.size()), offset});
    function.registers.push_back(0);
  } else {
    parameterMemory[variable.name] = {offset, uint32_t(variable.bytes)};
  }
}

void FunctionDecoder::layOutMemory() {
  const ptx::Function &source = *function.source;
  layOutRegisters();
  auto formal = [&](const ptx::Variable &variable, std::vector<FrameVariable> &to) {
    if (variable.space != ptx::Space::Param)
      throw Error(variable.line,
                  text("expects parameters of functions in .param space, but got `", variable.name, "`"));
    place(variable, false);
    to.push_back(parameterMemory[variable.name]);
  };
  for (const ptx::Variable &parameter : source.parameters)
    if (!source.isEntry)
      formal(parameter, function.parameters);
  for (const ptx::Variable &result : source.results)
    formal(result, function.results);
  for (const ptx::Variable &variable : source.variables)
    if (variable.space == ptx::Space::Param || variable.space == ptx::Space::Local)
      place(variable, variable.space == ptx::Space::Local);
  for (const ptx::Label &label : source.labels)
    labels[label.name] = uint32_t(label.target);
}

void FunctionDecoder::decode() {
  function.steps.reserve(function.source->instructions.size() + 1);
  for (const ptx::Instruction &instruction : function.source->instructions) {
    Step step = decode(instruction);
    step.site = uint32_t(kernel.sites.size());
    kernel.sites.push_back(&function.steps.emplace_back(std::move(step)));
  }
  Step end;
  end.execute = executeReturn;
  end.site = uint32_t(kernel.sites.size());
  kernel.sites.push_back(&function.steps.emplace_back(end));
  kernel.hasWarpgroups |= watchRegisters(function);
}

const ptx::Module &FunctionDecoder::module() const { return program.module; }

Step FunctionDecoder::decode(const ptx::Instruction &instruction) {
  Step step;
  step.source = &instruction;
  line = instruction.line;
  if (instruction.guard) {
    step.guard = int32_t(registerIndex[size_t(instruction.guard->index)]);
    step.guardNegated = instruction.guard->negated;
  }
  decodeWith(instruction, step);
  checkOperandSizes(*function.source, instruction);
  for (const Source &operand : step.operands)
    step.readsClock |= operand.base == Source::Specials && kernel.specials[operand.index]->changes;
  return step;
}

void FunctionDecoder::decodeWith(const ptx::Instruction &instruction, Step &step) {
  constexpr DecodeFamily *families[] = {
      decodeControl, decodeBarrier, decodeTensorCopy, decodeLoadStore, decodeAddress,  decodeAtomic,
      decodeMatrix,  decodeWmma,    decodeWgmma,      decodeMbarrier,  decodeBulkCopy, decodeAsyncCopy,
  };
  for (DecodeFamily *family : families)
    if (family(*this, instruction, step))
      return;
  std::optional<Operation> operation = decodeCompute(instruction);
  if (!operation)
    refuse(instruction, "an instruction that the emulator knows");
  decodeOperation(instruction, step, *operation);
}

void FunctionDecoder::decodeOperation(const ptx::Instruction &instruction, Step &step, const Operation &operation) {
  std::vector<Source> operands = flatten(instruction.operands);
  unsigned results = operation.results;
  if (operation.writesCarry)
    operands.insert(operands.begin() + results++, {.base = Source::Registers, .index = carry});
  if (operation.readsCarry)
    operands.push_back({.base = Source::Registers, .index = carry});
  step.operation = operation;
  step.execute = executeCompute;
  if (operation.convergent)
    step.together = operation.hasMemberMask ? Together::Members : Together::Live;
  setOperands(step, std::move(operands), results);
}

Source FunctionDecoder::constant(uint64_t bits) {
  auto [found, isNew] = constantIndex.try_emplace(bits, uint32_t(function.constants.size()));
  if (isNew) {
    Value &value = function.constants.emplace_back();
    for (uint64_t &lane : value.lane)
      lane = bits;
  }
  return {.base = Source::Constants, .index = found->second};
}

Source FunctionDecoder::source(const ptx::Operand &operand) {
  switch (operand.kind) {
  case Kind::Register:
    return {.base = Source::Registers, .negated = operand.negated, .index = registerIndex[size_t(operand.index)]};
  case Kind::Immediate:
    return constant(operand.bits);
  case Kind::Special: {
    const Special *special = findSpecial(operand.name);
    if (!special)
      throw Error(line, text("expects a special register that the emulator knows, but got %", operand.name));
    auto &all = kernel.specials;
    auto found = std::find(all.begin(), all.end(), special);
    if (found == all.end())
      found = all.insert(found, special);
    return {.base = Source::Specials, .index = uint32_t(found - all.begin())};
  }
  case Kind::Symbol:
    if (auto local = localRegisters.find(operand.name); local != localRegisters.end() && operand.offset == 0)
      return {.base = Source::Registers, .index = local->second};
    return constant(symbol(operand.name) + uint64_t(operand.offset));
  case Kind::Sink:
    return {};
  default:
    throw Error(line, "expects a register or a constant, but got a list or an address");
  }
}

uint64_t FunctionDecoder::symbol(const std::string &name) const {
  auto sharedOffset = [&](const std::vector<ptx::Variable> &variables) -> std::optional<uint64_t> {
    for (const ptx::Variable &variable : variables)
      if (auto found = shared.offsets.find(&variable); found != shared.offsets.end() && variable.name == name)
        return found->second;
    return std::nullopt;
  };
  if (auto found = parameterMemory.find(name); found != parameterMemory.end())
    return found->second.offset;
  if (isEntry())
    for (size_t i = 0; i < function.source->parameters.size(); ++i)
      if (function.source->parameters[i].name == name)
        return kernel.attributes.parameters[i].offset;
  if (std::optional<uint64_t> offset = sharedOffset(function.source->variables))
    return *offset;
  if (std::optional<uint64_t> offset = sharedOffset(program.module.variables))
    return *offset;
  if (const Allocation *variable = program.findVariable(name))
    return variable->address;
  if (std::optional<size_t> index = program.findFunction(name))
    return Program::codeAddress(*index);
  throw Error(line, text("expects a variable or function with storage, but got `", name, "`"));
}

Place FunctionDecoder::place(const ptx::Operand &operand) {
  if (operand.kind != Kind::Address)
    throw Error(line, "expects an address in brackets, but got another operand");
  const ptx::Operand &base = operand.elements.front();
  return {source(base), operand.offset};
}

void FunctionDecoder::append(std::vector<Source> &to, const ptx::Operand &operand) {
  if (operand.kind == Kind::Vector || operand.kind == Kind::Pair) {
    for (const ptx::Operand &element : operand.elements)
      append(to, element);
    return;
  }
  to.push_back(source(operand));
  if (registerBits(operand) == 128)
    to.push_back({.base = Source::Registers, .index = to.back().index + 1});
}

std::vector<Source> FunctionDecoder::flatten(std::span<const ptx::Operand> operands) {
  std::vector<Source> all;
  for (const ptx::Operand &operand : operands)
    append(all, operand);
  return all;
}

void FunctionDecoder::setOperands(Step &step, std::vector<Source> operands, unsigned results) {
  for (unsigned i = 0; i < results; ++i)
    if (i >= operands.size() || (operands[i].base != Source::Registers && operands[i].base != Source::Scratch))
      refuse(*step.source, "registers for the results");
  step.resultCount = uint8_t(results);
  step.operands = function.operands.emplace_back(std::move(operands));
}

unsigned FunctionDecoder::registerBits(const ptx::Operand &operand) const {
  return operand.kind == Kind::Register ? ptx::bits(function.source->registers[size_t(operand.index)].type) : 0;
}

void FunctionDecoder::expectHopper(const ptx::Instruction &instruction, int version) const {
  const ptx::Module &module = program.module;
  constexpr std::string_view prefix = "sm_";
  constexpr int hopper = 90;
  int target = 0;
  if (module.target.starts_with(prefix))
    std::from_chars(module.target.data() + prefix.size(), module.target.data() + module.target.size(), target);
  if (target < hopper || module.version() < version)
    refuse(instruction, text(".target sm_90 and .version ", version / 10, ".", version % 10, " or newer"));
}

uint32_t FunctionDecoder::label(const ptx::Instruction &instruction, const std::string &name) const {
  auto found = labels.find(name);
  if (found == labels.end())
    refuse(instruction, text("a label of the function, not ", name));
  return found->second;
}

const std::vector<std::string> &FunctionDecoder::targets(const ptx::Instruction &instruction,
                                                         const std::string &name) const {
  for (const ptx::TargetList &list : function.source->targetLists)
    if (list.name == name)
      return list.targets;
  refuse(instruction, text("a list of targets, not ", name));
}

const Function *FunctionDecoder::callee(const std::string &name) const {
  std::optional<size_t> index = program.findFunction(name);
  return index ? kernel.byAddress.at(Program::codeAddress(*index)) : nullptr;
}

std::optional<FrameVariable> FunctionDecoder::frameParameter(const std::string &name) const {
  auto found = parameterMemory.find(name);
  return found == parameterMemory.end() ? std::nullopt : std::optional(found->second);
}
