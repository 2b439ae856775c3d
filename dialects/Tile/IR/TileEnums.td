//===- TileEnums.td - enums of the tile dialect ------------*- tablegen -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file defines the words that choose between meanings of a layout or op.
//===----------------------------------------------------------------------===//

#ifndef DIALECTS_TILE_IR_TILEENUMS_TD
#define DIALECTS_TILE_IR_TILEENUMS_TD

include "dialects/Tile/IR/TileDialect.td"
include "mlir/IR/EnumAttr.td"

class Tile_Enum<string name, string summary, list<I32EnumCase> cases> : I32Enum<name, summary, cases> {
  let cppNamespace = "::plait::tile";
}

def Tile_MmaRole : Tile_Enum<"MmaRole", "what a fragment is to a matrix product", [
  I32EnumCase<"accumulator", 0>, I32EnumCase<"a", 1>, I32EnumCase<"b", 2>
]>;

def Tile_Direction : Tile_Enum<"Direction", "a line of a tile: a row (one index of rows) or a column", [
  I32EnumCase<"row", 0>, I32EnumCase<"column", 1>
]>;
def Tile_DirectionAttr : EnumAttr<Tile_Dialect, Tile_Direction, "direction">;

def Tile_ReduceKind : Tile_Enum<"ReduceKind", "the operator that a reduction repeats, or any of equal elements", [
  I32EnumCase<"add", 0>, I32EnumCase<"max", 1>, I32EnumCase<"any", 2>
]>;
def Tile_ReduceKindAttr : EnumAttr<Tile_Dialect, Tile_ReduceKind, "reduce_kind">;

def Tile_Triangle : Tile_Enum<"Triangle", "the part of a matrix on its diagonal and above it, or below it", [
  I32EnumCase<"upper", 0>, I32EnumCase<"lower", 1>
]>;
def Tile_TriangleAttr : EnumAttr<Tile_Dialect, Tile_Triangle, "triangle">;

#endif // DIALECTS_TILE_IR_TILEENUMS_TD
