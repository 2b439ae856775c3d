//===- TileVerify.cpp - verifiers of the memory operations ----------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file checks the numbered constraints of the operations on shared and
// global memory.
//===----------------------------------------------------------------------===//

#include "dialects/Tile/IR/TileVerify.h"

using namespace mlir;
using namespace plait::tile;

std::string plait::tile::shapeText(Shape shape) {
  return std::to_string(shape.rows) + "x" + std::to_string(shape.columns);
}

LogicalResult plait::tile::verifyShape(Operation *op, const Twine &tile, Shape expected, Shape shape) {
  if (shape == expected)
    return success();
  return op->emitOpError() << "expects " << tile << " of " << shapeText(expected) << ", but got " << shapeText(shape);
}

LogicalResult plait::tile::verifyElement(Operation *op, const Twine &tile, Type expected, Type element) {
  if (element == expected)
    return success();
  return op->emitOpError() << "expects " << tile << " of " << expected << ", but got " << element;
}

LogicalResult plait::tile::verifyStage(Operation *op, const Twine &tile, Type type, Value stage) {
  auto shared = dyn_cast<SharedType>(type);
  bool several = shared && shared.getStages() > 1;
  if (several == static_cast<bool>(stage))
    return success();
  if (several)
    return op->emitOpError() << "expects a stage of " << tile << ", which has " << shared.getStages()
                             << ", but got none";
  return op->emitOpError() << "expects no stage of " << tile << ", but got one for " << type;
}

// Shared memory

LogicalResult AllocOp::verify() {
  // alloc_c1: `offset`.
  constexpr int64_t alignment = 128;
  if (std::optional<int64_t> offset = getOffset(); offset && (*offset < 0 || *offset % alignment != 0))
    return emitOpError() << "expects an offset that is a multiple of " << alignment << " of at least 0, but got "
                         << *offset;
  return success();
}

/// load_c1 to c3, store_c1 to c3.
template <class Op> static LogicalResult verifyAccess(Op op, StringRef name, SharedType shared) {
  FragmentType fragment = op.getFragment().getType();
  Shape shape = shared.getShape();
  return success(
      succeeded(verifyShape(op, "a fragment", op.getTransposed() ? shape.transposed() : shape, fragment.getShape())) &&
      succeeded(verifyElement(op, "a fragment", shared.getElementType(), fragment.getElementType())) &&
      succeeded(verifyStage(op, name, shared, op.getStage())));
}

LogicalResult LoadOp::verify() { return verifyAccess(*this, "the source", getSource().getType()); }

LogicalResult StoreOp::verify() { return verifyAccess(*this, "the target", getTarget().getType()); }

LogicalResult WaitOp::verify() {
  // wait_c1: `pending`.
  auto pending = static_cast<int64_t>(getPending());
  if (pending < 0)
    return emitOpError() << "expects `pending` of at least 0, but got " << pending;
  return success();
}

// Global memory

/// The first four constraints of an op on a tile of a memref: c1 to c4.
template <class Op> static LogicalResult verifyGlobal(Op op, StringRef name, Shape tile, Type element) {
  auto memory = cast<MemRefType>(op.getMemory().getType());
  int64_t rank = memory.getRank(), indices = op.getIndices().size();
  if (indices != rank)
    return op.emitOpError() << "expects an index for each of " << rank << " dimensions, but got " << indices;
  std::optional<int64_t> along = op.getAlong();
  if (along.has_value() != static_cast<bool>(op.getRows()))
    return op.emitOpError() << "expects `along` and `rows` together, but got " << (along ? "`along`" : "`rows`")
                            << " alone";
  if (!along && tile.rows != 1)
    return op.emitOpError() << "expects `along` for more than 1 row, but got none for " << tile.rows;
  if (along && (*along < 0 || *along >= rank))
    return op.emitOpError() << "expects `along` in 0.." << rank - 1 << ", but got " << *along;
  if (along == rank - 1 && tile.columns != 1)
    return op.emitOpError() << "expects 1 column along the last dimension, but got " << tile.columns;
  return verifyElement(op, name, memory.getElementType(), element);
}

LogicalResult CopyAsyncOp::verify() {
  SharedType target = getTarget().getType();
  if (failed(verifyGlobal(*this, "a target", target.getShape(), target.getElementType())) ||
      failed(verifyStage(*this, "the target", target, getStage())))
    return failure();
  // copy_async_c6: what is one chunk in shared memory is one in global memory.
  auto memory = cast<MemRefType>(getMemory().getType());
  if (target.getShape().columns > 1 && memory.getStridesAndOffset().first.back() != 1)
    return emitOpError() << "expects a last stride of 1 for more than 1 column, but got " << memory;
  return success();
}

/// load_global_c1 to c4, store_global_c1 to c4.
template <class Op> static LogicalResult verifyGlobalFragment(Op op) {
  FragmentType fragment = op.getFragment().getType();
  Shape shape = fragment.getShape();
  return verifyGlobal(op, "a fragment", op.getTransposed() ? shape.transposed() : shape, fragment.getElementType());
}

LogicalResult LoadGlobalOp::verify() { return verifyGlobalFragment(*this); }

LogicalResult StoreGlobalOp::verify() { return verifyGlobalFragment(*this); }

LogicalResult ProgramIdOp::verify() {
  // program_id_c1: three dimensions.
  auto dimension = static_cast<int64_t>(getDimension());
  if (dimension < 0 || dimension > 2)
    return emitOpError() << "expects a dimension in 0..2, but got " << dimension;
  return success();
}
