//===- narrow.mlir - arithmetic on bf16 and f16 in regions ----------------===//
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

// Sums, products, quotients and roots are those of the interpreter to the bit,
// on targets with instructions and without.

// REQUIRES: plait-run
// RUN: plait-run %s --entry=bf16 --dim B=1,T=9,H=3 --check --bound 1e-30 | FileCheck %s
// RUN: plait-run %s --entry=bf16 --dim B=1,T=9,H=3 --check --bound 1e-30 --target x86-64 | FileCheck %s
// RUN: plait-run %s --entry=f16 --dim B=1,T=9,H=3 --check --bound 1e-30 | FileCheck %s
// RUN: plait-run %s --entry=f16 --dim B=1,T=9,H=3 --check --bound 1e-30 --target x86-64 | FileCheck %s

// CHECK-COUNT-3: relative RMS error 0.00e+00 within 1e-30

func.func @bf16(%x: tensor<?x?x?x37xbf16>, %y: tensor<?x?x?x37xbf16>) -> (tensor<?x?x?x37xbf16>, tensor<?x?x?x37xbf16>, tensor<?x?x?x37xbf16>) {
  %r:3 = plait.map_rows ins(%x, %y : tensor<?x?x?x37xbf16>, tensor<?x?x?x37xbf16>) outs(%x, %x, %x : tensor<?x?x?x37xbf16>, tensor<?x?x?x37xbf16>, tensor<?x?x?x37xbf16>) {
  ^bb0(%a: vector<37xbf16>, %b: vector<37xbf16>):
    %sum = arith.addf %a, %b : vector<37xbf16>
    %product = arith.mulf %sum, %a : vector<37xbf16>
    %quotient = arith.divf %product, %b : vector<37xbf16>
    %difference = arith.subf %quotient, %sum : vector<37xbf16>
    %size = math.absf %difference : vector<37xbf16>
    %root = math.sqrt %size : vector<37xbf16>

    %most = vector.reduction <maximumf>, %root : vector<37xbf16> into bf16
    %bound = arith.constant 0.75 : bf16
    %lowered = arith.mulf %most, %bound : bf16
    %bounds = vector.broadcast %lowered : bf16 to vector<37xbf16>
    %above = arith.cmpf ogt, %root, %bounds : vector<37xbf16>
    %choice = arith.select %above, %product, %bounds : vector<37xi1>, vector<37xbf16>
    %least = arith.minnumf %choice, %root : vector<37xbf16>

    %wide = arith.extf %sum : vector<37xbf16> to vector<37xf64>
    %cube = arith.mulf %wide, %wide : vector<37xf64>
    %narrow = arith.truncf %cube : vector<37xf64> to vector<37xbf16>
    %millions = arith.constant dense<1.0e8> : vector<37xbf16>
    %large = arith.mulf %narrow, %millions : vector<37xbf16>
    %bits = arith.fptosi %large : vector<37xbf16> to vector<37xi32>
    %odd = arith.constant dense<0x5555> : vector<37xi32>
    %integers = arith.xori %bits, %odd : vector<37xi32>
    %rounded = arith.sitofp %integers : vector<37xi32> to vector<37xbf16>
    plait.yield %root, %least, %rounded : vector<37xbf16>, vector<37xbf16>, vector<37xbf16>
  } -> tensor<?x?x?x37xbf16>, tensor<?x?x?x37xbf16>, tensor<?x?x?x37xbf16>
  return %r#0, %r#1, %r#2 : tensor<?x?x?x37xbf16>, tensor<?x?x?x37xbf16>, tensor<?x?x?x37xbf16>
}

func.func @f16(%x: tensor<?x?x?x300xf16>, %y: tensor<?x?x?x300xf16>) -> (tensor<?x?x?x300xf16>, tensor<?x?x?x300xf16>, tensor<?x?x?x300xf16>) {
  %r:3 = plait.map_rows ins(%x, %y : tensor<?x?x?x300xf16>, tensor<?x?x?x300xf16>) outs(%x, %x, %x : tensor<?x?x?x300xf16>, tensor<?x?x?x300xf16>, tensor<?x?x?x300xf16>) {
  ^bb0(%a: vector<300xf16>, %b: vector<300xf16>):
    %sum = arith.addf %a, %b : vector<300xf16>
    %product = arith.mulf %sum, %a : vector<300xf16>
    %quotient = arith.divf %product, %b : vector<300xf16>
    %difference = arith.subf %quotient, %sum : vector<300xf16>
    %size = math.absf %difference : vector<300xf16>
    %root = math.sqrt %size : vector<300xf16>

    %bounds = arith.constant dense<0.75> : vector<300xf16>
    %above = arith.cmpf ogt, %root, %bounds : vector<300xf16>
    %choice = arith.select %above, %product, %bounds : vector<300xi1>, vector<300xf16>
    %least = arith.minnumf %choice, %root : vector<300xf16>
    %whole = math.round %least : vector<300xf16>

    %wide = arith.extf %sum : vector<300xf16> to vector<300xf64>
    %cube = arith.mulf %wide, %wide : vector<300xf64>
    %narrow = arith.truncf %cube : vector<300xf64> to vector<300xf16>
    plait.yield %root, %whole, %narrow : vector<300xf16>, vector<300xf16>, vector<300xf16>
  } -> tensor<?x?x?x300xf16>, tensor<?x?x?x300xf16>, tensor<?x?x?x300xf16>
  return %r#0, %r#1, %r#2 : tensor<?x?x?x300xf16>, tensor<?x?x?x300xf16>, tensor<?x?x?x300xf16>
}
