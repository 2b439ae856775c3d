//===- Control.cpp - branches and calls -----------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file gives the instructions that choose the next one their meaning, and runs
// those that touch registers alone.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/machine/Block.h"
#include "runtime/emulator/machine/FunctionDecoder.h"

using namespace plait::emulator;
using Kind = ptx::Operand::Kind;

namespace {

void runBranch(Warp &warp, const Step &step, Mask active) { warp.branch(step.target, active); }

/// Calls `visit(value, lanes)` for each value that an operand has among the lanes.
template <typename F> void forValues(const Value &values, Mask active, F &&visit) {
  while (active) {
    uint64_t value = values.lane[__builtin_ctz(active)];
    Mask lanes = 0;
    forLanes(active, [&](unsigned lane) { lanes |= Mask(values.lane[lane] == value) << lane; });
    active &= ~lanes;
    visit(value, lanes);
  }
}

void runIndexedBranch(Warp &warp, const Step &step, Mask active) {
  Value index = warp.value(step.operands[0]);
  forValues(index, active, [&](uint64_t value, Mask lanes) {
    if (uint32_t(value) < step.targets.size())
      warp.branch(step.targets[uint32_t(value)], lanes);
    else
      warp.fail(Defect::Kind::Operand, step, unsigned(__builtin_ctz(lanes)),
                text("expects an index below ", step.targets.size(), ", but got ", uint32_t(value)));
  });
}

void runCall(Warp &warp, const Step &step, Mask active) { warp.call(step, *step.call.callee, active); }

bool fits(const Step &step, const Function &callee) {
  return callee.parameters.size() == step.call.arguments.size() && callee.results.size() == step.call.results.size();
}

void runIndirectCall(Warp &warp, const Step &step, Mask active) {
  Value pointer = warp.value(step.operands[0]);
  forValues(pointer, active, [&](uint64_t value, Mask lanes) {
    auto callee = warp.grid.kernel.byAddress.find(value);
    if (callee != warp.grid.kernel.byAddress.end() && fits(step, *callee->second))
      warp.call(step, *callee->second, lanes);
    else
      warp.fail(Defect::Kind::Operand, step, unsigned(__builtin_ctz(lanes)),
                text("expects the address of a function with ", step.call.arguments.size(), " parameters and ",
                     step.call.results.size(), " results, but got ", Hex{value}));
  });
}

void runExit(Warp &warp, const Step &, Mask active) { warp.exit(active); }
void runSleep(Warp &warp, const Step &, Mask) { warp.yield(); }

void runTrap(Warp &warp, const Step &step, Mask active) {
  warp.fail(Defect::Kind::Trap, step, unsigned(__builtin_ctz(active)), "expects this not to be reached, but got here");
}

std::vector<uint32_t> frameOffsets(const FunctionDecoder &decoder, const ptx::Instruction &instruction,
                                   const ptx::Operand &list) {
  std::vector<uint32_t> offsets;
  for (const ptx::Operand &element : list.elements) {
    std::optional<FrameVariable> variable = decoder.frameParameter(element.name);
    if (!variable)
      refuse(instruction, "arguments and results in .param space");
    offsets.push_back(variable->offset);
  }
  return offsets;
}

void decodeCall(FunctionDecoder &decoder, const ptx::Instruction &instruction, Step &step) {
  std::span<const ptx::Operand> operands = instruction.operands;
  expectOperands(instruction, 1, 4);
  if (operands.front().kind == Kind::Vector) {
    step.call.results = frameOffsets(decoder, instruction, operands.front());
    operands = operands.subspan(1);
  }
  if (operands.empty())
    refuse(instruction, "a function to call");
  if (operands.size() > 1 && operands[1].kind == Kind::Vector)
    step.call.arguments = frameOffsets(decoder, instruction, operands[1]);
  if (operands[0].kind != Kind::Symbol) {
    step.execute = runIndirectCall;
    decoder.setOperands(step, {decoder.source(operands[0])}, 0);
    return;
  }
  // What a failed assert of CUDA C++ calls.
  if (operands[0].name == "__assertfail") {
    step.execute = runTrap;
    return;
  }
  step.execute = runCall;
  step.call.callee = decoder.callee(operands[0].name);
  if (!step.call.callee)
    refuse(instruction, "a function with a body");
  if (!fits(step, *step.call.callee))
    refuse(instruction,
           text(step.call.callee->parameters.size(), " arguments and ", step.call.callee->results.size(), " results"));
}

void decodeIndexedBranch(FunctionDecoder &decoder, const ptx::Instruction &instruction, Step &step) {
  expectOperands(instruction, 2, 2);
  step.execute = runIndexedBranch;
  for (const std::string &name : decoder.targets(instruction, instruction.operands[1].name))
    step.targets.push_back(decoder.label(instruction, name));
  decoder.setOperands(step, {decoder.source(instruction.operands[0])}, 0);
}

/// Registers are there for all, but their number must be one that a device takes.
void decodeRegisterCount(const ptx::Instruction &instruction, Modifiers &modifiers, Step &step) {
  constexpr uint64_t least = 24, most = 256, unit = 8;
  expectOperands(instruction, 1, 1);
  const ptx::Operand &count = instruction.operands[0];
  bool isKnown = count.kind == ptx::Operand::Kind::Immediate && count.bits >= least && count.bits <= most;
  if (!isKnown || count.bits % unit != 0)
    refuse(instruction, text("a number of registers from ", least, " to ", most, " that is a multiple of ", unit));
  modifiers.ignore({"u32", "inc", "dec", "sync", "aligned"});
  step.execute = executeNothing;
}

} // namespace

bool plait::emulator::decodeControl(FunctionDecoder &decoder, const ptx::Instruction &instruction, Step &step) {
  static constexpr std::pair<std::string_view, Execute> simple[] = {{"ret", executeReturn},
                                                                    {"exit", runExit},
                                                                    {"trap", runTrap},
                                                                    {"brkpt", runTrap},
                                                                    {"nanosleep", runSleep},
                                                                    {"pmevent", executeNothing},
                                                                    {"griddepcontrol", executeNothing}};
  Modifiers modifiers(instruction);
  modifiers.ignore({"uni"});
  if (instruction.opcode == "bra") {
    expectOperands(instruction, 1, 1);
    step.execute = runBranch;
    step.target = decoder.label(instruction, instruction.operands[0].name);
  } else if (instruction.opcode == "brx") {
    modifiers.ignore({"idx"});
    decodeIndexedBranch(decoder, instruction, step);
  } else if (instruction.opcode == "call") {
    decodeCall(decoder, instruction, step);
  } else if (instruction.opcode == "setmaxnreg") {
    decodeRegisterCount(instruction, modifiers, step);
  } else {
    for (auto [opcode, execute] : simple)
      if (instruction.opcode == opcode)
        step.execute = execute;
    if (!step.execute)
      return false;
    if (step.execute == executeReturn || step.execute == runExit)
      expectOperands(instruction, 0, 0);
    modifiers.ignore({"u32", "mask", "wait", "launch_dependents"});
  }
  modifiers.finish();
  return true;
}

void plait::emulator::executeNothing(Warp &, const Step &, Mask) {}

void plait::emulator::executeReturn(Warp &warp, const Step &, Mask active) { warp.ret(active); }

void plait::emulator::executeCompute(Warp &warp, const Step &step, Mask active) {
  constexpr size_t most = 64;
  Value *results[most];
  const Value *operands[most];
  size_t resultCount = 0, operandCount = 0;
  for (const Source &source : step.results())
    results[resultCount++] = &warp.result(source);
  for (const Source &source : step.inputs())
    operands[operandCount++] = &warp.value(source);
  step.operation.run(step.operation, warp.grid.environment, {results, resultCount}, {operands, operandCount}, active);
}
