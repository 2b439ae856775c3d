//===- TileGlobalOps.td - global memory --------------------*- tablegen -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file defines the operations on tiles in global memory, and the place of
// a CTA in the grid.
//===----------------------------------------------------------------------===//

#ifndef DIALECTS_TILE_IR_TILEGLOBALOPS_TD
#define DIALECTS_TILE_IR_TILEGLOBALOPS_TD

include "dialects/Tile/IR/TileOpBase.td"

// A tile of a memref: `memory` at `indices`, rows along dimension `along`.
class Tile_GlobalOp<string mnemonic, list<int> singles, dag before, dag memory, dag after, list<Trait> traits = []>
    : Tile_Op<mnemonic, [AttrSizedOperandSegments, SingleOperands<singles>] # traits> {
  let arguments = !con(before, memory, (ins Variadic<Index>:$indices, OptionalAttr<I64Attr>:$along,
                                            Optional<Index>:$rows), after);
}

def Tile_CopyAsyncOp : Tile_GlobalOp<"copy_async", [0, 3],
    (ins), (ins Arg<Tile_GlobalMemory, "", [MemReadAt<0>]>:$memory),
    (ins Arg<Tile_SharedType, "", Tile_WritesShared>:$target, Optional<Index>:$stage),
    [MemoryEffects<Tile_UsesPipe>]> {
  let summary = "start a copy from global to shared memory";
  let description = [{
    Starts the copy of a tile and does not wait for it. The tile's element (r, c)
    is that of `memory` at `indices` with r added in dimension `along` and c
    added in the last dimension. It is zero where the index in dimension `along`
    is `rows` or more, or where the one in the last dimension is past its size.
    Without `along` the tile is one row. The target may be neither read nor
    written until the copy's group has been waited for.

    Constraints:
    - copy_async_c1: there is an index for each dimension of the memref.
    - copy_async_c2: `along` and `rows` come together, and are there where the
      tile has more than one row.
    - copy_async_c3: `along` is a dimension of the memref; it is the last one
      only where the tile has one column.
    - copy_async_c4: memref and target have one element type.
    - copy_async_c5: a stage is given where the target has several, and only
      there.
    - copy_async_c6: the memref's last stride is 1 where the tile has more than
      one column.

    Example:

    ```mlir
    func.func @fetch(%k: memref<?x?x8x128xbf16>, %b: index, %t: index, %h: index, %n: index,
                     %s: !tile.shared<64x128xbf16, stages = 2>, %stage: index) -> !tile.token {
      %c0 = arith.constant 0 : index
      tile.copy_async %k[%b, %t, %h, %c0] along 1 rows %n to %s[%stage] : memref<?x?x8x128xbf16>, !tile.shared<64x128xbf16, stages = 2>
      %group = tile.commit : !tile.token
      return %group : !tile.token
    }
    ```
  }];
  let assemblyFormat = [{
    $memory `[` $indices `]` (`along` $along^ `rows` $rows)? `to` $target (`[` $stage^ `]`)? attr-dict `:`
    type($memory) `,` qualified(type($target))
  }];
  let hasVerifier = 1;
}

def Tile_LoadGlobalOp : Tile_GlobalOp<"load_global", [0],
    (ins), (ins Arg<Tile_GlobalMemory, "", [MemReadAt<0>]>:$memory), (ins UnitAttr:$transposed)> {
  let summary = "registers from global memory";
  let description = [{
    Reads a tile of `memory` as `tile.copy_async` does, with zeros where that
    has them. With `transposed` the fragment is the transpose of the tile.

    Constraints:
    - load_global_c1: there is an index for each dimension of the memref.
    - load_global_c2: `along` and `rows` come together, and are there where the
      tile has more than one row.
    - load_global_c3: `along` is a dimension of the memref; it is the last one
      only where the tile has one column.
    - load_global_c4: memref and fragment have one element type.

    Example, of a number for each of 64 tokens, beside tiles whose columns are
    tokens:

    ```mlir
    func.func @gates(%g: memref<?x?x8xf32>, %b: index, %t: index, %h: index, %n: index)
        -> !tile.fragment<1x64xf32, #tile.slice<row, #tile.mma<accumulator, warps = [4, 2]>>> {
      %gates = tile.load_global %g[%b, %t, %h] along 1 rows %n transposed : memref<?x?x8xf32> -> !tile.fragment<1x64xf32, #tile.slice<row, #tile.mma<accumulator, warps = [4, 2]>>>
      return %gates : !tile.fragment<1x64xf32, #tile.slice<row, #tile.mma<accumulator, warps = [4, 2]>>>
    }
    ```
  }];
  let results = (outs Tile_FragmentType:$fragment);
  let assemblyFormat = [{
    $memory `[` $indices `]` (`along` $along^ `rows` $rows)? (`transposed` $transposed^)? attr-dict `:`
    type($memory) `->` qualified(type($fragment))
  }];
  let hasVerifier = 1;
}

def Tile_StoreGlobalOp : Tile_GlobalOp<"store_global", [0, 1],
    (ins Tile_FragmentType:$fragment), (ins Arg<Tile_GlobalMemory, "", [MemWriteAt<0>]>:$memory),
    (ins UnitAttr:$transposed)> {
  let summary = "registers to global memory";
  let description = [{
    Writes the elements of a tile where `tile.load_global` reads them, and
    nothing where that reads no memory. Of the threads that hold an element one
    writes it.

    Constraints:
    - store_global_c1: there is an index for each dimension of the memref.
    - store_global_c2: `along` and `rows` come together, and are there where the
      tile has more than one row.
    - store_global_c3: `along` is a dimension of the memref; it is the last one
      only where the tile has one column.
    - store_global_c4: memref and fragment have one element type.

    Example:

    ```mlir
    func.func @output(%o: !tile.fragment<64x128xbf16, #tile.blocked<vector = 8, warps = 8>>,
                      %m: memref<?x?x8x128xbf16>, %b: index, %t: index, %h: index, %n: index) {
      %c0 = arith.constant 0 : index
      tile.store_global %o to %m[%b, %t, %h, %c0] along 1 rows %n : !tile.fragment<64x128xbf16, #tile.blocked<vector = 8, warps = 8>>, memref<?x?x8x128xbf16>
      return
    }
    ```
  }];
  let assemblyFormat = [{
    $fragment `to` $memory `[` $indices `]` (`along` $along^ `rows` $rows)? (`transposed` $transposed^)? attr-dict `:`
    qualified(type($fragment)) `,` type($memory)
  }];
  let hasVerifier = 1;
}

def Tile_ProgramIdOp : Tile_Op<"program_id", [Pure]> {
  let summary = "place of the CTA in the grid";
  let description = [{
    The index of the CTA's work item in a dimension of the grid.

    Constraints:
    - program_id_c1: the dimension is in 0..2.

    Example:

    ```mlir
    func.func @head() -> index {
      %h = tile.program_id 1 : index
      return %h : index
    }
    ```
  }];
  let arguments = (ins I64Attr:$dimension);
  let results = (outs Index:$result);
  let assemblyFormat = "$dimension attr-dict `:` type($result)";
  let hasVerifier = 1;
}

#endif // DIALECTS_TILE_IR_TILEGLOBALOPS_TD
