//===- Wmma.cpp - fragments of wmma from and to memory --------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file gives wmma.load and wmma.store their meaning: each lane moves the elements
// that its fragment has, neighbours in memory and in a register at once.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/compute/Fragments.h"
#include "runtime/emulator/machine/Access.h"
#include "runtime/emulator/machine/FunctionDecoder.h"

#include <algorithm>

using namespace plait::emulator;

namespace {

enum Control : size_t { role, shape, registerShape, isByColumns };
constexpr unsigned mostRegisters = 8;
constexpr uint32_t wholeRegisters[4] = {64}; ///< the control words of a load or store
constexpr Source temporary{};

void setFragment(Step &step, const Fragment &fragment) {
  step.control[role] = uint32_t(fragment.role);
  step.control[shape] = fragment.rows << 16 | fragment.columns;
  step.control[registerShape] = fragment.elementBits << 16 | fragment.perRegister << 8 | fragment.registers;
}
Fragment fragmentOf(const Step &step) {
  uint32_t extents = step.control[shape], registers = step.control[registerShape];
  return {Fragment::Role(step.control[role]),
          extents >> 16,
          extents & 0xffff,
          registers >> 16,
          registers >> 8 & 0xff,
          registers & 0xff};
}

/// Calls `visit(register, bit, access, addresses)` for the accesses to memory, each to some bits of a register.
template <typename Visit> void forAccesses(Warp &warp, const Step &step, Visit visit) {
  const Fragment fragment = fragmentOf(step);
  bool byColumns = step.control[isByColumns];
  Addresses base = addresses(warp, step.place, step.access.space);
  Value stride = warp.value(step.operands.back());
  bool runsAlongColumn = fragment.role == Fragment::Role::B;
  unsigned together = runsAlongColumn == byColumns ? fragment.perRegister : 1;
  Step access = step;
  std::copy_n(wholeRegisters, 4, access.control);
  access.operands = {&temporary, 1};
  access.access.bytes = uint8_t(fragment.elementBits / 8 * together);
  for (unsigned element = 0; element < fragment.elements(); element += together) {
    Addresses at;
    for (unsigned lane = 0; lane < warpSize; ++lane) {
      Coordinates place = coordinates(fragment, lane, element);
      uint64_t line = byColumns ? place.column : place.row, inLine = byColumns ? place.row : place.column;
      at.lane[lane] = base.lane[lane] + (line * uint32_t(stride.lane[lane]) + inLine) * (fragment.elementBits / 8);
    }
    visit(element / fragment.perRegister, element % fragment.perRegister * fragment.elementBits, access, at);
  }
}

void runLoad(Warp &warp, const Step &step, Mask active) {
  Value loaded[mostRegisters] = {};
  forAccesses(warp, step, [&](unsigned reg, unsigned bit, const Step &access, const Addresses &at) {
    loadFrom(warp, access, active, at);
    for (unsigned lane = 0; lane < warpSize; ++lane)
      loaded[reg].lane[lane] |= warp.value(temporary).lane[lane] << bit;
  });
  unsigned reg = 0;
  for (const Source &result : step.results())
    forLanes(active, [&, &from = loaded[reg++]](unsigned lane) { warp.result(result).lane[lane] = from.lane[lane]; });
}

void runStore(Warp &warp, const Step &step, Mask active) {
  forAccesses(warp, step, [&](unsigned reg, unsigned bit, const Step &access, const Addresses &at) {
    for (unsigned lane = 0; lane < warpSize; ++lane)
      warp.result(temporary).lane[lane] = warp.value(step.operands[reg]).lane[lane] >> bit;
    storeTo(warp, access, active, at);
  });
}

} // namespace

bool plait::emulator::decodeWmma(FunctionDecoder &decoder, const ptx::Instruction &instruction, Step &step) {
  Modifiers modifiers(instruction);
  bool isLoad = instruction.opcode == "wmma" && modifiers.take("load");
  if (!isLoad && (instruction.opcode != "wmma" || !modifiers.take("store")))
    return false;
  expectOperands(instruction, 2, 3);
  Fragment fragment = wmmaFragment(instruction);
  setFragment(step, fragment);
  modifiers.ignore({"sync", "aligned"});
  modifiers.ignore(isLoad ? std::initializer_list<std::string_view>{"a", "b", "c"}
                          : std::initializer_list<std::string_view>{"d"});
  step.control[isByColumns] = modifiers.take("col");
  if (!step.control[isByColumns] && !modifiers.take("row"))
    refuse(instruction, "a matrix by rows or by columns");
  for (const std::string &name : instruction.modifiers)
    if (parseShape(name))
      modifiers.take(name);
  step.access.space = modifiers.takeSpace().value_or(ptx::Space::Generic);
  modifiers.takeType();
  modifiers.finish();
  step.execute = isLoad ? runLoad : runStore;
  step.together = Together::Live;
  step.place = decoder.place(instruction.operands[isLoad ? 1 : 0]);
  std::vector<Source> operands = decoder.flatten({&instruction.operands[isLoad ? 0 : 1], 1});
  if (operands.size() != fragment.registers)
    refuse(instruction, text(fragment.registers, " registers"));
  uint64_t packed = step.control[isByColumns] ? fragment.rows : fragment.columns;
  bool hasStride = instruction.operands.size() == 3;
  operands.push_back(hasStride ? decoder.source(instruction.operands[2]) : decoder.constant(packed));
  decoder.setOperands(step, std::move(operands), isLoad ? fragment.registers : 0);
  return true;
}
