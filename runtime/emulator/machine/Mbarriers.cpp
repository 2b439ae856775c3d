//===- Mbarriers.cpp - mbarrier -------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file gives the mbarrier instructions their meaning. The state that an arrival
// returns has the phase in its lower half, and how many were missing above.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/machine/Access.h"
#include "runtime/emulator/machine/Block.h"
#include "runtime/emulator/machine/FunctionDecoder.h"

using namespace plait::emulator;

namespace {

constexpr unsigned mbarrierBytes = 8, missingShift = 32;
constexpr uint32_t mostArrivals = (1 << 20) - 1;

enum Control : size_t { drops, expectsBytes };

/// Calls `visit(lane, mbarrier)` for the lanes whose address has one.
template <typename F> void forMbarriers(Warp &warp, const Step &step, Mask active, F &&visit) {
  Addresses at = sharedAddresses(warp, step.place, step.access.space);
  forLanes(checkShared(warp, step, active, at, mbarrierBytes), [&](unsigned lane) {
    auto address = uint32_t(at.lane[lane]);
    Accessor who = warp.accessor(step);
    who.isStrong = true;
    noteSharedRead(warp, step, who, lane, address, mbarrierBytes);
    if (Mbarrier *mbarrier = findMbarrier(warp, step, lane, address))
      visit(lane, *mbarrier);
  });
}

/// Operand: how many arrivals a phase has.
void runInit(Warp &warp, const Step &step, Mask active) {
  Addresses at = sharedAddresses(warp, step.place, step.access.space);
  const Value &counts = warp.value(step.operands[0]);
  Accessor who = warp.accessor(step);
  forLanes(checkShared(warp, step, active, at, mbarrierBytes), [&](unsigned lane) {
    auto address = uint32_t(at.lane[lane]), count = uint32_t(counts.lane[lane]);
    noteSharedWrite(warp, step, who, lane, address, mbarrierBytes);
    if (count >= 1 && count <= mostArrivals)
      return warp.owner.bulk.initialize(address, count);
    warp.report(Defect::Kind::Operand, step, lane,
                [&] { return text("expects a count of 1 to ", mostArrivals, ", but got ", count); });
  });
}

void runInvalidate(Warp &warp, const Step &step, Mask active) {
  Addresses at = sharedAddresses(warp, step.place, step.access.space);
  forMbarriers(warp, step, active,
               [&](unsigned lane, Mbarrier &) { warp.owner.bulk.invalidate(uint32_t(at.lane[lane])); });
}

/// Operands: the state, how many arrive, how many bytes are expected.
void runArrive(Warp &warp, const Step &step, Mask active) {
  Value counts = warp.value(step.operands[1]), bytes = warp.value(step.operands[2]);
  forMbarriers(warp, step, active, [&](unsigned lane, Mbarrier &mbarrier) {
    auto count = uint32_t(counts.lane[lane]);
    uint64_t state = (mbarrier.phase & UINT32_MAX) | uint64_t(mbarrier.missing) << missingShift;
    if (count == 0 || count > mbarrier.missing)
      return warp.report(Defect::Kind::Barrier, step, lane, [&] {
        return text("expects at most the ", mbarrier.missing, " arrivals that this phase waits for, but got ", count);
      });
    mbarrier.bytes += int64_t(uint32_t(bytes.lane[lane]));
    if (step.control[drops])
      mbarrier.expected -= count;
    warp.takePending();
    warp.owner.bulk.arrive(mbarrier, step.access.releases ? warp.clock : Clock{}, count);
    warp.result(step.operands[0]).lane[lane] = state;
  });
  warp.tick();
}

/// Operand: how many bytes.
void runExpect(Warp &warp, const Step &step, Mask active) {
  const Value &bytes = warp.value(step.operands[0]);
  forMbarriers(warp, step, active, [&](unsigned lane, Mbarrier &mbarrier) {
    auto count = int64_t(uint32_t(bytes.lane[lane]));
    warp.owner.bulk.completeBytes(mbarrier, step.control[expectsBytes] ? -count : count);
  });
}

/// Operands: whether the phase is complete, the state of that phase or its parity.
template <bool isParity> void runWait(Warp &warp, const Step &step, Mask active) {
  const Value states = warp.value(step.operands[1]);
  Value &result = warp.result(step.operands[0]);
  Mask complete = 0;
  forMbarriers(warp, step, active, [&](unsigned lane, Mbarrier &mbarrier) {
    auto state = uint32_t(states.lane[lane]);
    bool isComplete = isParity ? (mbarrier.phase & 1) != (state & 1) : uint32_t(mbarrier.phase) != state;
    result.lane[lane] = isComplete;
    complete |= Mask(isComplete) << lane;
    if (isComplete && step.access.acquires)
      warp.clock.join(mbarrier.completed);
  });
  if (complete != active)
    warp.poll();
}

void runPendingCount(Warp &warp, const Step &step, Mask active) {
  const Value &state = warp.value(step.operands[1]);
  Value &result = warp.result(step.operands[0]);
  forLanes(active, [&](unsigned lane) { result.lane[lane] = state.lane[lane] >> missingShift; });
}

void decodeArrive(FunctionDecoder &decoder, const ptx::Instruction &instruction, Modifiers &modifiers, Step &step) {
  const auto &operands = instruction.operands;
  bool expects = modifiers.take("expect_tx");
  modifiers.ignore({"noComplete"});
  bool hasState = !operands.empty() && operands[0].kind != ptx::Operand::Kind::Address;
  size_t place = hasState ? 1 : 0;
  expectOperands(instruction, place + (expects ? 2 : 1), place + 2);
  bool hasCount = operands.size() > place + 1;
  Source last = hasCount ? decoder.source(operands[place + 1]) : decoder.constant(1);
  step.place = decoder.place(operands[place]);
  step.execute = runArrive;
  decoder.setOperands(step,
                      {hasState ? decoder.source(operands[0]) : Source{}, expects ? decoder.constant(1) : last,
                       expects ? last : decoder.constant(0)},
                      1);
}

void decodeWait(FunctionDecoder &decoder, const ptx::Instruction &instruction, Modifiers &modifiers, Step &step) {
  expectOperands(instruction, 3, 4); // the last one says how long to wait at most
  step.execute = modifiers.take("parity") ? runWait<true> : runWait<false>;
  step.place = decoder.place(instruction.operands[1]);
  decoder.setOperands(step, {decoder.source(instruction.operands[0]), decoder.source(instruction.operands[2])}, 1);
}

/// mbarrier instructions acquire and release unless they say that they don't.
void takeMbarrierOrder(Modifiers &modifiers, Access &access) {
  bool isRelaxed = modifiers.take("relaxed");
  modifiers.ignore({"acquire", "release", "cta", "cluster"});
  access.acquires = access.releases = !isRelaxed;
}

} // namespace

bool plait::emulator::decodeMbarrier(FunctionDecoder &decoder, const ptx::Instruction &instruction, Step &step) {
  if (instruction.opcode != "mbarrier")
    return false;
  Modifiers modifiers(instruction);
  const auto &operands = instruction.operands;
  takeMbarrierOrder(modifiers, step.access);
  step.access.space = modifiers.takeSpace().value_or(ptx::Space::Generic);
  modifiers.takeType();
  auto takePlace = [&](size_t count, Execute execute) {
    expectOperands(instruction, count, count);
    step.place = decoder.place(operands[0]);
    step.execute = execute;
    if (count > 1)
      decoder.setOperands(step, {decoder.source(operands[1])}, 0);
  };
  if (modifiers.take("init")) {
    takePlace(2, runInit);
  } else if (modifiers.take("inval")) {
    takePlace(1, runInvalidate);
  } else if (modifiers.take("arrive_drop")) {
    step.control[drops] = true;
    decodeArrive(decoder, instruction, modifiers, step);
  } else if (modifiers.take("arrive")) {
    decodeArrive(decoder, instruction, modifiers, step);
  } else if (modifiers.take("expect_tx")) {
    step.control[expectsBytes] = true;
    takePlace(2, runExpect);
  } else if (modifiers.take("complete_tx")) {
    takePlace(2, runExpect);
  } else if (modifiers.take("test_wait") || modifiers.take("try_wait")) {
    decodeWait(decoder, instruction, modifiers, step);
  } else if (modifiers.take("pending_count")) {
    expectOperands(instruction, 2, 2);
    step.execute = runPendingCount;
    decoder.setOperands(step, {decoder.source(operands[0]), decoder.source(operands[1])}, 1);
  } else {
    refuse(instruction, "an mbarrier instruction that the emulator knows");
  }
  modifiers.finish();
  return true;
}
