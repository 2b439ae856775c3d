//===- Barriers.cpp - barriers and fences ---------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file gives the barriers of blocks and warps, and fences, their meaning.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/machine/Block.h"
#include "runtime/emulator/machine/FunctionDecoder.h"
#include "runtime/emulator/machine/TensorMap.h"

using namespace plait::emulator;

namespace {

enum Control : size_t { waits, reduction };

/// Operands: the result, the barrier, how many threads, the predicate.
void runBarrier(Warp &warp, const Step &step, Mask active) {
  const Value &ids = warp.value(step.operands[1]), &counts = warp.value(step.operands[2]);
  const Value &predicates = warp.value(step.operands[3]);
  while (active) {
    unsigned first = unsigned(__builtin_ctz(active));
    Arrival arrival{.warp = &warp,
                    .id = uint32_t(ids.lane[first]),
                    .expected = uint32_t(counts.lane[first]),
                    .waits = step.control[waits] != 0,
                    .reduction = Barrier::Reduction(step.control[reduction]),
                    .result = &warp.result(step.operands[0])};
    forLanes(active, [&](unsigned lane) {
      if (uint32_t(ids.lane[lane]) != arrival.id || uint32_t(counts.lane[lane]) != arrival.expected)
        return;
      arrival.lanes |= Mask(1) << lane;
      arrival.trueLanes += uint32_t(predicates.lane[lane] & 1);
    });
    active &= ~arrival.lanes;
    warp.owner.arrive(step, arrival);
  }
}

void runWarpBarrier(Warp &warp, const Step &, Mask) { warp.tick(); }
void runBlockFence(Warp &warp, const Step &, Mask) { warp.fence(Scope::Block); }
void runDeviceFence(Warp &warp, const Step &, Mask) { warp.fence(Scope::Device); }
void runProxyFence(Warp &warp, const Step &, Mask) { warp.proxyFence(); }

void decodeBlockBarrier(FunctionDecoder &decoder, const ptx::Instruction &instruction, Modifiers &modifiers,
                        Step &step) {
  if (modifiers.take("cluster"))
    refuse(instruction, "a barrier of a block");
  modifiers.ignore({"cta"});
  bool isArrive = modifiers.take("arrive"), isReduction = modifiers.take("red");
  if (!isArrive && !isReduction && !modifiers.take("sync"))
    refuse(instruction, "a barrier of .sync, .arrive or .red");
  step.execute = runBarrier;
  step.control[waits] = !isArrive;
  if (modifiers.take("aligned") || instruction.opcode == "bar")
    step.together = Together::Live;
  const auto &operands = instruction.operands;
  Source nothing, zero = decoder.constant(0);
  if (!isReduction) {
    expectOperands(instruction, isArrive ? 2 : 1, 2);
    return decoder.setOperands(
        step, {nothing, decoder.source(operands[0]), operands.size() > 1 ? decoder.source(operands[1]) : zero, zero},
        0);
  }
  using Reduction = Barrier::Reduction;
  step.control[reduction] = uint32_t(modifiers.take("popc")  ? Reduction::Popc
                                     : modifiers.take("and") ? Reduction::And
                                     : modifiers.take("or")  ? Reduction::Or
                                                             : Reduction::None);
  modifiers.takeType();
  expectOperands(instruction, 3, 4);
  decoder.setOperands(step,
                      {decoder.source(operands[0]), decoder.source(operands[1]),
                       operands.size() > 3 ? decoder.source(operands[2]) : zero, decoder.source(operands.back())},
                      1);
}

/// Orders a map that the kernel itself writes: .release, or .acquire of the 128 bytes at an address.
void decodeMapFence(FunctionDecoder &decoder, const ptx::Instruction &instruction, Modifiers &modifiers, Step &step) {
  constexpr int firstVersion = 83;
  decoder.expectHopper(instruction, firstVersion);
  bool acquires = modifiers.take("acquire");
  if (acquires == modifiers.take("release"))
    refuse(instruction, "a fence of .acquire or .release");
  expectOperands(instruction, acquires ? 2 : 0, acquires ? 2 : 0);
  if (acquires && instruction.operands[1].bits != sizeof(TensorMap))
    refuse(instruction, text("a fence of ", sizeof(TensorMap), " bytes"));
  bool isOfBlock = modifiers.take("cta") || modifiers.take("cluster");
  if (!isOfBlock && !modifiers.take("gpu") && !modifiers.take("sys"))
    refuse(instruction, "a fence of a scope");
  step.execute = isOfBlock ? runBlockFence : runDeviceFence;
}

void decodeFence(FunctionDecoder &decoder, const ptx::Instruction &instruction, Modifiers &modifiers, Step &step) {
  bool isProxy = modifiers.take("proxy");
  if (isProxy && modifiers.take("tensormap::generic"))
    return decodeMapFence(decoder, instruction, modifiers, step);
  expectOperands(instruction, 0, 0);
  if (isProxy) {
    if (!modifiers.take("async") && !modifiers.take("async::generic"))
      refuse(instruction, "a fence of the async proxy");
    modifiers.ignore({"global", "shared::cta", "shared::cluster", "acquire", "release", "sync_restrict::shared::cta",
                      "sync_restrict::shared::cluster", "cluster"});
    step.execute = runProxyFence;
    return;
  }
  modifiers.ignore({"sc", "acq_rel", "acquire", "release"});
  // What follows orders an mbarrier's initialisation, which is one memory operation among others.
  modifiers.ignore({"mbarrier_init"});
  step.execute = modifiers.takeScope() == Scope::Block ? runBlockFence : runDeviceFence;
}

} // namespace

bool plait::emulator::decodeBarrier(FunctionDecoder &decoder, const ptx::Instruction &instruction, Step &step) {
  Modifiers modifiers(instruction);
  if (instruction.opcode == "bar" && modifiers.take("warp")) {
    modifiers.ignore({"sync"});
    expectOperands(instruction, 1, 1);
    step.execute = runWarpBarrier;
    step.together = Together::Members;
    decoder.setOperands(step, {decoder.source(instruction.operands[0])}, 0);
  } else if (instruction.opcode == "bar" || instruction.opcode == "barrier") {
    decodeBlockBarrier(decoder, instruction, modifiers, step);
  } else if (instruction.opcode == "membar" || instruction.opcode == "fence") {
    decodeFence(decoder, instruction, modifiers, step);
  } else {
    return false;
  }
  modifiers.finish();
  return true;
}
