//===- LoadStore.cpp - loads and stores -----------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file gives ld, ldu and st their meaning in every state space.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/machine/Address.h"
#include "runtime/emulator/machine/FunctionDecoder.h"
#include "runtime/emulator/machine/MemorySpace.h"

#include <algorithm>
#include <cstring>

using namespace plait::emulator;
using ptx::Space;

namespace {

enum Control : size_t { registerBits };
constexpr size_t mostElements = 8;

/// Moves the elements of a lane between its registers and memory.
class Mover {
public:
  Mover(Warp &warp, const Step &step) : access(step.access) {
    size_t index = 0;
    for (const Source &operand : step.operands)
      registers[index++] = step.resultCount ? &warp.result(operand) : const_cast<Value *>(&warp.value(operand));
    unsigned width = step.control[registerBits];
    mask = width >= 64 ? ~uint64_t(0) : (uint64_t(1) << width) - 1;
  }

  void load(unsigned lane, const uint8_t *from) const {
    for (unsigned i = 0; i < access.count; ++i, from += access.bytes)
      registers[i]->lane[lane] = loadOne(from) & mask;
  }
  void store(unsigned lane, uint8_t *to) const {
    for (unsigned i = 0; i < access.count; ++i, to += access.bytes)
      std::memcpy(to, &registers[i]->lane[lane], access.bytes);
  }
  void clear(Mask lanes) const {
    for (unsigned i = 0; i < access.count; ++i)
      forLanes(lanes, [&](unsigned lane) { registers[i]->lane[lane] = 0; });
  }

private:
  template <typename T> static uint64_t read(const uint8_t *from) {
    T value;
    std::memcpy(&value, from, sizeof(T));
    return uint64_t(value);
  }
  uint64_t loadOne(const uint8_t *from) const {
    switch (access.bytes) {
    case 1:
      return access.isSigned ? read<int8_t>(from) : read<uint8_t>(from);
    case 2:
      return access.isSigned ? read<int16_t>(from) : read<uint16_t>(from);
    case 4:
      return access.isSigned ? read<int32_t>(from) : read<uint32_t>(from);
    default:
      return read<uint64_t>(from);
    }
  }

  const Access &access;
  Value *registers[mostElements];
  uint64_t mask;
};

/// Whether two lanes store different values.
bool differ(Warp &warp, const Step &step, unsigned a, unsigned b) {
  for (const Source &operand : step.operands) {
    const Value &value = warp.value(operand);
    if (value.lane[a] != value.lane[b])
      return true;
  }
  return false;
}

/// In shared or global memory.
template <bool isStore, typename Memory>
void accessMemory(Warp &warp, const Step &step, Mask active, const Addresses &at) {
  const Access &access = step.access;
  const Mover mover(warp, step);
  Memory memory(warp, step);
  unsigned bytes = access.bytes * access.count;
  Mask valid = memory.check(active, at, bytes);
  memory.count(valid, at, bytes, !isStore, isStore);
  if (isStore && !access.isStrong)
    checkSameAddress(warp, step, valid, at, differ);
  forLanes(valid, [&](unsigned lane) {
    uint64_t address = at.lane[lane];
    memory.hold(address);
    if constexpr (isStore) {
      memory.noteWrite(lane, address, bytes);
      mover.store(lane, memory.data(address));
      if (access.isStrong)
        memory.release(address, false);
    } else {
      if (access.isStrong)
        memory.acquire(address);
      memory.noteRead(lane, address, bytes);
      mover.load(lane, memory.data(address));
    }
  });
  if (!isStore && valid != active)
    mover.clear(active & ~valid);
}

/// Whether a lane has written no byte of the local variable at an address: compilers copy structures with bytes
/// that they never wrote, but not all of a variable.
bool isUntouched(Warp &warp, unsigned lane, uint64_t address) {
  const Frame *frame = warp.frame();
  while (frame->caller && address < frame->localBase)
    frame = frame->caller;
  uint32_t begin = frame->localBase, end = begin + frame->function->localBytes;
  for (auto [index, offset] : frame->function->localAddresses) {
    uint32_t variable = frame->localBase + offset;
    (variable <= address ? begin : end) = variable;
    if (variable > address)
      break;
  }
  const LocalByte *memory = warp.locals[lane].data();
  return std::none_of(memory + begin, memory + end, [](const LocalByte &byte) { return byte.isWritten; });
}

template <bool isStore> void accessLocal(Warp &warp, const Step &step, Mask active, const Addresses &at) {
  const Mover mover(warp, step);
  unsigned bytes = step.access.bytes * step.access.count;
  uint32_t size = warp.frame()->localBase + warp.frame()->function->localBytes;
  forLanes(active, [&](unsigned lane) {
    uint64_t address = at.lane[lane];
    if (!checkRange(warp, step, lane, address, bytes, size, "local")) {
      if (!isStore)
        mover.clear(Mask(1) << lane);
      return;
    }
    LocalByte *memory = &warp.locals[lane][address];
    uint8_t buffer[32];
    bool isWritten = true;
    if (isStore) {
      mover.store(lane, buffer);
      for (unsigned i = 0; i < bytes; ++i)
        memory[i] = {buffer[i], true};
      return;
    }
    for (unsigned i = 0; i < bytes; ++i) {
      buffer[i] = memory[i].value;
      isWritten &= memory[i].isWritten;
    }
    mover.load(lane, buffer);
    if (!isWritten && (warp.grid.options.checkUninitializedGlobal || isUntouched(warp, lane, address)))
      warp.report(Defect::Kind::Uninitialized, step, lane, [&] {
        return text("expects bytes that somebody has written, but got none at local address ", Hex{address});
      });
  });
}

template <bool isStore> void accessFrame(Warp &warp, const Step &step, Mask active, const Addresses &at) {
  const Mover mover(warp, step);
  unsigned bytes = step.access.bytes * step.access.count;
  forLanes(active, [&](unsigned lane) {
    if (!checkRange(warp, step, lane, at.lane[lane], bytes, warp.frame()->function->parameterBytes, "parameter"))
      return;
    uint8_t *memory = warp.frame()->parameter(lane, uint32_t(at.lane[lane]));
    isStore ? mover.store(lane, memory) : mover.load(lane, memory);
  });
}

void loadParameter(Warp &warp, const Step &step, Mask active, const Addresses &at) {
  const Mover mover(warp, step);
  unsigned bytes = step.access.bytes * step.access.count;
  std::span<const uint8_t> parameters = warp.grid.launch.parameters;
  forLanes(active, [&](unsigned lane) {
    if (checkRange(warp, step, lane, at.lane[lane], bytes, parameters.size(), "parameter"))
      mover.load(lane, &parameters[at.lane[lane]]);
  });
}

template <bool isStore> void accessSpace(Warp &warp, const Step &step, Mask active, const Addresses &at, Space space) {
  switch (space) {
  case Space::Shared:
    return accessMemory<isStore, SharedSpace>(warp, step, active, at);
  case Space::Local:
    return accessLocal<isStore>(warp, step, active, at);
  case Space::Param:
    if (step.access.isParameter)
      return accessFrame<isStore>(warp, step, active, at);
    if (!isStore)
      return loadParameter(warp, step, active, at);
    return warp.report(Defect::Kind::OutOfBounds, step, unsigned(__builtin_ctz(active)),
                       [] { return "expects a store to other memory than the kernel's parameters, but got that"; });
  default:
    return accessMemory<isStore, GlobalSpace>(warp, step, active, at);
  }
}

template <bool isStore> void accessAt(Warp &warp, const Step &step, Mask active, Addresses at) {
  if (step.access.space != Space::Generic)
    return accessSpace<isStore>(warp, step, active, at, step.access.space);
  forSpaces(active, at, [&](Mask lanes, Space space) { accessSpace<isStore>(warp, step, lanes, at, space); });
}

template <bool isStore> void run(Warp &warp, const Step &step, Mask active) {
  accessAt<isStore>(warp, step, active, addresses(warp, step.place, step.access.space));
}

void ignoreCaching(Modifiers &modifiers) {
  modifiers.ignore({"ca", "cg", "cs", "lu", "cv", "wb", "wt", "nc", "L1::evict_normal", "L1::evict_unchanged",
                    "L1::evict_first", "L1::evict_last", "L1::no_allocate", "L2::evict_last", "L2::evict_normal",
                    "L2::evict_first", "L2::64B", "L2::128B", "L2::256B"});
}

/// A policy only steers caches: any value is one.
void runPolicy(Warp &warp, const Step &step, Mask active) {
  Value &policy = warp.result(step.operands[0]);
  forLanes(active, [&](unsigned lane) { policy.lane[lane] = 0; });
}

void decodePolicy(FunctionDecoder &decoder, const ptx::Instruction &instruction, Modifiers &modifiers, Step &step) {
  bool isRange = modifiers.take("range"), isConverted = !isRange && modifiers.take("cvt");
  if (isConverted ? !modifiers.take("L2") : !isRange && !modifiers.take("fractional"))
    refuse(instruction, "a policy of .fractional.L2::..., .range.L2::... or .cvt.L2");
  if (isRange)
    modifiers.ignore({"global"});
  if (!isConverted)
    modifiers.ignore({"L2::evict_last", "L2::evict_normal", "L2::evict_first", "L2::evict_unchanged"});
  if (modifiers.takeType() != ptx::Type::B64)
    refuse(instruction, "a policy of .b64");
  size_t count = isRange ? 4 : 2;
  expectOperands(instruction, isRange || isConverted ? count : 1, count);
  decoder.setOperands(step, {decoder.source(instruction.operands[0])}, 1);
  step.execute = runPolicy;
}

void decodePlace(FunctionDecoder &decoder, const ptx::Operand &operand, Step &step) {
  step.place = decoder.place(operand);
  if (step.access.space != Space::Param)
    return;
  const ptx::Operand &base = operand.elements.front();
  bool isSymbol = base.kind == ptx::Operand::Kind::Symbol;
  step.access.isParameter = isSymbol ? decoder.frameParameter(base.name).has_value() : !decoder.isEntry();
}

void decodeAccess(FunctionDecoder &decoder, const ptx::Instruction &instruction, Modifiers &modifiers, Step &step,
                  bool isStore) {
  Access &access = step.access;
  bool hasHint = modifiers.take("L2::cache_hint");
  modifiers.takeOrder(access);
  access.space = modifiers.takeSpace().value_or(Space::Generic);
  ignoreCaching(modifiers);
  access.count = modifiers.take("v8") ? 8 : modifiers.take("v4") ? 4 : modifiers.take("v2") ? 2 : 1;
  std::optional<ptx::Type> type = modifiers.takeType();
  expectOperands(instruction, hasHint ? 3 : 2, hasHint ? 3 : 2);
  if (!type || *type == ptx::Type::Pred || (isStore && access.space == Space::Const))
    refuse(instruction, "a type and a space that can be accessed");
  unsigned bits = ptx::bits(*type);
  access.isSigned = *type >= ptx::Type::S8 && *type <= ptx::Type::S64;
  if (bits == 128)
    access.count *= 2;
  access.bytes = uint8_t(std::min(bits, 64u) / 8);
  const ptx::Operand &place = instruction.operands[isStore ? 0 : 1], &data = instruction.operands[isStore ? 1 : 0];
  decodePlace(decoder, place, step);
  std::vector<Source> elements = decoder.flatten({&data, 1});
  if (elements.size() != access.count || access.count > mostElements)
    refuse(instruction, text(unsigned(access.count), " elements"));
  step.control[registerBits] = 64;
  for (const ptx::Operand &element : data.elements.empty() ? std::vector{data} : data.elements)
    if (unsigned width = decoder.registerBits(element); width != 0 && width < 64)
      step.control[registerBits] = width;
  decoder.setOperands(step, std::move(elements), isStore ? 0 : access.count);
  step.execute = isStore ? run<true> : run<false>;
}

} // namespace

void plait::emulator::loadFrom(Warp &warp, const Step &step, Mask active, const Addresses &at) {
  accessAt<false>(warp, step, active, at);
}
void plait::emulator::storeTo(Warp &warp, const Step &step, Mask active, const Addresses &at) {
  accessAt<true>(warp, step, active, at);
}

bool plait::emulator::decodeLoadStore(FunctionDecoder &decoder, const ptx::Instruction &instruction, Step &step) {
  const std::string &opcode = instruction.opcode;
  Modifiers modifiers(instruction);
  if (opcode == "ld" || opcode == "ldu" || opcode == "st") {
    decodeAccess(decoder, instruction, modifiers, step, opcode == "st");
  } else if (opcode == "prefetch" || opcode == "prefetchu" || opcode == "applypriority" || opcode == "discard") {
    modifiers.takeSpace();
    modifiers.ignore({"L1", "L2", "L2::evict_last", "L2::evict_normal"});
    step.execute = executeNothing;
  } else if (opcode == "createpolicy") {
    decodePolicy(decoder, instruction, modifiers, step);
  } else {
    return false;
  }
  modifiers.finish();
  return true;
}
