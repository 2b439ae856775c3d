//===- PlaitOps.td - operations of the plait dialect -------*- tablegen -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file defines the five operations and their terminator. Numbered
// constraints (recur_c3) return above the check in PlaitVerify.cpp and in its
// test.
//===----------------------------------------------------------------------===//

#ifndef DIALECTS_PLAIT_IR_PLAITOPS_TD
#define DIALECTS_PLAIT_IR_PLAITOPS_TD

include "dialects/Plait/IR/PlaitAttributes.td"
include "dialects/Plait/IR/PlaitInterfaces.td"
include "mlir/IR/OpBase.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"
include "mlir/Interfaces/DestinationStyleOpInterface.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "mlir/Interfaces/TilingInterface.td"

class Plait_Op<string mnemonic, list<Trait> traits = []> : Op<Plait_Dialect, mnemonic, traits>;

defvar Plait_Float = AnyTypeOf<[F32, F16, BF16]>;
def Plait_Floats : AnyTypeOf<[RankedTensorOf<[F32, F16, BF16]>, MemRefOf<[F32, F16, BF16]>],
                             "ranked tensor or memref of f32, f16 or bf16", "::mlir::ShapedType">;
def Plait_Offsets : AnyTypeOf<[1DTensorOf<[I32, I64]>, MemRefRankOf<[I32, I64], [1]>],
                              "1-D tensor or memref of i32 or i64", "::mlir::ShapedType">;

defvar Plait_TilingMethods = [
  "getLoopIteratorTypes", "getIterationDomain", "getTiledImplementation", "getResultTilePosition",
  "generateResultTileValue", "getIterationDomainTileFromResultTile", "getTiledImplementationFromOperandTiles",
  "getIterationDomainTileFromOperandTiles", "isOpFusableWithConsumerSlice", "isOpFusableWithProducerSlices"
];

// An op on sequence tensors in destination style, that tiles and bufferises.
class Plait_SequenceOp<string mnemonic, list<string> own = [], list<Trait> traits = []>
    : Plait_Op<mnemonic, traits # [
    DestinationStyleOpInterface,
    DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface, ["reifyResultShapes"]>,
    DeclareOpInterfaceMethods<MemoryEffectsOpInterface>,
    DeclareOpInterfaceMethods<TilingInterface, Plait_TilingMethods>,
    DeclareOpInterfaceMethods<Plait_SequenceOpInterface, own>]> {
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let hasVerifier = 1;
  code destinationStyle = [{
    ::mlir::MutableOperandRange getDpsInitsMutable() { return getInitsMutable(); }
  }];
  let extraClassDeclaration = destinationStyle;
}

//===----------------------------------------------------------------------===//
// recur
//===----------------------------------------------------------------------===//

def Plait_RecurOp : Plait_SequenceOp<"recur", ["isReversed"], [AttrSizedOperandSegments]> {
  let summary = "matrix-state recurrence over time";
  let description = [{
    For each batch b and key-value head h, with the state S in R^{K x V}:

    ```
    S_t = diag(e^{g_t}) S_{t-1} diag(e^{w_t}) + b_t (a_t^T S_{t-1}) + k_t v_t^T
    o_t = scale * S_t^T q_t                                     read = inclusive
    o_t = scale * (S_{t-1}^T q_t + (q_t . (u * k_t)) v_t)       read = exclusive
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
    (`read` `(` $read^ `)`)? (`reverse` $reverse^)? (`scale` `(` $scale^ `)`)?
    (`min_log_decay` `(` $min_log_decay^ `)`)? (`group_size` `(` $group_size^ `)`)?
    (`substeps` `(` $substeps^ `)`)? attr-dict (`->` type($results)^)?
  }];
  let extraClassDeclaration = destinationStyle # [{
    ::mlir::Value getOut() { return getInits()[0]; }
    ::mlir::Value getState() { return getInits()[1]; }
    /// K and V, the static head dims.
    int64_t getKeyDim();
    int64_t getValueDim();
  }];
}

//===----------------------------------------------------------------------===//
// scan
//===----------------------------------------------------------------------===//

def Plait_ScanOp : Plait_SequenceOp<"scan", ["isReversed"], [AttrSizedOperandSegments]> {
  let summary = "elementwise recurrence over time";
  let description = [{
    Repeats an associative operator along T, each element of `[B, H, D]` for
    itself, from the carried value `c` that `outs` brings and takes away.
  }];
  let arguments = (ins
    Plait_ScanKindAttr:$kind, Variadic<Plait_Floats>:$inputs, Optional<Plait_Offsets>:$segments,
    Variadic<Plait_Floats>:$inits,
    DefaultValuedAttr<Plait_ReadModeAttr, "::plait::ReadMode::inclusive">:$read,
    UnitAttr:$reverse, OptionalAttr<Plait_ScheduleAttr>:$schedule);
  let assemblyFormat = [{
    $kind `ins` `(` $inputs `:` type($inputs) `)` (`segments` `(` $segments^ `:` type($segments) `)`)?
    `outs` `(` $inits `:` type($inits) `)` (`read` `(` $read^ `)`)? (`reverse` $reverse^)?
    attr-dict (`->` type($results)^)?
  }];
  let extraClassDeclaration = destinationStyle # [{
    ::mlir::Value getOut() { return getInits()[0]; }
    ::mlir::Value getCarry() { return getInits()[1]; }
  }];
}

//===----------------------------------------------------------------------===//
// map_rows
//===----------------------------------------------------------------------===//

def Plait_MapRowsOp : Plait_SequenceOp<"map_rows", [], [
    AttrSizedOperandSegments, IsolatedFromAbove, SingleBlockImplicitTerminator<"YieldOp">]> {
  let summary = "map of the row of each token and head";
  let description = [{
    Calls its region once for each (b, t, h). A vector argument is the row of
    an operand `[B, T, H, D]`, `[H, D]` or `[D]`; a scalar argument is the
    element of an operand `[B, T, H]` or `[H]`. With `from`, a last argument
    of type index holds the position t, counted from that operand.
  }];
  let arguments = (ins
    Variadic<Plait_Floats>:$inputs, Optional<Index>:$first_token, Variadic<Plait_Floats>:$inits,
    OptionalAttr<Plait_ScheduleAttr>:$schedule);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    `ins` `(` ($inputs^ `:` type($inputs))? `)` (`from` `(` $first_token^ `)`)?
    `outs` `(` $inits `:` type($inits) `)` attr-dict-with-keyword $body (`->` type($results)^)?
  }];
}

//===----------------------------------------------------------------------===//
// project
//===----------------------------------------------------------------------===//

def Plait_ProjectOp : Plait_SequenceOp<"project"> {
  let summary = "rows times a matrix";
  let description = [{
    y_t = scale * x_t M for the row x_t in R^D of each token and head, with M
    in R^{D x E} shared (`[D, E]`), per head (`[H, D, E]`), or per batch and
    head (`[B, H, D, E]`). Head h of x uses matrix h / group_size.
  }];
  let arguments = (ins
    Plait_Floats:$input, Plait_Floats:$matrix, Variadic<Plait_Floats>:$inits,
    DefaultValuedAttr<F32Attr, "1.0f">:$scale,
    DefaultValuedAttr<I64Attr, "1">:$group_size,
    OptionalAttr<Plait_ScheduleAttr>:$schedule);
  let assemblyFormat = [{
    `ins` `(` $input `,` $matrix `:` type($input) `,` type($matrix) `)` `outs` `(` $inits `:` type($inits) `)`
    (`scale` `(` $scale^ `)`)? (`group_size` `(` $group_size^ `)`)? attr-dict (`->` type($results)^)?
  }];
}

//===----------------------------------------------------------------------===//
// attention
//===----------------------------------------------------------------------===//

def Plait_AttentionOp : Plait_Op<"attention", [
    AttrSizedOperandSegments, AttrSizedResultSegments, IsolatedFromAbove, Pure]> {
  let summary = "feature-map attention as users say it";
  let description = [{
    Sugar over the other four ops:

    ```
    o_i = scale * phi(q_i)^T sum_j e^{G_i - G_j} psi(k_j) v_j^T  /  normaliser
    ```

    `feature_map` is phi, and psi too where there is no `key_map`.
  }];
  let arguments = (ins
    Plait_Floats:$query, Plait_Floats:$key, Plait_Floats:$value, Optional<Plait_Floats>:$decay,
    Optional<Plait_Floats>:$initial_state, Optional<Plait_Floats>:$initial_normalizer,
    UnitAttr:$causal, UnitAttr:$reverse,
    DefaultValuedAttr<Plait_NormalizeModeAttr, "::plait::NormalizeMode::none">:$normalize,
    DefaultValuedAttr<F32Attr, "0.0f">:$eps,
    DefaultValuedAttr<F32Attr, "1.0f">:$scale,
    OptionalAttr<F32Attr>:$min_log_decay,
    DefaultValuedAttr<I64Attr, "1">:$group_size);
  let results = (outs
    AnyRankedTensor:$out, Optional<AnyRankedTensor>:$final_state, Optional<AnyRankedTensor>:$final_normalizer);
  let regions = (region MaxSizedRegion<1>:$feature_map, MaxSizedRegion<1>:$key_map);
  let assemblyFormat = [{
    (`causal` $causal^)? `ins` `(` $query `,` $key `,` $value `:` type($query) `,` type($key) `,` type($value) `)`
    (`decay` `(` $decay^ `:` type($decay) `)`)?
    (`state` `(` $initial_state^ `:` type($initial_state) `)`)?
    (`normalizer` `(` $initial_normalizer^ `:` type($initial_normalizer) `)`)?
    (`reverse` $reverse^)? (`normalize` `(` $normalize^ `,` `eps` `=` $eps `)`)? (`scale` `(` $scale^ `)`)?
    (`min_log_decay` `(` $min_log_decay^ `)`)? (`group_size` `(` $group_size^ `)`)?
    (`feature_map` $feature_map^)? (`key_map` $key_map^)? attr-dict
    `->` type($out) (`,` `state` type($final_state)^)? (`,` `normalizer` type($final_normalizer)^)?
  }];
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// yield
//===----------------------------------------------------------------------===//

def Plait_YieldOp : Plait_Op<"yield", [Pure, Terminator, ReturnLike, ParentOneOf<["MapRowsOp", "AttentionOp"]>]> {
  let summary = "ends the region of a row map";
  let description = [{ Hands the rows of one token and head back to the op around it. }];
  let arguments = (ins Variadic<AnyType>:$values);
  let builders = [OpBuilder<(ins), [{ /* an empty row map */ }]>];
  let assemblyFormat = "attr-dict ($values^ `:` type($values))?";
}

#endif // DIALECTS_PLAIT_IR_PLAITOPS_TD
