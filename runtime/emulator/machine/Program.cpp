//===- Program.cpp - a loaded module --------------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements how a module's variables are placed and what its entries
// reach.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/machine/Program.h"

#include "runtime/emulator/machine/Text.h"

#include <algorithm>
#include <cstring>

using namespace plait::emulator;

namespace {

template <typename F> void forSymbols(const ptx::Operand &operand, F &&visit) {
  if (!operand.name.empty() && operand.kind != ptx::Operand::Kind::Special)
    visit(operand.name);
  for (const ptx::Operand &element : operand.elements)
    forSymbols(element, visit);
}

/// What ptxas allots at least and at most.
constexpr uint32_t minRegisters = 16, maxRegisters = 255;

} // namespace

Program::Program(const ptx::Module &source, GlobalMemory &memory) : module(source), memory(memory) {
  try {
    placeVariables();
    for (const ptx::Function &function : module.functions)
      if (function.isEntry && !function.isDeclaration)
        addKernel(function);
  } catch (...) {
    for (const auto &[name, allocation] : variables)
      memory.free(allocation.address);
    throw;
  }
}

Program::~Program() {
  for (const auto &[name, allocation] : variables)
    memory.free(allocation.address);
}

std::optional<size_t> Program::findFunction(std::string_view name) const {
  for (size_t i = 0; i < module.functions.size(); ++i)
    if (module.functions[i].name == name && !module.functions[i].isDeclaration)
      return i;
  return std::nullopt;
}

const Allocation *Program::findVariable(std::string_view name) const {
  auto found = variables.find(name);
  return found == variables.end() ? nullptr : &found->second;
}

void Program::placeVariables() {
  auto isPlaced = [](const ptx::Variable &variable) {
    return (variable.space == ptx::Space::Global || variable.space == ptx::Space::Const) && !variable.isExtern;
  };
  for (const ptx::Variable &variable : module.variables) {
    if (!isPlaced(variable))
      continue;
    uint64_t bytes = std::max<uint64_t>(variable.bytes, 1);
    std::optional<uint64_t> address = memory.allocate(bytes, variable.name, variable.space == ptx::Space::Const);
    if (!address)
      throw Error(variable.line,
                  text("expects ", bytes, " bytes of free memory for `", variable.name, "`, but got none"));
    variables[variable.name] = *memory.find(*address);
  }
  for (const ptx::Variable &variable : module.variables)
    if (isPlaced(variable))
      initialize(variable);
}

void Program::initialize(const ptx::Variable &variable) {
  std::vector<uint8_t> bytes = variable.initial;
  bytes.resize(std::max<uint64_t>(variable.bytes, 1));
  for (const ptx::Relocation &relocation : variable.relocations) {
    uint64_t value = 0;
    if (const Allocation *other = findVariable(relocation.symbol))
      value = other->address;
    else if (std::optional<size_t> function = findFunction(relocation.symbol))
      value = codeAddress(*function);
    else
      throw Error(variable.line, text("expects the address of a variable or function in `", variable.name,
                                      "`, but got `", relocation.symbol, "`"));
    value += uint64_t(relocation.addend);
    std::memcpy(&bytes[relocation.offset], &value, relocation.bytes);
  }
  memory.copyIn(variables[variable.name].address, bytes.data(), bytes.size());
}

void Program::reach(size_t index, Reached &reached) const {
  if (std::count(reached.functions.begin(), reached.functions.end(), index))
    return;
  reached.functions.push_back(index);
  const ptx::Function &function = module.functions[index];
  auto addShared = [&](const std::vector<ptx::Variable> &variables, const std::string &name) {
    for (const ptx::Variable &variable : variables)
      if (variable.name == name && variable.space == ptx::Space::Shared &&
          !std::count(reached.shared.begin(), reached.shared.end(), &variable))
        reached.shared.push_back(&variable);
  };
  for (const ptx::Instruction &instruction : function.instructions)
    for (const ptx::Operand &operand : instruction.operands)
      forSymbols(operand, [&](const std::string &name) {
        addShared(function.variables, name);
        addShared(module.variables, name);
        if (std::optional<size_t> callee = findFunction(name))
          reach(*callee, reached);
      });
}

SharedLayout Program::layOut(const Reached &reached) const {
  SharedLayout layout;
  uint32_t dynamicAlign = 1;
  for (const ptx::Variable *variable : reached.shared) {
    dynamicAlign = std::max(dynamicAlign, variable->isUnsized ? variable->align : 1);
    if (variable->isUnsized)
      continue;
    layout.bytes = alignTo(layout.bytes, variable->align);
    layout.offsets[variable] = layout.bytes;
    layout.bytes += uint32_t(variable->bytes);
  }
  layout.dynamicOffset = alignTo(layout.bytes, dynamicAlign);
  for (const ptx::Variable *variable : reached.shared)
    if (variable->isUnsized)
      layout.offsets[variable] = layout.dynamicOffset;
  return layout;
}

void Program::addKernel(const ptx::Function &entry) {
  Reached reached;
  reach(size_t(&entry - module.functions.data()), reached);
  // A pointer to a function may come from a variable.
  for (const ptx::Variable &variable : module.variables)
    for (const ptx::Relocation &relocation : variable.relocations)
      if (std::optional<size_t> function = findFunction(relocation.symbol))
        reach(*function, reached);
  SharedLayout layout = layOut(reached);
  Kernel &kernel = kernels.emplace_back();
  kernel.name = entry.name;
  kernel.source = &entry;
  kernel.program = this;
  kernel.dynamicSharedOffset = layout.dynamicOffset;
  kernel.sites.push_back(nullptr);
  // Calls refer to functions, so all of them exist before one is decoded.
  for (size_t index : reached.functions) {
    Function &function = kernel.functions.emplace_back();
    function.source = &module.functions[index];
    kernel.byAddress[codeAddress(index)] = &function;
  }
  std::vector<FunctionDecoder> decoders;
  decoders.reserve(kernel.functions.size());
  for (Function &function : kernel.functions)
    decoders.emplace_back(*this, kernel, layout, function).layOutMemory();
  kernel.attributes = attributesOf(kernel, layout);
  for (FunctionDecoder &decoder : decoders)
    decoder.decode();
}

FunctionAttributes Program::attributesOf(const Kernel &kernel, const SharedLayout &layout) const {
  FunctionAttributes attributes;
  for (const ptx::Variable &parameter : kernel.source->parameters) {
    uint32_t offset = alignTo(attributes.parameterBytes, parameter.align);
    attributes.parameters.push_back({offset, uint32_t(parameter.bytes)});
    attributes.parameterBytes = offset + uint32_t(parameter.bytes);
  }
  attributes.staticSharedBytes = layout.bytes;
  attributes.localBytes = kernel.functions.front().localBytes;
  for (const ptx::Variable &variable : module.variables)
    if (variable.space == ptx::Space::Const)
      attributes.constBytes += uint32_t(variable.bytes);
  uint32_t words = 0;
  for (const ptx::Register &reg : kernel.source->registers)
    words += (ptx::bits(reg.type) + 31) / 32;
  attributes.registers = kernel.source->maxRegisters.value_or(std::clamp(words, minRegisters, maxRegisters));
  auto threads = [](const std::array<uint32_t, 3> &size) { return size[0] * size[1] * size[2]; };
  if (kernel.source->requiredThreads)
    attributes.maxThreads = threads(*kernel.source->requiredThreads);
  else if (kernel.source->maxThreads)
    attributes.maxThreads = threads(*kernel.source->maxThreads);
  return attributes;
}
