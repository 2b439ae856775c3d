//===- TileLayouts.td - layouts of tiles -------------------*- tablegen -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file defines the layouts: those of fragments, which deal elements to
// registers of threads, and the swizzle of shared memory.
//===----------------------------------------------------------------------===//

#ifndef DIALECTS_TILE_IR_TILELAYOUTS_TD
#define DIALECTS_TILE_IR_TILELAYOUTS_TD

include "dialects/Tile/IR/TileEnums.td"
include "dialects/Tile/IR/TileInterfaces.td"
include "mlir/IR/AttrTypeBase.td"

class Tile_Layout<string name, string layoutMnemonic>
    : AttrDef<Tile_Dialect, name, [DeclareAttrInterfaceMethods<Tile_LayoutInterface>]> {
  let mnemonic = layoutMnemonic;
}

def Tile_MmaAttr : Tile_Layout<"Mma", "mma"> {
  let summary = "layout of an operand or the result of mma.m16n8k16, or of what is rounded to one";
  let description = [{
    Warp (i, j) is number i * warps[1] + j. Before plait-assign-layouts has chosen
    them, `warps` are left out. The tile is cut into pieces of the
    instruction's size; a thread's registers are those of the first piece of its
    warp, then of the second, row by row. With g = lane / 4 and t = lane % 4,
    register r of a piece is

    | role | piece | rows and columns of the tile | registers | row | column |
    |---|---|---|---|---|---|
    | `accumulator` | 16 x 8 | split over i, split over j | 4 | g + 8 (r / 2) | 2 t + r % 2 |
    | `a` | 16 x 16 | split over i, all in each j | 8 | g + 8 (r / 2 % 2) | 2 t + r % 2 + 8 (r / 4) |
    | `b` | 16 x 8 | all in each i, split over j | 4 | 2 t + r % 2 + 8 (r / 2) | g |

    Each warp owns consecutive rows and columns of what is split. Where there are
    fewer columns of pieces than warps that split them, warp (i, j) holds those of
    warp (i, j % pieces).

    Constraints:
    - mma_layout_c1: `warps`, where they are assigned, are two numbers of at least 1
      whose product is at most 32.
    - mma_layout_c2: the rows and columns of a tile are multiples of the piece's
      times the warps that split them; the number of its columns of pieces may
      also divide that of the warps.

    Example:

    ```mlir
    func.func private @product() -> !tile.fragment<64x128xf32, #tile.mma<accumulator, warps = [4, 2]>>
    ```
  }];
  let parameters = (ins EnumParameter<Tile_MmaRole>:$role, OptionalArrayRefParameter<"int64_t">:$warps);
  let assemblyFormat = "`<` $role (`,` `warps` `=` `[` $warps^ `]`)? `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// Whether warps are chosen.
    bool isAssigned() const { return !getWarps().empty(); }
    /// The rows and columns of one piece of the instruction.
    Shape piece() const;
    /// The least tile of which every warp has a piece of its own.
    Shape unit() const;
    /// What one warp holds of a tile.
    Shape partOf(Shape shape) const;
  }];
}

def Tile_BlockedAttr : Tile_Layout<"Blocked", "blocked"> {
  let summary = "layout of pieces of rows, dealt to the threads in order";
  let description = [{
    Rows are cut into pieces of `vector` elements. Pieces are numbered row by
    row; piece p is in thread p % threads, so that neighbours access neighbours.
    Where there are fewer pieces than threads, thread t holds piece
    t % pieces.

    Constraints:
    - blocked_c1: `vector` is a power of two of at most 64, and `warps` is in
      1..32.
    - blocked_c2: a row is a multiple of `vector` elements.
    - blocked_c3: the number of pieces is a multiple of the number of threads,
      or divides it.

    Example:

    ```mlir
    func.func private @rows() -> !tile.fragment<64x128xbf16, #tile.blocked<vector = 8, warps = 8>>
    ```
  }];
  let parameters = (ins "int64_t":$vector, "int64_t":$warps);
  let assemblyFormat = "`<` `vector` `=` $vector `,` `warps` `=` $warps `>`";
  let genVerifyDecl = 1;
}

def Tile_SliceAttr : Tile_Layout<"Slice", "slice"> {
  let summary = "layout of one row or column beside the tiles of another layout";
  let description = [{
    `column` is a column vector, R x 1, and `row` a row vector, 1 x C. A thread
    holds its element of each row (of each column) in which it holds an element
    of the parent layout, in the order in which the parent's registers come to
    them. So a thread finds beside an element of the parent the element to add
    or multiply.

    Constraints:
    - slice_c1: a tile of layout `column` has one column, of layout `row` one row.
    - slice_c2: its rows (columns) are those of a tile that the parent deals.

    Example:

    ```mlir
    func.func private @row_sums() -> !tile.fragment<64x1xf32, #tile.slice<column, #tile.mma<accumulator, warps = [4, 2]>>>
    ```
  }];
  let parameters = (ins EnumParameter<Tile_Direction>:$direction, "::plait::tile::MmaAttr":$parent);
  let assemblyFormat = "`<` $direction `,` qualified($parent) `>`";
}

def Tile_SwizzleAttr : AttrDef<Tile_Dialect, "Swizzle"> {
  let mnemonic = "swizzle";
  let summary = "order of the 16-byte chunks of a row in shared memory";
  let description = [{
    Chunk c of row r is stored as chunk c ^ (r >> (3 - bits)) % 2^bits of its
    row. With as many bits as the chunks of a row allow (3 for rows that are
    multiples of 128 bytes), the same chunk of 8 consecutive rows is in 8
    different groups of banks. `none` is 0 bits: chunks are in order.

    Constraints:
    - swizzle_c1: `bits` is in 0..3.

    Example:

    ```mlir
    func.func private @plain(!tile.shared<64x128xbf16, #tile.swizzle<none>>)
    ```
  }];
  let parameters = (ins "int64_t":$bits);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
}

#endif // DIALECTS_TILE_IR_TILELAYOUTS_TD
