//===- Passes.td - passes of the plait compiler ------------*- tablegen -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file is the manual of the passes from attention on tensors to kernels on
// buffers, in the order in which the CPU pipeline runs them.
//===----------------------------------------------------------------------===//

#ifndef COMPILER_TRANSFORMS_PASSES_TD
#define COMPILER_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

class Plait_Pass<string flag, string op> : Pass<flag, op> {
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect", "::mlir::bufferization::BufferizationDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::math::MathDialect", "::mlir::memref::MemRefDialect",
    "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect", "::mlir::vector::VectorDialect"
  ];
}

def SetTarget : Plait_Pass<"plait-set-target", "::mlir::ModuleOp"> {
  let summary = "Give a module without a target one";
  let description = [{
    Schedules, vectors and masks follow from the target. A module that names one
    keeps it.

    ```mlir
    module {}
    ```
    ==>
    ```mlir
    module attributes {plait.target = #plait.target<"x86-64-v3", {fma, lanes = 8 : i64, ..}>} {}
    ```
  }];
  let options = [Option<"target", "target", "std::string", /*default=*/"\"native\"",
                        "Target, as plait-compile takes it; native is this machine's instruction set">];
  let dependentDialects = ["::plait::PlaitDialect"];
}

def DecomposeAttention : Plait_Pass<"plait-decompose-attention", "::mlir::func::FuncOp"> {
  let summary = "Rewrite attention as row maps, recurrences and projections";
  let description = [{
    Causal attention becomes a recurrence of the mapped keys and the values;
    its normaliser a second recurrence whose one value column is ones; the
    quotient a row map. Non-causal attention is the final state, then a
    product of the mapped queries with it.

    ```mlir
    %o = plait.attention causal ins(%q, %k, %v) normalize(sum, eps = 1.0e-6) feature_map {..}
    ```
    ==>
    ```mlir
    %pq = plait.map_rows ins(%q) outs(%e0) {..}
    %pk = plait.map_rows ins(%k) outs(%e1) {..}
    %n:2 = plait.recur ins(%pq, %pk, %v) outs(%e2, %zero_state)
    %d:2 = plait.recur ins(%pq, %pk, %ones) outs(%e3, %zero_normalizer)
    %o = plait.map_rows ins(%n#0, %d#0) outs(%e4) {..}
    ```
  }];
}

def PromoteTypes : Plait_Pass<"plait-promote-types", "::mlir::func::FuncOp"> {
  let summary = "Compute in f32 where operands are f16 or bf16";
  let description = [{
    Recurrences, scans and projections on narrow types become the same ops on
    f32 between row maps that extend and truncate. Fusion then puts the
    conversions into the loop that loads the rows.

    ```mlir
    plait.recur ins(%q, %k, %v : bf16) outs(%o, %s : bf16, f32)
    ```
    ==>
    ```mlir
    %q32 = plait.map_rows ins(%q : bf16) outs(%e : f32) { arith.extf .. }
    ..
    %r:2 = plait.recur ins(%q32, %k32, %v32 : f32) outs(%e3, %s : f32, f32)
    %o = plait.map_rows ins(%r#0 : f32) outs(%e4 : bf16) { arith.truncf .. }
    ```
  }];
}

def ChooseForm : Plait_Pass<"plait-choose-form", "::mlir::func::FuncOp"> {
  let summary = "Give each op its form and its schedule on the target";
  let description = [{
    The form and on CUDA the schedule fix the order of every sum; on a CPU the
    schedule's parameters only change time. On CUDA a recurrence of static T = 1 is a
    step. Operands that no form of the target serves are an error at the
    op, so that later stages see only what they can lower.

    ```mlir
    plait.recur ins(%q, %k, %v) outs(%o, %s)
    ```
    ==>
    ```mlir
    plait.recur ins(%q, %k, %v) outs(%o, %s) {schedule = #plait.schedule<tile_scan, {block = 64 : i64, ..}>}
    ```
  }];
  let options = [Option<"schedule", "schedule", "std::string", /*default=*/"\"\"",
                        "Parameters that replace the default's, as in rows=8,columns=2,block=64">];
}

def BindBuffers : Plait_Pass<"plait-bind-buffers", "::mlir::func::FuncOp"> {
  let summary = "Turn a function on tensors into one on the caller's buffers";
  let description = [{
    Arguments become strided buffers with a unit last stride, results become
    arguments behind them. Every argument says what its dims are, in symbols
    that equal sizes share (`plait.dims`); an initial state is copied into the
    result's buffer, unless the argument names the result that it is updated
    to (`plait.result`), which then happens in place. Such a result is the last
    state of recurrences of which the first starts from the argument, each from
    the one before; or the argument is not read at all.

    ```mlir
    func.func @f(%x: tensor<?x?x?x64xf32>) -> tensor<?x?x?x64xf32>
    ```
    ==>
    ```mlir
    func.func @f(%x: memref<?x?x?x64xf32, strided<[?, ?, ?, 1]>> {plait.dims = ["B", "T", "H", "64"], plait.name = "x"},
                 %y: memref<?x?x?x64xf32, strided<[?, ?, ?, 1]>> {plait.dims = ["B", "T", "H", "64"], plait.name = "result0"})
    ```
  }];
}

def UnifyDims : Plait_Pass<"plait-unify-dims", "::mlir::func::FuncOp"> {
  let summary = "Make equal sizes the same value";
  let description = [{
    Tiling and fusion compare sizes as values. Each dim of an argument becomes
    the dim of the first argument with the same symbol.

    ```mlir
    %a = memref.dim %q, %c1    %b = memref.dim %v, %c1
    ```
    ==>
    ```mlir
    %a = memref.dim %q, %c1
    ```
  }];
}

def TileGrid : Plait_Pass<"plait-tile-grid", "::mlir::func::FuncOp"> {
  let summary = "Tile each recurrence over batch and head, with its producers";
  let description = [{
    A recurrence or scan becomes a forall over (batch, head) that computes its
    row maps, and the zero or copy of its state, inside.

    ```mlir
    %p = plait.map_rows ins(%k) ..
    plait.recur ins(%q, %p, %v) outs(%o, %s)
    ```
    ==>
    ```mlir
    scf.forall (%b, %h) in (%B, %H) {
      %p = plait.map_rows ins(%k_bh) ..
      plait.recur ins(%q_bh, %p, %v_bh) outs(%o_bh, %s_bh)
    }
    ```
  }];
}

def TileTokens : Plait_Pass<"plait-tile-tokens", "::mlir::func::FuncOp"> {
  let summary = "Tile each recurrence in a grid over blocks of tokens";
  let description = [{
    The loop carries the state; row maps are computed block by block. The block
    is the schedule's.

    ```mlir
    plait.recur ins(%q, %k, %v) outs(%o, %s)
    ```
    ==>
    ```mlir
    scf.for %t = %c0 to %T step %c64 iter_args(%o_t = %o, %s_t = %s) {
      plait.recur ins(%q[%t], %k[%t], %v[%t]) outs(%o_t[%t], %s_t)
    }
    ```
  }];
}

def TileProjections : Plait_Pass<"plait-tile-projections", "::mlir::func::FuncOp"> {
  let summary = "Tile the projections over batch, tokens and heads";
  let description = [{
    A projection becomes a grid of its own, with the row maps that produce its
    rows inside. Its heads are those of the matrix: a tile takes the whole
    group of query heads that share one.

    ```mlir
    plait.project ins(%x, %m) outs(%y)
    ```
    ==>
    ```mlir
    scf.forall (%b, %t, %h) = (0, 0, 0) to (%B, %T, %H) step (1, 64, 1) {
      plait.project ins(%x_bth, %m_bh) outs(%y_bth)
    }
    ```
  }];
}

def TileRows : Plait_Pass<"plait-tile-rows", "::mlir::func::FuncOp"> {
  let summary = "Tile the row maps that no other grid took";
  let description = [{
    What is left outside every grid is tiled over (batch, tokens, head), the
    last op of a chain first, its producers inside.
  }];
}

def Fuse : Plait_Pass<"plait-fuse", "::mlir::func::FuncOp"> {
  let summary = "Fuse sibling loops, then consumers, into one nest";
  let description = [{
    Loops with equal bounds that do not depend on each other become one (a
    recurrence and its normaliser); row maps that consume a loop's results move
    into it, and bring the producers of their other operands. What upstream
    refuses is a remark at the op. On CUDA a map that sums over, or moves, more
    channels of values than a CTA takes stays behind: another kernel reads whole
    rows.
  }];
  let statistics = [
    Statistic<"siblings", "siblings", "Loops merged with a sibling">,
    Statistic<"consumers", "consumers", "Row maps fused into a loop">
  ];
}

def DropCarried : Plait_Pass<"plait-drop-carried", "::mlir::func::FuncOp"> {
  let summary = "Shrink a carried tensor that only the loop's body reads";
  let description = [{
    A loop's result that fusion left without users still carries the whole
    tensor through its insert_slice. Each block gets an empty tile instead.
  }];
}

def BoundEmpty : Plait_Pass<"plait-bound-empty", "::mlir::func::FuncOp"> {
  let summary = "Give scratch a static size and each use its own";
  let description = [{
    An empty tensor inside a grid, of a size that is bounded by the block,
    becomes the slice of one of static size: its buffer can then leave the
    loop. Merged empties and fills are told apart again, for two users of one
    init would mean a copy.
  }];
}

def OutlineKernels : Plait_Pass<"plait-outline-kernels", "::mlir::ModuleOp"> {
  let summary = "Move each grid loop's body into a kernel function";
  let description = [{
    ```mlir
    func.func @f(%q: memref<..>, ..) { scf.forall (%b, %h) in (%B, %H) { body } }
    ```
    ==>
    ```mlir
    func.func @f_0(%q: memref<..>, .., %x: i32, %y: i32, %z: i32) attributes {plait.kernel} { body }
    func.func @f(%q: memref<..>, ..) { scf.forall (%b, %h) in (%B, %H) { func.call @f_0(%q, .., %b, %h, %c0) } }
    ```
    An op of the dialect outside every grid loop is an error, and so is an
    allocation or a copy inside one.
  }];
}

def InterleaveHeads : Plait_Pass<"plait-interleave-heads", "::mlir::ModuleOp"> {
  let summary = "Walk several heads together, block by block";
  let description = [{
    A kernel of one head that loops over blocks of tokens becomes one of
    %z neighbouring heads from %y on, at most `plait.span`: their states are
    carried side by side, and started in the first block.

    ```mlir
    func.func @f_0(%q: memref<..>, .., %x: i32, %y: i32, %z: i32) attributes {plait.kernel} {
      %state = memref.alloca() : memref<1x1x64x64xf32>
      linalg.fill ins(%zero) outs(%state)
      scf.for %t = %c0 to %T step %c64 { plait.recur .. outs(.., %state) }
    }
    ```
    ==>
    ```mlir
    func.func @f_0(%q: memref<..>, .., %x: i32, %y: i32, %z: i32) attributes {plait.kernel, plait.span = 16 : i64} {
      %states = memref.alloca() : memref<262144xi8>
      scf.for %t = %c0 to %T step %c64 {
        scf.for %i = %c0 to %z step %c1 {
          %state = memref.view %states[..] : memref<262144xi8> to memref<1x1x64x64xf32>
          scf.if (%t == %c0) { linalg.fill ins(%zero) outs(%state) }
          plait.recur .. outs(.., %state)
        }
      }
    }
    ```
    The grid, which steps by one head, calls it with a `%z` of 1. Other kernels,
    and those whose states would leave the second-level cache, stay as they are.
  }];
  let statistics = [Statistic<"kernels", "kernels", "Kernels that take several heads">];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect"];
}

def SplitTokens : Plait_Pass<"plait-split-tokens", "::mlir::ModuleOp"> {
  let summary = "Split tokens into ranges that run side by side, on CUDA";
  let description = [{
    A kernel whose recurrences have `splits` in their schedules gets a grid of a
    third direction, over ranges of tokens. States pass through memory: a first
    kernel leaves what each range adds to them and by what its decays multiply them.
    A kernel that scans, or in which rows of a recurrence are made of another's
    results, stays as it is: a range would wait for those before it.

    ```mlir
    scf.forall (%b, %h) in (%B, %H) { func.call @f_0(%q, .., %b, %h, %c0) }
    ```
    ==>
    ```mlir
    %updates = memref.alloc(%B, %slots) : memref<?x?x64x64xf32>
    scf.forall (%b, %h, %p) in (%B, %H, 8) { func.call @f_0_updates(%k, .., %updates, %b, %h, %p) }
    scf.forall (%b, %h, %p) in (%B, %H, 8) { func.call @f_0(%q, .., %updates, %b, %h, %p) }
    ```
  }];
  let dependentDialects = ["::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
                           "::mlir::linalg::LinalgDialect", "::mlir::memref::MemRefDialect",
                           "::mlir::scf::SCFDialect"];
  let statistics = [Statistic<"kernels", "kernels", "Kernels whose tokens are split">];
}

def SplitValues : Plait_Pass<"plait-split-values", "::mlir::ModuleOp"> {
  let summary = "Split wide values over the grid, on CUDA";
  let description = [{
    A recurrence of more than 128 value channels (64 where a warp has 8) gets a grid
    of a third direction, over tiles of as many. All tiles of a head read states that
    are not split, such as a normaliser's; where one is updated in place, a CTA takes
    all tiles instead, in turn, and the last updates it.

    ```mlir
    scf.forall (%b, %h) in (%B, %H) { func.call @f_0(%q, .., %b, %h, %c0) }
    ```
    ==>
    ```mlir
    scf.forall (%b, %h, %v) in (%B, %H, 2) { func.call @f_0(%q, .., %b, %h, %v) }
    ```
  }];
  let statistics = [Statistic<"kernels", "kernels", "Kernels whose values are split">];
}

def TurnGroups : Plait_Pass<"plait-turn-groups", "::mlir::ModuleOp"> {
  let summary = "Take the parts of a group in turn, on CUDA";
  let description = [{
    Where work items of a grid take parts of a group of query heads, each computes
    the state of their key head, and the last part writes it. One that is updated
    in place would then be written before other parts have read it: a CTA takes
    all parts (`plait.parts_in_turn`).

    ```mlir
    scf.forall (%b, %p) in (%B, %parts) { func.call @f_0(%q, .., %b, %p, %c0) }
    ```
    ==>
    ```mlir
    scf.forall (%b, %h) in (%B, %H) { func.call @f_0(%q, .., %b, %h, %c0) }
    ```
  }];
  let statistics = [Statistic<"kernels", "kernels", "Kernels whose parts take turns">];
}

def LowerKernelABI : Plait_Pass<"plait-lower-kernel-abi", "::mlir::ModuleOp"> {
  let summary = "Give kernels the signature that the runtime calls";
  let description = [{
    Buffers are read from an array of descriptors, scratch is carved from the
    memory that the caller brings (its size is left in `plait.scratch`), and
    host functions, which the manifest describes, are dropped.

    ```mlir
    func.func @f_0(%q: memref<..>, .., %x: i32, %y: i32, %z: i32)
    ```
    ==>
    ```mlir
    func.func @f_0(%args: !llvm.ptr, %scratch: !llvm.ptr, %x: i32, %y: i32, %z: i32)
    ```
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect", "::mlir::memref::MemRefDialect"];
}

class Tile_Pass<string flag> : Pass<flag, "::mlir::func::FuncOp"> {
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::scf::SCFDialect", "::plait::tile::TileDialect"];
}

def AssignLayouts : Tile_Pass<"plait-assign-layouts"> {
  let summary = "Choose how warps split fragments";
  let description = [{
    The kernel's `tile.warps` warps are put in rows and columns for each group of
    fragments that ops have beside each other, or carry into each other: operands,
    accumulator and result of a product, inputs and result of a map, what a loop or
    a branch yields. Of the ways that fit all of a group's shapes, the one is taken
    that costs least: what products and loads read from shared memory, what is
    computed in several warps, and the exchanges of reductions and of products in
    parts of K, which get the scratch they need. A reduction of sources that then
    are split differently becomes one of each. What is assigned stays; functions
    without `tile.warps` are left alone. Fragments that no way fits are an error,
    and so are those of ops that this pass does not know.

    ```mlir
    %p = tile.mma %q, %k transposed, %zero : !tile.shared<32x128xbf16>, !tile.shared<32x128xbf16>, !tile.fragment<32x32xf32, #tile.mma<accumulator>>
    ```
    ==>
    ```mlir
    %p = tile.mma %q, %k transposed, %zero : !tile.shared<32x128xbf16>, !tile.shared<32x128xbf16>, !tile.fragment<32x32xf32, #tile.mma<accumulator, warps = [2, 4]>>
    ```
  }];
}

def StageFragments : Tile_Pass<"plait-stage-fragments"> {
  let summary = "Keep in shared memory what registers are too few for";
  let description = [{
    Registers hold a matrix all through an inner loop or a branch, where an op in or
    behind that reads it. Where the loop around carries more than 48 registers of
    fragments, and such matrices take more than 32, what a map makes is stored in
    shared memory, and each op that reads a matrix loads it. The largest go first.
    Where there is no room for one, or there would be for fewer CTAs on a
    multiprocessor, it stays in registers.

    ```mlir
    %x = tile.map %y { .. }
    scf.if %steep { .. tile.map %x { .. } .. }
    ```
    ==>
    ```mlir
    %x = tile.map %y { .. }
    tile.store %x to %s
    scf.if %steep {
      %again = tile.load %s
      .. tile.map %again { .. } ..
    }
    ```
  }];
}

def PipelineCopies : Tile_Pass<"plait-pipeline-copies"> {
  let summary = "Copy what the next iteration needs during this one";
  let description = [{
    In a loop of a kernel whose copies follow from its counter, tiles that nothing
    else writes get two stages, where the target has the shared memory for that.
    A number of each token, which is loaded beside them, is carried in registers.
    Other copies are waited for together, as long as nothing between them reads
    shared memory.

    ```mlir
    scf.for %t = %c0 to %T step %c64 {
      tile.copy_async %q[%b, %t, %h, %c0] along 1 rows %n to %s
      %group = tile.commit
      tile.wait %group pending 0
      %x = tile.load %s
    }
    ```
    ==>
    ```mlir
    scf.if %any { tile.copy_async %q[%b, %c0, %h, %c0] along 1 rows %n to %s[%c0] }
    %first = tile.commit
    scf.for %t = %c0 to %T step %c64 iter_args(%stage = %c0, %group = %first) {
      tile.wait %group pending 0
      scf.if %more { tile.copy_async %q[%b, %next, %h, %c0] along 1 rows %n to %s[%other] }
      %later = tile.commit
      %x = tile.load %s[%stage]
      scf.yield %other, %later
    }
    ```
  }];
  let statistics = [Statistic<"pipelined", "loops", "Loops whose copies run ahead">];
}

def AllocateShared : Tile_Pass<"plait-allocate-shared"> {
  let summary = "Place the tiles of a kernel in shared memory";
  let description = [{
    Tiles that are not in use at the same time share bytes; one that is carried
    from one iteration of a loop to the next is in use all the time. The smallest
    have bytes to themselves, which saves barriers, while that leaves room for as
    many CTAs on a multiprocessor, or for as many as have three warps for each
    scheduler: two where loops carry more than 32 registers in fragments. The
    kernel's `tile.shared_bytes` says how many
    bytes there are. More than the target's CTA may take are an error.

    ```mlir
    %s = tile.alloc : !tile.shared<64x64xbf16>
    ```
    ==>
    ```mlir
    %s = tile.alloc at 8192 : !tile.shared<64x64xbf16>
    ```
  }];
}

def InsertBarriers : Tile_Pass<"plait-insert-barriers"> {
  let summary = "Put barriers between accesses of memory that meet";
  let description = [{
    Of two accesses of the same bytes of shared memory, or of one memref, one of
    which writes, the second waits for all threads. A copy writes when it is waited
    for. The body of a loop is taken to follow itself; what one op stores to global
    memory in two iterations is taken to be different. Of a tile with two stages,
    x and 1 - x are different ones.

    ```mlir
    tile.store %p to %s
    %x = tile.load %s
    ```
    ==>
    ```mlir
    tile.store %p to %s
    tile.barrier
    %x = tile.load %s
    ```
  }];
}

#endif // COMPILER_TRANSFORMS_PASSES_TD
