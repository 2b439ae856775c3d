//===- edges.mlir - numbers at which regions decide -----------------------===//
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

// A row over itself is 1, which keeps the compiler from folding the constants.

// REQUIRES: plait-run
// RUN: plait-run %s --entry=classes --dim B=1,T=1,H=1 --check --bound 1e-30 | FileCheck %s
// RUN: plait-run %s --entry=classes --dim B=1,T=1,H=1 --check --bound 1e-30 --target x86-64 | FileCheck %s
// RUN: plait-run %s --entry=ties --dim B=1,T=1,H=1 --check --bound 1e-30 | FileCheck %s
// RUN: plait-run %s --entry=ties --dim B=1,T=1,H=1 --check --bound 1e-30 --target x86-64 | FileCheck %s

// CHECK: relative RMS error 0.00e+00 within 1e-30

!x = tensor<?x?x?x8xf32>
func.func @classes(%x: !x) -> !x {
  %y = plait.map_rows ins(%x : !x) outs(%x : !x) {
  ^bb0(%row: vector<8xf32>):
    %one = arith.divf %row, %row : vector<8xf32>
    // 2^-126, the number below it, a half, infinities and NaN.
    %edges = arith.constant dense<[0x00800000, 0x007FFFFF, 0.5, -2.5, 0.0, 0x7F800000, 0xFF800000, 0x7FC00000]> : vector<8xf32>
    %edge = arith.mulf %one, %edges : vector<8xf32>
    %finite = math.isfinite %edge : vector<8xf32>
    %infinite = math.isinf %edge : vector<8xf32>
    %nan = math.isnan %edge : vector<8xf32>
    %normal = math.isnormal %edge : vector<8xf32>
    %0 = arith.uitofp %finite : vector<8xi1> to vector<8xf32>
    %1 = arith.uitofp %infinite : vector<8xi1> to vector<8xf32>
    %2 = arith.uitofp %nan : vector<8xi1> to vector<8xf32>
    %3 = arith.uitofp %normal : vector<8xi1> to vector<8xf32>
    %ten = arith.constant dense<10.0> : vector<8xf32>
    %4 = math.fma %0, %ten, %1 : vector<8xf32>
    %5 = math.fma %4, %ten, %2 : vector<8xf32>
    %6 = math.fma %5, %ten, %3 : vector<8xf32>
    %whole = math.round %edge : vector<8xf32>
    %7 = math.fma %6, %ten, %whole : vector<8xf32>
    %r = arith.select %finite, %7, %6 : vector<8xi1>, vector<8xf32>
    plait.yield %r : vector<8xf32>
  } -> !x
  return %y : !x
}

// Beside what lies between two narrow numbers an f32 is that place itself.
func.func @ties(%x: !x) -> (tensor<?x?x?x8xbf16>, tensor<?x?x?x8xf16>) {
  %c1 = arith.constant 1 : index
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %b = tensor.dim %x, %c0 : !x
  %t = tensor.dim %x, %c1 : !x
  %h = tensor.dim %x, %c2 : !x
  %o0 = tensor.empty(%b, %t, %h) : tensor<?x?x?x8xbf16>
  %o1 = tensor.empty(%b, %t, %h) : tensor<?x?x?x8xf16>
  %y:2 = plait.map_rows ins(%x : !x) outs(%o0, %o1 : tensor<?x?x?x8xbf16>, tensor<?x?x?x8xf16>) {
  ^bb0(%row: vector<8xf32>):
    %wide = arith.extf %row : vector<8xf32> to vector<8xf64>
    %one = arith.divf %wide, %wide : vector<8xf64>
    // 1 + 2^-8 and 1 + 3 2^-8, and 2^-40 beside them.
    %brain = arith.constant dense<[1.00390625, 1.0039062499990905, 1.0039062500009095, 1.01171875, 1.0117187499990905, 1.0117187500009095, -1.0039062499990905, -1.0039062500009095]> : vector<8xf64>
    %0 = arith.mulf %one, %brain : vector<8xf64>
    %1 = arith.truncf %0 : vector<8xf64> to vector<8xbf16>
    // 1 + 2^-11 and 1 + 3 2^-11 likewise.
    %half = arith.constant dense<[1.00048828125, 1.0004882812490905, 1.0004882812509095, 1.00146484375, 1.0014648437490905, 1.0014648437509095, -1.0004882812490905, -1.0004882812509095]> : vector<8xf64>
    %2 = arith.mulf %one, %half : vector<8xf64>
    %3 = arith.truncf %2 : vector<8xf64> to vector<8xf16>
    plait.yield %1, %3 : vector<8xbf16>, vector<8xf16>
  } -> tensor<?x?x?x8xbf16>, tensor<?x?x?x8xf16>
  return %y#0, %y#1 : tensor<?x?x?x8xbf16>, tensor<?x?x?x8xf16>
}
