//===- TensorAccess.cpp - maps and boxes that lanes give ------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements where maps are found, and the checks of boxes.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/machine/TensorAccess.h"

#include "runtime/emulator/machine/Access.h"

#include <cstring>

using namespace plait::emulator;
using ptx::Space;

namespace {

/// A map in the parameters of the kernel.
const uint8_t *findInParameters(Warp &warp, const Step &step, unsigned lane, uint64_t address) {
  std::span<const uint8_t> all = warp.grid.launch.parameters;
  if (address % TensorMap::alignment) {
    warp.report(Defect::Kind::Misaligned, step, lane, [&] {
      return text("expects a tensor map's address that is a multiple of ", TensorMap::alignment, ", but got ",
                  Hex{address}, " in the parameters");
    });
    return nullptr;
  }
  if (address <= all.size() && sizeof(TensorMap) <= all.size() - address)
    return &all[address];
  warp.report(Defect::Kind::OutOfBounds, step, lane, [&] {
    return text("expects ", sizeof(TensorMap), " bytes inside the ", all.size(),
                " of parameter memory, but got the address ", Hex{address});
  });
  return nullptr;
}

} // namespace

std::optional<TensorMap> plait::emulator::findTensorMap(Warp &warp, const Step &step, unsigned lane, uint64_t address) {
  TensorMap map;
  Space space = spaceOf(address);
  if (space == Space::Param) {
    const uint8_t *found = findInParameters(warp, step, lane, address - paramWindow);
    if (!found)
      return std::nullopt;
    std::memcpy(&map, found, sizeof(map));
  } else if (space == Space::Global) {
    if (!checkGlobal(warp, step, lane, address, sizeof(map), TensorMap::alignment))
      return std::nullopt;
    // The halves may be in places that different locks guard.
    auto *bytes = reinterpret_cast<uint8_t *>(&map);
    for (unsigned at = 0; at < sizeof(map); at += TensorMap::alignment)
      readGlobal(warp, step, lane, address + at, bytes + at, TensorMap::alignment);
  }
  bool isMap = (space == Space::Param || space == Space::Global) && map.isSealed();
  if (isMap)
    return map;
  warp.report(Defect::Kind::Operand, step, lane, [&] {
    return text("expects a tensor map of cuTensorMapEncodeTiled in the kernel's parameters, const or global memory, "
                "but got the address ",
                Hex{address},
                space == Space::Shared  ? " of shared memory"
                : space == Space::Local ? " of local memory"
                                        : " of other bytes");
  });
  return std::nullopt;
}

bool plait::emulator::checkBox(Warp &warp, const Step &step, unsigned lane, const TensorBox &box, bool reads,
                               bool writes) {
  constexpr uint64_t sectorBytes = 32;
  uint64_t sectors = 0, total = 0, counted = 0;
  bool isInside = true;
  box.forRows([&](uint64_t address, uint32_t, uint32_t bytes) {
    isInside = isInside && checkGlobal(warp, step, lane, address, bytes, 1);
    // Rows that follow each other may share a sector.
    uint64_t first = address / sectorBytes, end = (address + bytes - 1) / sectorBytes + 1;
    sectors += end - (first + 1 == counted ? counted : first);
    counted = end;
    total += bytes;
  });
  if (!isInside)
    return false;
  Work &work = warp.work(step);
  work.globalSectors += sectors;
  work.idealSectors += (total + sectorBytes - 1) / sectorBytes;
  work.globalRead += reads ? total : 0;
  work.globalWritten += writes ? total : 0;
  return true;
}
