// A decay per head, a bonus and a matrix in bf16 and f16, which no row map extends, on each kind of instructions.
// REQUIRES: plait-run

// RUN: plait-run %s --entry=sums --dim B=2,T=70,H=3 --target=x86-64 --check
// RUN: plait-run %s --entry=sums --dim B=2,T=70,H=3 --target=x86-64-v3 --check
// RUN: plait-run %s --entry=sums --dim B=2,T=70,H=3 --target=native --check
// RUN: plait-run %s --entry=row --dim B=2,T=70,H=3 --target=x86-64 --check
// RUN: plait-run %s --entry=row --dim B=2,T=70,H=3 --target=native --check
// RUN: plait-run %s --entry=normalised --dim B=2,T=70,H=3 --target=x86-64 --check
// RUN: plait-run %s --entry=normalised --dim B=2,T=70,H=3 --target=native --check
// RUN: plait-run %s --entry=projected --dim B=2,T=70,H=3 --target=x86-64 --check
// RUN: plait-run %s --entry=projected --dim B=2,T=70,H=3 --target=native --check

!q = tensor<?x?x?x20xf32>

func.func @sums(%q: !q, %k: !q, %v: !q, %g: tensor<?xbf16>, %u: tensor<?x20xf16>, %out: !q, %s: tensor<?x?x20x20xf32>)
    -> !q {
  %o, %state = plait.recur ins(%q, %k, %v : !q, !q, !q) decay(%g : tensor<?xbf16>) bonus(%u : tensor<?x20xf16>)
    outs(%out, %s : !q, tensor<?x?x20x20xf32>) read(exclusive) -> !q, tensor<?x?x20x20xf32>
  return %o : !q
}

!v = tensor<?x?x?x1xf32>
func.func @row(%q: !q, %k: !q, %v: !v, %g: tensor<?xf16>, %u: tensor<?x20xbf16>, %out: !v, %s: tensor<?x?x20x1xf32>) -> !v {
  %o, %state = plait.recur ins(%q, %k, %v : !q, !q, !v) decay(%g : tensor<?xf16>) bonus(%u : tensor<?x20xbf16>)
    outs(%out, %s : !v, tensor<?x?x20x1xf32>) read(exclusive) -> !v, tensor<?x?x20x1xf32>
  return %o : !v
}

!h = tensor<?x?x?x20xf16>
func.func @normalised(%q: !h, %k: !h, %v: !h, %g: tensor<?xf16>) -> !h {
  %o = plait.attention causal ins(%q, %k, %v : !h, !h, !h) decay(%g : tensor<?xf16>) normalize(clamp, eps = 1.0) -> !h
  return %o : !h
}

func.func @projected(%x: !q, %matrix: tensor<20x12xbf16>, %out: tensor<?x?x?x12xf32>) -> tensor<?x?x?x12xf32> {
  %y = plait.project ins(%x, %matrix : !q, tensor<20x12xbf16>) outs(%out : tensor<?x?x?x12xf32>)
    -> tensor<?x?x?x12xf32>
  return %y : tensor<?x?x?x12xf32>
}
