//===- Passes.td - conversion passes -----------------------*- tablegen -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file defines the passes that turn a kernel on buffers into loops over
// vectors, and its functions of numbers into arithmetic.
//===----------------------------------------------------------------------===//

#ifndef COMPILER_CONVERSION_PASSES_TD
#define COMPILER_CONVERSION_PASSES_TD

include "mlir/Pass/PassBase.td"

def ConvertPlaitToVector : Pass<"convert-plait-to-vector", "::mlir::func::FuncOp"> {
  let summary = "Turn plait ops on buffers into loops over vectors";
  let description = [{
    Replaces each recur, map_rows, project and scan on memrefs, and each
    linalg.fill and linalg.copy, by scf loops over vector ops for the machine
    that the module's `plait.target` names. The order of every sum follows from
    the op alone, never from the target or the schedule.

    ```mlir
    plait.recur ins(%q, %k, %v : ...) outs(%o, %s : memref<1x?x1x64xf32>, memref<1x1x64x64xf32>)
    ```
    ==>
    ```mlir
    scf.for %j = ... {                       // two vectors of columns
      scf.for %i = ... {                     // eight rows: the tile of S stays in registers
        %tile:16 = scf.for %t = ... iter_args(...) { vector.fma ... }
      } }
    ```
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::math::MathDialect", "::mlir::memref::MemRefDialect",
    "::mlir::LLVM::LLVMDialect", "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect"
  ];
  let statistics = [
    Statistic<"tileCount", "register-tiles", "Number of register tile loops emitted">
  ];
}

def ConvertPlaitToTile : Pass<"convert-plait-to-tile", "::mlir::ModuleOp"> {
  let summary = "Turn kernels on buffers into kernels on tiles";
  let description = [{
    A kernel becomes the work of a CTA. Rows of a block of tokens, of which the
    schedule has 16, 32 or 64, are copied to shared memory; what the kernel keeps in
    buffers of its own becomes fragments, or shared memory where a product reads
    it; the loop over tokens carries the states. Products are of bf16 numbers on
    tensor cores: one for each bf16, two whose sum is an f16, three whose sum is an
    f32. A recurrence of the form `step` has one token, and no products of tiles: each
    element of its state is updated and read in f32.

    ```mlir
    scf.for %t = %c0 to %T step %c32 {
      plait.recur ins(%q, %k, %v : ..) outs(%o, %s : memref<1x?x1x64xf32, ..>, memref<1x1x64x64xf32>)
    }
    ```
    ==>
    ```mlir
    %state = scf.for %t = %c0 to %T step %c32 iter_args(%s = %zero) -> (!tile.fragment<64x64xf32, ..>) {
      tile.copy_async %q[%b, %t, %h, %c0] along 1 rows %n to %q_block : ..
      ..
      %next = tile.mma %v_operand, %k_block, %s : ..
      scf.yield %next
    }
    ```
    Kernels that are on tiles already stay; host functions, which the manifest describes,
    are dropped.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect", "::mlir::memref::MemRefDialect",
                           "::mlir::scf::SCFDialect", "::plait::tile::TileDialect"];
}

def ConvertMathToPolynomial : Pass<"convert-math-to-polynomial", "::mlir::func::FuncOp"> {
  let summary = "Turn functions of the math dialect into polynomials";
  let description = [{
    Replaces transcendental functions on f32 scalars and vectors by one sequence
    of arithmetic each, the same on every instruction set, so that no object
    refers to libm. Conversions to and from bf16 and f16, and what the target
    has no instruction for, multiply-add and rounding, become arithmetic too.
    A function that has none is an error at its op.

    ```mlir
    %y = math.exp %x : vector<64xf32>
    ```
    ==>
    ```mlir
    %n = math.fma %clamped, %log2e, %magic : vector<64xf32>
    ...
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::LLVM::LLVMDialect", "::mlir::math::MathDialect",
                           "::mlir::vector::VectorDialect"];
}

def ConvertTileToNVVM : Pass<"convert-tile-to-nvvm", "::mlir::ModuleOp"> {
  let summary = "Turn kernels on tiles into what each thread does";
  let description = [{
    A fragment becomes the values that a thread holds: each f32 element one, each
    two elements of 16 bits an i32. A shared tile becomes its first byte in the
    CTA's shared memory, `plait_shared`. Matrix products become mma.sync on what
    ldmatrix loads, asynchronous copies cp.async. A kernel takes for each memref
    the pointer, the sizes and the strides, then the extents x and y of the grid
    and the number of the first work item; other functions are dropped.

    ```mlir
    func.func @f(%x: memref<?x64xf32>) attributes {plait.kernel, tile.warps = 4 : i64, tile.alignment = array<i64: 16>} {
      %s = tile.alloc at 0 : !tile.shared<64x64xbf16>
      %a = tile.load %s : !tile.shared<64x64xbf16> -> !tile.fragment<64x64xbf16, #tile.mma<a, warps = [4, 1]>>
      ..
    ```
    ==>
    ```mlir
    llvm.func @f(%x: !llvm.ptr<1>, %size0: i64, %size1: i64, %stride0: i64, %stride1: i64, %gx: i64, %gy: i64, %first: i64)
        attributes {nvvm.kernel, nvvm.reqntid = array<i32: 128, 1, 1>, ..} {
      %tid = nvvm.read.ptx.sreg.tid.x range <i32, 0, 128> : i32
      %a = nvvm.ldmatrix ..
      ..
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::LLVM::LLVMDialect", "::mlir::NVVM::NVVMDialect",
                           "::mlir::scf::SCFDialect"];
}

#endif // COMPILER_CONVERSION_PASSES_TD
