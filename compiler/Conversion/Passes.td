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

#endif // COMPILER_CONVERSION_PASSES_TD
