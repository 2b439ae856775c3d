//===- MapRows.cpp - row maps as maps of elements -------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file emits map_rows. A vector of the region is a matrix of the block and
// its scalar one number for each token. The ops between two that reduce rows or
// move their elements become one tile.map on the elements.
//===----------------------------------------------------------------------===//

#include "compiler/Conversion/PlaitToTile/Emitters.h"

#include "compiler/Conversion/MathToPolynomial/WidenArithmetic.h"
#include "compiler/Conversion/PlaitToTile/Moves.h"

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

/// An element of a fragment.
struct ElementPlace {
  Value token, channel;
};

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
    llvm::DenseSet<Value> seen; ///< what they are found from
  };

  LogicalResult check(Operation &inner);
  LogicalResult checkMove(Operation &inner);
  bool isCopy();
  bool isSplit(int64_t length);
  int64_t tileWidth(int64_t length);
  bool hasTransposedInput();
  bool fitsChannels();
  Rows &inputRows(BlockArgument argument) { return tiles.rows(op.getInputs()[argument.getArgNumber()], head); }
  Value leafOf(Value value);
  void collect(Value value, Leaves &leaves);
  ElementPlace placeOf(Value row, Value column) const;
  Value emit(Value value, ValueRange elements, const Leaves &leaves, IRMapping &mapping, ElementPlace place);
  Value emitConstant(Value value, Value channel);
  Value evaluate(Value value, bool written = false);
  Value reduce(vector::ReductionOp reduction);
  Value share(Value value);
  Value gather(Value from, ArrayRef<int64_t> elements, FragmentType type);
  void findSources(OpResult result);
  Value move(OpResult result);
  bool isOfToken(Value value);
  bool isSpreadOverRows(Operation &inner);
  Value dealFromLanes(Value number);
  Value keepInside(Value y, int64_t length, ElementPlace place, Value outside);
  FragmentType typeFor(int64_t length);
  Rows rowsOf(Value yielded, bool written);

  BlockTiles &tiles;
  TileBuilder &b;
  MapRowsOp op;
  Block &body;
  int64_t head;
  bool transposed = false;
  bool inLanes = false;                                    ///< numbers of tokens are made in lanes
  llvm::DenseMap<Value, Value> computed;                   ///< the fragments of what is reduced and of what is moved
  llvm::DenseMap<Value, Value> shared;                     ///< the tiles of what elements are moved from
  llvm::DenseMap<Value, SmallVector<ElementSource>> moved; ///< in what isn't moved itself
};

} // namespace

/// Whether a scalar, or a vector of one element, is passed on or spread.
static bool isSpread(Operation &op) {
  return isa<vector::BroadcastOp, vector::ExtractOp>(op) && lengthOf(op.getOperand(0).getType()) == 1;
}

static bool isMove(Operation &op) { return movesElements(op) && !isSpread(op); }

/// What an op reads and makes.
static SmallVector<Value> valuesOf(Operation &op) {
  SmallVector<Value> values(op.getOperands());
  llvm::append_range(values, op.getResults());
  return values;
}

LogicalResult MapRowsEmitter::checkMove(Operation &inner) {
  for (Value value : valuesOf(inner))
    if (Type element = getElementTypeOrSelf(value.getType()); !isHeldInF32(element))
      return op.emitOpError("has no CUDA form with '") << inner.getName() << "' of " << element;
  return success();
}

LogicalResult MapRowsEmitter::check(Operation &inner) {
  bool isNumber = isa<arith::ConstantOp>(inner) && !isa<VectorType>(inner.getResult(0).getType());
  if (isNumber || constantRow(inner))
    return success();
  if (auto reduction = dyn_cast<vector::ReductionOp>(inner)) {
    bool known = reduction.getKind() == vector::CombiningKind::ADD ||
                 reduction.getKind() == vector::CombiningKind::MAXNUMF ||
                 reduction.getKind() == vector::CombiningKind::MAXIMUMF;
    Type element = reduction.getDest().getType();
    if (known && isa<FloatType>(element) && isHeldInF32(element) && !reduction.getAcc() &&
        !isSplit(lengthOf(reduction.getVector().getType())))
      return success();
  }
  if (isSpread(inner) || OpTrait::hasElementwiseMappableTraits(&inner))
    return success();
  if (isMove(inner) && llvm::none_of(valuesOf(inner), [&](Value x) { return isSplit(lengthOf(x.getType())); }))
    return checkMove(inner);
  return op.emitOpError("has no CUDA form with '") << inner.getName() << "'";
}

/// Whether the one row is passed on, in another element type at most: one that keeps it as it is, or that of the
/// caller's rows, to which writing them converts.
bool MapRowsEmitter::isCopy() {
  if (op.getInputs().size() != 1 || op.getInits().size() != 1 || op.getFirstToken())
    return false;
  if (cast<MemRefType>(op.getInputs()[0].getType()).getRank() < 3) // a row or a number of the head
    return false;
  Value yielded = body.getTerminator()->getOperand(0);
  bool isWritten = tiles.isOfCaller(op.getInits()[0]);
  if (auto widened = yielded.getDefiningOp<arith::ExtFOp>(); widened && !isWritten)
    yielded = widened.getIn();
  if (auto narrowed = yielded.getDefiningOp<arith::TruncFOp>(); narrowed && isWritten)
    yielded = narrowed.getIn();
  return yielded == body.getArgument(0);
}

bool MapRowsEmitter::hasTransposedInput() {
  return llvm::any_of(body.getArguments().take_front(op.getInputs().size()), [&](BlockArgument argument) {
    bool perToken = cast<MemRefType>(op.getInputs()[argument.getArgNumber()].getType()).getRank() >= 3;
    return perToken && inputRows(argument).channels;
  });
}

/// Whether all rows are whole tiles of the layout that has values' channels as rows.
bool MapRowsEmitter::fitsChannels() {
  auto fits = [&](Value value) {
    int64_t length = lengthOf(value.getType());
    return length == 1 || tileWidth(length) % b.valueChannels == 0;
  };
  return llvm::all_of(body.getArguments(), fits) &&
         llvm::all_of(body, [&](Operation &inner) { return llvm::all_of(inner.getResults(), fits); });
}

/// Whether rows of so many channels are tiles of split ones, as all of so many are that meet them.
bool MapRowsEmitter::isSplit(int64_t length) {
  return length > b.valueChannels && llvm::any_of(op->getOperands(), [&](Value operand) {
           return isa<MemRefType>(operand.getType()) && tiles.isSplit(operand);
         });
}

int64_t MapRowsEmitter::tileWidth(int64_t length) { return isSplit(length) ? b.valueChannels : b.padded(length); }

/// The type of one number for each token, or of a matrix.
FragmentType MapRowsEmitter::typeFor(int64_t length) {
  if (length == 1)
    return inLanes ? b.lanes() : transposed ? b.row(b.block) : b.column(b.block);
  Shape shape = {b.block, tileWidth(length)};
  return b.fragment(transposed ? shape.transposed() : shape, b.f32(), b.accumulator());
}

/// The fragment of an argument of the region; the number of a head is a scalar.
Value MapRowsEmitter::leafOf(Value value) {
  auto argument = dyn_cast<BlockArgument>(value);
  if (!argument)
    return computed.lookup(value);
  Value buffer = op.getInputs()[argument.getArgNumber()];
  int64_t rank = cast<MemRefType>(buffer.getType()).getRank(), length = lengthOf(argument.getType());
  if (rank < 3 && length > 1)
    return tiles.channelVector(buffer, head, transposed);
  if (rank < 3) {
    bool isChannel = rank == 1 && isa<VectorType>(argument.getType()); // of all heads
    return tiles.scalar(buffer, isChannel ? 0 : head);
  }
  Rows &rows = inputRows(argument);
  if (length == 1)
    return transposed ? tiles.tokenRow(rows, typeFor(1)) : tiles.tokenColumn(rows);
  return transposed ? tiles.transposedMatrix(rows) : tiles.matrix(rows);
}

void MapRowsEmitter::collect(Value value, Leaves &leaves) {
  if (!leaves.seen.insert(value).second)
    return;
  auto argument = dyn_cast<BlockArgument>(value);
  bool position = argument && argument.getArgNumber() == op.getInputs().size();
  if (position)
    return;
  if (!argument && !computed.contains(value)) {
    for (Value operand : value.getDefiningOp()->getOperands())
      collect(operand, leaves);
    return;
  }
  leaves.values.push_back(value);
  leaves.fragments.push_back(leafOf(value));
}

ElementPlace MapRowsEmitter::placeOf(Value row, Value column) const {
  return transposed ? ElementPlace{column, row} : ElementPlace{row, column};
}

/// The element of a constant, which may be a row.
Value MapRowsEmitter::emitConstant(Value value, Value channel) {
  Operation &producer = *value.getDefiningOp();
  auto constant = dyn_cast<arith::ConstantOp>(producer);
  auto splat = constant ? dyn_cast<SplatElementsAttr>(constant.getValue()) : SplatElementsAttr();
  if (splat || (constant && !isa<VectorType>(value.getType())))
    return arith::ConstantOp::create(b.builder, b.loc,
                                     cast<TypedAttr>(splat ? splat.getSplatValue<Attribute>() : constant.getValue()));
  SmallVector<llvm::APInt> row = *constantRow(producer);
  return lookUp(b, row, getElementTypeOrSelf(value.getType()), channel, tileWidth(row.size()));
}

/// The scalar that an op of the region computes for one element.
Value MapRowsEmitter::emit(Value value, ValueRange elements, const Leaves &leaves, IRMapping &mapping,
                           ElementPlace place) {
  if (Value done = mapping.lookupOrNull(value))
    return done;
  OpBuilder &builder = b.builder;
  auto leaf = [&](Value of) -> Value {
    auto found = llvm::find(leaves.values, of);
    return found == leaves.values.end() ? Value() : elements[found - leaves.values.begin()];
  };
  // What is held in f32 is not rounded to what it would be extended from.
  auto extension = value.getDefiningOp<arith::ExtFOp>();
  Type type = getElementTypeOrSelf(value.getType());
  Value result = leaf(value);
  if (!result && extension && type.isF32())
    result = leaf(extension.getIn());
  if (result) {
    if (type != result.getType())
      result = fromF32(b, result, type);
  } else if (isa<BlockArgument>(value)) {
    result = arith::AddIOp::create(builder, b.loc, op.getFirstToken(), place.token);
  } else if (Operation *producer = value.getDefiningOp(); producer->getNumOperands() == 0) {
    result = emitConstant(value, place.channel);
  } else {
    IRMapping scalars;
    for (Value operand : producer->getOperands())
      scalars.map(operand, emit(operand, elements, leaves, mapping, place));
    if (isSpread(*producer)) {
      result = scalars.lookup(producer->getOperand(0));
    } else {
      Operation *copy = builder.clone(*producer, scalars);
      for (OpResult each : copy->getResults())
        each.setType(getElementTypeOrSelf(each.getType()));
      result = copy->getResult(cast<OpResult>(value).getResultNumber());
    }
  }
  mapping.map(value, result);
  return result;
}

/// `y` where an element is of a token and a channel that there are, else `outside`.
Value MapRowsEmitter::keepInside(Value y, int64_t length, ElementPlace place, Value outside) {
  OpBuilder &builder = b.builder;
  Value inside = arith::CmpIOp::create(builder, b.loc, arith::CmpIPredicate::slt, place.token, tiles.tokens());
  if (length > 1 && !isSplit(length) && length != b.padded(length)) {
    Value narrow = arith::CmpIOp::create(builder, b.loc, arith::CmpIPredicate::slt, place.channel, b.index(length));
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
    type = b.fragment(type.getShape(), getElementTypeOrSelf(value.getType()), type.getLayout());
  return b.map(type, inputs, [&](ValueRange elements, Value row, Value column) -> Value {
    SmallVector<Value> all;
    for (Value fragment : leaves.fragments) {
      bool outside = !isa<FragmentType>(fragment.getType());
      all.push_back(outside ? fragment : elements.front());
      if (!outside)
        elements = elements.drop_front();
    }
    ElementPlace place = placeOf(row, column);
    IRMapping mapping;
    Value y = emit(value, all, leaves, mapping, place);
    return written ? y : keepInside(toF32(b, y), length, place, b.number(0));
  });
}

Value MapRowsEmitter::reduce(vector::ReductionOp reduction) {
  Value source = evaluate(reduction.getVector());
  bool sum = reduction.getKind() == vector::CombiningKind::ADD;
  int64_t length = lengthOf(reduction.getVector().getType());
  if (!sum && length != b.padded(length))
    source = b.map(source.getType(), source, [&](ValueRange x, Value row, Value column) {
      Value least = b.number(-std::numeric_limits<float>::infinity());
      return keepInside(x[0], length, placeOf(row, column), least);
    });
  return b.reduce(source, transposed ? Direction::column : Direction::row, sum ? ReduceKind::add : ReduceKind::max);
}

/// The row of a value in shared memory, from where elements are moved.
Value MapRowsEmitter::share(Value value) {
  Value &tile = shared[value];
  if (!tile) {
    Value fragment = evaluate(value);
    tile = b.alloc(fragmentOf(fragment).getShape(), b.f32());
    b.store(fragment, tile);
  }
  return tile;
}

/// The elements of a value at other places, of which negative ones are of another value.
Value MapRowsEmitter::gather(Value from, ArrayRef<int64_t> elements, FragmentType type) {
  int64_t length = lengthOf(from.getType());
  bool inPlace = llvm::all_of(llvm::enumerate(elements), [](auto pair) {
    return pair.value() < 0 || pair.value() == static_cast<int64_t>(pair.index());
  });
  if (length == 1 || (inPlace && typeFor(length) == type)) {
    Value known = computed.lookup(from);
    return known ? known : evaluate(from);
  }
  return b.gather(type, share(from), [&](Value channel) {
    return lookUp(b, elements, b.padded(length) - 1, channel, type.getShape().columns);
  });
}

/// Several moves, one after the other, are one.
void MapRowsEmitter::findSources(OpResult result) {
  SmallVector<ElementSource> sources = sourcesOf(result);
  for (ElementSource &source : sources)
    if (auto before = moved.find(source.operand); before != moved.end())
      source = before->second[source.element];
  moved[result] = std::move(sources);
}

/// The fragment of a row whose elements are those of others.
Value MapRowsEmitter::move(OpResult result) {
  ArrayRef<ElementSource> sources = moved.find(result)->second;
  FragmentType type = typeFor(sources.size());
  SmallVector<Value> inputs;
  SmallVector<int64_t> choice(sources.size(), -1); // of an input
  for (const ElementSource &first : sources) {
    if (!first.operand || choice[&first - sources.begin()] >= 0)
      continue;
    SmallVector<int64_t> elements(sources.size(), -1);
    for (auto [channel, source] : llvm::enumerate(sources))
      if (source.operand == first.operand)
        elements[channel] = source.element, choice[channel] = inputs.size();
    inputs.push_back(gather(first.operand, elements, type));
  }
  if (inputs.empty())
    return b.splat(type, 0);
  if (inputs.size() == 1 && inputs[0].getType() == type)
    return inputs[0];
  return b.map(type, inputs, [&](ValueRange elements, Value, Value channel) {
    Value number = lookUp(b, choice, inputs.size() - 1, channel, type.getShape().columns);
    Value chosen = elements[0];
    for (auto [i, element] : llvm::enumerate(elements.drop_front())) {
      Value isThis = arith::CmpIOp::create(b.builder, b.loc, arith::CmpIPredicate::eq, number, b.index(i + 1));
      chosen = arith::SelectOp::create(b.builder, b.loc, isThis, element, chosen);
    }
    return chosen;
  });
}

/// Whether a number is made of the region's arguments alone, a token's among them, without what has a fragment already.
bool MapRowsEmitter::isOfToken(Value value) {
  bool found = false;
  llvm::SmallSetVector<Value, 8> made;
  made.insert(value);
  for (size_t i = 0; i < made.size(); ++i) {
    Operation *producer = made[i].getDefiningOp();
    if (computed.contains(made[i]))
      return false;
    if (producer)
      made.insert_range(producer->getOperands());
    else if (unsigned input = cast<BlockArgument>(made[i]).getArgNumber(); input < op.getInputs().size())
      found |= cast<MemRefType>(op.getInputs()[input].getType()).getRank() >= 3;
  }
  return found;
}

/// Whether an op makes, of other numbers of a token, one that meets the token's rows.
bool MapRowsEmitter::isSpreadOverRows(Operation &inner) {
  if (!OpTrait::hasElementwiseMappableTraits(&inner) || inner.getNumOperands() == 0 ||
      llvm::any_of(valuesOf(inner), [](Value value) { return lengthOf(value.getType()) > 1; }))
    return false;
  Value number = inner.getResult(0);
  Type element = getElementTypeOrSelf(number.getType());
  return isa<FloatType>(element) && isHeldInF32(element) && isOfToken(number) &&
         llvm::any_of(inner.getUsers(),
                      [](Operation *user) { return isSpread(*user) && lengthOf(user->getResult(0).getType()) > 1; });
}

/// A number of each token, made once in each warp and not in each thread that has rows of it.
Value MapRowsEmitter::dealFromLanes(Value number) {
  inLanes = true;
  Value made = evaluate(number);
  inLanes = false;
  return b.shuffle(made, typeFor(1));
}

Rows MapRowsEmitter::rowsOf(Value yielded, bool written) {
  Rows rows;
  rows.width = lengthOf(yielded.getType());
  rows.isZero = matchPattern(yielded, m_AnyZeroFloat());
  rows.isOne = matchPattern(yielded, m_OneFloat());
  Value fragment = evaluate(yielded, written);
  if (transposed && rows.width == 1) {
    Type element = fragmentOf(fragment).getElementType();
    rows.shared = b.alloc({1, b.block}, element);
    b.store(fragment, rows.shared);
    FragmentType column = b.column(b.block);
    fragment = b.load(rows.shared, b.fragment(column.getShape(), element, column.getLayout()), /*transposed=*/true);
  }
  (transposed && rows.width > 1 ? rows.channels : rows.fragment) = fragment;
  return rows;
}

LogicalResult MapRowsEmitter::run() {
  if (isCopy()) {
    tiles.setCopy(op.getInits()[0], head, op.getInputs()[0]);
    return success();
  }
  widenArithmetic(body);
  for (Operation &inner : body.without_terminator())
    if (failed(check(inner)))
      return failure();
  // What is moved has the tokens as rows.
  transposed = llvm::none_of(body, isMove) && hasTransposedInput() && fitsChannels();
  for (Operation &inner : body.without_terminator()) {
    if (auto reduction = dyn_cast<vector::ReductionOp>(inner))
      computed[reduction.getDest()] = reduce(reduction);
    if (isMove(inner))
      for (OpResult result : inner.getResults()) {
        findSources(result);
        if (llvm::any_of(result.getUsers(), [](Operation *user) { return !isMove(*user); }))
          computed[result] = move(result);
      }
    if (transposed && isSpreadOverRows(inner))
      computed[inner.getResult(0)] = dealFromLanes(inner.getResult(0));
  }
  for (auto [yielded, init] : llvm::zip(body.getTerminator()->getOperands(), op.getInits())) {
    bool written = tiles.isOfCaller(init);
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
