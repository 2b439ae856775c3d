//===- Addresses.cpp - addresses of variables and of spaces ---------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file gives mov of an address, cvta, mapa and isspacep their meaning.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/machine/Address.h"
#include "runtime/emulator/machine/FunctionDecoder.h"
#include "runtime/emulator/machine/Warp.h"

#include <utility>

using namespace plait::emulator;
using ptx::Space;

namespace {

template <typename F> void forResults(Warp &warp, const Step &step, Mask active, F &&compute) {
  Value &result = warp.result(step.operands[0]);
  const Value &input = warp.value(step.operands[1]);
  forLanes(active, [&](unsigned lane) { result.lane[lane] = compute(input.lane[lane]); });
}

void runMove(Warp &warp, const Step &step, Mask active) {
  forResults(warp, step, active, [&](uint64_t value) { return value + uint64_t(step.place.offset); });
}

/// Operands: the result, an address of the block's own shared memory, the block of the cluster to have it in.
void runMapToBlock(Warp &warp, const Step &step, Mask active) {
  const Value ranks = warp.value(step.operands[2]);
  forLanes(active, [&](unsigned lane) {
    if (uint32_t rank = uint32_t(ranks.lane[lane]))
      warp.report(Defect::Kind::Operand, step, lane,
                  [&] { return text("expects block 0 of a cluster of one block, but got ", rank); });
  });
  runMove(warp, step, active);
}

void runToGeneric(Warp &warp, const Step &step, Mask active) {
  uint64_t window = windowOf(step.access.space);
  forResults(warp, step, active, [&](uint64_t value) { return value + window; });
}

void runFromGeneric(Warp &warp, const Step &step, Mask active) {
  uint64_t window = windowOf(step.access.space);
  forResults(warp, step, active, [&](uint64_t value) { return value - window; });
}

void runIsSpace(Warp &warp, const Step &step, Mask active) {
  Space wanted = step.access.space;
  const GlobalMemory &memory = warp.grid.memory;
  forResults(warp, step, active, [&](uint64_t value) {
    if (wanted != Space::Const && wanted != Space::Global)
      return uint64_t(spaceOf(value) == wanted);
    // Const variables lie among the global ones.
    const Allocation *found = spaceOf(value) == Space::Global ? memory.find(value) : nullptr;
    return uint64_t(spaceOf(value) == Space::Global && (found && found->isConst) == (wanted == Space::Const));
  });
}

} // namespace

bool plait::emulator::decodeAddress(FunctionDecoder &decoder, const ptx::Instruction &instruction, Step &step) {
  const std::string &opcode = instruction.opcode;
  Modifiers modifiers(instruction);
  const auto &operands = instruction.operands;
  if (opcode == "mov" && operands.size() == 2 && operands[1].kind == ptx::Operand::Kind::Symbol) {
    ptx::Operand symbol = operands[1];
    step.execute = runMove;
    // The place of a local variable is known when its function runs.
    step.place.offset = symbol.offset;
    symbol.offset = 0;
    modifiers.takeType();
    decoder.setOperands(step, {decoder.source(operands[0]), decoder.source(symbol)}, 1);
  } else if (opcode == "cvta") {
    expectOperands(instruction, 2, 2);
    step.execute = modifiers.take("to") ? runFromGeneric : runToGeneric;
    std::optional<Space> space = modifiers.takeSpace();
    if (!space)
      refuse(instruction, "a space");
    step.access.space = *space;
    modifiers.takeType();
    decoder.setOperands(step, {decoder.source(operands[0]), decoder.source(operands[1])}, 1);
  } else if (opcode == "mapa") {
    expectOperands(instruction, 3, 3);
    step.execute = runMapToBlock;
    ptx::Operand address = operands[1];
    if (address.kind == ptx::Operand::Kind::Symbol)
      step.place.offset = std::exchange(address.offset, 0);
    modifiers.ignore({"shared::cluster"});
    modifiers.takeType();
    decoder.setOperands(step, {decoder.source(operands[0]), decoder.source(address), decoder.source(operands[2])}, 1);
  } else if (opcode == "isspacep") {
    expectOperands(instruction, 2, 2);
    step.execute = runIsSpace;
    std::optional<Space> space = modifiers.takeSpace();
    if (!space)
      refuse(instruction, "a space");
    step.access.space = *space;
    decoder.setOperands(step, {decoder.source(operands[0]), decoder.source(operands[1])}, 1);
  } else {
    return false;
  }
  modifiers.finish();
  return true;
}
