//===- BlockTiles.cpp - what the rows of a block are in -------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements the environment of a block, and how rows get from one
// form into another.
//===----------------------------------------------------------------------===//

#include "compiler/Conversion/PlaitToTile/BlockTiles.h"

#include "compiler/Schedule/GroupParts.h"

#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace plait;
using namespace plait::tile;

FragmentType plait::transposedType(TileBuilder &b, int64_t rows, int64_t columns) {
  if (columns == 1)
    return b.row(b.padded(rows));
  return b.fragment({b.valueChannels, b.padded(rows)}, b.f32(), b.accumulator());
}

static MemRefType typeOf(Value buffer) { return cast<MemRefType>(buffer.getType()); }

/// The channels of a row; a buffer of rank 3 has one number for each token.
static int64_t widthOf(Value buffer) { return typeOf(buffer).getRank() == 4 ? typeOf(buffer).getDimSize(3) : 1; }

void BlockTiles::enter(Operation *at, Value tokens) { start = at, tokenCount = tokens; }

void BlockTiles::leave() { known.clear(), widened.clear(), copies.clear(), vectors.clear(); }

Place BlockTiles::wholePlace(Value buffer) {
  auto view = buffer.getDefiningOp<memref::SubViewOp>();
  if (!view) {
    Place place{buffer, {}};
    if (isa<BlockArgument>(buffer))
      place.indices.assign(typeOf(buffer).getRank(), b.index(0));
    return place;
  }
  Place place = wholePlace(view.getSource());
  for (auto [index, offset] : llvm::zip(place.indices, view.getMixedOffsets())) {
    Value by = getValueOrCreateConstantIndexOp(b.builder, b.loc, offset);
    index = b.builder.createOrFold<arith::AddIOp>(b.loc, index, by);
  }
  return place;
}

Place BlockTiles::resolve(Value buffer) {
  Place place = wholePlace(buffer);
  if (isSplit(buffer) && !place.indices.empty())
    place.indices.back() = b.builder.createOrFold<arith::AddIOp>(b.loc, place.indices.back(), firstChannel);
  return place;
}

void BlockTiles::splitChannels(llvm::DenseSet<Value> buffers, Value tile, int64_t count) {
  splitBuffers = std::move(buffers);
  firstChannel = arith::MulIOp::create(b.builder, b.loc, tile, b.index(b.valueChannels));
  isLast = arith::CmpIOp::create(b.builder, b.loc, arith::CmpIPredicate::eq, tile, b.index(count - 1));
}

int64_t BlockTiles::tileWidth(Value buffer) const {
  return isSplit(buffer) ? b.valueChannels : b.padded(typeOf(buffer).getShape().back());
}

int64_t BlockTiles::rowAlignment(MemRefType buffer) const {
  int64_t element = buffer.getElementTypeBitWidth() / 8, length = element * buffer.getShape().back();
  return std::max(element, std::min(mostAlignment, length & -length));
}

void BlockTiles::writeOnce(Value buffer, llvm::function_ref<void()> store) {
  Value writes = isSplit(buffer) ? Value() : isLast;
  if (std::optional<SharedHead> shared = sharedHeadOf(buffer)) {
    Value isLastPart = arith::CmpIOp::create(b.builder, b.loc, arith::CmpIPredicate::eq, shared->part(b.builder),
                                             b.index(shared->parts - 1));
    writes = writes ? arith::AndIOp::create(b.builder, b.loc, writes, isLastPart).getResult() : isLastPart;
  }
  if (!writes)
    return store();
  OpBuilder::InsertionGuard guard(b.builder);
  auto branch = scf::IfOp::create(b.builder, b.loc, writes);
  b.builder.setInsertionPointToStart(branch.thenBlock());
  store();
}

/// The place of a head's rows: dimension 2 counts heads where there are tokens.
Place BlockTiles::headOf(Value buffer, int64_t head) {
  Place place = resolve(buffer);
  int64_t rank = place.indices.size(), dimension = rank >= 3 ? 2 : 0;
  Value by = b.index(head);
  place.indices[dimension] = b.builder.createOrFold<arith::AddIOp>(b.loc, place.indices[dimension], by);
  return place;
}

Value BlockTiles::lastRow(const Place &place) {
  return b.builder.createOrFold<arith::AddIOp>(b.loc, place.indices[1], tokenCount);
}

/// Copies rows into shared memory, from the start of the block on.
Value BlockTiles::fetch(Value buffer, int64_t head, int64_t columns) {
  Value target = b.alloc({b.block, columns}, typeOf(buffer).getElementType());
  Place place = headOf(buffer, head);
  CopyAsyncOp::create(b.builder, b.loc, place.root, place.indices, b.builder.getI64IntegerAttr(1), lastRow(place),
                      target, Value());
  Value group = CommitOp::create(b.builder, b.loc, TokenType::get(b.builder.getContext()));
  WaitOp::create(b.builder, b.loc, group, 0);
  return target;
}

Value BlockTiles::identity(Value buffer) {
  Value root = buffer;
  while (auto view = root.getDefiningOp<memref::SubViewOp>())
    root = view.getSource();
  return isa<BlockArgument>(root) ? buffer : root;
}

void BlockTiles::setCopy(Value buffer, int64_t head, Value source) {
  if (isOfCaller(source) && !isOfCaller(buffer))
    copies[{identity(buffer).getAsOpaquePointer(), head}] = source;
  else
    set(buffer, head, rows(source, head));
}

Value BlockTiles::sourceOf(Value buffer, int64_t head) {
  auto found = copies.find({identity(buffer).getAsOpaquePointer(), head});
  return found == copies.end() ? buffer : found->second;
}

Rows &BlockTiles::rows(Value buffer, int64_t head) {
  buffer = sourceOf(buffer, head);
  auto [found, added] = known.try_emplace({identity(buffer).getAsOpaquePointer(), head});
  Rows &rows = found->second;
  if (!added)
    return rows;
  OpBuilder::InsertionGuard guard(b.builder);
  b.builder.setInsertionPoint(start);
  rows.width = widthOf(buffer);
  // Numbers of less than 4 bytes have no copies beside other work.
  if (rows.width > 1 || typeOf(buffer).getElementType().isF32()) {
    rows.shared = fetch(buffer, head, rows.width > 1 ? tileWidth(buffer) : 1);
    return rows;
  }
  Place place = headOf(buffer, head);
  LayoutInterface layout = b.column(b.block).getLayout();
  Type type = b.fragment({b.block, 1}, typeOf(buffer).getElementType(), layout);
  Value loaded = LoadGlobalOp::create(b.builder, b.loc, type, place.root, place.indices, b.builder.getI64IntegerAttr(1),
                                      lastRow(place), UnitAttr());
  rows.fragment = b.convert(loaded, b.f32(), layout);
  return rows;
}

Rows &BlockTiles::matrixRows(Value buffer, int64_t head) {
  Rows &narrow = rows(buffer, head);
  if (narrow.width > 1)
    return narrow;
  auto [found, added] = widened.try_emplace({identity(buffer).getAsOpaquePointer(), head});
  Rows &rows = found->second;
  if (!added)
    return rows;
  FragmentType type = b.fragment({b.block, b.padded(1)}, b.f32(), b.accumulator());
  rows.width = 1;
  rows.fragment = b.map(type, tokenColumn(narrow), [&](ValueRange x, Value, Value channel) -> Value {
    Value first = arith::CmpIOp::create(b.builder, b.loc, arith::CmpIPredicate::eq, channel, b.index(0));
    return arith::SelectOp::create(b.builder, b.loc, first, x[0], b.number(0));
  });
  return rows;
}

void BlockTiles::set(Value buffer, int64_t head, Rows rows) {
  if (isOfCaller(buffer))
    return write(buffer, head, std::move(rows));
  std::pair<void *, int64_t> key{identity(buffer).getAsOpaquePointer(), head};
  copies.erase(key), widened.erase(key);
  known[key] = std::move(rows);
}

/// Puts rows that are in registers alone where any layout can read them.
static Value shareRows(TileBuilder &b, Rows &rows) {
  if (rows.shared)
    return rows.shared;
  Value held = rows.fragment ? rows.fragment : rows.channels;
  Shape shape = fragmentOf(held).getShape();
  rows.shared = b.alloc(rows.fragment ? shape : shape.transposed(), b.f32());
  b.store(held, rows.shared, /*transposed=*/!rows.fragment);
  return rows.shared;
}

/// A matrix of f32 from shared memory, with tokens as rows or, `transposed`, as columns.
static Value loadFloats(TileBuilder &b, Value shared, MmaAttr layout, bool transposed = false) {
  auto type = cast<SharedType>(shared.getType());
  Shape shape = transposed ? type.getShape().transposed() : type.getShape();
  return b.convert(b.load(shared, b.fragment(shape, type.getElementType(), layout), transposed), b.f32(), layout);
}

Value BlockTiles::matrix(Rows &rows) {
  if (!rows.fragment)
    rows.fragment = loadFloats(b, shareRows(b, rows), b.accumulator());
  return rows.fragment;
}

Value BlockTiles::loadMatrix(Rows &rows) {
  if (rows.shared)
    return loadFloats(b, rows.shared, b.accumulator());
  if (rows.parts.empty())
    return matrix(rows);
  Value sum;
  for (Value part : llvm::reverse(rows.parts)) {
    Value next = loadFloats(b, part, b.accumulator());
    sum = !sum ? next : b.map(next.getType(), {sum, next}, [&](ValueRange x, Value, Value) -> Value {
      return arith::AddFOp::create(b.builder, b.loc, x[0], x[1]);
    });
  }
  return sum;
}

Value BlockTiles::loadRight(Rows &rows) { return loadFloats(b, shareRows(b, rows), b.right()); }

Value BlockTiles::transposedMatrix(Rows &rows) {
  if (!rows.channels)
    rows.channels = loadTransposedMatrix(rows);
  return rows.channels;
}

Value BlockTiles::channelRows(Rows &rows) {
  auto type = cast<SharedType>(shareRows(b, rows).getType());
  auto layout = BlockedAttr::get(b.builder.getContext(), type.getShape().rows, b.warps);
  FragmentType channels = b.fragment(type.getShape().transposed(), type.getElementType(), layout);
  return b.convert(b.load(rows.shared, channels, /*transposed=*/true), b.f32(), layout);
}

Value BlockTiles::loadTransposedMatrix(Rows &rows) {
  return rows.channels && !rows.shared ? rows.channels : loadFloats(b, shareRows(b, rows), b.accumulator(), true);
}

TileBuilder::Values BlockTiles::split(Value value, int64_t count, LayoutInterface layout) {
  TileBuilder::Values parts;
  for (int64_t i = 0; i < count; ++i) {
    parts.push_back(b.convert(value, b.bf16(), layout));
    if (i + 1 < count)
      value = rest(value);
  }
  return parts;
}

TileBuilder::Values BlockTiles::leftOperands(Value value, int64_t count) {
  return b.splitsKeys ? share(value, count) : split(value, count, b.left());
}

Value BlockTiles::rest(Value value) {
  FragmentType type = fragmentOf(value);
  Value rounded = b.convert(value, b.bf16(), type.getLayout());
  rounded = b.convert(rounded, b.f32(), type.getLayout());
  return b.map(type, {value, rounded}, [&](ValueRange x, Value, Value) -> Value {
    return arith::SubFOp::create(b.builder, b.loc, x[0], x[1]);
  });
}

TileBuilder::Values BlockTiles::share(Value matrix, int64_t count) {
  TileBuilder::Values shared;
  for (Value part : split(matrix, count, fragmentOf(matrix).getLayout())) {
    shared.push_back(b.alloc(fragmentOf(part).getShape(), b.bf16()));
    b.store(part, shared.back());
  }
  return shared;
}

bool BlockTiles::areOperands(const Rows &rows) {
  return rows.shared && cast<SharedType>(rows.shared.getType()).getElementType().isBF16();
}

ArrayRef<Value> BlockTiles::operands(Rows &rows) {
  if (rows.parts.empty())
    rows.parts = areOperands(rows) ? TileBuilder::Values{rows.shared} : share(matrix(rows), partCount);
  return rows.parts;
}

Value BlockTiles::tokenColumn(Rows &rows) {
  if (!rows.fragment) {
    // Where they were copied: before all that may use it.
    OpBuilder::InsertionGuard guard(b.builder);
    b.builder.setInsertionPoint(start);
    rows.fragment = b.load(rows.shared, b.column(b.block));
  }
  return rows.fragment;
}

Value BlockTiles::tokenRow(Rows &rows, FragmentType type) {
  if (!rows.shared) {
    rows.shared = b.alloc({1, b.block}, b.f32());
    b.store(rows.fragment, rows.shared, /*transposed=*/true);
  }
  bool isColumn = cast<SharedType>(rows.shared.getType()).getShape().columns == 1;
  return b.load(rows.shared, type, /*transposed=*/isColumn);
}

/// Moves what makes an index out of a loop, where it is the same in all turns; false where it isn't.
static bool moveOut(Value index, scf::ForOp loop) {
  if (loop.isDefinedOutsideOfLoop(index))
    return true;
  Operation *maker = index.getDefiningOp();
  if (!maker || !isPure(maker) || !llvm::all_of(maker->getOperands(), [&](Value by) { return moveOut(by, loop); }))
    return false;
  maker->moveBefore(loop);
  return true;
}

scf::ForOp BlockTiles::loopBeside(const Place &place) {
  auto loop = start->getParentOfType<scf::ForOp>();
  bool isSame = loop && llvm::all_of(place.indices, [&](Value index) { return moveOut(index, loop); });
  return isSame ? loop : nullptr;
}

Value BlockTiles::channelVector(Value buffer, int64_t head, bool transposed) {
  OpBuilder::InsertPoint use = b.builder.saveInsertionPoint();
  OpBuilder::InsertionGuard guard(b.builder);
  b.builder.setInsertionPoint(start);
  bool ofHead = typeOf(buffer).getRank() == 2;
  Place place = ofHead ? headOf(buffer, head) : resolve(buffer);
  scf::ForOp loop = loopBeside(place);
  if (!loop || loop.getStaticTripCount() == 1)
    return loadChannels(buffer, place, transposed);
  // In shared memory: no block waits for it, and no registers hold it or its address.
  Value &shared = vectors[{identity(buffer).getAsOpaquePointer(), ofHead ? head : 0}];
  if (!shared) {
    b.builder.setInsertionPoint(loop);
    Value row = loadChannels(buffer, place, /*transposed=*/false);
    shared = b.alloc(fragmentOf(row).getShape(), b.f32());
    b.store(row, shared);
  }
  b.builder.restoreInsertionPoint(use);
  int64_t channels = cast<SharedType>(shared.getType()).getShape().columns;
  return b.load(shared, transposed ? b.column(channels) : b.row(channels), transposed);
}

/// A row of memory, as a row or as a column.
Value BlockTiles::loadChannels(Value buffer, const Place &place, bool transposed) {
  int64_t channels = tileWidth(buffer);
  FragmentType floats = transposed ? b.column(channels) : b.row(channels);
  LayoutInterface layout = floats.getLayout();
  Type type = b.fragment(floats.getShape(), typeOf(buffer).getElementType(), layout);
  Value loaded = LoadGlobalOp::create(b.builder, b.loc, type, place.root, place.indices, IntegerAttr(), Value(),
                                      transposed ? b.builder.getUnitAttr() : UnitAttr());
  return b.convert(loaded, b.f32(), layout);
}

Value BlockTiles::onlyRow(Value buffer, int64_t head, bool transposed) {
  buffer = sourceOf(buffer, head);
  if (isOfCaller(buffer)) {
    OpBuilder::InsertionGuard guard(b.builder);
    b.builder.setInsertionPoint(start);
    return loadChannels(buffer, headOf(buffer, head), transposed);
  }
  Rows &rows = matrixRows(buffer, head);
  if (!rows.only) {
    Value sum = b.reduce(matrix(rows), Direction::column); // other rows are 0
    rows.only = b.alloc(fragmentOf(sum).getShape(), b.f32());
    b.store(sum, rows.only);
  }
  int64_t channels = cast<SharedType>(rows.only.getType()).getShape().columns;
  return b.load(rows.only, transposed ? b.column(channels) : b.row(channels), transposed);
}

void BlockTiles::setOnlyRow(Value buffer, int64_t head, Value column) {
  FragmentType type = b.fragment({fragmentOf(column).getShape().rows, b.block}, b.f32(), b.accumulator());
  Value rows = b.map(type, column, [&](ValueRange x, Value, Value token) -> Value {
    Value first = arith::CmpIOp::create(b.builder, b.loc, arith::CmpIPredicate::eq, token, b.index(0));
    return arith::SelectOp::create(b.builder, b.loc, first, x[0], b.number(0));
  });
  set(buffer, head, {.width = widthOf(buffer), .channels = rows, .onlyColumn = column});
}

Value BlockTiles::scalar(Value buffer, int64_t head) {
  OpBuilder::InsertionGuard guard(b.builder);
  b.builder.setInsertionPoint(start);
  Place place = headOf(buffer, head);
  if (scf::ForOp loop = loopBeside(place))
    b.builder.setInsertionPoint(loop);
  Value loaded = memref::LoadOp::create(b.builder, b.loc, place.root, place.indices);
  return loaded.getType().isF32() ? loaded : arith::ExtFOp::create(b.builder, b.loc, b.f32(), loaded).getResult();
}

Value BlockTiles::transposed(Value buffer, int64_t head, FragmentType type) {
  Place place = resolve(buffer);
  int64_t rank = place.indices.size();
  if (rank > 2)
    place.indices[rank - 3] = b.builder.createOrFold<arith::AddIOp>(b.loc, place.indices[rank - 3], b.index(head));
  FragmentType narrow = b.fragment(type.getShape(), typeOf(buffer).getElementType(), type.getLayout());
  auto [along, keys] = rowsOf(buffer, type);
  Value loaded =
      LoadGlobalOp::create(b.builder, b.loc, narrow, place.root, place.indices, along, keys, b.builder.getUnitAttr());
  return b.convert(loaded, type.getElementType(), type.getLayout());
}

/// The dimension that counts a matrix's rows, and their number; none of a row.
std::pair<IntegerAttr, Value> BlockTiles::rowsOf(Value matrix, FragmentType type) {
  if (type.getShape().columns == 1)
    return {};
  int64_t along = typeOf(matrix).getRank() - 2;
  return {b.builder.getI64IntegerAttr(along), b.index(typeOf(matrix).getDimSize(along))};
}

void BlockTiles::writeTransposed(Value buffer, Value fragment) {
  Place place = resolve(buffer);
  if (!isa<BlockArgument>(place.root))
    return;
  auto store = [&] {
    auto [along, keys] = rowsOf(buffer, fragmentOf(fragment));
    StoreGlobalOp::create(b.builder, b.loc, fragment, place.root, place.indices, along, keys, b.builder.getUnitAttr());
  };
  writeOnce(buffer, store);
}

/// Writes rows to a buffer of the caller.
void BlockTiles::write(Value buffer, int64_t head, Rows rows) {
  Place place = headOf(buffer, head);
  Type element = typeOf(buffer).getElementType();
  IntegerAttr along = b.builder.getI64IntegerAttr(1);
  Value values;
  auto narrow = [&](Value column) { return b.convert(column, element, fragmentOf(column).getLayout()); };
  if (rows.onlyColumn) {
    values = narrow(rows.onlyColumn);
  } else if (rows.width == 1) {
    values = narrow(tokenColumn(rows));
  } else {
    Value staged = rows.shared;
    if (!staged || cast<SharedType>(staged.getType()).getElementType() != element) {
      Value held = rows.channels ? rows.channels : matrix(rows);
      Shape shape = fragmentOf(held).getShape();
      staged = b.alloc(rows.channels ? shape.transposed() : shape, element);
      b.store(narrow(held), staged, /*transposed=*/bool(rows.channels));
    }
    int64_t vector = rowAlignment(cast<MemRefType>(place.root.getType())) * 8 / element.getIntOrFloatBitWidth();
    auto layout = BlockedAttr::get(b.builder.getContext(), vector, b.warps);
    values = b.load(staged, b.fragment(cast<SharedType>(staged.getType()).getShape(), element, layout));
  }
  auto store = [&] {
    if (rows.onlyColumn)
      StoreGlobalOp::create(b.builder, b.loc, values, place.root, place.indices, IntegerAttr(), Value(),
                            b.builder.getUnitAttr());
    else
      StoreGlobalOp::create(b.builder, b.loc, values, place.root, place.indices, along, lastRow(place), UnitAttr());
  };
  writeOnce(buffer, store);
}
