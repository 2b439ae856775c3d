//===- functions.mlir - one function of each kind -------------------------===//
// SPDX-License-Identifier: Apache-2.0
//===----------------------------------------------------------------------===//

// The sums alone.
func.func @plain(%q: tensor<?x?x?x64xf32>, %k: tensor<?x?x?x64xf32>, %v: tensor<?x?x?x64xf32>, %s: tensor<?x?x64x64xf32>) -> (tensor<?x?x?x64xf32>, tensor<?x?x64x64xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %b = tensor.dim %q, %c0 : tensor<?x?x?x64xf32>
  %t = tensor.dim %q, %c1 : tensor<?x?x?x64xf32>
  %h = tensor.dim %q, %c2 : tensor<?x?x?x64xf32>
  %e = tensor.empty(%b, %t, %h) : tensor<?x?x?x64xf32>
  %o, %f = plait.recur ins(%q, %k, %v : tensor<?x?x?x64xf32>, tensor<?x?x?x64xf32>, tensor<?x?x?x64xf32>) outs(%e, %s : tensor<?x?x?x64xf32>, tensor<?x?x64x64xf32>) -> tensor<?x?x?x64xf32>, tensor<?x?x64x64xf32>
  return %o, %f : tensor<?x?x?x64xf32>, tensor<?x?x64x64xf32>
}

// Head dims that no vector divides.
func.func @odd(%q: tensor<?x?x?x37xf32>, %k: tensor<?x?x?x37xf32>, %v: tensor<?x?x?x29xf32>, %s: tensor<?x?x37x29xf32>) -> (tensor<?x?x?x29xf32>, tensor<?x?x37x29xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %b = tensor.dim %q, %c0 : tensor<?x?x?x37xf32>
  %t = tensor.dim %q, %c1 : tensor<?x?x?x37xf32>
  %h = tensor.dim %q, %c2 : tensor<?x?x?x37xf32>
  %e = tensor.empty(%b, %t, %h) : tensor<?x?x?x29xf32>
  %o, %f = plait.recur ins(%q, %k, %v : tensor<?x?x?x37xf32>, tensor<?x?x?x37xf32>, tensor<?x?x?x29xf32>) outs(%e, %s : tensor<?x?x?x29xf32>, tensor<?x?x37x29xf32>) -> tensor<?x?x?x29xf32>, tensor<?x?x37x29xf32>
  return %o, %f : tensor<?x?x?x29xf32>, tensor<?x?x37x29xf32>
}

// A decay for each token.
func.func @scalar_gate(%q: tensor<?x?x?x64xf32>, %k: tensor<?x?x?x64xf32>, %v: tensor<?x?x?x48xf32>, %g: tensor<?x?x?xf32>, %s: tensor<?x?x64x48xf32>) -> (tensor<?x?x?x48xf32>, tensor<?x?x64x48xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %b = tensor.dim %q, %c0 : tensor<?x?x?x64xf32>
  %t = tensor.dim %q, %c1 : tensor<?x?x?x64xf32>
  %h = tensor.dim %q, %c2 : tensor<?x?x?x64xf32>
  %e = tensor.empty(%b, %t, %h) : tensor<?x?x?x48xf32>
  %o, %f = plait.recur ins(%q, %k, %v : tensor<?x?x?x64xf32>, tensor<?x?x?x64xf32>, tensor<?x?x?x48xf32>) decay(%g : tensor<?x?x?xf32>) outs(%e, %s : tensor<?x?x?x48xf32>, tensor<?x?x64x48xf32>) -> tensor<?x?x?x48xf32>, tensor<?x?x64x48xf32>
  return %o, %f : tensor<?x?x?x48xf32>, tensor<?x?x64x48xf32>
}

// A decay for each key channel, from the last token on.
func.func @vector_gate(%q: tensor<?x?x?x48xf32>, %k: tensor<?x?x?x48xf32>, %v: tensor<?x?x?x64xf32>, %g: tensor<?x?x?x48xf32>, %s: tensor<?x?x48x64xf32>) -> (tensor<?x?x?x64xf32>, tensor<?x?x48x64xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %b = tensor.dim %q, %c0 : tensor<?x?x?x48xf32>
  %t = tensor.dim %q, %c1 : tensor<?x?x?x48xf32>
  %h = tensor.dim %q, %c2 : tensor<?x?x?x48xf32>
  %e = tensor.empty(%b, %t, %h) : tensor<?x?x?x64xf32>
  %o, %f = plait.recur ins(%q, %k, %v : tensor<?x?x?x48xf32>, tensor<?x?x?x48xf32>, tensor<?x?x?x64xf32>) decay(%g : tensor<?x?x?x48xf32>) outs(%e, %s : tensor<?x?x?x64xf32>, tensor<?x?x48x64xf32>) reverse scale(0.125) -> tensor<?x?x?x64xf32>, tensor<?x?x48x64xf32>
  return %o, %f : tensor<?x?x?x64xf32>, tensor<?x?x48x64xf32>
}

// Read before the write, with a bonus.
func.func @bonus(%q: tensor<?x?x?x32xf32>, %k: tensor<?x?x?x32xf32>, %v: tensor<?x?x?x32xf32>, %g: tensor<?x?x?x32xf32>, %u: tensor<?x32xf32>, %s: tensor<?x?x32x32xf32>) -> (tensor<?x?x?x32xf32>, tensor<?x?x32x32xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %b = tensor.dim %q, %c0 : tensor<?x?x?x32xf32>
  %t = tensor.dim %q, %c1 : tensor<?x?x?x32xf32>
  %h = tensor.dim %q, %c2 : tensor<?x?x?x32xf32>
  %e = tensor.empty(%b, %t, %h) : tensor<?x?x?x32xf32>
  %o, %f = plait.recur ins(%q, %k, %v : tensor<?x?x?x32xf32>, tensor<?x?x?x32xf32>, tensor<?x?x?x32xf32>) decay(%g : tensor<?x?x?x32xf32>) bonus(%u : tensor<?x32xf32>) outs(%e, %s : tensor<?x?x?x32xf32>, tensor<?x?x32x32xf32>) read(exclusive) -> tensor<?x?x?x32xf32>, tensor<?x?x32x32xf32>
  return %o, %f : tensor<?x?x?x32xf32>, tensor<?x?x32x32xf32>
}

// Four readers of a state.
func.func @groups(%q: tensor<?x?x8x40xf32>, %k: tensor<?x?x2x40xf32>, %v: tensor<?x?x2x24xf32>, %s: tensor<?x2x40x24xf32>) -> (tensor<?x?x8x24xf32>, tensor<?x2x40x24xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %b = tensor.dim %q, %c0 : tensor<?x?x8x40xf32>
  %t = tensor.dim %q, %c1 : tensor<?x?x8x40xf32>
  %h = tensor.dim %q, %c2 : tensor<?x?x8x40xf32>
  %e = tensor.empty(%b, %t) : tensor<?x?x8x24xf32>
  %o, %f = plait.recur ins(%q, %k, %v : tensor<?x?x8x40xf32>, tensor<?x?x2x40xf32>, tensor<?x?x2x24xf32>) outs(%e, %s : tensor<?x?x8x24xf32>, tensor<?x2x40x24xf32>) group_size(4) -> tensor<?x?x8x24xf32>, tensor<?x2x40x24xf32>
  return %o, %f : tensor<?x?x8x24xf32>, tensor<?x2x40x24xf32>
}

// The paper's attention.
func.func @attention(%q: tensor<?x?x?x60xf32>, %k: tensor<?x?x?x60xf32>, %v: tensor<?x?x?x60xf32>) -> tensor<?x?x?x60xf32> {
  %o = plait.attention causal ins(%q, %k, %v : tensor<?x?x?x60xf32>, tensor<?x?x?x60xf32>, tensor<?x?x?x60xf32>) normalize(sum, eps = 1.0e-6) feature_map {
    ^bb0(%x: vector<60xf32>):
      %zero = arith.constant dense<0.0> : vector<60xf32>
      %one = arith.constant dense<1.0> : vector<60xf32>
      %positive = arith.cmpf ogt, %x, %zero : vector<60xf32>
      %shifted = arith.addf %x, %one : vector<60xf32>
      %exp = math.exp %x : vector<60xf32>
      %phi = arith.select %positive, %shifted, %exp : vector<60xi1>, vector<60xf32>
      plait.yield %phi : vector<60xf32>
    } -> tensor<?x?x?x60xf32>
  return %o : tensor<?x?x?x60xf32>
}

// The same on bf16.
func.func @brain(%q: tensor<?x?x?x64xbf16>, %k: tensor<?x?x?x64xbf16>, %v: tensor<?x?x?x64xbf16>) -> tensor<?x?x?x64xbf16> {
  %o = plait.attention causal ins(%q, %k, %v : tensor<?x?x?x64xbf16>, tensor<?x?x?x64xbf16>, tensor<?x?x?x64xbf16>) normalize(sum, eps = 1.0e-6) feature_map {
    ^bb0(%x: vector<64xbf16>):
      %y = arith.extf %x : vector<64xbf16> to vector<64xf32>
      %zero = arith.constant dense<0.0> : vector<64xf32>
      %one = arith.constant dense<1.0> : vector<64xf32>
      %positive = arith.cmpf ogt, %y, %zero : vector<64xf32>
      %shifted = arith.addf %y, %one : vector<64xf32>
      %exp = math.exp %y : vector<64xf32>
      %phi = arith.select %positive, %shifted, %exp : vector<64xi1>, vector<64xf32>
      plait.yield %phi : vector<64xf32>
    } -> tensor<?x?x?x64xbf16>
  return %o : tensor<?x?x?x64xbf16>
}

// The same on f16.
func.func @half(%q: tensor<?x?x?x64xf16>, %k: tensor<?x?x?x64xf16>, %v: tensor<?x?x?x64xf16>) -> tensor<?x?x?x64xf16> {
  %o = plait.attention causal ins(%q, %k, %v : tensor<?x?x?x64xf16>, tensor<?x?x?x64xf16>, tensor<?x?x?x64xf16>) normalize(sum, eps = 1.0e-6) feature_map {
    ^bb0(%x: vector<64xf16>):
      %y = arith.extf %x : vector<64xf16> to vector<64xf32>
      %zero = arith.constant dense<0.0> : vector<64xf32>
      %one = arith.constant dense<1.0> : vector<64xf32>
      %positive = arith.cmpf ogt, %y, %zero : vector<64xf32>
      %shifted = arith.addf %y, %one : vector<64xf32>
      %exp = math.exp %y : vector<64xf32>
      %phi = arith.select %positive, %shifted, %exp : vector<64xi1>, vector<64xf32>
      plait.yield %phi : vector<64xf32>
    } -> tensor<?x?x?x64xf16>
  return %o : tensor<?x?x?x64xf16>
}

// A scan whose steps are functions, and row maps of every function around it.
func.func @scan(%x: tensor<?x?x?x50xf32>, %c: tensor<?x?x50xf32>) -> (tensor<?x?x?x50xf32>, tensor<?x?x50xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %b = tensor.dim %x, %c0 : tensor<?x?x?x50xf32>
  %t = tensor.dim %x, %c1 : tensor<?x?x?x50xf32>
  %h = tensor.dim %x, %c2 : tensor<?x?x?x50xf32>
  %e = tensor.empty(%b, %t, %h) : tensor<?x?x?x50xf32>
  %m = plait.map_rows ins(%x : tensor<?x?x?x50xf32>) outs(%e : tensor<?x?x?x50xf32>) {
    ^bb0(%r: vector<50xf32>):
      %tanh = math.tanh %r : vector<50xf32>
      %erf = math.erf %tanh : vector<50xf32>
      %sin = math.sin %r : vector<50xf32>
      %cos = math.cos %sin : vector<50xf32>
      %log = math.log1p %cos : vector<50xf32>
      %sum = arith.addf %log, %erf : vector<50xf32>
      %total = vector.reduction <add>, %sum : vector<50xf32> into f32
      %root = math.absf %total : f32
      %scale = math.rsqrt %root : f32
      %row = vector.broadcast %scale : f32 to vector<50xf32>
      %out = arith.mulf %sum, %row : vector<50xf32>
      plait.yield %out : vector<50xf32>
  } -> tensor<?x?x?x50xf32>
  %o, %f = plait.scan logsumexp ins(%m : tensor<?x?x?x50xf32>) outs(%e, %c : tensor<?x?x?x50xf32>, tensor<?x?x50xf32>) -> tensor<?x?x?x50xf32>, tensor<?x?x50xf32>
  return %o, %f : tensor<?x?x?x50xf32>, tensor<?x?x50xf32>
}

// Rows times a matrix.
func.func @projection(%x: tensor<?x?x?x50xf32>, %m: tensor<50x21xf32>) -> tensor<?x?x?x21xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %b = tensor.dim %x, %c0 : tensor<?x?x?x50xf32>
  %t = tensor.dim %x, %c1 : tensor<?x?x?x50xf32>
  %h = tensor.dim %x, %c2 : tensor<?x?x?x50xf32>
  %e = tensor.empty(%b, %t, %h) : tensor<?x?x?x21xf32>
  %o = plait.project ins(%x, %m : tensor<?x?x?x50xf32>, tensor<50x21xf32>) outs(%e : tensor<?x?x?x21xf32>) scale(0.25) -> tensor<?x?x?x21xf32>
  return %o : tensor<?x?x?x21xf32>
}

// Arithmetic on bf16 and f16, and functions of it.
func.func @narrow(%x: tensor<?x?x?x50xbf16>, %y: tensor<?x?x?x50xf16>) -> (tensor<?x?x?x50xbf16>, tensor<?x?x?x50xf16>) {
  %b, %h = plait.map_rows ins(%x, %y : tensor<?x?x?x50xbf16>, tensor<?x?x?x50xf16>) outs(%x, %y : tensor<?x?x?x50xbf16>, tensor<?x?x?x50xf16>) {
    ^bb0(%brain: vector<50xbf16>, %half: vector<50xf16>):
      %scale = arith.constant dense<0.75> : vector<50xbf16>
      %scaled = arith.mulf %brain, %scale : vector<50xbf16>
      %exp = math.exp %scaled : vector<50xbf16>
      %total = vector.reduction <add>, %exp : vector<50xbf16> into bf16
      %row = vector.broadcast %total : bf16 to vector<50xbf16>
      %share = arith.divf %exp, %row : vector<50xbf16>
      %sums = math.fma %share, %brain, %scaled : vector<50xbf16>

      %whole = arith.fptosi %half : vector<50xf16> to vector<50xi32>
      %number = arith.sitofp %whole : vector<50xi32> to vector<50xf16>
      %rest = arith.subf %half, %number : vector<50xf16>
      %tanh = math.tanh %rest : vector<50xf16>
      %most = arith.maxnumf %tanh, %number : vector<50xf16>
      %size = math.absf %most : vector<50xf16>
      %root = math.sqrt %size : vector<50xf16>
      %wide = arith.extf %root : vector<50xf16> to vector<50xf64>
      %square = arith.mulf %wide, %wide : vector<50xf64>
      %narrow = arith.truncf %square : vector<50xf64> to vector<50xf16>
      plait.yield %sums, %narrow : vector<50xbf16>, vector<50xf16>
  } -> tensor<?x?x?x50xbf16>, tensor<?x?x?x50xf16>
  return %b, %h : tensor<?x?x?x50xbf16>, tensor<?x?x?x50xf16>
}
