//===- BulkCopy.cpp - cp.async.bulk ---------------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file gives the bulk copies, and the arrival of earlier copies at an mbarrier,
// their meaning.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/machine/Access.h"
#include "runtime/emulator/machine/Block.h"
#include "runtime/emulator/machine/FunctionDecoder.h"

using namespace plait::emulator;
using ptx::Space;

namespace {

constexpr unsigned unit = 16; ///< what sizes and addresses are multiples of

enum Control : size_t { newest, readOnly, mbarrierOffset };
enum ArriveControl : size_t { counts };

/// Whether a lane's copy is one that can be made.
bool isValid(Warp &warp, const Step &step, unsigned lane, uint64_t shared, uint64_t global, uint32_t bytes) {
  if (bytes % unit) {
    warp.report(Defect::Kind::Operand, step, lane,
                [&] { return text("expects a size that is a multiple of ", unit, ", but got ", bytes); });
    return false;
  }
  return checkShared(warp, step, lane, shared, bytes, unit) && checkGlobal(warp, step, lane, global, bytes, unit);
}

/// Counts a copy of a lane as what it is: one row of whole sectors.
void count(Warp &warp, const Step &step, uint64_t global, uint32_t bytes, bool reads) {
  constexpr unsigned sectorBytes = 32;
  Work &work = warp.work(step);
  work.globalSectors += (global % sectorBytes + bytes + sectorBytes - 1) / sectorBytes;
  work.idealSectors += (bytes + sectorBytes - 1) / sectorBytes;
  (reads ? work.globalRead : work.globalWritten) += bytes;
  (reads ? work.sharedWritten : work.sharedRead) += bytes;
}

/// Operands: the size, the mbarrier's address.
void runToShared(Warp &warp, const Step &step, Mask active) {
  Addresses to = sharedAddresses(warp, step.place, step.access.space);
  Addresses from = addresses(warp, step.from, Space::Global);
  Value sizes = warp.value(step.operands[0]), mbarriers = warp.value(step.operands[1]);
  forLanes(active, [&](unsigned lane) {
    auto bytes = uint32_t(sizes.lane[lane]), mbarrier = uint32_t(mbarriers.lane[lane]) + step.control[mbarrierOffset];
    if (!isValid(warp, step, lane, to.lane[lane], from.lane[lane], bytes))
      return;
    if (!findMbarrier(warp, step, lane, mbarrier))
      return;
    count(warp, step, from.lane[lane], bytes, true);
    warp.owner.bulk.add({.kind = Asynchronous::Kind::ToShared,
                         .step = &step,
                         .warp = &warp,
                         .lane = lane,
                         .shared = uint32_t(to.lane[lane]),
                         .bytes = bytes,
                         .global = from.lane[lane],
                         .mbarrier = mbarrier});
  });
}

/// Operand: the size.
void runToGlobal(Warp &warp, const Step &step, Mask active) {
  Addresses to = addresses(warp, step.place, Space::Global);
  Addresses from = sharedAddresses(warp, step.from, step.access.space);
  Value sizes = warp.value(step.operands[0]);
  forLanes(active, [&](unsigned lane) {
    auto bytes = uint32_t(sizes.lane[lane]);
    if (!isValid(warp, step, lane, from.lane[lane], to.lane[lane], bytes))
      return;
    count(warp, step, to.lane[lane], bytes, false);
    warp.owner.bulk.add({.kind = Asynchronous::Kind::ToGlobal,
                         .step = &step,
                         .warp = &warp,
                         .lane = lane,
                         .shared = uint32_t(from.lane[lane]),
                         .bytes = bytes,
                         .global = to.lane[lane]});
  });
}

void runCommit(Warp &warp, const Step &, Mask active) {
  forLanes(active, [&](unsigned lane) { warp.owner.bulk.commit(warp, lane); });
}

void runWait(Warp &warp, const Step &step, Mask active) {
  forLanes(active,
           [&](unsigned lane) { warp.owner.bulk.wait(warp, lane, step.control[newest], step.control[readOnly] != 0); });
}

/// The mbarrier hears when the copies are made that a lane has begun.
void runArrive(Warp &warp, const Step &step, Mask active) {
  Addresses at = sharedAddresses(warp, step.place, step.access.space);
  forLanes(checkShared(warp, step, active, at, 8), [&](unsigned lane) {
    auto address = uint32_t(at.lane[lane]);
    Mbarrier *mbarrier = findMbarrier(warp, step, lane, address);
    if (!mbarrier)
      return;
    // Unless it counts, this arrival is one more than those the phase waits for.
    if (!step.control[counts])
      ++mbarrier->missing;
    warp.owner.bulk.add({.kind = Asynchronous::Kind::Arrive,
                         .step = &step,
                         .warp = &warp,
                         .lane = lane,
                         .mbarrier = address,
                         .copies = warp.copies.count()});
  });
}

void decodeCopy(FunctionDecoder &decoder, const ptx::Instruction &instruction, Modifiers &modifiers, Step &step) {
  const auto &operands = instruction.operands;
  size_t hints = modifiers.take("L2::cache_hint") ? 1 : 0;
  bool completes = modifiers.take("mbarrier::complete_tx::bytes");
  if (completes == modifiers.take("bulk_group"))
    refuse(instruction, "a bulk copy that completes on an mbarrier or in a group");
  size_t count = completes ? 4 : 3;
  expectOperands(instruction, count + hints, count + hints);
  modifiers.ignore({"global"});
  step.access.space = modifiers.takeSpace().value_or(Space::Generic);
  step.place = decoder.place(operands[0]);
  step.from = decoder.place(operands[1]);
  std::vector<Source> all = {decoder.source(operands[2])};
  if (completes) {
    Place mbarrier = decoder.place(operands[3]);
    step.control[mbarrierOffset] = uint32_t(mbarrier.offset);
    all.push_back(mbarrier.base);
  }
  decoder.setOperands(step, std::move(all), 0);
  step.execute = completes ? runToShared : runToGlobal;
}

void decodeBulk(FunctionDecoder &decoder, const ptx::Instruction &instruction, Modifiers &modifiers, Step &step) {
  if (modifiers.take("commit_group")) {
    step.execute = runCommit;
  } else if (modifiers.take("wait_group")) {
    expectOperands(instruction, 1, 1);
    step.execute = runWait;
    step.control[newest] = uint32_t(instruction.operands[0].bits);
    step.control[readOnly] = modifiers.take("read");
  } else if (modifiers.take("prefetch")) {
    modifiers.ignore({"L2", "global", "L2::cache_hint"});
    step.execute = executeNothing;
  } else {
    decodeCopy(decoder, instruction, modifiers, step);
  }
}

} // namespace

bool plait::emulator::decodeBulkCopy(FunctionDecoder &decoder, const ptx::Instruction &instruction, Step &step) {
  if (instruction.opcode != "cp")
    return false;
  Modifiers modifiers(instruction);
  modifiers.ignore({"async"});
  if (modifiers.take("bulk")) {
    decodeBulk(decoder, instruction, modifiers, step);
  } else if (modifiers.take("mbarrier") && modifiers.take("arrive")) {
    expectOperands(instruction, 1, 1);
    step.control[counts] = modifiers.take("noinc");
    step.access.space = modifiers.takeSpace().value_or(Space::Generic);
    modifiers.takeType();
    step.place = decoder.place(instruction.operands[0]);
    step.execute = runArrive;
  } else {
    return false;
  }
  modifiers.finish();
  return true;
}
