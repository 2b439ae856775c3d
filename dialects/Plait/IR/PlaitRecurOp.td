//===- PlaitRecurOp.td - the matrix-state recurrence -------*- tablegen -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file defines plait.recur.
//===----------------------------------------------------------------------===//

#ifndef DIALECTS_PLAIT_IR_PLAITRECUROP_TD
#define DIALECTS_PLAIT_IR_PLAITRECUROP_TD

include "dialects/Plait/IR/PlaitOpBase.td"

def Plait_RecurOp : Plait_SequenceOp<"recur", ["isReversed"],
                                    [AttrSizedOperandSegments, SingleOperands<[0, 1, 2]>]> {
  let summary = "matrix-state recurrence over time";
  let description = [{
    For each batch b and key-value head h, with the state S in R^{K x V}:

    ```
    S_t = diag(e^{g_t}) S_{t-1} diag(e^{w_t}) + b_t (a_t^T S_{t-1}) + k_t v_t^T
    o_t = scale * S_t^T q_t                                     read(inclusive)
    o_t = scale * (S_{t-1}^T q_t + (q_t . (u * k_t)) v_t)       read(exclusive)
    ```

    A term whose operand is absent is not there (g = w = 0, no a and b, u = 0).
    `delta` makes the write a delta rule, after the decay:
    S <- S - beta_t k_t (k_t^T S) + beta_t k_t v_t^T.
    With `substeps` n, rows tn .. tn+n-1 of key, value and beta belong to token
    t; decay and low rank act once, in the first; the token reads after the
    last. `reverse` runs the same formulas from the last token to the first.
    Query head h reads key-value head h / `group_size`.

    `stabilize` (mLSTM) has an input gate i and keeps S scaled by e^{-m_t}:

    ```
    m_t = max(g_t + m_{t-1}, i_t)
    S_t = e^{g_t + m_{t-1} - m_t} S_{t-1} + e^{i_t - m_t} k_t v_t^T
    ```

    `segments` holds N + 1 token offsets of packed sequences; each starts from
    its own state, and an empty one passes its state through.

    | operand | shape | |
    |---|---|---|
    | `query` | [B, T, H * group_size, K] | q |
    | `key` | [B, T * substeps, H, K] | k |
    | `value` | [B, T * substeps, H, V] | v |
    | `decay` | [H], [B, T, H] or [B, T, H, K] | g, logarithmic |
    | `value_decay` | [B, T, H, V] | w, logarithmic |
    | `low_rank_a`, `low_rank_b` | [B, T, H, K] | a, b |
    | `beta` | [B, T * substeps, H] | written `delta` |
    | `bonus` | [H, K] | u |
    | `input_gate` | [B, T, H] | i, written `stabilize` |
    | `segments` | [N + 1] | offsets in tokens |
    | `inits` | [B, T, H * group_size, V], [B, H, K, V] | out, and the state before and after |
    | with `stabilize` also | [B, T, H], [B, H] | m by token; m before and after |
    | with `segments` | [N, H, K, V], [N, H] | the states, and m |

    Constraints:
    - recur_c1: all operands are tensors, or all are memrefs.
    - recur_c2: on tensors there is one result for each init, of its type; on
      memrefs there is none.
    - recur_c3: there are two inits, with `stabilize` four.
    - recur_c4: operands have the ranks of the table.
    - recur_c5: `key` and `value` have the element type of `query`; `out` and
      the gates but `decay` have it too or f32; state and maxima are f32.
    - recur_c6: `group_size` and `substeps` are in 1..512.
    - recur_c7: K and V are static and in 1..512. On an op that has a schedule,
      V may be a dynamic strip.
    - recur_c8: sizes agree as the table says, where they are static.
    - recur_c9: K agrees everywhere.
    - recur_c10: `low_rank_a` and `low_rank_b` come together.
    - recur_c11: `delta` and `low_rank` exclude each other.
    - recur_c12: `bonus` needs `read(exclusive)` and one sub-step.
    - recur_c13: `stabilize` needs a decay per head or per token, one sub-step,
      `read(inclusive)` (what is read before the write is scaled by the m of
      the token before), and neither `delta` nor `low_rank`.
    - recur_c14: with `segments` B is 1, and N offsets more one go with N states.
    - recur_c15: `min_log_decay` is finite and at most 0.

    Example:

    ```mlir
    func.func @gla(%q: tensor<2x?x4x64xf32>, %k: tensor<2x?x4x64xf32>, %v: tensor<2x?x4x128xf32>,
                   %g: tensor<2x?x4x64xf32>, %out: tensor<2x?x4x128xf32>, %s0: tensor<2x4x64x128xf32>)
        -> (tensor<2x?x4x128xf32>, tensor<2x4x64x128xf32>) {
      %o, %state = plait.recur ins(%q, %k, %v : tensor<2x?x4x64xf32>, tensor<2x?x4x64xf32>, tensor<2x?x4x128xf32>)
        decay(%g : tensor<2x?x4x64xf32>)
        outs(%out, %s0 : tensor<2x?x4x128xf32>, tensor<2x4x64x128xf32>)
        scale(0.125) min_log_decay(-5.0) -> tensor<2x?x4x128xf32>, tensor<2x4x64x128xf32>
      return %o, %state : tensor<2x?x4x128xf32>, tensor<2x4x64x128xf32>
    }
    ```
  }];
  let arguments = (ins
    Plait_Floats:$query, Plait_Floats:$key, Plait_Floats:$value,
    Optional<Plait_Floats>:$decay, Optional<Plait_Floats>:$value_decay,
    Optional<Plait_Floats>:$low_rank_a, Optional<Plait_Floats>:$low_rank_b,
    Optional<Plait_Floats>:$beta, Optional<Plait_Floats>:$bonus,
    Optional<Plait_Floats>:$input_gate, Optional<Plait_Offsets>:$segments,
    Variadic<Plait_Floats>:$inits,
    DefaultValuedAttr<Plait_ReadModeAttr, "::plait::ReadMode::inclusive">:$read,
    UnitAttr:$reverse,
    DefaultValuedAttr<F32Attr, "1.0f">:$scale,
    OptionalAttr<F32Attr>:$min_log_decay,
    DefaultValuedAttr<I64Attr, "1">:$group_size,
    DefaultValuedAttr<I64Attr, "1">:$substeps,
    OptionalAttr<Plait_ScheduleAttr>:$schedule);
  let assemblyFormat = [{
    `ins` `(` $query `,` $key `,` $value `:` type($query) `,` type($key) `,` type($value) `)`
    (`decay` `(` $decay^ `:` type($decay) `)`)?
    (`value_decay` `(` $value_decay^ `:` type($value_decay) `)`)?
    (`low_rank` `(` $low_rank_a^ `,` $low_rank_b `:` type($low_rank_a) `,` type($low_rank_b) `)`)?
    (`delta` `(` $beta^ `:` type($beta) `)`)?
    (`bonus` `(` $bonus^ `:` type($bonus) `)`)?
    (`stabilize` `(` $input_gate^ `:` type($input_gate) `)`)?
    (`segments` `(` $segments^ `:` type($segments) `)`)?
    `outs` `(` $inits `:` type($inits) `)`
    (`read` `(` custom<Word>($read)^ `)`)? (`reverse` $reverse^)? (`scale` `(` custom<F32>($scale)^ `)`)?
    (`min_log_decay` `(` custom<F32>($min_log_decay)^ `)`)? (`group_size` `(` $group_size^ `)`)?
    (`substeps` `(` $substeps^ `)`)? attr-dict (`->` type($results)^)?
  }];
  let hasCanonicalizer = 1;
  let extraClassDeclaration = destinationStyle # [{
    ::mlir::Value getOut() { return getInits()[0]; }
    ::mlir::Value getState() { return getInits()[1]; }
    /// K and V, the static head dims.
    int64_t getKeyDim();
    int64_t getValueDim();
  }];
}

#endif // DIALECTS_PLAIT_IR_PLAITRECUROP_TD
