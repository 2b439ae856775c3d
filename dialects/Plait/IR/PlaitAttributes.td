//===- PlaitAttributes.td - attributes of the plait dialect -*- tablegen -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file defines the schedule (the form that an op takes on a target, and
// the parameters that the tuner may change) and the target itself.
//===----------------------------------------------------------------------===//

#ifndef DIALECTS_PLAIT_IR_PLAITATTRIBUTES_TD
#define DIALECTS_PLAIT_IR_PLAITATTRIBUTES_TD

include "dialects/Plait/IR/PlaitEnums.td"
include "mlir/IR/AttrTypeBase.td"

def Plait_ScheduleAttr : AttrDef<Plait_Dialect, "Schedule"> {
  let mnemonic = "schedule";
  let summary = "form of an op on a target, with its parameters";
  let description = [{
    On a CPU the form fixes the order of every sum, so that the parameters
    (integers by name: `rows` and `columns` of the register tile, `block` tokens)
    change time, never bits. A `step` is a recurrence of one token, on CUDA. There
    they are `block`, `channels` of values that a warp has, `heads` of queries that
    a CTA has, of those that share a key head, `alignment`, the bytes of which
    addresses and strides are multiples, and `splits`, the ranges of tokens that run
    side by side: `block` and `splits` change the order of sums. Tiling over heads
    takes `heads` of a group at a time.

    Constraints:
    - schedule_c1: each parameter is an i64 in 1..4096.

    Example:

    ```mlir
    #schedule = #plait.schedule<tile_scan, {block = 64 : i64, columns = 2 : i64, rows = 8 : i64}>
    ```
  }];
  let parameters = (ins EnumParameter<Plait_Form>:$form, "::mlir::DictionaryAttr":$parameters);
  let assemblyFormat = "`<` $form `,` $parameters `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// The parameter `name`, or `fallback` where the schedule does not say.
    int64_t get(::llvm::StringRef name, int64_t fallback) const;
  }];
}

def Plait_TargetAttr : AttrDef<Plait_Dialect, "Target"> {
  let mnemonic = "target";
  let summary = "machine that a module is compiled for";
  let description = [{
    The instruction set by name, and what passes ask of it: `lanes`, the f32
    lanes of a vector register; `registers`, their number; `fma`, whether it
    has fused multiply-add; `pipes`, how many of those a core starts in a cycle
    (1 where it is left out). An architecture of CUDA has `capability` instead,
    ten times its compute capability, and `shared`, the bytes of shared memory
    that a block may take. The module carries it as `plait.target`.

    Constraints:
    - target_c1: the instruction set has a name.
    - target_c2: `lanes` and `registers` are i64 in 1..64, and so is `pipes` where
      it is given.
    - target_c3: `capability` and `shared` are given together, i64 in 1..1000 and in
      1..2^20, and then none of `lanes`, `registers` and `pipes` is.

    Example:

    ```mlir
    module attributes {plait.target = #plait.target<"x86-64-v4", {fma, lanes = 16 : i64, registers = 32 : i64}>} {}
    module attributes {plait.target = #plait.target<"sm_90a", {capability = 90 : i64, fma, shared = 232448 : i64}>} {}
    ```
  }];
  let parameters = (ins StringRefParameter<"instruction set">:$isa, "::mlir::DictionaryAttr":$features);
  let assemblyFormat = "`<` $isa `,` $features `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    int64_t getLanes() const;
    int64_t getRegisters() const;
    int64_t getPipes() const;
    bool hasFma() const;
    bool isCuda() const;
    /// Ten times the compute capability, and the bytes of shared memory of a
    /// block; 0 on the CPU.
    int64_t getCapability() const;
    int64_t getShared() const;
    /// The target of the module around `op`; null where none is given.
    static TargetAttr of(::mlir::Operation *op);
  }];
}

#endif // DIALECTS_PLAIT_IR_PLAITATTRIBUTES_TD
