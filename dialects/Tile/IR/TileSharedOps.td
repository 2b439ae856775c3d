//===- TileSharedOps.td - shared memory and its order ------*- tablegen -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file defines the operations on tiles in shared memory, and those that
// order them: groups of asynchronous copies and the barrier.
//===----------------------------------------------------------------------===//

#ifndef DIALECTS_TILE_IR_TILESHAREDOPS_TD
#define DIALECTS_TILE_IR_TILESHAREDOPS_TD

include "dialects/Tile/IR/TileOpBase.td"

def Tile_AllocOp : Tile_Op<"alloc"> {
  let summary = "shared memory for a tile";
  let description = [{
    Takes shared memory for all stages of a tile, for as long as the kernel runs.
    What is in it is undefined. `at` is the byte where it lies, once that is
    decided.

    Constraints:
    - alloc_c1: `offset` is a multiple of 128 of at least 0.

    Example:

    ```mlir
    func.func @buffers() {
      %s = tile.alloc : !tile.shared<64x128xbf16, stages = 2>
      %placed = tile.alloc at 32768 : !tile.shared<64x1xf32>
      return
    }
    ```
  }];
  let arguments = (ins OptionalAttr<I64Attr>:$offset);
  let results = (outs Res<Tile_SharedType, "", [MemAlloc<Tile_SharedMemory, 0, FullEffect>]>:$result);
  let assemblyFormat = "(`at` $offset^)? attr-dict `:` qualified(type($result))";
  let hasVerifier = 1;
}

def Tile_LoadOp : Tile_Op<"load"> {
  let summary = "registers from shared memory";
  let description = [{
    fragment[r, c] = source[stage][r, c], or source[stage][c, r] with `transposed`.
    A tile of several stages is read at one of them, by an index from 0.

    Constraints:
    - load_c1: the fragment has the shape of the source, with `transposed` the
      transpose of it.
    - load_c2: fragment and source have one element type.
    - load_c3: a stage is given where the source has several, and only there.

    Example:

    ```mlir
    func.func @keys(%s: !tile.shared<64x128xbf16, stages = 2>, %stage: index)
        -> !tile.fragment<128x64xbf16, #tile.mma<a, warps = [8, 1]>> {
      %k = tile.load %s[%stage] transposed : !tile.shared<64x128xbf16, stages = 2> -> !tile.fragment<128x64xbf16, #tile.mma<a, warps = [8, 1]>>
      return %k : !tile.fragment<128x64xbf16, #tile.mma<a, warps = [8, 1]>>
    }
    ```
  }];
  let arguments = (ins Arg<Tile_SharedType, "", Tile_ReadsShared>:$source, Optional<Index>:$stage,
                       UnitAttr:$transposed);
  let results = (outs Tile_FragmentType:$fragment);
  let assemblyFormat = [{
    $source (`[` $stage^ `]`)? (`transposed` $transposed^)? attr-dict `:` qualified(type($source)) `->` qualified(type($fragment))
  }];
  let hasVerifier = 1;
}

def Tile_StoreOp : Tile_Op<"store"> {
  let summary = "registers to shared memory";
  let description = [{
    target[stage][r, c] = fragment[r, c], or target[stage][c, r] with `transposed`.
    Of the threads that hold an element one stores it.

    Constraints:
    - store_c1: the fragment has the shape of the target, with `transposed` the
      transpose of it.
    - store_c2: fragment and target have one element type.
    - store_c3: a stage is given where the target has several, and only there.

    Example:

    ```mlir
    func.func @scores(%p: !tile.fragment<64x64xbf16, #tile.mma<accumulator, warps = [4, 2]>>,
                      %s: !tile.shared<64x64xbf16>) {
      tile.store %p to %s : !tile.fragment<64x64xbf16, #tile.mma<accumulator, warps = [4, 2]>>, !tile.shared<64x64xbf16>
      return
    }
    ```
  }];
  let arguments = (ins Tile_FragmentType:$fragment, Arg<Tile_SharedType, "", Tile_WritesShared>:$target,
                       Optional<Index>:$stage, UnitAttr:$transposed);
  let assemblyFormat = [{
    $fragment `to` $target (`[` $stage^ `]`)? (`transposed` $transposed^)? attr-dict `:`
    qualified(type($fragment)) `,` qualified(type($target))
  }];
  let hasVerifier = 1;
}

def Tile_GatherOp : Tile_Op<"gather", [SingleBlock]> {
  let summary = "registers from columns of shared memory that a function names";
  let description = [{
    fragment[r, c] = source[r, body(r, c)]. The body is a line of ops on scalars
    without effects; it may use values from outside. The column that it yields is
    one of the source's.

    Constraints:
    - gather_c1: source and fragment have one element type and equally many rows.
    - gather_c2: the source has one stage.
    - gather_c3: the body takes two indices.
    - gather_c4: the ops of the body have no regions and no effects.
    - gather_c5: the body ends with a `tile.yield` of an index.

    Example, of rows that are turned round:

    ```mlir
    func.func @reverse(%s: !tile.shared<64x128xf32>)
        -> !tile.fragment<64x128xf32, #tile.mma<accumulator, warps = [4, 2]>> {
      %last = arith.constant 127 : index
      %x = tile.gather %s {
      ^bb0(%row: index, %column: index):
        %from = arith.subi %last, %column : index
        tile.yield %from : index
      } : !tile.shared<64x128xf32> -> !tile.fragment<64x128xf32, #tile.mma<accumulator, warps = [4, 2]>>
      return %x : !tile.fragment<64x128xf32, #tile.mma<accumulator, warps = [4, 2]>>
    }
    ```
  }];
  let arguments = (ins Arg<Tile_SharedType, "", Tile_ReadsShared>:$source);
  let results = (outs Tile_FragmentType:$fragment);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$source $body attr-dict `:` qualified(type($source)) `->` qualified(type($fragment))";
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
}

def Tile_CommitOp : Tile_Op<"commit", [MemoryEffects<Tile_UsesPipe>]> {
  let summary = "close a group of asynchronous copies";
  let description = [{
    The copies that the threads started since their commit before become one
    group, which may be empty.

    Example:

    ```mlir
    func.func @group() -> !tile.token {
      %group = tile.commit : !tile.token
      return %group : !tile.token
    }
    ```
  }];
  let results = (outs Tile_TokenType:$group);
  let assemblyFormat = "attr-dict `:` qualified(type($group))";
}

// The copies' writes to shared memory count as done at the wait.
def Tile_WaitOp : Tile_Op<"wait", [MemoryEffects<Tile_UsesPipe # [MemWrite<Tile_SharedMemory>]>]> {
  let summary = "wait for a group of asynchronous copies";
  let description = [{
    Each thread waits until its own part of all groups but the last `pending` has
    been written to shared memory; `group` is one of those. Other threads' parts
    can be read after a barrier that follows.

    Constraints:
    - wait_c1: `pending` is at least 0.

    Example:

    ```mlir
    func.func @arrived(%group: !tile.token) {
      tile.wait %group pending 1
      tile.barrier
      return
    }
    ```
  }];
  let arguments = (ins Tile_TokenType:$group, I64Attr:$pending);
  let assemblyFormat = "$group `pending` $pending attr-dict";
  let hasVerifier = 1;
}

def Tile_BarrierOp : Tile_Op<"barrier", [MemoryEffects<[
    MemRead<Tile_SharedMemory>, MemWrite<Tile_SharedMemory>, MemRead<DefaultResource>, MemWrite<DefaultResource>]>]> {
  let summary = "wait for all threads of the CTA";
  let description = [{
    Accesses of shared and global memory by any thread before the barrier come
    before those of any thread after it.

    Example:

    ```mlir
    func.func @exchange(%x: !tile.fragment<128x64xf32, #tile.mma<accumulator, warps = [4, 2]>>, %s: !tile.shared<128x64xf32>)
        -> !tile.fragment<128x64xf32, #tile.mma<accumulator, warps = [8, 1]>> {
      tile.store %x to %s : !tile.fragment<128x64xf32, #tile.mma<accumulator, warps = [4, 2]>>, !tile.shared<128x64xf32>
      tile.barrier
      %y = tile.load %s : !tile.shared<128x64xf32> -> !tile.fragment<128x64xf32, #tile.mma<accumulator, warps = [8, 1]>>
      return %y : !tile.fragment<128x64xf32, #tile.mma<accumulator, warps = [8, 1]>>
    }
    ```
  }];
  let assemblyFormat = "attr-dict";
}

#endif // DIALECTS_TILE_IR_TILESHAREDOPS_TD
