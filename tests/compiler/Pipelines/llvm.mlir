// RUN: plait-opt %s --plait-cpu-pipeline | FileCheck %s --implicit-check-not="{{( = |    )(plait|scf|vector|memref|linalg|math|arith|affine|tensor|func)[.][a-z_]+ }}" --implicit-check-not=unrealized
// RUN: plait-opt %s --plait-cpu-pipeline=schedule=rows=4,columns=1 | FileCheck %s
// RUN: not plait-opt %s --plait-cpu-pipeline=schedule=rows=4,depth=1 2>&1 | FileCheck %s --check-prefix=BAD

// The whole pipeline ends in the LLVM dialect alone: a kernel with the runtime's signature.

// BAD: error: 'plait.{{[a-z_]+}}' op expects schedule parameters block, columns, rows, but got 'depth'

module attributes {plait.target = #plait.target<"x86-64-v4", {fma, lanes = 16 : i64, registers = 32 : i64}>} {

// CHECK:     llvm.func @attention_0(%{{.*}}: !llvm.ptr {llvm.noalias}, %{{.*}}: !llvm.ptr {llvm.noalias}, %{{.*}}: i32, %{{.*}}: i32, %{{.*}}: i32)
// CHECK-NOT: llvm.call @
// CHECK-NOT: llvm.func
func.func @attention(%q: tensor<?x?x?x20xf32>, %k: tensor<?x?x?x20xf32>, %v: tensor<?x?x?x20xf32>) -> tensor<?x?x?x20xf32> {
  %o = plait.attention causal ins(%q, %k, %v : tensor<?x?x?x20xf32>, tensor<?x?x?x20xf32>, tensor<?x?x?x20xf32>)
    normalize(sum, eps = 1.0e-6) feature_map {
  ^bb0(%x: vector<20xf32>):
    %e = math.exp %x : vector<20xf32>
    plait.yield %e : vector<20xf32>
  } -> tensor<?x?x?x20xf32>
  return %o : tensor<?x?x?x20xf32>
}

}
