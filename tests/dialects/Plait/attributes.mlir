// RUN: plait-opt %s | plait-opt | FileCheck %s
// RUN: plait-opt %s --mlir-print-op-generic | plait-opt | FileCheck %s
// RUN: plait-opt %s --emit-bytecode | plait-opt | FileCheck %s

// The attributes of the dialect, alone and on modules and functions.

// CHECK: module attributes {plait.target = #plait.target<"x86-64-v4", {fma, lanes = 16 : i64, registers = 32 : i64}>}
module attributes {plait.target = #plait.target<"x86-64-v4", {lanes = 16 : i64, registers = 32 : i64, fma}>} {
  // CHECK: func @names(%{{.*}}: tensor<4xf32> {plait.name = "q"}, %{{.*}}: tensor<8xf32> {plait.name = "state", plait.result = 1 : index}) -> (tensor<4xf32> {plait.name = "o"}, tensor<8xf32>)
  func.func @names(%q: tensor<4xf32> {plait.name = "q"}, %s: tensor<8xf32> {plait.name = "state", plait.result = 1 : index})
      -> (tensor<4xf32> {plait.name = "o"}, tensor<8xf32>) {
    return %q, %s : tensor<4xf32>, tensor<8xf32>
  }

  // CHECK: func @buffers(%{{.*}}: memref<?x4xf32> {plait.dims = ["B", "4"], plait.output}) attributes {plait.kernel, plait.scratch = 256 : i64, plait.span = 16 : i64}
  func.func @buffers(%x: memref<?x4xf32> {plait.dims = ["B", "4"], plait.output})
      attributes {plait.kernel, plait.scratch = 256 : i64, plait.span = 16 : i64} {
    return
  }
}
