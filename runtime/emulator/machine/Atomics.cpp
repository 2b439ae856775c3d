//===- Atomics.cpp - atom and red -----------------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file gives atom and red their meaning. Arithmetic is that of the instruction
// of the same name on registers.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/machine/FunctionDecoder.h"
#include "runtime/emulator/machine/MemorySpace.h"

#include <cstring>

using namespace plait::emulator;
using ptx::Space;

namespace {

enum Control : size_t { kind };
enum class Atomic : uint32_t { Operation, Exchange, CompareAndSwap, Increment, Decrement };
constexpr size_t mostElements = 8;

/// The elements at an address, and what a lane makes of them.
class Change {
public:
  Change(Warp &warp, const Step &step) : warp(warp), step(step), access(step.access) {}

  void apply(unsigned lane, uint8_t *memory) const {
    uint64_t old[mostElements] = {}, next[mostElements] = {};
    for (unsigned i = 0; i < access.count; ++i)
      std::memcpy(&old[i], memory + i * access.bytes, access.bytes);
    bool swaps = true;
    if (Atomic(step.control[kind]) == Atomic::CompareAndSwap)
      for (unsigned i = 0; i < access.count; ++i)
        swaps &= old[i] == (input(i, lane) & elementMask());
    for (unsigned i = 0; i < access.count; ++i)
      next[i] = swaps ? compute(i, lane, old[i]) : old[i];
    for (unsigned i = 0; i < access.count; ++i) {
      std::memcpy(memory + i * access.bytes, &next[i], access.bytes);
      if (step.resultCount)
        warp.result(step.operands[i]).lane[lane] = old[i];
    }
  }

private:
  uint64_t elementMask() const { return access.bytes == 8 ? ~uint64_t(0) : (uint64_t(1) << 8 * access.bytes) - 1; }
  uint64_t input(unsigned index, unsigned lane) const { return warp.value(step.inputs()[index]).lane[lane]; }

  uint64_t compute(unsigned element, unsigned lane, uint64_t old) const {
    switch (Atomic(step.control[kind])) {
    case Atomic::Exchange:
      return input(element, lane);
    case Atomic::CompareAndSwap:
      return input(access.count + element, lane);
    case Atomic::Increment:
      return old >= (input(element, lane) & UINT32_MAX) ? 0 : old + 1;
    case Atomic::Decrement: {
      uint64_t most = input(element, lane) & UINT32_MAX;
      return old == 0 || old > most ? most : old - 1;
    }
    case Atomic::Operation:
      break;
    }
    Value before, after;
    before.lane[lane] = old;
    Value *results[] = {&after};
    const Value *operands[] = {&before, &warp.value(step.inputs()[element])};
    step.operation.run(step.operation, warp.grid.environment, results, operands, Mask(1) << lane);
    return after.lane[lane];
  }

  Warp &warp;
  const Step &step;
  const Access &access;
};

template <typename Memory> void accessMemory(Warp &warp, const Step &step, Mask active, const Addresses &at) {
  Memory memory(warp, step);
  unsigned bytes = step.access.bytes * step.access.count;
  Mask valid = memory.check(active, at, bytes);
  memory.count(valid, at, bytes, true, true);
  Change change(warp, step);
  forLanes(valid, [&](unsigned lane) {
    uint64_t address = at.lane[lane];
    memory.hold(address);
    memory.acquire(address);
    memory.noteRead(lane, address, bytes);
    memory.noteWrite(lane, address, bytes);
    change.apply(lane, memory.data(address));
    memory.release(address, true);
  });
}

void run(Warp &warp, const Step &step, Mask active) {
  Addresses at = addresses(warp, step.place, step.access.space);
  auto access = [&](Mask lanes, Space space) {
    if (space == Space::Shared)
      return accessMemory<SharedSpace>(warp, step, lanes, at);
    if (space == Space::Global)
      return accessMemory<GlobalSpace>(warp, step, lanes, at);
    unsigned lane = unsigned(__builtin_ctz(lanes));
    warp.report(Defect::Kind::OutOfBounds, step, lane,
                [] { return "expects an address of global or shared memory, but got one of another space"; });
  };
  if (step.access.space == Space::Generic)
    forSpaces(active, at, access);
  else
    access(active, step.access.space);
}

/// The instruction on registers that does the same.
Operation decodeArithmetic(const ptx::Instruction &instruction, const std::string &opcode, const std::string &type,
                           bool flushes) {
  ptx::Instruction same;
  same.line = instruction.line;
  same.opcode = opcode;
  same.text = instruction.text;
  bool isFloat = type.find('f') != std::string::npos, isBits = opcode == "and" || opcode == "or" || opcode == "xor";
  if (isFloat && opcode == "add")
    same.modifiers.push_back("rn");
  if (flushes && type == "f32")
    same.modifiers.push_back("ftz");
  same.modifiers.push_back(isBits && type.size() == 3 ? "b" + type.substr(1) : type);
  ptx::Operand value;
  value.kind = ptx::Operand::Kind::Register;
  same.operands.assign(3, value);
  std::optional<Operation> operation = decodeCompute(same);
  if (!operation)
    refuse(instruction, "an atomic operation that the emulator knows");
  return *operation;
}

void decodeKind(const ptx::Instruction &instruction, Modifiers &modifiers, Step &step) {
  static constexpr std::pair<std::string_view, Atomic> own[] = {{"exch", Atomic::Exchange},
                                                                {"cas", Atomic::CompareAndSwap},
                                                                {"inc", Atomic::Increment},
                                                                {"dec", Atomic::Decrement}};
  static constexpr std::string_view opcodes[] = {"add", "min", "max", "and", "or", "xor"};
  bool isKnown = false;
  std::string opcode;
  for (auto [name, atomic] : own)
    if (modifiers.take(name)) {
      step.control[kind] = uint32_t(atomic);
      isKnown = true;
    }
  for (std::string_view name : opcodes)
    if (!isKnown && modifiers.take(name)) {
      opcode = name;
      isKnown = true;
    }
  modifiers.ignore({"noftz"});
  std::string typeName;
  for (const std::string &modifier : instruction.modifiers)
    if (ptx::parseType(modifier))
      typeName = modifier;
  std::optional<ptx::Type> type = modifiers.takeType();
  if (!isKnown || !type || ptx::bits(*type) < 16)
    refuse(instruction, "an atomic operation and a type that the emulator knows");
  unsigned bits = ptx::bits(*type);
  step.access.count = bits == 128            ? 2
                      : modifiers.take("v8") ? 8
                      : modifiers.take("v4") ? 4
                      : modifiers.take("v2") ? 2
                                             : 1;
  step.access.bytes = uint8_t(std::min(bits, 64u) / 8);
  // Global memory flushes what is subnormal, shared memory does not.
  if (!opcode.empty())
    step.operation = decodeArithmetic(instruction, opcode, typeName, step.access.space == Space::Global);
}

} // namespace

bool plait::emulator::decodeAtomic(FunctionDecoder &decoder, const ptx::Instruction &instruction, Step &step) {
  bool isReduction = instruction.opcode == "red";
  if (!isReduction && instruction.opcode != "atom")
    return false;
  Modifiers modifiers(instruction);
  bool hasHint = modifiers.take("L2::cache_hint");
  step.access.isStrong = true;
  modifiers.takeOrder(step.access);
  step.access.space = modifiers.takeSpace().value_or(Space::Generic);
  decodeKind(instruction, modifiers, step);
  modifiers.finish();
  bool swaps = Atomic(step.control[kind]) == Atomic::CompareAndSwap;
  size_t results = isReduction ? 0 : 1, inputs = swaps ? 2 : 1;
  size_t count = results + 1 + inputs;
  expectOperands(instruction, count + hasHint, count + hasHint);
  std::span<const ptx::Operand> operands = instruction.operands;
  step.place = decoder.place(operands[results]);
  std::vector<Source> all = decoder.flatten(operands.first(results));
  for (const Source &input : decoder.flatten(operands.subspan(results + 1, inputs)))
    all.push_back(input);
  unsigned elements = step.access.count;
  if (all.size() != elements * (results + inputs))
    refuse(instruction, text(elements, " elements in each operand"));
  decoder.setOperands(step, std::move(all), isReduction ? 0 : elements);
  step.execute = run;
  return true;
}
