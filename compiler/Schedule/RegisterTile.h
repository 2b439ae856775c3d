//===- RegisterTile.h - register tiles of a matrix --------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares which tiles of a state or an accumulator fit the
// registers of a machine, and the one that is taken where no schedule says.
//===----------------------------------------------------------------------===//

#ifndef COMPILER_SCHEDULE_REGISTERTILE_H
#define COMPILER_SCHEDULE_REGISTERTILE_H

#include "dialects/Plait/IR/PlaitOps.h"

namespace plait {

/// What schedules and emission ask of a target.
struct Machine {
  /// f32 lanes of a vector register.
  int64_t lanes;
  /// Vector registers.
  int64_t registers;
  /// Whether multiply-add rounds once.
  bool fma;
  /// Multiply-adds that start in a cycle.
  int64_t pipes = 1;

  /// Masked loads and stores cost what plain ones do on AVX-512 alone.
  bool hasMasks() const { return lanes >= 16; }
  /// Whether one instruction multiplies vectors by powers of two.
  bool hasScale() const { return lanes >= 16; }
};

Machine machineOf(TargetAttr target);

/// `rows` scalars by `columns` vectors, held in registers by the inner loop.
struct RegisterTile {
  int64_t rows;
  int64_t columns;
};

/// Whether the inner loop runs without spills: the tile, a row of values, a
/// row of sums for each of `readers` query heads, and two broadcasts.
bool fitsRegisters(RegisterTile tile, const Machine &machine, int64_t readers = 1);

/// The rows that cut `keyDim` most evenly into as few tiles as fit beside
/// `columns`; 1 where not one row fits.
int64_t rowsBeside(int64_t columns, int64_t keyDim, const Machine &machine, int64_t readers = 1);

/// The tile taken for K rows by V columns where no schedule says.
RegisterTile defaultTile(int64_t keyDim, int64_t valueDim, const Machine &machine, int64_t readers = 1);

/// What `schedule` asks for, made legal; the default without one.
RegisterTile tileOf(ScheduleAttr schedule, int64_t keyDim, int64_t valueDim, const Machine &machine,
                    int64_t readers = 1);

/// Cuts `vectors` into strips of `columns`, the last ones chosen so that none
/// is left with a single vector where three fit.
llvm::SmallVector<int64_t> stripWidths(int64_t vectors, int64_t columns, const Machine &machine, int64_t readers = 1);

} // namespace plait

#endif // COMPILER_SCHEDULE_REGISTERTILE_H
