//===- AsyncCopy.cpp - cp.async -------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file gives cp.async and the waits for its groups their meaning.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/machine/Access.h"
#include "runtime/emulator/machine/Block.h"
#include "runtime/emulator/machine/FunctionDecoder.h"

using namespace plait::emulator;

namespace {

enum Control : size_t { isIgnore };

/// Operand: how many bytes to read, the rest is zeros; or whether to read none.
void runCopy(Warp &warp, const Step &step, Mask active) {
  unsigned bytes = step.access.bytes;
  Addresses to = sharedAddresses(warp, step.place, step.access.space);
  Addresses from = addresses(warp, step.from, ptx::Space::Global);
  Value sizes = warp.value(step.operands[0]);
  Mask reads = 0;
  forLanes(active, [&](unsigned lane) {
    uint32_t size = uint32_t(sizes.lane[lane]);
    if (step.control[isIgnore])
      sizes.lane[lane] = size = size ? 0 : bytes;
    if (size > bytes) {
      warp.report(Defect::Kind::Operand, step, lane,
                  [&] { return text("expects at most ", bytes, " bytes to read, but got ", size); });
      sizes.lane[lane] = bytes;
    }
    reads |= Mask(size != 0) << lane;
  });
  Mask valid = checkShared(warp, step, active, to, bytes);
  reads = checkGlobal(warp, step, valid & reads, from, bytes);
  countShared(warp.work(step), valid, to, bytes, false, true);
  countGlobal(warp.work(step), reads, from, bytes, true, false);
  Accessor who = warp.accessor(step);
  forLanes(valid, [&](unsigned lane) {
    auto address = uint32_t(to.lane[lane]);
    if (Finding finding = warp.owner.shared.begin(who, lane, address, bytes))
      reportShared(warp, step, lane, finding, true);
    uint32_t size = reads >> lane & 1 ? uint32_t(sizes.lane[lane]) : 0;
    warp.copies.add({.step = &step,
                     .lane = lane,
                     .to = address,
                     .from = from.lane[lane],
                     .bytes = uint8_t(bytes),
                     .sourceBytes = uint8_t(size)});
  });
}

void runCommit(Warp &warp, const Step &, Mask active) { warp.copies.commit(active); }
void runWait(Warp &warp, const Step &step, Mask active) { warp.copies.wait(warp, active, step.control[0]); }
void runWaitAll(Warp &warp, const Step &, Mask active) { warp.copies.finish(warp, active, warp.copies.count()); }

void decodeCopy(FunctionDecoder &decoder, const ptx::Instruction &instruction, Modifiers &modifiers, Step &step) {
  const auto &operands = instruction.operands;
  bool hasHint = modifiers.take("L2::cache_hint");
  modifiers.ignore({"ca", "cg", "global", "L2::64B", "L2::128B", "L2::256B"});
  step.access.space = modifiers.takeSpace().value_or(ptx::Space::Generic);
  expectOperands(instruction, hasHint ? 4 : 3, hasHint ? 5 : 4);
  bool isSize = operands[2].kind == ptx::Operand::Kind::Immediate;
  uint64_t bytes = operands[2].bits;
  if (!isSize || (bytes != 4 && bytes != 8 && bytes != 16))
    refuse(instruction, "a copy of 4, 8 or 16 bytes");
  step.access.bytes = uint8_t(bytes);
  step.place = decoder.place(operands[0]);
  step.from = decoder.place(operands[1]);
  size_t last = operands.size() - (hasHint ? 1 : 0);
  Source size = last > 3 ? decoder.source(operands[3]) : decoder.constant(bytes);
  step.control[isIgnore] = last > 3 && decoder.registerBits(operands[3]) == 1;
  decoder.setOperands(step, {size}, 0);
  step.execute = runCopy;
}

} // namespace

bool plait::emulator::decodeAsyncCopy(FunctionDecoder &decoder, const ptx::Instruction &instruction, Step &step) {
  if (instruction.opcode != "cp")
    return false;
  Modifiers modifiers(instruction);
  if (!modifiers.take("async"))
    return false;
  if (modifiers.take("commit_group")) {
    step.execute = runCommit;
  } else if (modifiers.take("wait_all")) {
    step.execute = runWaitAll;
  } else if (modifiers.take("wait_group")) {
    expectOperands(instruction, 1, 1);
    step.execute = runWait;
    step.control[0] = uint32_t(instruction.operands[0].bits);
  } else {
    decodeCopy(decoder, instruction, modifiers, step);
  }
  modifiers.finish();
  return true;
}
