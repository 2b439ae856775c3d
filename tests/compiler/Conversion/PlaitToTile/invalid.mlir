// RUN: plait-opt %s --plait-decompose-stage=target=sm_90a --plait-tile-stage --plait-bufferize-stage --convert-plait-to-tile -verify-diagnostics -split-input-file

func.func @weights(%x: tensor<?x?x?x2xf32> {plait.name = "x"}, %out: tensor<?x?x?x2xf32> {plait.name = "o"})
    -> (tensor<?x?x?x2xf32> {plait.name = "y"}) {
  // expected-error @+1 {{'plait.map_rows' op has no CUDA form with a constant row of different elements}}
  %y = plait.map_rows ins(%x : tensor<?x?x?x2xf32>) outs(%out : tensor<?x?x?x2xf32>) {
  ^bb0(%row: vector<2xf32>):
    %weights = arith.constant dense<[1.0, 2.0]> : vector<2xf32>
    %z = arith.mulf %row, %weights : vector<2xf32>
    plait.yield %z : vector<2xf32>
  } -> tensor<?x?x?x2xf32>
  return %y : tensor<?x?x?x2xf32>
}

// -----

func.func @shuffle(%x: tensor<?x?x?x2xf32> {plait.name = "x"}, %out: tensor<?x?x?x2xf32> {plait.name = "o"})
    -> (tensor<?x?x?x2xf32> {plait.name = "y"}) {
  // expected-error @+1 {{'plait.map_rows' op has no CUDA form with 'vector.shuffle'}}
  %y = plait.map_rows ins(%x : tensor<?x?x?x2xf32>) outs(%out : tensor<?x?x?x2xf32>) {
  ^bb0(%row: vector<2xf32>):
    %z = vector.shuffle %row, %row [1, 0] : vector<2xf32>, vector<2xf32>
    plait.yield %z : vector<2xf32>
  } -> tensor<?x?x?x2xf32>
  return %y : tensor<?x?x?x2xf32>
}

// -----

func.func @values_as_keys(%x: tensor<?x?x?x256xbf16> {plait.name = "x"}) -> (tensor<?x?x?x256xbf16> {plait.name = "o"}) {
  // expected-error @+1 {{op has no CUDA form with rows that are also values of more than 128 channels}}
  %o = plait.attention causal ins(%x, %x, %x : tensor<?x?x?x256xbf16>, tensor<?x?x?x256xbf16>, tensor<?x?x?x256xbf16>)
    -> tensor<?x?x?x256xbf16>
  return %o : tensor<?x?x?x256xbf16>
}

// -----

!q = tensor<?x?x?x256xbf16>
!s = tensor<?x?x256x256xf32>
func.func @one_gate(%q: !q {plait.name = "q"}, %k: !q {plait.name = "k"}, %v: !q {plait.name = "v"}, %g: !q {plait.name = "g"},
                    %o: !q {plait.name = "o"}, %s: !s {plait.name = "s"}) -> (!q {plait.name = "out"}) {
  // expected-error @+1 {{op has no CUDA form with rows that are also values of more than 128 channels}}
  %out, %state = plait.recur ins(%q, %k, %v : !q, !q, !q) decay(%g : !q) value_decay(%g : !q) outs(%o, %s : !q, !s) -> !q, !s
  return %out : !q
}

// -----

!q = tensor<?x?x?x64xf32>
!w = tensor<?x?x?x128xf32>
func.func @two_widths(%q: !q {plait.name = "q"}, %v: !q {plait.name = "v"}, %w: !w {plait.name = "w"}, %o: !q {plait.name = "a"},
                      %p: !w {plait.name = "b"}, %s: tensor<?x?x64x64xf32> {plait.name = "s"}, %t: tensor<?x?x64x128xf32> {plait.name = "t"})
    -> (!q {plait.name = "c"}, !w {plait.name = "d"}) {
  // expected-error @+1 {{op has no CUDA form beside an op of other value channels}}
  %x, %s1 = plait.recur ins(%q, %q, %v : !q, !q, !q) outs(%o, %s : !q, tensor<?x?x64x64xf32>) -> !q, tensor<?x?x64x64xf32>
  %y, %t1 = plait.recur ins(%q, %q, %w : !q, !q, !w) outs(%p, %t : !w, tensor<?x?x64x128xf32>) -> !w, tensor<?x?x64x128xf32>
  return %x, %y : !q, !w
}
