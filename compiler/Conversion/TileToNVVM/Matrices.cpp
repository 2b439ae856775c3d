//===- Matrices.cpp - ldmatrix and stmatrix -------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements the accesses of shared memory by matrices. Lanes 8 m to
// 8 m + 7 give the addresses of the rows of an instruction's matrix m.
//===----------------------------------------------------------------------===//

#include "compiler/Conversion/TileToNVVM/Matrices.h"

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

using namespace mlir;
using namespace plait;
using namespace plait::tile;

bool plait::hasMatrices(FragmentType type) {
  return isa<MmaAttr>(type.getLayout()) && type.getElementType().getIntOrFloatBitWidth() == 16;
}

plait::Matrices::Matrices(FragmentType type, bool transposed, AffineExpr firstRow)
    : places(placesOf(type)), isTurned((cast<MmaAttr>(type.getLayout()).getRole() == MmaRole::b) != transposed) {
  for (RegisterPlace &place : places) {
    if (firstRow)
      place.row = place.row + firstRow;
    if (transposed)
      place = place.transposed();
  }
}

/// How far the second place is from the first.
static Coordinates between(const RegisterPlace &from, const RegisterPlace &to) {
  return {SplitExpr(to.row).constant - SplitExpr(from.row).constant,
          SplitExpr(to.column).constant - SplitExpr(from.column).constant};
}

int64_t plait::Matrices::together(int64_t first) const {
  auto isAhead = [&](int64_t number) {
    Coordinates step = between(places[2 * first], places[2 * (first + number)]);
    return step.row >= 0 && step.column >= 0;
  };
  int64_t left = count() - first;
  if (left < 2 || !isAhead(1))
    return 1;
  if (left < 4 || !isAhead(2))
    return 2;
  Coordinates one = between(places[2 * first], places[2 * first + 2]);
  bool isEven = between(places[2 * first + 4], places[2 * first + 6]) == one;
  return isEven ? 4 : 2;
}

RegisterPlace plait::Matrices::rowOf(int64_t first, int64_t number) const {
  const RegisterPlace &start = places[2 * first];
  MLIRContext *context = start.row.getContext();
  AffineExpr thread = getAffineDimExpr(0, context), lane = thread % warpSize;
  AffineExpr warp = thread.floorDiv(warpSize) * warpSize;
  // Lane 0 holds the first element of each matrix.
  RegisterPlace place{start.row.replace(thread, warp), start.column.replace(thread, warp)};
  for (int64_t step = 1; step < number; step *= 2) {
    Coordinates distance = between(start, places[2 * (first + step)]);
    AffineExpr bit = lane.floorDiv(8 * step) % 2;
    place.row = place.row + bit * distance.row;
    place.column = place.column + bit * distance.column;
  }
  place.row = place.row + lane % 8;
  return place;
}

static NVVM::MMALayout layoutOf(bool isTurned) { return isTurned ? NVVM::MMALayout::col : NVVM::MMALayout::row; }

SmallVector<Value> plait::Matrices::load(ImplicitLocOpBuilder &b, SharedAddress &address, int64_t first,
                                         int64_t number) const {
  RegisterPlace row = rowOf(first, number);
  Value pointer = address.pointer(row.row, row.column);
  Type word = b.getI32Type(), all = word;
  if (number > 1)
    all = LLVM::LLVMStructType::getLiteral(b.getContext(), SmallVector<Type>(number, word));
  auto shape = NVVM::LdStMatrixShapeAttr::get(b.getContext(), 8, 8);
  Value loaded =
      NVVM::LdMatrixOp::create(b, all, pointer, number, layoutOf(isTurned), shape, NVVM::LdStMatrixEltType::B16);
  if (number == 1)
    return {loaded};
  SmallVector<Value> values;
  for (int64_t i : llvm::seq(number))
    values.push_back(LLVM::ExtractValueOp::create(b, loaded, i));
  return values;
}

void plait::Matrices::store(ImplicitLocOpBuilder &b, SharedAddress &address, int64_t first, ValueRange values) const {
  RegisterPlace row = rowOf(first, values.size());
  Value pointer = address.pointer(row.row, row.column);
  auto shape = NVVM::LdStMatrixShapeAttr::get(b.getContext(), 8, 8);
  NVVM::StMatrixOp::create(b, pointer, values, layoutOf(isTurned), shape, NVVM::LdStMatrixEltType::B16);
}
