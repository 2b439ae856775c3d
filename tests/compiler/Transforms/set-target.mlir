// RUN: plait-opt %s --split-input-file --plait-set-target=target=x86-64-v3 | FileCheck %s
// RUN: not plait-opt %s --split-input-file --plait-set-target=target=z80 2>&1 | FileCheck %s --check-prefix=BAD
// RUN: plait-opt %s --split-input-file --plait-set-target=target=sm_90a | FileCheck %s --check-prefix=CUDA
// RUN: plait-opt %S/../../integration/Inputs/attention.mlir --plait-cpu-pipeline | FileCheck %s --check-prefix=NATIVE
// RUN: plait-opt %S/../../integration/Inputs/attention.mlir --plait-decompose-stage=target=aarch64 | FileCheck %s --check-prefix=NAMED

// A module without a target gets one; another keeps its own.

// CHECK: module attributes {plait.target = #plait.target<"x86-64-v3", {fma, lanes = 8 : i64, pipes = 2 : i64, registers = 16 : i64}>}
// BAD: error: expects a target among native, x86-64-v4, {{.*}}, sm_90a, {{.*}}, but got 'z80'
// CUDA: module attributes {plait.target = #plait.target<"sm_90a", {capability = 90 : i64, fma, shared = 232448 : i64}>}
// NATIVE: llvm.func @attention_64_0
// NAMED: plait.target = #plait.target<"aarch64"
module {}

// -----

// CHECK: module attributes {plait.target = #plait.target<"x86-64", {lanes = 4 : i64}>}
module attributes {plait.target = #plait.target<"x86-64", {lanes = 4 : i64}>} {}
