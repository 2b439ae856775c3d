//===- TensorBox.h - a box of a tensor in global memory ---------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the box that a copy by a tensor map moves: which bytes of global
// memory it has, and how they lie in shared memory.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_EMULATOR_MACHINE_TENSORBOX_H
#define PLAIT_RUNTIME_EMULATOR_MACHINE_TENSORBOX_H

#include "runtime/emulator/machine/TensorReduction.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <vector>

namespace plait::emulator {

class TensorBox {
public:
  using Coordinates = std::array<int32_t, TensorMap::maxRank>;
  /// `shared` is where it lies in shared memory; a reduction is for writes.
  TensorBox(const TensorMap &map, const Coordinates &first, uint32_t shared,
            const std::optional<Reduction> &reduction = std::nullopt)
      : map(map), first(first), shared(shared), reduction(reduction) {}

  /// In shared memory, with what is outside of the tensor.
  uint64_t bytes() const { return rows() * rowBytes(); }

  /// Calls `visit(address, offset, bytes)` for the part of each row that is inside of the tensor; the offset is that
  /// in the box without a swizzle. For boxes that fit in shared memory.
  template <typename F> void forRows(F &&visit) const {
    std::array<uint32_t, TensorMap::maxRank> index{};
    unsigned element = elementBytes(map.type);
    int64_t begin = std::max<int64_t>(0, -int64_t(first[0]));
    int64_t end = std::min<int64_t>(map.extent(0), int64_t(map.lastIndex[0]) + 1 - first[0]);
    if (begin >= end)
      return;
    for (uint32_t row = 0, count = uint32_t(rows()); row < count; ++row, advance(index))
      if (std::optional<uint64_t> address = rowAddress(index))
        visit(*address + uint64_t((first[0] + begin) * element), row * rowBytes() + uint32_t(begin * element),
              uint32_t((end - begin) * element));
  }

  /// The box as shared memory is to have it, read from global memory.
  std::vector<uint8_t> read(Warp &warp, const Step &step, unsigned lane) const;
  /// Writes to global memory, or reduces there, what shared memory had.
  void write(Warp &warp, const Step &step, unsigned lane, const std::vector<uint8_t> &content) const;

private:
  uint32_t rowBytes() const { return map.extent(0) * elementBytes(map.type); }
  uint64_t rows() const {
    uint64_t count = 1;
    for (unsigned i = 1; i < map.rank; ++i)
      count *= map.extent(i);
    return count;
  }
  void advance(std::array<uint32_t, TensorMap::maxRank> &index) const {
    for (unsigned i = 1; i < map.rank && ++index[i] == map.extent(i); ++i)
      index[i] = 0;
  }
  /// Where a row's element 0 lies, if the other indices are inside of the tensor.
  std::optional<uint64_t> rowAddress(const std::array<uint32_t, TensorMap::maxRank> &index) const {
    uint64_t address = map.address;
    for (unsigned i = 1; i < map.rank; ++i) {
      int64_t at = first[i] + int64_t(index[i]) * map.elementStrides[i];
      if (at < 0 || at > int64_t(map.lastIndex[i]))
        return std::nullopt;
      address += uint64_t(at) * map.strides[i - 1];
    }
    return address;
  }
  /// Moves bytes between a plain box and one as shared memory has it.
  std::vector<uint8_t> arranged(const std::vector<uint8_t> &from, bool isPlain) const;

  TensorMap map;
  Coordinates first;
  uint32_t shared;
  std::optional<Reduction> reduction;
};

} // namespace plait::emulator

#endif // PLAIT_RUNTIME_EMULATOR_MACHINE_TENSORBOX_H
