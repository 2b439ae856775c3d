//===- TileOps.td - operations of the tile dialect ---------*- tablegen -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file gathers the operations. Numbered constraints (mma_c3) return above
// the check in TileVerify*.cpp and in its test.
//===----------------------------------------------------------------------===//

#ifndef DIALECTS_TILE_IR_TILEOPS_TD
#define DIALECTS_TILE_IR_TILEOPS_TD

include "dialects/Tile/IR/TileSharedOps.td"
include "dialects/Tile/IR/TileGlobalOps.td"
include "dialects/Tile/IR/TileComputeOps.td"

#endif // DIALECTS_TILE_IR_TILEOPS_TD
