// RUN: plait-opt %S/../../tools/Inputs/twice.mlir --plait-cuda-pipeline | FileCheck %s
// RUN: plait-opt %S/../../tools/Inputs/twice.mlir --plait-cuda-pipeline=target=sm_120a | FileCheck %s --check-prefix=NAMED

// Arithmetic and control flow become LLVM's; what CUDA has beside stays.

// CHECK: module attributes {plait.target = #plait.target<"sm_80", {capability = 80 : i64, fma, shared = 166912 : i64}>}
// CHECK: llvm.func @twice({{.*}}) attributes {nvvm.kernel, nvvm.reqntid = array<i32: 64>, tile.alignment = array<i64: 4>, tile.warps = 2 : i64}
// CHECK: nvvm.read.ptx.sreg.tid.x
// CHECK: %[[INSIDE:.*]] = llvm.icmp "slt"
// CHECK: llvm.cond_br %[[INSIDE]]
// CHECK: llvm.fadd
// NAMED: #plait.target<"sm_120a", {capability = 120 : i64, fma, shared = 101376 : i64}>
