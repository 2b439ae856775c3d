//===- PlaitProjectOp.td - rows times a matrix -------------*- tablegen -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file defines plait.project.
//===----------------------------------------------------------------------===//

#ifndef DIALECTS_PLAIT_IR_PLAITPROJECTOP_TD
#define DIALECTS_PLAIT_IR_PLAITPROJECTOP_TD

include "dialects/Plait/IR/PlaitOpBase.td"

def Plait_ProjectOp : Plait_SequenceOp<"project"> {
  let summary = "rows times a matrix";
  let description = [{
    For the row x in R^D of each batch b, token t and head h:

    ```
    y[b, t, h] = scale * x[b, t, h] M
    ```

    with M in R^{D x E} shared, per head, or per batch and head. Head h of x
    uses matrix h / `group_size`.

    | operand | shape |
    |---|---|
    | `input` | [B, T, H * group_size, D] |
    | `matrix` | [D, E], [H, D, E] or [B, H, D, E] |
    | `inits` | [B, T, H * group_size, E] |

    Constraints:
    - project_c1: all operands are tensors, or all are memrefs.
    - project_c2: on tensors there is a result of the init's type; on memrefs
      there is none.
    - project_c3: there is one init; operands have the ranks of the table.
    - project_c4: `out` has the element type of `input` or f32.
    - project_c5: D and E are static, at least 1, and agree everywhere.
    - project_c6: `group_size` is in 1..512, and 1 for a shared matrix.
    - project_c7: sizes agree as the table says, where they are static.

    Example:

    ```mlir
    func.func @heads(%x: tensor<?x?x8x64xbf16>, %m: tensor<8x64x32xf32>, %out: tensor<?x?x8x32xf32>)
        -> tensor<?x?x8x32xf32> {
      %y = plait.project ins(%x, %m : tensor<?x?x8x64xbf16>, tensor<8x64x32xf32>)
        outs(%out : tensor<?x?x8x32xf32>) scale(0.125) -> tensor<?x?x8x32xf32>
      return %y : tensor<?x?x8x32xf32>
    }
    ```
  }];
  let arguments = (ins
    Plait_Floats:$input, Plait_Floats:$matrix, Variadic<Plait_Floats>:$inits,
    DefaultValuedAttr<F32Attr, "1.0f">:$scale,
    DefaultValuedAttr<I64Attr, "1">:$group_size,
    OptionalAttr<Plait_ScheduleAttr>:$schedule);
  let assemblyFormat = [{
    `ins` `(` $input `,` $matrix `:` type($input) `,` type($matrix) `)` `outs` `(` $inits `:` type($inits) `)`
    (`scale` `(` custom<F32>($scale)^ `)`)? (`group_size` `(` $group_size^ `)`)? attr-dict (`->` type($results)^)?
  }];
}

#endif // DIALECTS_PLAIT_IR_PLAITPROJECTOP_TD
