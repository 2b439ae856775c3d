//===- PlaitMapRowsOp.td - the map of rows -----------------*- tablegen -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file defines plait.map_rows and the terminator of its region.
//===----------------------------------------------------------------------===//

#ifndef DIALECTS_PLAIT_IR_PLAITMAPROWSOP_TD
#define DIALECTS_PLAIT_IR_PLAITMAPROWSOP_TD

include "dialects/Plait/IR/PlaitOpBase.td"

def Plait_MapRowsOp : Plait_SequenceOp<"map_rows", [], [
    AttrSizedOperandSegments, IsolatedFromAbove, SingleBlockImplicitTerminator<"YieldOp">]> {
  let summary = "map of the row of each token and head";
  let description = [{
    Calls its region f once for each batch b, token t and head h:

    ```
    out_1[b, t, h], out_2[b, t, h], ... = f(x_1[b, t, h], x_2[b, t, h], ..., from + t)
    ```

    An argument of the region is the row of its operand (a vector) or its one
    element (a scalar); a yielded value is the row or element of its init. With
    `from`, a last argument of type index is the position of the token, counted
    from that operand.

    | operand | shape | argument or yielded value |
    |---|---|---|
    | `inputs` | [B, T, H, D], [H, D] or [D] | a vector of D elements |
    | `inputs` | [B, T, H] or [H] | an element |
    | `inits` | [B, T, H, D] | a vector of D elements |
    | `inits` | [B, T, H] | an element |

    Constraints:
    - map_rows_c1: all operands are tensors, or all are memrefs.
    - map_rows_c2: on tensors there is one result for each init, of its type;
      on memrefs there is none.
    - map_rows_c3: there is an init; inputs and inits have the ranks of the
      table.
    - map_rows_c4: rows are static and not empty.
    - map_rows_c5: the region has an argument for each input, of its row's
      type, and with `from` a last one of type index.
    - map_rows_c6: sizes agree as the table says, where they are static.
    - map_rows_c7: the region yields a value for each init, of its row's type.
    - map_rows_c8: the region holds arith, math and vector ops on vectors and
      scalars, without regions of their own and without effects on memory. (A
      sum over tokens can therefore not be said here.) Vectors are of fixed
      length; elements are f16, bf16, f32, f64, index or integers of at most
      64 bits. Without counts of bits, integer powers, scaling casts,
      `vector.scan`, `vector.vscale` and rounding modes other than to nearest
      even.

    Ops on f16 and bf16 compute in f32 and round their results; reductions and
    contractions round the sum alone.

    Example:

    ```mlir
    func.func @elu_plus_one(%x: tensor<?x?x8x64xf32>, %out: tensor<?x?x8x64xf32>) -> tensor<?x?x8x64xf32> {
      %rows = plait.map_rows ins(%x : tensor<?x?x8x64xf32>) outs(%out : tensor<?x?x8x64xf32>) {
      ^bb0(%row: vector<64xf32>):
        %zero = arith.constant dense<0.0> : vector<64xf32>
        %one = arith.constant dense<1.0> : vector<64xf32>
        %positive = arith.cmpf ogt, %row, %zero : vector<64xf32>
        %shifted = arith.addf %row, %one : vector<64xf32>
        %exp = math.exp %row : vector<64xf32>
        %phi = arith.select %positive, %shifted, %exp : vector<64xi1>, vector<64xf32>
        plait.yield %phi : vector<64xf32>
      } -> tensor<?x?x8x64xf32>
      return %rows : tensor<?x?x8x64xf32>
    }
    ```
  }];
  let arguments = (ins
    Variadic<Plait_Floats>:$inputs, Optional<Index>:$first_token, Variadic<Plait_Floats>:$inits,
    OptionalAttr<Plait_ScheduleAttr>:$schedule);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    `ins` `(` ($inputs^ `:` type($inputs))? `)` (`from` `(` $first_token^ `)`)?
    `outs` `(` $inits `:` type($inits) `)` attr-dict-with-keyword $body (`->` type($results)^)?
  }];
  let hasCanonicalizer = 1;
  let hasRegionVerifier = 1;
}

def Plait_YieldOp : Plait_Op<"yield", [Pure, Terminator, ReturnLike, ParentOneOf<["MapRowsOp", "AttentionOp"]>]> {
  let summary = "end of the region of a row map";
  let description = [{
    Hands the rows and elements of one token and head back to the op around it.

    Example:

    ```mlir
    func.func @square(%x: tensor<?x?x?x64xf32>, %out: tensor<?x?x?x64xf32>) -> tensor<?x?x?x64xf32> {
      %rows = plait.map_rows ins(%x : tensor<?x?x?x64xf32>) outs(%out : tensor<?x?x?x64xf32>) {
      ^bb0(%row: vector<64xf32>):
        %square = arith.mulf %row, %row : vector<64xf32>
        plait.yield %square : vector<64xf32>
      } -> tensor<?x?x?x64xf32>
      return %rows : tensor<?x?x?x64xf32>
    }
    ```
  }];
  let arguments = (ins Variadic<AnyType>:$values);
  let builders = [OpBuilder<(ins), [{ /* an empty row map */ }]>];
  let assemblyFormat = "attr-dict ($values^ `:` type($values))?";
}

#endif // DIALECTS_PLAIT_IR_PLAITMAPROWSOP_TD
