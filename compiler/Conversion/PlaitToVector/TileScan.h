//===- TileScan.h - a block of tokens swept tile by tile --------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the loop nest that all matrix-state recurrences end in: a
// tile of the state in registers, time innermost.
//===----------------------------------------------------------------------===//

#ifndef COMPILER_CONVERSION_PLAITTOVECTOR_TILESCAN_H
#define COMPILER_CONVERSION_PLAITTOVECTOR_TILESCAN_H

#include "compiler/Conversion/PlaitToVector/VectorBuilder.h"
#include "dialects/Plait/IR/PlaitOps.h"

namespace plait {

/// The rows of one sequence tensor in the order in which time runs: step c is
/// token `first` + c, or `first` - c where time runs down.
struct Stream {
  mlir::Value memref;
  mlir::Value batch;
  mlir::Value first;
  mlir::Value head;
  bool down = false;
  /// Rows at most where each is kept in scratch once it was read, or until it is
  /// whole, for the caller's are far apart, and not on lines of the cache; 0 where
  /// not.
  int64_t bound = 0;

  /// Batch, token and head of step c, `group` heads on.
  VectorBuilder::Values at(VectorBuilder &b, mlir::Value step, int64_t group = 0) const;
  VectorBuilder::Values at(VectorBuilder &b, mlir::Value step, mlir::Value group) const;
  /// The stream from step `step` on.
  Stream from(VectorBuilder &b, mlir::Value step) const;
};

/// The caller's rows that are taken next, those of the next head or of the next
/// block of tokens, which are fetched while this block is worked on.
struct RowsAhead {
  /// Rows of one batch and of the head that is next, or of the query heads of its group: the address
  /// of token 0's, what tokens and heads lie apart, and a row's length, in bytes.
  struct Array {
    mlir::Value base, pitch, headPitch;
    int64_t heads, width;
  };
  llvm::SmallVector<Array> arrays;
  /// The first token of those rows.
  mlir::Value first;
};

/// A line of the cache out of the rows ahead: its address at step 0, and what
/// steps lie apart.
struct LineAhead {
  mlir::Value address, pitch;
};

/// What a row of values is multiplied by as it is read, and the rows of the output
/// as they are written: in memory by step, one number or a row.
struct StepFactors {
  mlir::Value values, outs;
};

/// Ungated recurrence of `steps` tokens on one state:
///   S <- S + k v^T,   o = S^T q  (before the write where `exclusive`).
struct Sweep {
  Stream query, key, value, out;
  mlir::Value state, batch, head;
  mlir::Value steps;
  int64_t keyDim, valueDim;
  /// Query heads that read the state.
  int64_t readers = 1;
  bool exclusive = false;
  RegisterTile tile = {};
  /// Factors of the state, of its rows and of its columns, applied as a tile is
  /// stored; null where there is none.
  mlir::Value factor = {}, rowFactor = {}, columnFactor = {};
  llvm::SmallVector<StepFactors, 2> stepFactors = {};
  RowsAhead ahead = {};
};

/// The rows next to those that `op` takes of the caller, by the loops around it.
RowsAhead rowsAhead(VectorBuilder &b, RecurOp op);

/// The share of part `part` of `parts` in the lines of all rows.
llvm::SmallVector<LineAhead> linesAhead(VectorBuilder &b, const RowsAhead &rows, mlir::Value part, int64_t parts);

void fetch(VectorBuilder &b, llvm::ArrayRef<LineAhead> lines, mlir::Value step);

/// The bound of a stream of `op`'s: the tokens of a block where the loop over
/// blocks slices `rows` out of the caller's.
int64_t boundOf(RecurOp op, mlir::Value rows);

void emitSweep(VectorBuilder &b, const Sweep &sweep);

/// The recurrence of `op` with its gates folded into the operands of sweeps.
void emitFoldedSweeps(VectorBuilder &b, RecurOp op, const Sweep &sweep);

/// The streams and sizes of `op` for one batch and key-value head.
Sweep sweepOf(VectorBuilder &b, RecurOp op, mlir::Value batch, mlir::Value head);

/// The first step of `op` on the state itself: one pass over it, with the bits
/// of a sweep of one step where there is no gate.
void emitOneToken(VectorBuilder &b, RecurOp op, const Sweep &sweep);

/// Cuts a row of `extent` elements into strips of `columns` vectors.
void overStrips(VectorBuilder &b, int64_t extent, int64_t columns, int64_t readers,
                llvm::function_ref<void(llvm::ArrayRef<Column>)> body);

/// Cuts a strip into columns of one vector.
llvm::SmallVector<Column> columnsOf(VectorBuilder &b, mlir::Value offset, int64_t count, int64_t extent);

} // namespace plait

#endif // COMPILER_CONVERSION_PLAITTOVECTOR_TILESCAN_H
