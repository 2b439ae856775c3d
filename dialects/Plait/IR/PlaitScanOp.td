//===- PlaitScanOp.td - the elementwise recurrence ---------*- tablegen -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file defines plait.scan.
//===----------------------------------------------------------------------===//

#ifndef DIALECTS_PLAIT_IR_PLAITSCANOP_TD
#define DIALECTS_PLAIT_IR_PLAITSCANOP_TD

include "dialects/Plait/IR/PlaitOpBase.td"

def Plait_ScanOp : Plait_SequenceOp<"scan", ["isReversed"], [AttrSizedOperandSegments]> {
  let summary = "elementwise recurrence over time";
  let description = [{
    Repeats an associative operator along T, each element of [B, H, D] for
    itself, from the carried value c that `outs` brings and takes away:

    ```
    add          c_t = c_{t-1} + x_t
    affine       c_t = a_t c_{t-1} + b_t
    max          c_t = max(c_{t-1}, x_t)
    logsumexp    c_t = log(e^{c_{t-1}} + e^{x_t})
    max_affine   c_t = max(a_t + c_{t-1}, b_t)
    ```

    Token t reads c_t, or c_{t-1} with `read(exclusive)`. `reverse` runs from
    the last token to the first. `segments` holds N + 1 token offsets of packed
    sequences, each with a carried value of its own.

    | operand | shape | |
    |---|---|---|
    | `inputs` | [B, T, H, D] | x; a and b for affine and max_affine |
    | `segments` | [N + 1] | offsets in tokens |
    | `inits` | [B, T, H, D], [B, H, D] | out, and c before and after ([N, H, D] with `segments`) |

    Constraints:
    - scan_c1: all operands are tensors, or all are memrefs.
    - scan_c2: on tensors there is one result for each init, of its type; on
      memrefs there is none.
    - scan_c3: affine and max_affine have two inputs, the others one.
    - scan_c4: there are two inits.
    - scan_c5: operands have the ranks of the table.
    - scan_c6: inputs have one element type, `out` has it too or f32, and the
      carried value is f32.
    - scan_c7: D is static and at least 1. On an op that has a schedule it may
      be a dynamic strip.
    - scan_c8: sizes agree as the table says, where they are static.
    - scan_c9: with `segments` B is 1, and N offsets more one go with N carried
      values.

    Example:

    ```mlir
    func.func @rg_lru(%a: tensor<?x?x8x64xf32>, %b: tensor<?x?x8x64xf32>, %out: tensor<?x?x8x64xf32>,
                      %c0: tensor<?x8x64xf32>) -> (tensor<?x?x8x64xf32>, tensor<?x8x64xf32>) {
      %o, %carry = plait.scan affine ins(%a, %b : tensor<?x?x8x64xf32>, tensor<?x?x8x64xf32>)
        outs(%out, %c0 : tensor<?x?x8x64xf32>, tensor<?x8x64xf32>) -> tensor<?x?x8x64xf32>, tensor<?x8x64xf32>
      return %o, %carry : tensor<?x?x8x64xf32>, tensor<?x8x64xf32>
    }
    ```
  }];
  let arguments = (ins
    Plait_ScanKindAttr:$kind, Variadic<Plait_Floats>:$inputs, Optional<Plait_Offsets>:$segments,
    Variadic<Plait_Floats>:$inits,
    DefaultValuedAttr<Plait_ReadModeAttr, "::plait::ReadMode::inclusive">:$read,
    UnitAttr:$reverse, OptionalAttr<Plait_ScheduleAttr>:$schedule);
  let assemblyFormat = [{
    custom<Word>($kind) `ins` `(` $inputs `:` type($inputs) `)` (`segments` `(` $segments^ `:` type($segments) `)`)?
    `outs` `(` $inits `:` type($inits) `)` (`read` `(` custom<Word>($read)^ `)`)? (`reverse` $reverse^)?
    attr-dict (`->` type($results)^)?
  }];
  let extraClassDeclaration = destinationStyle # [{
    ::mlir::Value getOut() { return getInits()[0]; }
    ::mlir::Value getCarry() { return getInits()[1]; }
  }];
}

#endif // DIALECTS_PLAIT_IR_PLAITSCANOP_TD
