//===- TileVerifyCompute.cpp - verifiers of the arithmetic operations -----===//
// SPDX-License-Identifier: Apache-2.0
//
// This file checks the numbered constraints of the operations that compute.
//===----------------------------------------------------------------------===//

#include "dialects/Tile/IR/TileVerify.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace plait::tile;

/// The layout of a fragment that is one of mma in that role.
static MmaAttr mmaLayout(FragmentType type, MmaRole role) {
  auto layout = dyn_cast<MmaAttr>(type.getLayout());
  return layout && layout.getRole() == role ? layout : MmaAttr();
}

// mma

namespace {

/// A or B of a product: its parts' first.
struct Factor {
  StringRef name;
  MmaRole role;
  Value value, stage;
  bool transposed;

  Type element() const {
    if (auto fragment = dyn_cast<FragmentType>(value.getType()))
      return fragment.getElementType();
    return cast<SharedType>(value.getType()).getElementType();
  }
  Shape shape() const {
    if (auto fragment = dyn_cast<FragmentType>(value.getType()))
      return fragment.getShape();
    Shape stored = cast<SharedType>(value.getType()).getShape();
    return transposed ? stored.transposed() : stored;
  }
};

} // namespace

/// mma_c3, c4 and c8: how a fragment is held.
static LogicalResult verifyFragment(MmaOp op, const Factor &factor, MmaAttr accumulator) {
  auto type = dyn_cast<FragmentType>(factor.value.getType());
  if (!type)
    return success();
  MmaAttr layout = mmaLayout(type, factor.role);
  if (!layout && factor.role == MmaRole::a)
    layout = mmaLayout(type, MmaRole::accumulator);
  if (!layout)
    return op.emitOpError() << "expects " << factor.name << " in layout `" << stringifyMmaRole(factor.role)
                            << (factor.role == MmaRole::a ? "` or `accumulator" : "") << "`, but got "
                            << type.getLayout();
  if (layout.getWarps() != accumulator.getWarps())
    return op.emitOpError() << "expects " << factor.name << " over the warps of the accumulator, " << accumulator
                            << ", but got " << layout;
  if (factor.transposed)
    return op.emitOpError() << "expects a transposed " << factor.name << " in shared memory, but got " << type;
  return success();
}

/// mma_c9: parts are alike.
static LogicalResult verifyParts(MmaOp op, StringRef name, OperandRange parts) {
  if (parts.empty())
    return op.emitOpError() << "expects at least one part of " << name << ", but got none";
  for (Value part : parts)
    if (part.getType() != parts.front().getType())
      return op.emitOpError() << "expects parts of " << name << " of one type, " << parts.front().getType()
                              << ", but got " << part.getType();
  return success();
}

/// mma_c10.
static LogicalResult verifyScratch(MmaOp op) {
  int64_t warps = op.splittingWarps();
  if ((warps > 1) != static_cast<bool>(op.getScratch()))
    return op.emitOpError() << "expects " << (warps > 1 ? "a scratch" : "no scratch") << " for " << warps
                            << " warps with parts of K, but got " << (warps > 1 ? "none" : "one");
  if (warps == 1)
    return success();
  if (SharedType expected = op.scratchType(), type = op.getScratch().getType(); type != expected)
    return op.emitOpError() << "expects a scratch of type " << expected << ", but got " << type;
  if (Type type = op.getB().front().getType(); op.getTriangle() || !isa<SharedType>(type))
    return op.emitOpError() << "expects B in shared memory, and all of it, for " << warps
                            << " warps with parts of K, but got " << (op.getTriangle() ? "a triangle of " : "") << type;
  return success();
}

LogicalResult MmaOp::verify() {
  FragmentType sum = getAccumulator().getType();
  if (failed(verifyParts(*this, "A", getA())) || failed(verifyParts(*this, "B", getB())))
    return failure();
  Factor a = {"A", MmaRole::a, getA().front(), getAStage(), getATransposed()};
  Factor b = {"B", MmaRole::b, getB().front(), getBStage(), getBTransposed()};
  // mma_c1: the accumulator.
  MmaAttr layout = mmaLayout(sum, MmaRole::accumulator);
  if (!layout || !sum.getElementType().isF32())
    return emitOpError() << "expects an accumulator of f32 in layout `accumulator`, but got " << sum;
  // mma_c2: element types.
  if (a.element() != b.element() || a.element().isF32())
    return emitOpError() << "expects A and B of bf16 or of f16, but got " << a.element() << " and " << b.element();
  // mma_c3, c4, c8.
  if (failed(verifyFragment(*this, a, layout)) || failed(verifyFragment(*this, b, layout)))
    return failure();
  // mma_c5: M, N and K.
  int64_t k = a.shape().columns;
  if (failed(verifyShape(*this, "A", {sum.getShape().rows, k}, a.shape())) ||
      failed(verifyShape(*this, "B", {k, sum.getShape().columns}, b.shape())))
    return failure();
  // mma_c6: whole instructions.
  if (k % (16 * splittingWarps()) != 0)
    return emitOpError() << "expects K that is a multiple of " << 16 * splittingWarps() << ", but got " << k;
  // mma_c10: the scratch.
  if (failed(verifyScratch(*this)))
    return failure();
  // mma_c7: stages.
  return success(succeeded(verifyStage(*this, "A", a.value.getType(), a.stage)) &&
                 succeeded(verifyStage(*this, "B", b.value.getType(), b.stage)));
}

// Elements

LogicalResult ConvertOp::verify() {
  FragmentType source = getSource().getType(), result = getResult().getType();
  // convert_c1: the shape.
  if (failed(verifyShape(*this, "a result", source.getShape(), result.getShape())))
    return failure();
  // convert_c2: registers stay in their thread.
  MmaAttr from = mmaLayout(source, MmaRole::accumulator), to = mmaLayout(result, MmaRole::a);
  bool operand = from && to && from.getWarps() == to.getWarps() && (!from.isAssigned() || from.getWarps()[1] == 1);
  if (source.getLayout() == result.getLayout() || operand)
    return success();
  return emitOpError() << "expects one layout, or `accumulator` to `a` with unsplit columns, but got "
                       << source.getLayout() << " to " << result.getLayout();
}

LogicalResult SplatOp::verify() {
  // splat_c1: the element type.
  return verifyElement(*this, "a scalar", getResult().getType().getElementType(), getScalar().getType());
}

/// map_c2: an input of the result's layout, or a slice beside it.
static bool isBeside(FragmentType input, FragmentType result) {
  Shape shape = result.getShape();
  if (input.getLayout() == result.getLayout())
    return input.getShape() == shape;
  auto slice = dyn_cast<SliceAttr>(input.getLayout());
  if (!slice || slice.getParent() != result.getLayout())
    return false;
  return input.getShape() ==
         (slice.getDirection() == Direction::column ? Shape{shape.rows, 1} : Shape{1, shape.columns});
}

/// A line of ops without effects that ends with values of the types `results`.
static LogicalResult verifyBody(Operation *op, ArrayRef<Type> results) {
  Block &body = op->getRegion(0).front();
  for (Operation &inner : body.without_terminator())
    if (inner.getNumRegions() != 0 || !isMemoryEffectFree(&inner))
      return op->emitOpError() << "expects ops without regions and effects in the body, but got " << inner.getName();
  auto yield = dyn_cast<YieldOp>(body.back());
  if (!yield)
    return op->emitOpError() << "expects a body that ends with `tile.yield`, but got " << body.back().getName();
  if (yield.getValues().size() != results.size())
    return op->emitOpError() << "expects a `tile.yield` of " << results.size() << " elements, but got "
                             << yield.getValues().size();
  for (auto [type, value] : llvm::zip(results, yield.getValues()))
    if (failed(verifyElement(op, "a yielded value", type, value.getType())))
      return failure();
  return success();
}

/// The element of each fragment, and the place.
static LogicalResult verifyArguments(Operation *op, ValueRange fragments) {
  SmallVector<Type> expected;
  for (Value fragment : fragments)
    expected.push_back(cast<FragmentType>(fragment.getType()).getElementType());
  expected.append(2, IndexType::get(op->getContext()));
  if (TypeRange arguments = op->getRegion(0).getArgumentTypes(); arguments != TypeRange(expected))
    return op->emitOpError() << "expects arguments of the body " << TypeRange(expected) << ", but got " << arguments;
  return success();
}

LogicalResult MapOp::verify() {
  // map_c1: arguments of the body.
  if (failed(verifyArguments(*this, getInputs())))
    return failure();
  // map_c2: inputs.
  for (auto [i, input] : llvm::enumerate(getInputs()))
    if (auto type = cast<FragmentType>(input.getType()); !isBeside(type, getResult().getType()))
      return emitOpError() << "expects input " << i << " of the result's shape and layout, or a slice of it, but got "
                           << type << " for " << getResult().getType();
  return success();
}

// map_c3 and map_c4.
LogicalResult MapOp::verifyRegions() { return verifyBody(*this, {getResult().getType().getElementType()}); }

LogicalResult ScanOp::verify() {
  // scan_c1: whole rows.
  FragmentType type = getResult().getType();
  auto layout = dyn_cast<BlockedAttr>(type.getLayout());
  if (!layout || layout.getVector() != type.getShape().columns)
    return emitOpError() << "expects a result whose rows are pieces of layout `blocked`, but got " << type;
  for (auto [i, input] : llvm::enumerate(getInputs()))
    if (auto given = cast<FragmentType>(input.getType());
        given.getShape() != type.getShape() || given.getLayout() != type.getLayout())
      return emitOpError() << "expects input " << i << " of the result's shape and layout, but got " << given << " for "
                           << type;
  // scan_c2: a number for each row.
  FragmentType carry = getCarry().getType();
  if (carry.getShape() != Shape{type.getShape().rows, 1} ||
      carry.getLayout() != BlockedAttr::get(getContext(), 1, layout.getWarps()))
    return emitOpError() << "expects a carry of " << type.getShape().rows << "x1 in layout `blocked` of 1 and "
                         << layout.getWarps() << " warps, but got " << carry;
  // scan_c3: arguments of the body.
  SmallVector<Value> fragments{getCarry()};
  llvm::append_range(fragments, getInputs());
  return verifyArguments(*this, fragments);
}

// scan_c4 and scan_c5.
LogicalResult ScanOp::verifyRegions() {
  return verifyBody(*this, {getCarry().getType().getElementType(), getResult().getType().getElementType()});
}

// gather

LogicalResult GatherOp::verify() {
  SharedType source = getSource().getType();
  FragmentType result = getFragment().getType();
  // gather_c1: the element type and the rows.
  if (failed(verifyElement(*this, "a fragment", source.getElementType(), result.getElementType())) ||
      failed(verifyShape(*this, "a fragment", {source.getShape().rows, result.getShape().columns}, result.getShape())))
    return failure();
  // gather_c2: one stage.
  if (source.getStages() != 1)
    return emitOpError() << "expects a source of 1 stage, but got " << source.getStages();
  // gather_c3: arguments of the body.
  return verifyArguments(*this, {});
}

// gather_c4 and gather_c5.
LogicalResult GatherOp::verifyRegions() { return verifyBody(*this, {IndexType::get(getContext())}); }

// reduce

/// reduce_c1 and c2: sources that are one tile.
static LogicalResult verifySources(ReduceOp op) {
  if (op.getSources().empty())
    return op.emitOpError() << "expects a source, but got none";
  bool rows = op.getDirection() == Direction::row;
  auto first = cast<FragmentType>(op.getSources()[0].getType());
  for (Type type : op.getSources().getTypes()) {
    auto source = cast<FragmentType>(type);
    if (!source.getElementType().isF32())
      return op.emitOpError() << "expects a source of f32, but got " << source.getElementType();
    if (!isa<MmaAttr>(source.getLayout()))
      return op.emitOpError() << "expects a source in a layout of mma, but got " << source.getLayout();
    Shape shape = source.getShape(), of = first.getShape();
    if (source.getLayout() != first.getLayout() || (rows ? shape.rows != of.rows : shape.columns != of.columns) ||
        op.splittingWarps(source) != op.splittingWarps(first))
      return op.emitOpError() << "expects sources in one layout, of equally many " << (rows ? "rows" : "columns")
                              << " and split over as many warps, but got " << first << " and " << source;
  }
  return success();
}

LogicalResult ReduceOp::verify() {
  // reduce_c1 and c2.
  if (failed(verifySources(*this)))
    return failure();
  // reduce_c3: a number for each row or column.
  auto source = cast<FragmentType>(getSources()[0].getType());
  FragmentType result = getResult().getType();
  if (result != sourceSlice() && !(getScratch() && canGive(result)))
    return emitOpError() << "expects a result of type " << sourceSlice() << ", but got " << result;
  int64_t count = result.getShape().rows * result.getShape().columns;
  // reduce_c4: a scratch where warps exchange.
  int64_t warps = getKind() == ReduceKind::any ? 1 : splittingWarps(source);
  if ((warps > 1) != static_cast<bool>(getScratch()))
    return emitOpError() << "expects " << (warps > 1 ? "a scratch" : "no scratch") << " for " << warps
                         << " warps in the direction, but got " << (warps > 1 ? "none" : "one");
  if (!getScratch())
    return success();
  // reduce_c5: the scratch.
  SharedType scratch = getScratch().getType();
  if (scratch.getShape() != Shape{warps, count} || !scratch.getElementType().isF32() || scratch.getStages() != 1)
    return emitOpError() << "expects a scratch of " << warps << "x" << count << "xf32 of 1 stage, but got " << scratch;
  return success();
}

// Rows in lanes

/// cumsum_c1 and c2, shuffle_c1 and c2: a row that each warp holds.
static LogicalResult verifyRowInLanes(Operation *op, FragmentType source) {
  auto layout = dyn_cast<BlockedAttr>(source.getLayout());
  if (!layout || source.getShape().rows != 1 || !source.getElementType().isF32())
    return op->emitOpError() << "expects a row of f32 in layout `blocked`, but got " << source;
  int64_t pieces = source.getShape().columns / layout.getVector();
  if (pieces > warpSize || !llvm::isPowerOf2_64(pieces))
    return op->emitOpError() << "expects pieces that are a power of two of at most " << warpSize << ", but got "
                             << pieces;
  return success();
}

LogicalResult CumsumOp::verify() { return verifyRowInLanes(*this, getSource().getType()); }

LogicalResult ShuffleOp::verify() {
  FragmentType source = getSource().getType(), result = getResult().getType();
  if (failed(verifyRowInLanes(*this, source)))
    return failure();
  // shuffle_c3: the same numbers.
  Shape shape = source.getShape(), to = result.getShape();
  bool isVector = getAt() ? to.rows == 1 || to.columns == 1 : to == shape || to == shape.transposed();
  if (!isVector || !result.getElementType().isF32())
    return emitOpError() << "expects a result of " << (getAt() ? "" : std::to_string(shape.columns) + " ")
                         << "f32 in a row or a column, but got " << result;
  // shuffle_c4: the same threads.
  int64_t warps = source.getLayout().warpCount(), others = result.getLayout().warpCount();
  if (warps != others && result.isAssigned())
    return emitOpError() << "expects a result over " << warps << " warps, but got " << others;
  // shuffle_c5: the element.
  if (IntegerAttr at = getAtAttr(); at && (at.getInt() < 0 || at.getInt() >= shape.columns))
    return emitOpError() << "expects an element `at` 0.." << shape.columns - 1 << ", but got " << at.getInt();
  return success();
}

// exceeds

LogicalResult ExceedsOp::verify() {
  // exceeds_c1: sources.
  if (getSources().empty())
    return emitOpError() << "expects a source, but got none";
  for (Type type : getSources().getTypes())
    if (Type element = cast<FragmentType>(type).getElementType(); !element.isF32())
      return emitOpError() << "expects sources of f32, but got " << element;
  return success();
}
