//===- TileOps.cpp - operations of the tile dialect -----------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements the effects that depend on an operand's type.
//===----------------------------------------------------------------------===//

#include "dialects/Tile/IR/TileOps.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/OpImplementation.h"

using namespace mlir;
using namespace plait::tile;

#define GET_OP_CLASSES
#include "dialects/Tile/IR/TileOps.cpp.inc"

void MmaOp::getEffects(SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>> &effects) {
  for (OpOperand *operand : {&getAMutable(), &getBMutable()})
    if (isa<SharedType>(operand->get().getType()))
      effects.emplace_back(MemoryEffects::Read::get(), operand, /*stage=*/0, /*effectOnFullRegion=*/true,
                           SharedMemory::get());
}
