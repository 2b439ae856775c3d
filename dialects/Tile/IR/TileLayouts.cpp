//===- TileLayouts.cpp - layouts of tiles ---------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements the formulas of the layouts, their verifiers, and the
// syntax of the swizzle.
//===----------------------------------------------------------------------===//

#include "dialects/Tile/IR/TileDialect.h"

#include "mlir/IR/AffineExpr.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace plait::tile;

using EmitError = function_ref<InFlightDiagnostic()>;

/// rows and columns are multiples of those of `unit`.
static LogicalResult verifyMultiple(EmitError emitError, Attribute layout, Shape shape, Shape unit) {
  if (shape.rows % unit.rows == 0 && shape.columns % unit.columns == 0)
    return success();
  if (!emitError)
    return failure();
  return emitError() << "expects rows and columns that are multiples of " << unit.rows << " and " << unit.columns
                     << " for " << layout << ", but got " << shape.rows << "x" << shape.columns;
}

// Operands and results of mma

/// The warps of each direction: one, before they are assigned.
static std::pair<int64_t, int64_t> gridOf(MmaAttr layout) {
  ArrayRef<int64_t> warps = layout.getWarps();
  return warps.empty() ? std::pair<int64_t, int64_t>(1, 1) : std::pair(warps[0], warps[1]);
}

namespace {

/// The place of a thread: warp (i, j) of those that split the tile, and lane 4 g + t.
struct ThreadPlace {
  AffineExpr i, j, g, t;
  AffineExpr replica; ///< how many warps with a smaller number hold the same

  ThreadPlace(MmaAttr layout, Shape shape) {
    AffineExpr thread = getAffineDimExpr(0, layout.getContext());
    AffineExpr warp = thread.floorDiv(warpSize), lane = thread % warpSize;
    auto [rows, columns] = gridOf(layout);
    i = warp.floorDiv(columns);
    j = warp % columns;
    g = lane.floorDiv(4);
    t = lane % 4;
    int64_t splitting = layout.warpsAlong(Direction::column, shape);
    replica = j.floorDiv(splitting);
    j = j % splitting;
    if (layout.getRole() == MmaRole::b)
      replica = replica * rows + i;
  }
};

} // namespace

LogicalResult MmaAttr::verify(EmitError emitError, MmaRole, ArrayRef<int64_t> warps) {
  // mma_layout_c1: two counts.
  constexpr int64_t most = 32;
  if (warps.empty())
    return success();
  if (warps.size() != 2 || warps[0] < 1 || warps[1] < 1 || warps[0] > most / warps[1]) {
    InFlightDiagnostic error = emitError()
                               << "expects 2 numbers of warps, of at most " << most << " together, but got ";
    llvm::interleaveComma(warps, error);
    return error;
  }
  return success();
}

Shape MmaAttr::piece() const { return {16, getRole() == MmaRole::a ? 16 : 8}; }

Shape MmaAttr::unit() const {
  auto [down, across] = gridOf(*this);
  return {piece().rows * (getRole() == MmaRole::b ? 1 : down),
          piece().columns * (getRole() == MmaRole::a ? 1 : across)};
}

Shape MmaAttr::partOf(Shape shape) const {
  return {shape.rows / warpsAlong(Direction::row, shape), shape.columns / warpsAlong(Direction::column, shape)};
}

int64_t MmaAttr::warpCount() const { return gridOf(*this).first * gridOf(*this).second; }

int64_t MmaAttr::warpsAlong(Direction direction, Shape shape) const {
  if (direction == Direction::row)
    return getRole() == MmaRole::b ? 1 : gridOf(*this).first;
  return getRole() == MmaRole::a ? 1 : std::min(gridOf(*this).second, shape.columns / piece().columns);
}

/// The least tile that has its columns in as many warps as those of `shape` are.
static Shape leastTile(MmaAttr layout, Shape shape) {
  Shape unit = layout.unit();
  if (shape.columns % layout.piece().columns == 0 && unit.columns % shape.columns == 0)
    unit.columns = shape.columns;
  return unit;
}

LogicalResult MmaAttr::verifyShape(EmitError emitError, Shape shape) const {
  // mma_layout_c2: whole pieces.
  return verifyMultiple(emitError, *this, shape, leastTile(*this, shape));
}

int64_t MmaAttr::registers(Shape shape) const {
  Shape own = partOf(shape);
  return own.rows * own.columns / warpSize;
}

SmallVector<RegisterPlace> MmaAttr::places(Shape shape) const {
  ThreadPlace at(*this, shape);
  Shape own = partOf(shape);
  int64_t pieceRegisters = piece().rows * piece().columns / warpSize, across = own.columns / piece().columns;
  SmallVector<RegisterPlace> places;
  for (int64_t reg : llvm::seq(registers(shape))) {
    int64_t number = reg / pieceRegisters, r = reg % pieceRegisters;
    int64_t row = number / across * piece().rows, column = number % across * piece().columns;
    switch (getRole()) {
    case MmaRole::accumulator:
      places.push_back({at.i * own.rows + row + at.g + 8 * (r / 2), at.j * own.columns + column + at.t * 2 + r % 2});
      break;
    case MmaRole::a:
      places.push_back({at.i * own.rows + row + at.g + 8 * (r / 2 % 2), column + at.t * 2 + (r % 2 + 8 * (r / 4))});
      break;
    case MmaRole::b:
      places.push_back({row + at.t * 2 + (r % 2 + 8 * (r / 2)), at.j * own.columns + column + at.g});
      break;
    }
  }
  return places;
}

AffineExpr MmaAttr::replica(Shape shape) const { return ThreadPlace(*this, shape).replica; }

// Pieces of rows

LogicalResult BlockedAttr::verify(EmitError emitError, int64_t vector, int64_t warps) {
  // blocked_c1: the numbers.
  if (vector < 1 || vector > 64 || !llvm::isPowerOf2_64(vector))
    return emitError() << "expects a `vector` that is a power of two of at most 64, but got " << vector;
  if (warps < 1 || warps > 32)
    return emitError() << "expects `warps` in 1..32, but got " << warps;
  return success();
}

int64_t BlockedAttr::warpCount() const { return getWarps(); }

int64_t BlockedAttr::warpsAlong(Direction, Shape) const { return getWarps(); }

LogicalResult BlockedAttr::verifyShape(EmitError emitError, Shape shape) const {
  // blocked_c2: whole pieces.
  if (failed(verifyMultiple(emitError, *this, shape, {1, getVector()})))
    return failure();
  // blocked_c3: threads hold equally many.
  int64_t pieces = shape.rows * shape.columns / getVector(), threads = getWarps() * warpSize;
  if (pieces % threads == 0 || threads % pieces == 0)
    return success();
  if (!emitError)
    return failure();
  return emitError() << "expects pieces that are a multiple or a divisor of " << threads << " threads, but got "
                     << pieces;
}

int64_t BlockedAttr::registers(Shape shape) const {
  return std::max(shape.rows * shape.columns / (getWarps() * warpSize), getVector());
}

SmallVector<RegisterPlace> BlockedAttr::places(Shape shape) const {
  int64_t threads = getWarps() * warpSize, across = shape.columns / getVector();
  AffineExpr thread = getAffineDimExpr(0, getContext()) % std::min(threads, shape.rows * across);
  SmallVector<RegisterPlace> places;
  for (int64_t reg : llvm::seq(registers(shape))) {
    AffineExpr piece = thread + reg / getVector() * threads;
    places.push_back({piece.floorDiv(across), piece % across * getVector() + reg % getVector()});
  }
  return places;
}

AffineExpr BlockedAttr::replica(Shape shape) const {
  int64_t pieces = shape.rows * shape.columns / getVector();
  return getAffineDimExpr(0, getContext()).floorDiv(std::min(getWarps() * warpSize, pieces));
}

// Slices

/// The least tile of the parent beside which the slice of that shape is.
static Shape parentShape(SliceAttr layout, Shape shape) {
  Shape unit = layout.getParent().unit();
  if (layout.getDirection() == Direction::column)
    return {shape.rows, unit.columns};
  return {unit.rows, shape.columns};
}

/// The coordinate that counts along the slice.
static AffineExpr along(SliceAttr layout, const RegisterPlace &place) {
  return layout.getDirection() == Direction::column ? place.row : place.column;
}

int64_t SliceAttr::warpCount() const { return getParent().warpCount(); }

int64_t SliceAttr::warpsAlong(Direction direction, Shape shape) const {
  bool across = (direction == Direction::row) == (getDirection() == Direction::row);
  return across ? 1 : getParent().warpsAlong(direction, parentShape(*this, shape));
}

LogicalResult SliceAttr::verifyShape(EmitError emitError, Shape shape) const {
  // slice_c1: a vector.
  int64_t across = getDirection() == Direction::column ? shape.columns : shape.rows;
  if (across != 1 && !emitError)
    return failure();
  if (across != 1)
    return emitError() << "expects 1 " << stringifyDirection(getDirection()) << " for " << *this << ", but got "
                       << across;
  // slice_c2: it lies along whole pieces of the parent.
  Shape least = leastTile(getParent(), parentShape(*this, shape));
  (getDirection() == Direction::column ? least.columns : least.rows) = 1;
  return verifyMultiple(emitError, *this, shape, least);
}

int64_t SliceAttr::registers(Shape shape) const { return places(shape).size(); }

SmallVector<RegisterPlace> SliceAttr::places(Shape shape) const {
  // In the order of the parent's registers.
  llvm::SetVector<AffineExpr> distinct;
  for (const RegisterPlace &place : getParent().places(parentShape(*this, shape)))
    distinct.insert(along(*this, place));
  AffineExpr zero = getAffineConstantExpr(0, getContext());
  return llvm::map_to_vector(distinct, [&](AffineExpr place) {
    return getDirection() == Direction::column ? RegisterPlace{place, zero} : RegisterPlace{zero, place};
  });
}

AffineExpr SliceAttr::replica(Shape shape) const {
  // Threads that hold the same elements differ in the parent's replica, or in
  // where they are across the slice: the first is at 0 in both.
  Shape whole = parentShape(*this, shape);
  RegisterPlace first = getParent().places(whole).front();
  return getParent().replica(whole) + along(*this, first.transposed());
}

// Shared memory

LogicalResult SwizzleAttr::verify(EmitError emitError, int64_t bits) {
  // swizzle_c1: at most the 8 chunks that fill the banks.
  if (bits < 0 || bits > 3)
    return emitError() << "expects 0..3 bits, but got " << bits;
  return success();
}

Attribute SwizzleAttr::parse(AsmParser &parser, Type) {
  SMLoc start = parser.getCurrentLocation();
  int64_t bits = 0;
  if (parser.parseLess() || (failed(parser.parseOptionalKeyword("none")) && parser.parseInteger(bits)) ||
      parser.parseGreater())
    return {};
  return getChecked([&] { return parser.emitError(start); }, parser.getContext(), bits);
}

void SwizzleAttr::print(AsmPrinter &printer) const {
  if (getBits() == 0)
    printer << "<none>";
  else
    printer << '<' << getBits() << '>';
}
