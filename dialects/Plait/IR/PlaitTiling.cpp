//===- PlaitTiling.cpp - TilingInterface of the plait dialect -------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements TilingInterface once for all sequence ops, from the
// roles of their dimensions. Time is a loop of type reduction where a state is
// carried: tiling it makes a loop that carries the state's tensor, and as a
// producer such an op only ever takes the whole of time, for a part of it has
// no state to start from. Where a schedule has `heads`, the loop over heads counts
// parts of so many query heads: those of a group share its key head.
//===----------------------------------------------------------------------===//

#include "dialects/Plait/IR/PlaitOps.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace plait;

using Sizes = SmallVector<OpFoldResult>;
using Tile = ArrayRef<OpFoldResult>;

namespace {

/// The tile of one operand.
struct OperandTile {
  Sizes offsets, sizes;
};

/// Into how many parts an op's schedule splits each group.
int64_t partsOf(SequenceOpInterface op) {
  auto schedule = op->getAttrOfType<ScheduleAttr>("schedule");
  int64_t group = op.getGroupSize(), heads = schedule ? schedule.get("heads", group) : group;
  return group % heads == 0 ? group / heads : 1;
}

/// Tiling of one op, over what SequenceOpInterface says of it.
class SequenceTiling {
public:
  SequenceTiling(SequenceOpInterface op) : op(op), loc(op.getLoc()), axes(op.getLoopAxes()), parts(partsOf(op)) {}

  SmallVector<utils::IteratorType> iteratorTypes();
  SmallVector<Range> domain(OpBuilder &b);
  OperandTile operandTile(OpBuilder &b, unsigned operand, Tile offsets, Tile sizes);
  TilingResult tile(OpBuilder &b, Tile offsets, Tile sizes);
  bool coversOperand(unsigned operand, Tile offsets, Tile sizes);
  LogicalResult domainTile(OpBuilder &b, unsigned operand, Tile offsets, Tile sizes,
                           SmallVectorImpl<OpFoldResult> &domainOffsets, SmallVectorImpl<OpFoldResult> &domainSizes);
  unsigned initOperand(unsigned result) { return dps().getDpsInitOperand(result)->getOperandNumber(); }
  bool carriesState() { return isa<RecurOp, ScanOp>(op); }

private:
  DestinationStyleOpInterface dps() { return cast<DestinationStyleOpInterface>(op.getOperation()); }
  Value operand(unsigned i) { return op->getOperand(i); }
  OpFoldResult size(OpBuilder &b, unsigned i, int64_t dim) { return tensor::getMixedSize(b, loc, operand(i), dim); }
  OpFoldResult extent(OpBuilder &b, int loop);
  OpFoldResult scaled(OpBuilder &b, OpFoldResult value, int64_t factor);
  OpFoldResult along(OpBuilder &b, DimRole role, OpFoldResult value, bool isSize);
  OpFoldResult timeOffset(OpBuilder &b, OpFoldResult offset, OpFoldResult size);

  SequenceOpInterface op;
  Location loc;
  SmallVector<Axis> axes;
  int64_t parts; ///< of a group of query heads
};

SmallVector<utils::IteratorType> SequenceTiling::iteratorTypes() {
  SmallVector<utils::IteratorType> types;
  for (Axis axis : axes)
    types.push_back(axis == Axis::Time && carriesState() ? utils::IteratorType::reduction
                                                         : utils::IteratorType::parallel);
  return types;
}

/// The extent of a loop, from the first operand that has it plainly. Inputs
/// come first: the inits of a tiled op are carried values, whose dims do not
/// fold.
OpFoldResult SequenceTiling::extent(OpBuilder &b, int loop) {
  for (unsigned i = 0; i < op->getNumOperands(); ++i)
    for (auto [dim, role] : llvm::enumerate(op.getDimRoles(i)))
      if (role.loop == loop && role.factor == 1)
        return size(b, i, dim);
  llvm_unreachable("every loop walks some operand");
}

SmallVector<Range> SequenceTiling::domain(OpBuilder &b) {
  SmallVector<Range> ranges;
  for (int loop = 0, e = axes.size(); loop < e; ++loop) {
    OpFoldResult count = axes[loop] == Axis::Head ? scaled(b, extent(b, loop), parts) : extent(b, loop);
    ranges.push_back({b.getIndexAttr(0), count, b.getIndexAttr(1)});
  }
  return ranges;
}

OpFoldResult SequenceTiling::scaled(OpBuilder &b, OpFoldResult value, int64_t factor) {
  if (factor == 1)
    return value;
  return affine::makeComposedFoldedAffineApply(b, loc, b.getAffineSymbolExpr(0) * factor, {value});
}

/// The offset or the size in a dimension of a loop's: parts of one group have one key head.
OpFoldResult SequenceTiling::along(OpBuilder &b, DimRole role, OpFoldResult value, bool isSize) {
  if (axes[role.loop] != Axis::Head || parts == 1)
    return scaled(b, value, role.factor);
  if (role.factor > 1)
    return scaled(b, value, role.factor / parts);
  AffineExpr count = b.getAffineSymbolExpr(0);
  return affine::makeComposedFoldedAffineApply(b, loc, isSize ? count.ceilDiv(parts) : count.floorDiv(parts), {value});
}

/// Whether a tile takes the whole of a dimension. Dims are compared as values:
/// plait-unify-dims makes equal sizes one value before tiling.
bool takesWhole(Value value, int64_t dim, OpFoldResult offset, OpFoldResult size) {
  if (!isZeroInteger(offset))
    return false;
  auto type = cast<ShapedType>(value.getType());
  if (auto constant = getConstantIntValue(size))
    return !type.isDynamicDim(dim) && type.getDimSize(dim) == *constant;
  auto source = cast<Value>(size).getDefiningOp<tensor::DimOp>();
  return source && source.getConstantIndex() == dim;
}

/// In reverse, step t of the loop is token T - 1 - t.
OpFoldResult SequenceTiling::timeOffset(OpBuilder &b, OpFoldResult offset, OpFoldResult size) {
  if (!op.isReversed() || takesWhole(op->getOperand(0), /*dim=*/1, offset, size))
    return offset;
  AffineExpr tokens, start, length;
  bindSymbols(b.getContext(), tokens, start, length);
  int loop = llvm::find(axes, Axis::Time) - axes.begin();
  return affine::makeComposedFoldedAffineApply(b, loc, tokens - start - length, {extent(b, loop), offset, size});
}

OperandTile SequenceTiling::operandTile(OpBuilder &b, unsigned i, Tile offsets, Tile sizes) {
  OperandTile tile;
  for (auto [dim, role] : llvm::enumerate(op.getDimRoles(i))) {
    if (role.loop < 0) {
      tile.offsets.push_back(b.getIndexAttr(0));
      tile.sizes.push_back(size(b, i, dim));
      continue;
    }
    OpFoldResult offset = offsets[role.loop];
    if (axes[role.loop] == Axis::Time)
      offset = timeOffset(b, offset, sizes[role.loop]);
    tile.offsets.push_back(along(b, role, offset, /*isSize=*/false));
    tile.sizes.push_back(along(b, role, sizes[role.loop], /*isSize=*/true));
  }
  return tile;
}

/// `first + offset`, for the position that a row map counts from.
Value advance(OpBuilder &b, Location loc, Value first, OpFoldResult offset) {
  if (isZeroInteger(offset))
    return first;
  return arith::AddIOp::create(b, loc, first, getValueOrCreateConstantIndexOp(b, loc, offset));
}

TilingResult SequenceTiling::tile(OpBuilder &b, Tile offsets, Tile sizes) {
  SmallVector<Value> operands;
  SmallVector<Operation *> slices;
  for (unsigned i = 0; i < op->getNumOperands(); ++i) {
    Value value = operand(i);
    if (!isa<RankedTensorType>(value.getType())) {
      int loop = llvm::find(axes, Axis::Time) - axes.begin();
      operands.push_back(advance(b, loc, value, offsets[loop]));
      continue;
    }
    OperandTile tile = operandTile(b, i, offsets, sizes);
    Sizes strides(tile.offsets.size(), b.getIndexAttr(1));
    auto slice = tensor::ExtractSliceOp::create(b, loc, value, tile.offsets, tile.sizes, strides);
    slices.push_back(slice);
    operands.push_back(slice);
  }
  SmallVector<Type> types;
  for (OpOperand &init : dps().getDpsInitsMutable())
    types.push_back(operands[init.getOperandNumber()].getType());
  Operation *tiled = mlir::clone(b, op, types, operands);
  int heads = llvm::find(axes, Axis::Head) - axes.begin();
  if (parts > 1 && isOneInteger(sizes[heads]))
    tiled->setAttr("group_size", b.getI64IntegerAttr(static_cast<int64_t>(op.getGroupSize()) / parts));
  return {{tiled}, SmallVector<Value>(tiled->getResults()), slices};
}

/// Whether a tile of an operand names a tile of the op: whole rows, whole heads
/// of a group, and the whole of time where a state is carried.
bool SequenceTiling::coversOperand(unsigned i, Tile offsets, Tile sizes) {
  for (auto [dim, role] : llvm::enumerate(op.getDimRoles(i))) {
    bool whole = role.loop < 0 || role.factor != 1 || (axes[role.loop] == Axis::Time && carriesState());
    if (whole && !takesWhole(operand(i), dim, offsets[dim], sizes[dim]))
      return false;
  }
  return true;
}

LogicalResult SequenceTiling::domainTile(OpBuilder &b, unsigned i, Tile offsets, Tile sizes,
                                         SmallVectorImpl<OpFoldResult> &domainOffsets,
                                         SmallVectorImpl<OpFoldResult> &domainSizes) {
  if (!coversOperand(i, offsets, sizes))
    return failure();
  for (Range range : domain(b)) {
    domainOffsets.push_back(range.offset);
    domainSizes.push_back(range.size);
  }
  for (auto [dim, role] : llvm::enumerate(op.getDimRoles(i))) {
    if (role.loop < 0 || role.factor != 1)
      continue;
    int64_t factor = axes[role.loop] == Axis::Head ? parts : 1;
    domainOffsets[role.loop] = scaled(b, offsets[dim], factor);
    domainSizes[role.loop] = scaled(b, sizes[dim], factor);
  }
  return success();
}

/// Whether the tile of an operand fixes each loop that may run in parts.
bool fixesAllLoops(SequenceOpInterface op, unsigned operand) {
  SmallVector<bool> fixed(op.getLoopAxes().size(), false);
  for (DimRole role : op.getDimRoles(operand))
    if (role.loop >= 0)
      fixed[role.loop] = true;
  return llvm::all_of(fixed, [](bool f) { return f; });
}

bool sameTile(Tile a, Tile b, int64_t dims) {
  for (int64_t d = 0; d < dims; ++d)
    if (!isEqualConstantIntOrValue(a[d], b[d]))
      return false;
  return true;
}

/// A consumer is tiled from the tiles of its operands. Only row ops are: they
/// take any tile of tokens and heads.
bool fusesWithProducers(SequenceOpInterface op, ArrayRef<unsigned> operands, ArrayRef<Sizes> offsets,
                        ArrayRef<Sizes> sizes) {
  SequenceTiling tiling(op);
  if (tiling.carriesState())
    return false;
  for (size_t i = 0; i < operands.size(); ++i)
    if (!fixesAllLoops(op, operands[i]) || !tiling.coversOperand(operands[i], offsets[i], sizes[i]) ||
        !sameTile(offsets[i], offsets[0], 3) || !sameTile(sizes[i], sizes[0], 3))
      return false;
  return true;
}

LogicalResult resultPosition(SequenceOpInterface op, OpBuilder &b, unsigned result, Tile offsets, Tile sizes,
                             Sizes &resultOffsets, Sizes &resultSizes) {
  SequenceTiling tiling(op);
  OperandTile tile = tiling.operandTile(b, tiling.initOperand(result), offsets, sizes);
  resultOffsets = tile.offsets;
  resultSizes = tile.sizes;
  return success();
}

FailureOr<TilingResult> resultTile(SequenceOpInterface op, OpBuilder &b, unsigned result, Tile offsets, Tile sizes) {
  SequenceTiling tiling(op);
  Sizes domainOffsets, domainSizes;
  if (failed(tiling.domainTile(b, tiling.initOperand(result), offsets, sizes, domainOffsets, domainSizes)))
    return failure();
  TilingResult tiled = tiling.tile(b, domainOffsets, domainSizes);
  return TilingResult{tiled.tiledOps, {tiled.tiledValues[result]}, tiled.generatedSlices};
}

} // namespace

// The ten methods of each op say the same.
#define PLAIT_TILING(OP)                                                                                               \
  SmallVector<utils::IteratorType> OP::getLoopIteratorTypes() { return SequenceTiling(*this).iteratorTypes(); }        \
  SmallVector<Range> OP::getIterationDomain(OpBuilder &b) { return SequenceTiling(*this).domain(b); }                  \
  FailureOr<TilingResult> OP::getTiledImplementation(OpBuilder &b, Tile offsets, Tile sizes) {                         \
    return SequenceTiling(*this).tile(b, offsets, sizes);                                                              \
  }                                                                                                                    \
  LogicalResult OP::getResultTilePosition(OpBuilder &b, unsigned result, Tile offsets, Tile sizes,                     \
                                          Sizes &resultOffsets, Sizes &resultSizes) {                                  \
    return resultPosition(*this, b, result, offsets, sizes, resultOffsets, resultSizes);                               \
  }                                                                                                                    \
  FailureOr<TilingResult> OP::generateResultTileValue(OpBuilder &b, unsigned result, Tile offsets, Tile sizes) {       \
    return resultTile(*this, b, result, offsets, sizes);                                                               \
  }                                                                                                                    \
  LogicalResult OP::getIterationDomainTileFromResultTile(OpBuilder &b, unsigned result, Tile offsets, Tile sizes,      \
                                                         SmallVectorImpl<OpFoldResult> &domainOffsets,                 \
                                                         SmallVectorImpl<OpFoldResult> &domainSizes) {                 \
    SequenceTiling tiling(*this);                                                                                      \
    return tiling.domainTile(b, tiling.initOperand(result), offsets, sizes, domainOffsets, domainSizes);               \
  }                                                                                                                    \
  bool OP::isOpFusableWithConsumerSlice(unsigned result, Tile offsets, Tile sizes) {                                   \
    SequenceTiling tiling(*this);                                                                                      \
    return tiling.coversOperand(tiling.initOperand(result), offsets, sizes);                                           \
  }                                                                                                                    \
  bool OP::isOpFusableWithProducerSlices(ArrayRef<unsigned> operands, ArrayRef<Sizes> offsets,                         \
                                         ArrayRef<Sizes> sizes) {                                                      \
    return fusesWithProducers(*this, operands, offsets, sizes);                                                        \
  }                                                                                                                    \
  LogicalResult OP::getIterationDomainTileFromOperandTiles(                                                            \
      OpBuilder &b, ArrayRef<unsigned> operands, ArrayRef<Sizes> offsets, ArrayRef<Sizes> sizes,                       \
      SmallVectorImpl<OpFoldResult> &domainOffsets, SmallVectorImpl<OpFoldResult> &domainSizes) {                      \
    if (!fusesWithProducers(*this, operands, offsets, sizes))                                                          \
      return failure();                                                                                                \
    return SequenceTiling(*this).domainTile(b, operands[0], offsets[0], sizes[0], domainOffsets, domainSizes);         \
  }                                                                                                                    \
  FailureOr<TilingResult> OP::getTiledImplementationFromOperandTiles(OpBuilder &b, ArrayRef<unsigned> operands,        \
                                                                     ArrayRef<Sizes> offsets, ArrayRef<Sizes> sizes) { \
    Sizes domainOffsets, domainSizes;                                                                                  \
    if (failed(getIterationDomainTileFromOperandTiles(b, operands, offsets, sizes, domainOffsets, domainSizes)))       \
      return failure();                                                                                                \
    return getTiledImplementation(b, domainOffsets, domainSizes);                                                      \
  }

PLAIT_TILING(RecurOp)
PLAIT_TILING(ScanOp)
PLAIT_TILING(MapRowsOp)
PLAIT_TILING(ProjectOp)
