// RUN: plait-opt %s --plait-decompose-stage=target=sm_90a --plait-tile-stage --plait-bufferize-stage --convert-plait-to-tile -verify-diagnostics -split-input-file

func.func @read_one(%x: tensor<?x?x?x2xf32> {plait.name = "x"}, %i: tensor<?x?x?xf32> {plait.name = "i"}, %out: tensor<?x?x?xf32> {plait.name = "o"})
    -> (tensor<?x?x?xf32> {plait.name = "y"}) {
  // expected-error @+1 {{'plait.map_rows' op has no CUDA form with 'vector.extract'}}
  %y = plait.map_rows ins(%x, %i : tensor<?x?x?x2xf32>, tensor<?x?x?xf32>) outs(%out : tensor<?x?x?xf32>) {
  ^bb0(%row: vector<2xf32>, %f: f32):
    %j = arith.fptosi %f : f32 to i32
    %k = arith.index_cast %j : i32 to index
    %z = vector.extract %row[%k] : f32 from vector<2xf32>
    plait.yield %z : f32
  } -> tensor<?x?x?xf32>
  return %y : tensor<?x?x?xf32>
}

// -----

func.func @wide(%x: tensor<?x?x?x2xf32> {plait.name = "x"}, %out: tensor<?x?x?x2xf32> {plait.name = "o"})
    -> (tensor<?x?x?x2xf32> {plait.name = "y"}) {
  // expected-error @+1 {{'plait.map_rows' op has no CUDA form with 'vector.shuffle' of 'f64'}}
  %y = plait.map_rows ins(%x : tensor<?x?x?x2xf32>) outs(%out : tensor<?x?x?x2xf32>) {
  ^bb0(%row: vector<2xf32>):
    %w = arith.extf %row : vector<2xf32> to vector<2xf64>
    %s = vector.shuffle %w, %w [1, 0] : vector<2xf64>, vector<2xf64>
    %z = arith.truncf %s : vector<2xf64> to vector<2xf32>
    plait.yield %z : vector<2xf32>
  } -> tensor<?x?x?x2xf32>
  return %y : tensor<?x?x?x2xf32>
}

// -----

func.func @integers(%x: tensor<?x?x?x2xf32> {plait.name = "x"}, %out: tensor<?x?x?xf32> {plait.name = "o"})
    -> (tensor<?x?x?xf32> {plait.name = "y"}) {
  // expected-error @+1 {{'plait.map_rows' op has no CUDA form with 'vector.reduction'}}
  %y = plait.map_rows ins(%x : tensor<?x?x?x2xf32>) outs(%out : tensor<?x?x?xf32>) {
  ^bb0(%row: vector<2xf32>):
    %w = arith.fptosi %row : vector<2xf32> to vector<2xi32>
    %s = vector.reduction <add>, %w : vector<2xi32> into i32
    %z = arith.sitofp %s : i32 to f32
    plait.yield %z : f32
  } -> tensor<?x?x?xf32>
  return %y : tensor<?x?x?xf32>
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

func.func @elsewhere(%x: tensor<?x?x?x2xf32> {plait.name = "x"}, %out: tensor<?x?x?x2xf32> {plait.name = "o"})
    -> (tensor<?x?x?x2xf32> {plait.name = "y"}) {
  // expected-error @+1 {{'plait.map_rows' op has no CUDA form with 'arith.constant'}}
  %y = plait.map_rows ins(%x : tensor<?x?x?x2xf32>) outs(%out : tensor<?x?x?x2xf32>) {
  ^bb0(%row: vector<2xf32>):
    %w = arith.constant dense_resource<w> : vector<2xf32>
    %z = arith.addf %row, %w : vector<2xf32>
    plait.yield %z : vector<2xf32>
  } -> tensor<?x?x?x2xf32>
  return %y : tensor<?x?x?x2xf32>
}
