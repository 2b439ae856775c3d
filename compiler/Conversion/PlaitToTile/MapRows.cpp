//===- MapRows.cpp - row maps as maps of elements -------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file emits map_rows. A vector of the region is a matrix of the block and
// its scalar one number for each token. The ops between two reductions become
// one tile.map on the elements.
//===----------------------------------------------------------------------===//

#include "compiler/Conversion/PlaitToTile/Emitters.h"

#include "compiler/Conversion/MathToPolynomial/WidenArithmetic.h"

#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace plait;
using namespace plait::tile;

/// Vectors of one element are numbers of a token, as scalars are.
static int64_t lengthOf(Type type) {
  auto vector = dyn_cast<VectorType>(type);
  return vector ? vector.getNumElements() : 1;
}

namespace {

/// The emission of one op for one head.
class MapRowsEmitter {
public:
  MapRowsEmitter(BlockTiles &tiles, MapRowsOp op, int64_t head)
      : tiles(tiles), b(tiles.b), op(op), body(op.getBody().front()), head(head) {}
  LogicalResult run();

private:
  /// What a tile.map reads: fragments by position, or a value from outside.
  struct Leaves {
    SmallVector<Value> values, fragments;
  };

  LogicalResult check(Operation &inner);
  bool isCopy();
  bool isSplit();
  int64_t tileWidth(int64_t length);
  bool hasTransposedInput();
  Rows &inputRows(BlockArgument argument) { return tiles.rows(op.getInputs()[argument.getArgNumber()], head); }
  Value leafOf(Value value);
  void collect(Value value, Leaves &leaves);
  Value emit(Value value, ValueRange elements, const Leaves &leaves, IRMapping &mapping, Value token);
  Value evaluate(Value value, bool written = false);
  Value reduce(vector::ReductionOp reduction);
  Value keepInside(Value y, int64_t length, Value token, Value channel, Value outside);
  FragmentType typeFor(int64_t length);
  Rows rowsOf(Value yielded, bool written);

  BlockTiles &tiles;
  TileBuilder &b;
  MapRowsOp op;
  Block &body;
  int64_t head;
  bool transposed = false;
  llvm::DenseMap<Value, Value> reductions;
};

} // namespace

LogicalResult MapRowsEmitter::check(Operation &inner) {
  if (auto constant = dyn_cast<arith::ConstantOp>(inner)) {
    if (!isa<VectorType>(constant.getType()) || isa<SplatElementsAttr>(constant.getValue()))
      return success();
    return op.emitOpError("has no CUDA form with a constant row of different elements");
  }
  if (auto reduction = dyn_cast<vector::ReductionOp>(inner)) {
    bool known = reduction.getKind() == vector::CombiningKind::ADD ||
                 reduction.getKind() == vector::CombiningKind::MAXNUMF ||
                 reduction.getKind() == vector::CombiningKind::MAXIMUMF;
    if (known && !reduction.getAcc() && !isSplit())
      return success();
  }
  auto extract = dyn_cast<vector::ExtractOp>(inner);
  bool single = extract && lengthOf(extract.getSource().getType()) == 1;
  if (single || isa<vector::BroadcastOp>(inner) || OpTrait::hasElementwiseMappableTraits(&inner))
    return success();
  return op.emitOpError("has no CUDA form with '") << inner.getName() << "'";
}

/// Whether the one row is passed on, in another element type at most.
bool MapRowsEmitter::isCopy() {
  if (op.getInputs().size() != 1 || op.getInits().size() != 1 || op.getFirstToken())
    return false;
  Value yielded = body.getTerminator()->getOperand(0);
  if (auto widened = yielded.getDefiningOp<arith::ExtFOp>())
    yielded = widened.getIn();
  return yielded == body.getArgument(0) && !isa<BlockArgument>(tiles.resolve(op.getInits()[0]).root);
}

bool MapRowsEmitter::hasTransposedInput() {
  return llvm::any_of(body.getArguments().take_front(op.getInputs().size()), [&](BlockArgument argument) {
    bool perToken = cast<MemRefType>(op.getInputs()[argument.getArgNumber()].getType()).getRank() >= 3;
    return perToken && inputRows(argument).channels;
  });
}

/// Whether its rows of more than one channel are tiles of split ones.
bool MapRowsEmitter::isSplit() {
  return llvm::any_of(op->getOperands(),
                      [&](Value operand) { return isa<MemRefType>(operand.getType()) && tiles.isSplit(operand); });
}

int64_t MapRowsEmitter::tileWidth(int64_t length) { return isSplit() ? 16 * b.warps : paddedWidth(length); }

/// The type of one number for each token, or of a matrix.
FragmentType MapRowsEmitter::typeFor(int64_t length) {
  MmaAttr layout = transposed ? b.channelsAccumulator() : b.rowsAccumulator();
  if (length == 1)
    return transposed ? b.row(chunkTokens, layout) : b.column(chunkTokens, layout);
  Shape shape = {chunkTokens, tileWidth(length)};
  return b.fragment(transposed ? shape.transposed() : shape, b.f32(), layout);
}

/// The fragment of an argument of the region; the number of a head is a scalar.
Value MapRowsEmitter::leafOf(Value value) {
  auto argument = dyn_cast<BlockArgument>(value);
  if (!argument)
    return reductions.lookup(value);
  Value buffer = op.getInputs()[argument.getArgNumber()];
  int64_t rank = cast<MemRefType>(buffer.getType()).getRank(), length = lengthOf(argument.getType());
  if (rank < 3)
    return length > 1 ? tiles.channelVector(buffer, head, transposed) : tiles.scalar(buffer, head);
  Rows &rows = inputRows(argument);
  if (length == 1)
    return transposed ? tiles.tokenRow(rows, b.channelsAccumulator()) : tiles.tokenColumn(rows);
  return transposed ? tiles.transposedMatrix(rows) : tiles.matrix(rows);
}

void MapRowsEmitter::collect(Value value, Leaves &leaves) {
  if (llvm::is_contained(leaves.values, value))
    return;
  auto argument = dyn_cast<BlockArgument>(value);
  bool position = argument && argument.getArgNumber() == op.getInputs().size();
  if (position)
    return;
  if (!argument && !value.getDefiningOp<vector::ReductionOp>()) {
    for (Value operand : value.getDefiningOp()->getOperands())
      collect(operand, leaves);
    return;
  }
  leaves.values.push_back(value);
  leaves.fragments.push_back(leafOf(value));
}

static Type scalarType(Type type) { return getElementTypeOrSelf(type); }

/// The scalar that an op of the region computes for one element.
Value MapRowsEmitter::emit(Value value, ValueRange elements, const Leaves &leaves, IRMapping &mapping, Value token) {
  if (Value done = mapping.lookupOrNull(value))
    return done;
  OpBuilder &builder = b.builder;
  Value result;
  if (auto found = llvm::find(leaves.values, value); found != leaves.values.end()) {
    result = elements[found - leaves.values.begin()];
    Type type = scalarType(value.getType());
    if (type != result.getType())
      result = arith::TruncFOp::create(builder, b.loc, type, result);
  } else if (isa<BlockArgument>(value)) {
    result = arith::AddIOp::create(builder, b.loc, op.getFirstToken(), token);
  } else {
    Operation *producer = value.getDefiningOp();
    IRMapping scalars;
    for (Value operand : producer->getOperands())
      scalars.map(operand, emit(operand, elements, leaves, mapping, token));
    if (isa<vector::BroadcastOp, vector::ExtractOp>(producer)) {
      result = scalars.lookup(producer->getOperand(0));
    } else if (auto constant = dyn_cast<arith::ConstantOp>(producer)) {
      auto splat = dyn_cast<SplatElementsAttr>(constant.getValue());
      result = arith::ConstantOp::create(
          builder, b.loc, cast<TypedAttr>(splat ? splat.getSplatValue<Attribute>() : constant.getValue()));
    } else {
      Operation *copy = builder.clone(*producer, scalars);
      for (OpResult each : copy->getResults())
        each.setType(scalarType(each.getType()));
      result = copy->getResult(cast<OpResult>(value).getResultNumber());
    }
  }
  mapping.map(value, result);
  return result;
}

/// `y` where an element is of a token and a channel that there are, else `outside`.
Value MapRowsEmitter::keepInside(Value y, int64_t length, Value token, Value channel, Value outside) {
  OpBuilder &builder = b.builder;
  Value inside = arith::CmpIOp::create(builder, b.loc, arith::CmpIPredicate::slt, token, tiles.tokens());
  if (length > 1 && !isSplit() && length != paddedWidth(length)) {
    Value narrow = arith::CmpIOp::create(builder, b.loc, arith::CmpIPredicate::slt, channel, b.index(length));
    inside = arith::AndIOp::create(builder, b.loc, inside, narrow);
  }
  return arith::SelectOp::create(builder, b.loc, inside, y, outside);
}

/// The fragment of a value of the region: in f32 and 0 outside the tokens and channels
/// that there are, or as it is `written` to memory, which has no outside.
Value MapRowsEmitter::evaluate(Value value, bool written) {
  Leaves leaves;
  collect(value, leaves);
  SmallVector<Value> inputs;
  for (Value fragment : leaves.fragments)
    if (isa<FragmentType>(fragment.getType()))
      inputs.push_back(fragment);
  int64_t length = lengthOf(value.getType());
  FragmentType type = typeFor(length);
  if (written)
    type = b.fragment(type.getShape(), scalarType(value.getType()), type.getLayout());
  return b.map(type, inputs, [&](ValueRange elements, Value row, Value column) -> Value {
    SmallVector<Value> all;
    for (Value fragment : leaves.fragments) {
      bool outside = !isa<FragmentType>(fragment.getType());
      all.push_back(outside ? fragment : elements.front());
      if (!outside)
        elements = elements.drop_front();
    }
    Value token = transposed ? column : row, channel = transposed ? row : column;
    IRMapping mapping;
    Value y = emit(value, all, leaves, mapping, token);
    if (written)
      return y;
    if (!y.getType().isF32())
      y = arith::ExtFOp::create(b.builder, b.loc, b.f32(), y);
    return keepInside(y, length, token, channel, b.number(0));
  });
}

Value MapRowsEmitter::reduce(vector::ReductionOp reduction) {
  Value source = evaluate(reduction.getVector());
  bool sum = reduction.getKind() == vector::CombiningKind::ADD;
  int64_t length = lengthOf(reduction.getVector().getType());
  if (!sum && length != paddedWidth(length))
    source = b.map(source.getType(), source, [&](ValueRange x, Value row, Value column) {
      Value least = b.number(-std::numeric_limits<float>::infinity());
      return keepInside(x[0], length, transposed ? column : row, transposed ? row : column, least);
    });
  return b.reduce(source, transposed ? Direction::column : Direction::row, sum ? ReduceKind::add : ReduceKind::max);
}

Rows MapRowsEmitter::rowsOf(Value yielded, bool written) {
  Rows rows;
  rows.width = lengthOf(yielded.getType());
  Value fragment = evaluate(yielded, written);
  if (transposed && rows.width == 1) {
    Type element = fragmentOf(fragment).getElementType();
    rows.shared = b.alloc({1, chunkTokens}, element);
    b.store(fragment, rows.shared);
    FragmentType column = b.column(chunkTokens, b.rowsAccumulator());
    fragment = b.load(rows.shared, b.fragment(column.getShape(), element, column.getLayout()), /*transposed=*/true);
  }
  (transposed && rows.width > 1 ? rows.channels : rows.fragment) = fragment;
  return rows;
}

LogicalResult MapRowsEmitter::run() {
  if (isCopy()) {
    tiles.set(op.getInits()[0], head, inputRows(body.getArgument(0)));
    return success();
  }
  widenArithmetic(body);
  for (Operation &inner : body.without_terminator())
    if (failed(check(inner)))
      return failure();
  transposed = hasTransposedInput();
  for (auto reduction : body.getOps<vector::ReductionOp>())
    reductions[reduction.getDest()] = reduce(reduction);
  for (auto [yielded, init] : llvm::zip(body.getTerminator()->getOperands(), op.getInits())) {
    bool written = isa<BlockArgument>(tiles.resolve(init).root);
    tiles.set(init, head, rowsOf(yielded, written));
  }
  return success();
}

LogicalResult plait::emitMapRows(BlockTiles &tiles, MapRowsOp op) {
  // A grid takes one head, or those of a group.
  int64_t heads = cast<MemRefType>(op.getInits()[0].getType()).getDimSize(2);
  for (int64_t head = 0; head < heads; ++head)
    if (failed(MapRowsEmitter(tiles, op, head).run()))
      return failure();
  return success();
}
