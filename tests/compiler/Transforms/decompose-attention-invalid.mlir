// RUN: plait-opt %s --pass-pipeline='builtin.module(func.func(plait-decompose-attention))' -verify-diagnostics

func.func @narrow_decay_per_head(%q: tensor<?x?x?x8xbf16>, %g: tensor<?xbf16>) -> tensor<?x?x?x8xbf16> {
  // expected-error @+1 {{expects a decay per head in f32, but got 'tensor<?xbf16>'}}
  %o = plait.attention causal ins(%q, %q, %q : tensor<?x?x?x8xbf16>, tensor<?x?x?x8xbf16>, tensor<?x?x?x8xbf16>)
    decay(%g : tensor<?xbf16>) -> tensor<?x?x?x8xbf16>
  return %o : tensor<?x?x?x8xbf16>
}
