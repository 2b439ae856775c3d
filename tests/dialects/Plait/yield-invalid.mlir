// RUN: plait-opt %s -verify-diagnostics -split-input-file

// A yield stands at the end of a row map and nowhere else.

func.func @yield() {
  // expected-error @+1 {{expects parent op to be one of 'plait.map_rows, plait.attention'}}
  plait.yield
}
