//===- PlaitAttentionOp.td - attention as users say it -----*- tablegen -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file defines plait.attention.
//===----------------------------------------------------------------------===//

#ifndef DIALECTS_PLAIT_IR_PLAITATTENTIONOP_TD
#define DIALECTS_PLAIT_IR_PLAITATTENTIONOP_TD

include "dialects/Plait/IR/PlaitOpBase.td"

def Plait_AttentionOp : Plait_Op<"attention", [
    AttrSizedOperandSegments, SingleOperands<[0, 1, 2]>, AttrSizedResultSegments, IsolatedFromAbove, Pure,
    DeclareOpInterfaceMethods<OpAsmOpInterface, ["getAsmResultNames"]>]> {
  let summary = "feature-map attention as users say it";
  let description = [{
    Sugar over the other four ops, which plait-decompose-attention takes apart:

    ```
    n_i = phi(q_i)^T (sum_j e^{G_i - G_j} psi(k_j) v_j^T)       j <= i if causal, else all j
    z_i = phi(q_i)^T (sum_j e^{G_i - G_j} psi(k_j))
    o_i = scale * n_i                                           no normalize
    o_i = scale * n_i / (scale * z_i + eps)                     normalize(sum, ...)
    o_i = scale * n_i / max(scale * z_i, eps)                   normalize(clamp, ...)
    ```

    with G the running sum of the decay g. `feature_map` is phi, and psi too
    where there is no `key_map`; where neither is given both are the identity.
    Each region takes one row and yields the row of features; C is their number.
    `reverse` is causal in the other direction (j >= i). Query head h reads
    key-value head h / `group_size`.

    | operand or result | shape | |
    |---|---|---|
    | `query` | [B, T, H * group_size, K] | q |
    | `key` | [B, T, H, K] | k |
    | `value` | [B, T, H, V] | v |
    | `decay` | [H], [B, T, H] or [B, T, H, C] | g, logarithmic |
    | `initial_state`, `final_state` | [B, H, C, V] | written `state` |
    | `initial_normalizer`, `final_normalizer` | [B, H, C, 1] | written `normalizer` |
    | `out` | [B, T, H * group_size, V] | o |

    Without `causal`, key and value may have another T than query and out.

    Constraints:
    - attention_c1: operands and results have the ranks of the table.
    - attention_c2: `key` and `value` have the element type of `query`; `out`
      and `decay` have it too or f32; states and normalizers are f32.
    - attention_c3: K, V and C are static and in 1..512.
    - attention_c4: `group_size` is in 1..512.
    - attention_c5: sizes agree as the table says, where they are static.
    - attention_c6: a map takes one vector of K elements of the type of `query`
      and yields one vector of f32 or of that type.
    - attention_c7: maps hold arith, math and vector ops on vectors and scalars,
      without regions of their own and without effects on memory. Vectors are of
      fixed length; elements are f16, bf16, f32, f64, index or integers of at
      most 64 bits. Without counts of bits, integer powers, scaling casts,
      `vector.scan`, `vector.vscale` and rounding modes other than to nearest
      even.
    - attention_c8: phi and psi yield the same C.
    - attention_c9: `decay` and `reverse` need `causal`.
    - attention_c10: normalizers need `normalize`.
    - attention_c11: `eps` is finite and at least 0, and 0 without `normalize`.
    - attention_c12: `min_log_decay` is finite and at most 0.

    Example:

    ```mlir
    func.func @relu_attention(%q: tensor<?x?x8x64xf32>, %k: tensor<?x?x8x64xf32>, %v: tensor<?x?x8x64xf32>)
        -> tensor<?x?x8x64xf32> {
      %o = plait.attention causal
        ins(%q, %k, %v : tensor<?x?x8x64xf32>, tensor<?x?x8x64xf32>, tensor<?x?x8x64xf32>)
        normalize(sum, eps = 1.0e-6)
        feature_map {
        ^bb0(%row: vector<64xf32>):
          %zero = arith.constant dense<0.0> : vector<64xf32>
          %phi = arith.maximumf %row, %zero : vector<64xf32>
          plait.yield %phi : vector<64xf32>
        } -> tensor<?x?x8x64xf32>
      return %o : tensor<?x?x8x64xf32>
    }
    ```
  }];
  let arguments = (ins
    Plait_FloatTensor:$query, Plait_FloatTensor:$key, Plait_FloatTensor:$value, Optional<Plait_FloatTensor>:$decay,
    Optional<Plait_FloatTensor>:$initial_state, Optional<Plait_FloatTensor>:$initial_normalizer,
    UnitAttr:$causal, UnitAttr:$reverse,
    DefaultValuedAttr<Plait_NormalizeModeAttr, "::plait::NormalizeMode::none">:$normalize,
    DefaultValuedAttr<F32Attr, "0.0f">:$eps,
    DefaultValuedAttr<F32Attr, "1.0f">:$scale,
    OptionalAttr<F32Attr>:$min_log_decay,
    DefaultValuedAttr<I64Attr, "1">:$group_size);
  let results = (outs
    Plait_FloatTensor:$out, Optional<Plait_FloatTensor>:$final_state, Optional<Plait_FloatTensor>:$final_normalizer);
  let regions = (region MaxSizedRegion<1>:$feature_map, MaxSizedRegion<1>:$key_map);
  let assemblyFormat = [{
    (`causal` $causal^)? `ins` `(` $query `,` $key `,` $value `:` type($query) `,` type($key) `,` type($value) `)`
    (`decay` `(` $decay^ `:` type($decay) `)`)?
    (`state` `(` $initial_state^ `:` type($initial_state) `)`)?
    (`normalizer` `(` $initial_normalizer^ `:` type($initial_normalizer) `)`)?
    (`reverse` $reverse^)? (`normalize` `(` custom<Word>($normalize)^ `,` `eps` `=` custom<F32>($eps) `)`)?
    (`scale` `(` custom<F32>($scale)^ `)`)?
    (`min_log_decay` `(` custom<F32>($min_log_decay)^ `)`)? (`group_size` `(` $group_size^ `)`)?
    (`feature_map` $feature_map^)? (`key_map` $key_map^)? attr-dict
    `->` custom<Outputs>(type($out), type($final_state), type($final_normalizer))
  }];
  let hasCanonicalizer = 1;
  let hasRegionVerifier = 1;
  let hasVerifier = 1;
}

#endif // DIALECTS_PLAIT_IR_PLAITATTENTIONOP_TD
