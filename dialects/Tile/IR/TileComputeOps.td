//===- TileComputeOps.td - arithmetic on fragments ---------*- tablegen -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file defines the operations that compute: the matrix product, maps of
// elements, reductions and conversions.
//===----------------------------------------------------------------------===//

#ifndef DIALECTS_TILE_IR_TILECOMPUTEOPS_TD
#define DIALECTS_TILE_IR_TILECOMPUTEOPS_TD

include "dialects/Tile/IR/TileOpBase.td"

def Tile_MmaOp : Tile_Op<"mma", [AttrSizedOperandSegments, SingleOperands<[4]>,
                                AllTypesMatch<["accumulator", "result"]>,
                                DeclareOpInterfaceMethods<MemoryEffectsOpInterface>]> {
  let summary = "matrix product that adds to an accumulator";
  let description = [{
    result = A B + accumulator, with A of M x K, B of K x N and the accumulator
    of M x N. A and B are fragments or lie in shared memory, there at a stage
    where they have several; a `transposed` one is the transpose of the shared
    tile. Products are exact; sums are f32, in an order that the hardware
    decides, and truncated by it. With `rounded`, the sum over K begins with 0
    and is added to the accumulator at the end, and that addition rounds: what
    many blocks add to would else drift.

    A and B may be sums of parts, the first of which rounds the sum, the next
    what is left, and so on. With N the larger number of parts, the product of
    part i of A with part j of B counts where i + j < N; the rest is below what N
    parts hold. In each 16 of K, the smallest products come first.

    B may be known to be 0 but `within` a triangle: `upper` where an element's row is
    at most its column, `lower` where it is at least that. Where warps do not split
    columns, products with nothing but such zeros are left out; of a B that has
    something there, the result is undefined.

    A fragment A may be in layout `accumulator`, too: where warps split its columns,
    each multiplies what it has of K. They then exchange their sums through
    `scratch`, a shared tile of the sums of one such warp below those of the other,
    and each adds up what it has of the result. The op waits for all threads between
    writing and reading it.

    Constraints:
    - mma_c1: the accumulator is f32 in layout `accumulator`.
    - mma_c2: A and B are both bf16 or both f16.
    - mma_c3: a fragment A has layout `a` or `accumulator`, a fragment B layout `b`.
    - mma_c4: fragments are split over the accumulator's warps.
    - mma_c5: A is M x K, B K x N and the accumulator M x N, after transposition.
    - mma_c6: K is a multiple of 16, in each warp that has a part of it.
    - mma_c7: a stage, that of all parts, is given where an operand has several,
      and only there.
    - mma_c8: only a tile in shared memory is transposed.
    - mma_c9: A and B have at least one part, and all parts one type.
    - mma_c10: a scratch is given where warps split K, and only there: not before
      they are assigned. It is f32 of the shape above, with one stage, and B then
      lies in shared memory and is not known to be 0 anywhere.

    Examples:

    ```mlir
    func.func @scores(%q: !tile.fragment<64x128xbf16, #tile.mma<a, warps = [4, 2]>>,
                      %k: !tile.shared<64x128xbf16, stages = 2>, %stage: index,
                      %zero: !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 2]>>)
        -> !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 2]>> {
      %p = tile.mma %q, %k[%stage] transposed, %zero : !tile.fragment<64x128xbf16, #tile.mma<a, warps = [4, 2]>>, !tile.shared<64x128xbf16, stages = 2>, !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 2]>>
      return %p : !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 2]>>
    }

    // Three products: of the first part with both, and of the second with the first.
    func.func @in_parts(%q: !tile.fragment<64x128xbf16, #tile.mma<a, warps = [4, 1]>>,
                        %q_rest: !tile.fragment<64x128xbf16, #tile.mma<a, warps = [4, 1]>>,
                        %k: !tile.shared<64x128xbf16>, %k_rest: !tile.shared<64x128xbf16>,
                        %zero: !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 1]>>)
        -> !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 1]>> {
      %p = tile.mma (%q, %q_rest), (%k, %k_rest) transposed, %zero : !tile.fragment<64x128xbf16, #tile.mma<a, warps = [4, 1]>>, !tile.shared<64x128xbf16>, !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 1]>>
      return %p : !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 1]>>
    }
    ```
  }];
  let arguments = (ins
    Variadic<Tile_Operand>:$a, Optional<Index>:$a_stage, UnitAttr:$a_transposed,
    Variadic<Tile_Operand>:$b, Optional<Index>:$b_stage, UnitAttr:$b_transposed,
    OptionalAttr<Tile_TriangleAttr>:$triangle,
    Tile_FragmentType:$accumulator, UnitAttr:$rounded, Optional<Tile_SharedType>:$scratch);
  let results = (outs Tile_FragmentType:$result);
  let assemblyFormat = [{
    custom<Parts>($a) (`[` $a_stage^ `]`)? (`transposed` $a_transposed^)? `,`
    custom<Parts>($b) (`[` $b_stage^ `]`)? (`transposed` $b_transposed^)? (`within` $triangle^)? `,`
    $accumulator (`rounded` $rounded^)? (`using` $scratch^ `:` qualified(type($scratch)))? attr-dict `:`
    custom<PartType>(type($a), ref($a)) `,` custom<PartType>(type($b), ref($b)) `,` qualified(type($accumulator))
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// Whether A is such that warps may share K, and how many have parts of it.
    bool mayShareDepth();
    int64_t splittingWarps();
    /// K, and what each of those has of it.
    int64_t depth();
    int64_t ownDepth() { return depth() / splittingWarps(); }
    /// The scratch that those want.
    SharedType scratchType();
  }];
}

def Tile_ConvertOp : Tile_Op<"convert", [Pure]> {
  let summary = "other element type, or an accumulator as operand A";
  let description = [{
    Rounds each element to the result's element type, to the nearest and ties to
    even. An accumulator may become an operand A of the next product: where its
    columns are not split over warps, each thread already holds what it needs.

    Constraints:
    - convert_c1: source and result have one shape.
    - convert_c2: they have one layout, or the source has layout `accumulator`
      and the result layout `a`, with the same `warps` whose second is 1.

    Example:

    ```mlir
    func.func @state(%s: !tile.fragment<128x64xf32, #tile.mma<accumulator, warps = [8, 1]>>)
        -> !tile.fragment<128x64xbf16, #tile.mma<a, warps = [8, 1]>> {
      %a = tile.convert %s : !tile.fragment<128x64xf32, #tile.mma<accumulator, warps = [8, 1]>> -> !tile.fragment<128x64xbf16, #tile.mma<a, warps = [8, 1]>>
      return %a : !tile.fragment<128x64xbf16, #tile.mma<a, warps = [8, 1]>>
    }
    ```
  }];
  let arguments = (ins Tile_FragmentType:$source);
  let results = (outs Tile_FragmentType:$result);
  let assemblyFormat = "$source attr-dict `:` qualified(type($source)) `->` qualified(type($result))";
  let hasVerifier = 1;
}

def Tile_SplatOp : Tile_Op<"splat", [Pure]> {
  let summary = "fragment of one number";
  let description = [{
    Every element is the scalar.

    Constraints:
    - splat_c1: the scalar has the element type of the result.

    Example:

    ```mlir
    func.func @zero() -> !tile.fragment<128x64xf32, #tile.mma<accumulator, warps = [8, 1]>> {
      %c0 = arith.constant 0.0 : f32
      %z = tile.splat %c0 : f32 -> !tile.fragment<128x64xf32, #tile.mma<accumulator, warps = [8, 1]>>
      return %z : !tile.fragment<128x64xf32, #tile.mma<accumulator, warps = [8, 1]>>
    }
    ```
  }];
  let arguments = (ins Tile_Element:$scalar);
  let results = (outs Tile_FragmentType:$result);
  let assemblyFormat = "$scalar attr-dict `:` type($scalar) `->` qualified(type($result))";
  let hasVerifier = 1;
}

def Tile_MapOp : Tile_Op<"map", [RecursiveMemoryEffects, RecursivelySpeculatable, SingleBlock]> {
  let summary = "function of elements and their place";
  let description = [{
    result[r, c] = body(inputs[r, c]..., r, c). An input that is a slice of the
    result's layout gives the element of row r or of column c. The body is a line
    of ops on scalars without effects; it may use values from outside.

    Constraints:
    - map_c1: the body takes the element of each input, and two indices.
    - map_c2: an input has the result's shape and layout, or is a slice of that
      layout with the result's rows or columns.
    - map_c3: the ops of the body have no regions and no effects.
    - map_c4: the body ends with a `tile.yield` of the result's element type.

    Example, of a causal mask under a decay per row:

    ```mlir
    func.func @mask(%p: !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 2]>>,
                    %decay: !tile.fragment<64x1xf32, #tile.slice<column, #tile.mma<accumulator, warps = [4, 2]>>>)
        -> !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 2]>> {
      %zero = arith.constant 0.0 : f32
      %masked = tile.map %p, %decay {
      ^bb0(%x: f32, %d: f32, %row: index, %column: index):
        %keep = arith.cmpi sge, %row, %column : index
        %scaled = arith.mulf %x, %d : f32
        %y = arith.select %keep, %scaled, %zero : f32
        tile.yield %y : f32
      } : !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 2]>>, !tile.fragment<64x1xf32, #tile.slice<column, #tile.mma<accumulator, warps = [4, 2]>>> -> !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 2]>>
      return %masked : !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 2]>>
    }
    ```
  }];
  let arguments = (ins Variadic<Tile_FragmentType>:$inputs);
  let results = (outs Tile_FragmentType:$result);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "($inputs^)? $body attr-dict (`:` type($inputs)^)? `->` qualified(type($result))";
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
}

def Tile_ScanOp : Tile_Op<"scan", [AllTypesMatch<["carry", "last"]>, RecursiveMemoryEffects, RecursivelySpeculatable, SingleBlock]> {
  let summary = "recurrence along each row";
  let description = [{
    Goes along each row r from the first column to the last, or with `reverse`
    from the last to the first, with a carried number that starts as carry[r]:

    ```
    carry[r], result[r, c] = body(carry[r], inputs[r, c]..., r, c)
    ```

    A thread has the row to itself, and no thread waits for another. The body is
    a line of ops on scalars without effects; it may use values from outside.

    Constraints:
    - scan_c1: inputs and result have one shape and the layout `blocked` whose
      `vector` is a row.
    - scan_c2: the carry has one column, in the layout `blocked` of as many
      warps whose `vector` is 1.
    - scan_c3: the body takes the carry's element, that of each input, and two
      indices.
    - scan_c4: the ops of the body have no regions and no effects.
    - scan_c5: the body ends with a `tile.yield` of the elements of the carry
      and of the result.

    Example, of sums over 64 tokens of each of 128 channels:

    ```mlir
    func.func @sums(%x: !tile.fragment<128x64xf32, #tile.blocked<vector = 64, warps = 4>>,
                    %c: !tile.fragment<128x1xf32, #tile.blocked<vector = 1, warps = 4>>)
        -> !tile.fragment<128x64xf32, #tile.blocked<vector = 64, warps = 4>> {
      %sums, %total = tile.scan %x from %c {
      ^bb0(%sum: f32, %e: f32, %row: index, %column: index):
        %next = arith.addf %sum, %e : f32
        tile.yield %next, %next : f32, f32
      } : !tile.fragment<128x64xf32, #tile.blocked<vector = 64, warps = 4>> -> !tile.fragment<128x64xf32, #tile.blocked<vector = 64, warps = 4>>, !tile.fragment<128x1xf32, #tile.blocked<vector = 1, warps = 4>>
      return %sums : !tile.fragment<128x64xf32, #tile.blocked<vector = 64, warps = 4>>
    }
    ```
  }];
  let arguments = (ins Variadic<Tile_FragmentType>:$inputs, Tile_FragmentType:$carry, UnitAttr:$reverse);
  let results = (outs Tile_FragmentType:$result, Tile_FragmentType:$last);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    $inputs `from` $carry (`reverse` $reverse^)? $body attr-dict `:` type($inputs) `->` qualified(type($result)) `,`
    qualified(type($carry))
  }];
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
}

def Tile_YieldOp : Tile_Op<"yield", [Pure, Terminator, ReturnLike, ParentOneOf<["GatherOp", "MapOp", "ScanOp"]>]> {
  let summary = "results of a body";
  let description = [{
    The element of a map's result; of a scan the carried number and the element
    of the result; of a gather the column.

    Example:

    ```mlir
    func.func @positions() -> !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 2]>> {
      %positions = tile.map {
      ^bb0(%row: index, %column: index):
        %i = arith.index_cast %column : index to i32
        %x = arith.sitofp %i : i32 to f32
        tile.yield %x : f32
      } -> !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 2]>>
      return %positions : !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 2]>>
    }
    ```
  }];
  let arguments = (ins Variadic<AnyTypeOf<[Tile_Element, Index]>>:$values);
  let assemblyFormat = "$values attr-dict `:` type($values)";
}

def Tile_ReduceOp : Tile_Op<"reduce", [AttrSizedOperandSegments]> {
  let summary = "sum or maximum of each row or column, or any of its equal elements";
  let description = [{
    `along row` goes along each row and gives a column vector, one number for
    each row; `along column` goes down each column and gives a row vector. Several
    sources are taken as one tile, beside or below each other. All threads that
    hold elements of a row or column get its number, and the same bits. `any` is
    one of the elements: of such that differ, threads may get different ones.

    Where warps split what is gone along, they exchange through `scratch`: a
    shared tile of one row for each of those warps, and one column for each
    number. The op waits for all threads between writing and reading it, and as
    each then reads what it wants, the result may lie beside tiles of another
    layout. `any` needs no exchange.

    Constraints:
    - reduce_c1: elements are f32.
    - reduce_c2: the sources have one mma layout, equally many rows (columns), and
      as many warps that split them.
    - reduce_c3: the result has the shape and the slice of the sources' layout
      that the direction gives. With a scratch it may be any row or column of as
      many numbers over as many warps.
    - reduce_c4: a scratch is given where warps split the direction, but for `any`,
      and only there: not before warps are assigned.
    - reduce_c5: the scratch is f32 of the shape above, with one stage.

    Example:

    ```mlir
    func.func @row_sums(%x: !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 2]>>, %s: !tile.shared<2x64xf32>)
        -> !tile.fragment<64x1xf32, #tile.slice<column, #tile.mma<accumulator, warps = [4, 2]>>> {
      %sums = tile.reduce add %x along row using %s : !tile.shared<2x64xf32> : !tile.fragment<64x64xf32, #tile.mma<accumulator, warps = [4, 2]>> -> !tile.fragment<64x1xf32, #tile.slice<column, #tile.mma<accumulator, warps = [4, 2]>>>
      return %sums : !tile.fragment<64x1xf32, #tile.slice<column, #tile.mma<accumulator, warps = [4, 2]>>>
    }
    ```
  }];
  let arguments = (ins Tile_ReduceKindAttr:$kind, Variadic<Tile_FragmentType>:$sources, Tile_DirectionAttr:$direction,
                       Arg<Optional<Tile_SharedType>, "", Tile_ReadsShared # Tile_WritesShared>:$scratch);
  let results = (outs Tile_FragmentType:$result);
  let assemblyFormat = [{
    $kind $sources `along` $direction (`using` $scratch^ `:` qualified(type($scratch)))? attr-dict `:`
    qualified(type($sources)) `->` qualified(type($result))
  }];
  let hasVerifier = 1;
  let hasCanonicalizer = 1;
  let extraClassDeclaration = [{
    /// How many warps hold parts of one row or column of a source.
    int64_t splittingWarps(FragmentType source);
    /// The vector beside the sources that the direction gives.
    FragmentType sourceSlice();
    /// Whether a scratch may be read as a vector of that type: as many numbers over as many warps.
    bool canGive(FragmentType result);
  }];
}

def Tile_CumsumOp : Tile_Op<"cumsum", [Pure, AllTypesMatch<["source", "result"]>]> {
  let summary = "sums of a row up to each of its elements";
  let description = [{
    Element c of the result is the sum of those up to c, itself with them or, with
    `exclusive`, without; with `reverse` it is the sum of those from c on. Each warp
    adds for itself, by exchanges among its lanes, and no thread waits for another
    warp's.

    Constraints:
    - cumsum_c1: the source is one row of f32 in the layout `blocked`.
    - cumsum_c2: its pieces are at most 32 and a power of two: each warp has all.

    Example, of the decays from each token to the end of a block:

    ```mlir
    func.func @later(%decays: !tile.fragment<1x64xf32, #tile.blocked<vector = 2, warps = 4>>)
        -> !tile.fragment<1x64xf32, #tile.blocked<vector = 2, warps = 4>> {
      %sums = tile.cumsum %decays exclusive reverse : !tile.fragment<1x64xf32, #tile.blocked<vector = 2, warps = 4>>
      return %sums : !tile.fragment<1x64xf32, #tile.blocked<vector = 2, warps = 4>>
    }
    ```
  }];
  let arguments = (ins Tile_FragmentType:$source, UnitAttr:$exclusive, UnitAttr:$reverse);
  let results = (outs Tile_FragmentType:$result);
  let assemblyFormat = [{
    $source (`exclusive` $exclusive^)? (`reverse` $reverse^)? attr-dict `:` qualified(type($source))
  }];
  let hasVerifier = 1;
}

def Tile_ShuffleOp : Tile_Op<"shuffle", [Pure]> {
  let summary = "a row that each warp holds, dealt to its lanes in another layout";
  let description = [{
    The result is the source, or the column that is its transpose, in any layout:
    each thread takes its elements from the lanes of its warp that hold them. With
    `at` all elements of the result are that one of the source.

    Constraints:
    - shuffle_c1: the source is one row of f32 in the layout `blocked`.
    - shuffle_c2: its pieces are at most 32 and a power of two: each warp has all.
    - shuffle_c3: the result is a row or a column of f32, of as many but with `at`.
    - shuffle_c4: both are of as many warps, once the result's are assigned.
    - shuffle_c5: `at` is the number of an element of the source.

    Example:

    ```mlir
    func.func @beside(%row: !tile.fragment<1x32xf32, #tile.blocked<vector = 1, warps = 4>>)
        -> !tile.fragment<32x1xf32, #tile.slice<column, #tile.mma<accumulator, warps = [2, 2]>>> {
      %column = tile.shuffle %row : !tile.fragment<1x32xf32, #tile.blocked<vector = 1, warps = 4>> -> !tile.fragment<32x1xf32, #tile.slice<column, #tile.mma<accumulator, warps = [2, 2]>>>
      return %column : !tile.fragment<32x1xf32, #tile.slice<column, #tile.mma<accumulator, warps = [2, 2]>>>
    }
    ```
  }];
  let arguments = (ins Tile_FragmentType:$source, OptionalAttr<I64Attr>:$at);
  let results = (outs Tile_FragmentType:$result);
  let assemblyFormat = "$source (`at` $at^)? attr-dict `:` qualified(type($source)) `->` qualified(type($result))";
  let hasVerifier = 1;
}

def Tile_ExceedsOp : Tile_Op<"exceeds"> {
  let summary = "whether the magnitude of any element is over a bound";
  let description = [{
    True in all threads where an element of one of the sources is above the bound,
    below its negative, or NaN; false in all threads elsewhere. The op waits for
    all threads, and is a barrier for their accesses of memory.

    Constraints:
    - exceeds_c1: there is at least one source, and elements are f32.

    Example, of the choice between two ways to compute:

    ```mlir
    func.func @isSteep(%decays: !tile.fragment<64x128xf32, #tile.mma<accumulator, warps = [4, 2]>>) -> i1 {
      %bound = arith.constant 32.0 : f32
      %steep = tile.exceeds %decays over %bound : !tile.fragment<64x128xf32, #tile.mma<accumulator, warps = [4, 2]>>
      return %steep : i1
    }
    ```
  }];
  let arguments = (ins Variadic<Tile_FragmentType>:$sources, F32:$bound);
  let results = (outs I1:$result);
  let assemblyFormat = "$sources `over` $bound attr-dict `:` qualified(type($sources))";
  let hasVerifier = 1;
}

#endif // DIALECTS_TILE_IR_TILECOMPUTEOPS_TD
