//===- TensorCopy.cpp - cp.async.bulk.tensor ------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file gives the copies by a tensor map their meaning, and the prefetches of boxes
// and maps.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/machine/Access.h"
#include "runtime/emulator/machine/Block.h"
#include "runtime/emulator/machine/FunctionDecoder.h"
#include "runtime/emulator/machine/TensorAccess.h"

#include <algorithm>

using namespace plait::emulator;
using ptx::Space;

namespace {

/// `Step::from` is where the map is. Operands: the coordinates, then of loads the mbarrier's address, the mask of
/// blocks.
enum Control : size_t { rank, mbarrierOffset, reduction, isMulticast };
constexpr uint32_t noReduction = std::size(reductionNames);
/// Of PTX: with tensor maps, and with copies to .shared::cta.
constexpr int firstVersion = 80, firstVersionOfBlocks = 86;

/// A lane's map if it fits the instruction.
std::optional<TensorMap> findMapOfRank(Warp &warp, const Step &step, unsigned lane, uint64_t address) {
  std::optional<TensorMap> map = findTensorMap(warp, step, lane, address);
  if (!map || map->rank == step.control[rank])
    return map;
  warp.report(Defect::Kind::Operand, step, lane, [&] {
    return text("expects a tensor map of ", step.control[rank], " dimensions, but got one of ", unsigned(map->rank));
  });
  return std::nullopt;
}

/// The coordinates of each lane.
class Boxes {
public:
  Boxes(Warp &warp, const Step &step) {
    for (unsigned i = 0; i < step.control[rank]; ++i)
      values[i] = warp.value(step.operands[i]);
  }
  TensorBox::Coordinates first(unsigned lane) const {
    TensorBox::Coordinates first{};
    for (size_t i = 0; i < first.size(); ++i)
      first[i] = int32_t(uint32_t(values[i].lane[lane]));
    return first;
  }

private:
  std::array<Value, TensorMap::maxRank> values{};
};

/// A cluster has one block, whose bit is the lowest.
bool isOwnMask(Warp &warp, const Step &step, unsigned lane, uint64_t mask) {
  constexpr uint64_t own = 1;
  if (!step.control[isMulticast] || mask == own)
    return true;
  warp.report(Defect::Kind::Operand, step, lane,
              [&] { return text("expects the mask ", Hex{own}, " of a cluster's only block, but got ", Hex{mask}); });
  return false;
}

void runToShared(Warp &warp, const Step &step, Mask active) {
  Addresses to = sharedAddresses(warp, step.place, step.access.space),
            maps = addresses(warp, step.from, Space::Generic);
  Boxes boxes(warp, step);
  Value mbarriers = warp.value(step.operands[step.control[rank]]);
  Value masks = warp.value(step.operands[step.control[rank] + 1]);
  forLanes(active, [&](unsigned lane) {
    std::optional<TensorMap> map = findMapOfRank(warp, step, lane, maps.lane[lane]);
    if (!map || !isOwnMask(warp, step, lane, masks.lane[lane] & UINT16_MAX))
      return;
    auto address = uint32_t(to.lane[lane]);
    auto mbarrier = uint32_t(mbarriers.lane[lane]) + step.control[mbarrierOffset];
    auto box = std::make_shared<const TensorBox>(*map, boxes.first(lane), address);
    uint64_t bytes = box->bytes();
    if (!checkShared(warp, step, lane, to.lane[lane], bytes, TensorMap::sharedAlignment) ||
        !findMbarrier(warp, step, lane, mbarrier) || !checkBox(warp, step, lane, *box, true, false))
      return;
    warp.work(step).sharedWritten += bytes;
    warp.owner.bulk.add({.kind = Asynchronous::Kind::ToShared,
                         .step = &step,
                         .warp = &warp,
                         .lane = lane,
                         .shared = address,
                         .bytes = uint32_t(bytes),
                         .box = std::move(box),
                         .mbarrier = mbarrier});
  });
}

/// The reduction of an instruction that has one; that the map's type has no such is reported.
bool findReduction(Warp &warp, const Step &step, unsigned lane, TensorType type, std::optional<Reduction> &found) {
  if (step.control[reduction] == noReduction)
    return true;
  found = findReduction(ReductionKind(step.control[reduction]), type);
  if (!found)
    warp.report(Defect::Kind::Operand, step, lane, [&] {
      return text("expects elements that have the reduction .", reductionNames[step.control[reduction]],
                  ", but got a tensor map of ", name(type));
    });
  return found.has_value();
}

/// The instruction's last rule for a map: one swizzle is for loads alone.
bool mayStore(Warp &warp, const Step &step, unsigned lane, const TensorMap &map) {
  if (map.swizzle == Swizzle::Span128Atom32Flip8)
    warp.report(Defect::Kind::Operand, step, lane,
                [] { return text("expects a swizzle that stores have, but got 128B_ATOM_32B_FLIP_8B"); });
  return map.swizzle != Swizzle::Span128Atom32Flip8;
}

void runToGlobal(Warp &warp, const Step &step, Mask active) {
  Addresses from = sharedAddresses(warp, step.place, step.access.space);
  Addresses maps = addresses(warp, step.from, Space::Generic);
  Boxes boxes(warp, step);
  bool reads = step.control[reduction] != noReduction;
  forLanes(active, [&](unsigned lane) {
    std::optional<TensorMap> map = findMapOfRank(warp, step, lane, maps.lane[lane]);
    std::optional<Reduction> reduction;
    if (!map || !mayStore(warp, step, lane, *map) || !findReduction(warp, step, lane, map->type, reduction))
      return;
    auto address = uint32_t(from.lane[lane]);
    auto box = std::make_shared<const TensorBox>(*map, boxes.first(lane), address, reduction);
    uint64_t bytes = box->bytes();
    if (!checkShared(warp, step, lane, from.lane[lane], bytes, TensorMap::sharedAlignment) ||
        !checkBox(warp, step, lane, *box, reads, true))
      return;
    warp.work(step).sharedRead += bytes;
    warp.owner.bulk.add({.kind = Asynchronous::Kind::ToGlobal,
                         .step = &step,
                         .warp = &warp,
                         .lane = lane,
                         .shared = address,
                         .bytes = uint32_t(bytes),
                         .box = std::move(box)});
  });
}

/// Brings nothing, but its map must be one.
void runPrefetch(Warp &warp, const Step &step, Mask active) {
  Addresses maps = addresses(warp, step.from, Space::Generic);
  forLanes(active, [&](unsigned lane) { findMapOfRank(warp, step, lane, maps.lane[lane]); });
}

void runPrefetchMap(Warp &warp, const Step &step, Mask active) {
  Addresses maps = addresses(warp, step.from, Space::Generic);
  uint64_t window = windowOf(step.access.space);
  forLanes(active, [&](unsigned lane) { findTensorMap(warp, step, lane, maps.lane[lane] + window); });
}

void expectBits(FunctionDecoder &decoder, const ptx::Instruction &instruction, const ptx::Operand &operand,
                unsigned bits, const char *what) {
  if (operand.kind == ptx::Operand::Kind::Register && decoder.registerBits(operand) != bits)
    refuse(instruction, text(what, " of ", bits, " bits"));
}

/// [map, {x, y}]: the map's place, then the coordinates.
std::vector<Source> decodeMap(FunctionDecoder &decoder, const ptx::Instruction &instruction, size_t index, Step &step) {
  const ptx::Operand &operand = instruction.operands[index];
  step.from = decoder.place(operand);
  if (step.from.offset != 0)
    refuse(instruction, "a tensor map's address without an offset");
  uint32_t count = step.control[rank];
  if (operand.elements.size() != 2 || operand.elements[1].kind != ptx::Operand::Kind::Vector ||
      operand.elements[1].elements.size() != count)
    refuse(instruction, text(count, " coordinates behind the tensor map"));
  for (const ptx::Operand &coordinate : operand.elements[1].elements)
    expectBits(decoder, instruction, coordinate, 32, "coordinates");
  return decoder.flatten({&operand.elements[1], 1});
}

/// Takes the spaces, which must be these two in this order.
bool takeSpaces(const ptx::Instruction &instruction, Modifiers &modifiers, std::string_view to, std::string_view from) {
  const auto &all = instruction.modifiers;
  auto first = std::find(all.begin(), all.end(), to), second = std::find(all.begin(), all.end(), from);
  return first < second && second != all.end() && modifiers.take(to) && modifiers.take(from);
}

void decodeLoad(FunctionDecoder &decoder, const ptx::Instruction &instruction, Modifiers &modifiers, size_t hints,
                Step &step) {
  bool isOfBlock = takeSpaces(instruction, modifiers, "shared::cta", "global");
  if (!isOfBlock && !takeSpaces(instruction, modifiers, "shared::cluster", "global"))
    refuse(instruction, "a tensor copy of .shared::cluster.global or .shared::cta.global");
  if (isOfBlock)
    decoder.expectHopper(instruction, firstVersionOfBlocks);
  step.control[isMulticast] = !isOfBlock && modifiers.take("multicast::cluster");
  size_t count = 3 + step.control[isMulticast];
  expectOperands(instruction, count + hints, count + hints);
  const auto &operands = instruction.operands;
  if (step.control[isMulticast])
    expectBits(decoder, instruction, operands[3], 16, "a mask");
  step.place = decoder.place(operands[0]);
  std::vector<Source> all = decodeMap(decoder, instruction, 1, step);
  Place mbarrier = decoder.place(operands[2]);
  step.control[mbarrierOffset] = uint32_t(mbarrier.offset);
  all.push_back(mbarrier.base);
  all.push_back(step.control[isMulticast] ? decoder.source(operands[3]) : decoder.constant(0));
  decoder.setOperands(step, std::move(all), 0);
  step.execute = runToShared;
}

void decodeStore(FunctionDecoder &decoder, const ptx::Instruction &instruction, Modifiers &modifiers, size_t hints,
                 Step &step) {
  if (!takeSpaces(instruction, modifiers, "global", "shared::cta"))
    refuse(instruction, "a tensor copy of .global.shared::cta");
  bool reduces = modifiers.take("reduce");
  step.control[reduction] = noReduction;
  for (uint32_t i = 0; reduces && i < noReduction; ++i)
    if (modifiers.take(reductionNames[i])) {
      step.control[reduction] = i;
      break;
    }
  if (reduces && step.control[reduction] == noReduction)
    refuse(instruction, "a reduction of .add, .min, .max, .inc, .dec, .and, .or or .xor");
  expectOperands(instruction, 2 + hints, 2 + hints);
  step.place = decoder.place(instruction.operands[1]);
  decoder.setOperands(step, decodeMap(decoder, instruction, 0, step), 0);
  step.execute = runToGlobal;
}

void decodeCopy(FunctionDecoder &decoder, const ptx::Instruction &instruction, Modifiers &modifiers, Step &step) {
  static constexpr std::string_view ranks[] = {"1d", "2d", "3d", "4d", "5d"};
  if (!modifiers.take("async") || !modifiers.take("bulk"))
    refuse(instruction, "a tensor copy of .async.bulk");
  for (std::string_view name : ranks)
    if (modifiers.take(name)) {
      step.control[rank] = uint32_t(name[0] - '0');
      break;
    }
  if (step.control[rank] == 0)
    refuse(instruction, "a tensor of .1d to .5d");
  step.access.space = Space::Shared;
  size_t hints = modifiers.take("L2::cache_hint") ? 1 : 0;
  for (const std::string &modifier : instruction.modifiers)
    if (modifier.starts_with("im2col") || modifier.starts_with("tile::"))
      refuse(instruction, "a tensor copy in .tile mode");
  modifiers.ignore({"tile"});
  decoder.expectHopper(instruction, firstVersion);
  bool completes = modifiers.take("mbarrier::complete_tx::bytes");
  if (modifiers.take("prefetch")) {
    modifiers.ignore({"L2", "global"});
    expectOperands(instruction, 1 + hints, 1 + hints);
    decoder.setOperands(step, decodeMap(decoder, instruction, 0, step), 0);
    step.execute = runPrefetch;
  } else if (completes == modifiers.take("bulk_group")) {
    refuse(instruction, "a tensor copy that completes on an mbarrier or in a group");
  } else if (completes) {
    decodeLoad(decoder, instruction, modifiers, hints, step);
  } else {
    decodeStore(decoder, instruction, modifiers, hints, step);
  }
}

void decodePrefetchMap(FunctionDecoder &decoder, const ptx::Instruction &instruction, Modifiers &modifiers,
                       Step &step) {
  decoder.expectHopper(instruction, firstVersion);
  step.access.space = modifiers.takeSpace().value_or(Space::Generic);
  if (step.access.space != Space::Generic && step.access.space != Space::Param && step.access.space != Space::Const)
    refuse(instruction, "a prefetch of a tensor map in .param, .const or at a generic address");
  expectOperands(instruction, 1, 1);
  step.from = decoder.place(instruction.operands[0]);
  step.execute = runPrefetchMap;
}

} // namespace

bool plait::emulator::decodeTensorCopy(FunctionDecoder &decoder, const ptx::Instruction &instruction, Step &step) {
  Modifiers modifiers(instruction);
  if (instruction.opcode == "cp" && modifiers.take("tensor"))
    decodeCopy(decoder, instruction, modifiers, step);
  else if (instruction.opcode == "prefetch" && modifiers.take("tensormap"))
    decodePrefetchMap(decoder, instruction, modifiers, step);
  else
    return false;
  modifiers.finish();
  return true;
}
