//===- TileOps.cpp - operations of the tile dialect -----------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements the effects that depend on an operand's type, and syntax.
//===----------------------------------------------------------------------===//

#include "dialects/Tile/IR/TileOps.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/OpImplementation.h"

using namespace mlir;
using namespace plait::tile;

/// Parts of A or B: one, or several in parentheses, whose type is written once.
static ParseResult parseParts(OpAsmParser &parser, SmallVectorImpl<OpAsmParser::UnresolvedOperand> &parts) {
  if (failed(parser.parseOptionalLParen()))
    return parser.parseOperand(parts.emplace_back());
  return failure(failed(parser.parseOperandList(parts)) || failed(parser.parseRParen()));
}

static void printParts(OpAsmPrinter &printer, Operation *, OperandRange parts) {
  parts.size() == 1 ? printer << parts.front() : printer << '(' << parts << ')';
}

static ParseResult parsePartType(OpAsmParser &parser, SmallVectorImpl<Type> &types,
                                 ArrayRef<OpAsmParser::UnresolvedOperand> parts) {
  Type type;
  if (failed(parser.parseType(type)))
    return failure();
  types.assign(parts.size(), type);
  return success();
}

static void printPartType(OpAsmPrinter &printer, Operation *, TypeRange types, OperandRange) {
  printer << types.front();
}

#define GET_OP_CLASSES
#include "dialects/Tile/IR/TileOps.cpp.inc"

int64_t ReduceOp::splittingWarps(FragmentType source) {
  Direction across = getDirection() == Direction::row ? Direction::column : Direction::row;
  return cast<MmaAttr>(source.getLayout()).warpsAlong(across, source.getShape());
}

void MmaOp::getEffects(SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>> &effects) {
  for (MutableOperandRange parts : {getAMutable(), getBMutable()})
    for (OpOperand &part : parts)
      if (isa<SharedType>(part.get().getType()))
        effects.emplace_back(MemoryEffects::Read::get(), &part, /*stage=*/0, /*effectOnFullRegion=*/true,
                             SharedMemory::get());
  for (OpOperand &scratch : getScratchMutable())
    for (auto *effect : {static_cast<MemoryEffects::Effect *>(MemoryEffects::Read::get()),
                         static_cast<MemoryEffects::Effect *>(MemoryEffects::Write::get())})
      effects.emplace_back(effect, &scratch, /*stage=*/0, /*effectOnFullRegion=*/true, SharedMemory::get());
}

bool MmaOp::mayShareDepth() {
  auto a = dyn_cast<FragmentType>(getA().front().getType());
  auto layout = a ? dyn_cast<MmaAttr>(a.getLayout()) : MmaAttr();
  return layout && layout.getRole() == MmaRole::accumulator;
}

int64_t MmaOp::splittingWarps() {
  if (!mayShareDepth())
    return 1;
  auto a = cast<FragmentType>(getA().front().getType());
  return a.getLayout().warpsAlong(Direction::column, a.getShape());
}

int64_t MmaOp::depth() {
  if (auto a = dyn_cast<FragmentType>(getA().front().getType()))
    return a.getShape().columns;
  Shape stored = cast<SharedType>(getA().front().getType()).getShape();
  return getATransposed() ? stored.rows : stored.columns;
}

SharedType MmaOp::scratchType() {
  Shape sums = getResult().getType().getShape();
  return SharedType::get({splittingWarps() * sums.rows, sums.columns}, Float32Type::get(getContext()));
}

FragmentType ReduceOp::sourceSlice() {
  auto source = cast<FragmentType>(getSources()[0].getType());
  bool rows = getDirection() == Direction::row;
  int64_t count = rows ? source.getShape().rows : source.getShape().columns;
  auto slice =
      SliceAttr::get(getContext(), rows ? Direction::column : Direction::row, cast<MmaAttr>(source.getLayout()));
  return FragmentType::get(getContext(), {rows ? count : 1, rows ? 1 : count}, source.getElementType(), slice);
}

bool ReduceOp::canGive(FragmentType result) {
  FragmentType own = sourceSlice();
  Shape shape = result.getShape(), count = own.getShape();
  return (shape.rows == 1 || shape.columns == 1) && result.isAssigned() == own.isAssigned() &&
         shape.rows * shape.columns == count.rows * count.columns && result.getElementType() == own.getElementType() &&
         result.getLayout().warpCount() == own.getLayout().warpCount();
}
