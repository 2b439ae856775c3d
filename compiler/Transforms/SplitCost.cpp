//===- SplitCost.cpp - what it costs how warps split a tile ---------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements the model, of the resources that docs/Roofline.md counts, on
// sm_90.
//===----------------------------------------------------------------------===//

#include "compiler/Transforms/SplitCost.h"

using namespace mlir;
using namespace plait;
using namespace plait::tile;

static int64_t elementBytes(Type element) { return element.getIntOrFloatBitWidth() / 8; }

/// The bytes of a tile in shared memory; 0 of a fragment.
static int64_t sharedBytes(Value value) {
  auto type = dyn_cast<SharedType>(value.getType());
  return type ? type.getShape().rows * type.getShape().columns * elementBytes(type.getElementType()) : 0;
}

// In clocks of a multiprocessor.
constexpr double wavefrontBytes = 128; // in a clock, of shared memory
constexpr double issued = 4;           // instructions of warps in a clock
constexpr double product = 1.6;        // an mma.m16n8k16
constexpr double perElement = 3;       // instructions: an element of memory has an address, is loaded and converted
constexpr double exchange = 100;       // a barrier's 60, and the way through shared memory

/// The products of parts that count.
static int64_t partProducts(MmaOp op) {
  int64_t a = op.getA().size(), b = op.getB().size(), count = 0;
  for (int64_t i : llvm::seq(a))
    count += std::clamp<int64_t>(std::max(a, b) - i, 0, b);
  return count;
}

/// Each warp loads the rows of A and the columns of B that its part of the result has; where A's columns are split, the
/// rows of B beside its own.
static double costOf(MmaOp op, Grid grid) {
  FragmentType type = op.getResult().getType();
  Shape shape = type.getShape();
  auto layout = MmaAttr::get(op.getContext(), MmaRole::accumulator, grid);
  int64_t across = layout.warpsAlong(Direction::column, shape), all = grid[0] * grid[1];
  Value a = op.getA().front(), b = op.getB().front();
  bool isInParts = op.mayShareDepth();
  Shape piece = layout.piece();
  int64_t steps = op.depth() / 16;
  // Of a triangle the pieces on the diagonal are whole.
  double kept = op.getTriangle() && across == 1 ? (steps + 1) / (2.0 * steps) : 1;
  double left = op.getA().size() * sharedBytes(a) * grid[1];
  double right = op.getB().size() * sharedBytes(b) * (isInParts ? grid[0] : all / across) * kept;
  double pieces = shape.rows / piece.rows * (shape.columns / piece.columns) * steps * kept;
  double repeated = isInParts ? 1 : grid[1] / across;
  // Each warp writes the sums of all columns, and reads those of its own from all.
  double sums = isInParts && grid[1] > 1
                    ? sizeof(float) * shape.rows * shape.columns * (grid[1] + double(grid[1] * grid[1]) / across)
                    : 0;
  return (left + right + sums) / wavefrontBytes + pieces * partProducts(op) * repeated * product +
         (sums > 0 ? exchange : 0);
}

/// The registers of all threads together, over those warps.
static int64_t elementsHeld(FragmentType type, Grid grid) {
  LayoutInterface layout = type.layoutOver(grid);
  return layout.registers(type.getShape()) * layout.threadCount();
}

/// What several warps have of a line, each of them loads.
static double costOf(ReduceOp op, Grid grid) {
  double cost = 0, lines = elementsHeld(op.getResult().getType(), grid) / (issued * warpSize);
  Direction across = op.getDirection() == Direction::row ? Direction::column : Direction::row;
  for (Value source : op.getSources()) {
    auto type = cast<FragmentType>(source.getType());
    cost += elementsHeld(type, grid) / (issued * warpSize);
    int64_t parts = type.layoutOver(grid).warpsAlong(across, type.getShape());
    if (op.getKind() != ReduceKind::any && parts > 1)
      cost += exchange + 2 * lines * parts; // a load and an addition each
  }
  return cost;
}

double plait::splitCost(Operation *op, Grid grid) {
  if (auto mma = dyn_cast<MmaOp>(op))
    return costOf(mma, grid);
  if (auto reduce = dyn_cast<ReduceOp>(op))
    return costOf(reduce, grid);
  if (auto load = dyn_cast<LoadOp>(op)) {
    FragmentType type = load.getFragment().getType();
    return elementsHeld(type, grid) * elementBytes(type.getElementType()) / wavefrontBytes;
  }
  if (auto load = dyn_cast<LoadGlobalOp>(op))
    return elementsHeld(load.getFragment().getType(), grid) * perElement / (issued * warpSize);
  if (auto map = dyn_cast<MapOp>(op)) {
    int64_t instructions = llvm::range_size(map.getBody().front().without_terminator());
    return elementsHeld(map.getResult().getType(), grid) * instructions / (issued * warpSize);
  }
  return 0;
}
