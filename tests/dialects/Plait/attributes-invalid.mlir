// RUN: plait-opt %s -verify-diagnostics -split-input-file

// The attributes of the dialect, broken.

// schedule_c1
// expected-error @+1 {{expects an i64 in 1..4096 as "block", but got 0 : i64}}
#schedule = #plait.schedule<tile_scan, {block = 0 : i64}>

// -----

// schedule_c1
// expected-error @+1 {{expects an i64 in 1..4096 as "columns", but got 4097 : i64}}
#schedule = #plait.schedule<tile_scan, {columns = 4097 : i64}>

// -----

// schedule_c1
// expected-error @+1 {{expects an i64 in 1..4096 as "block", but got 64 : i128}}
#schedule = #plait.schedule<tile_scan, {block = 64 : i128}>

// -----

// schedule_c1
// expected-error @+1 {{expects an i64 in 1..4096 as "rows", but got "8"}}
#schedule = #plait.schedule<tile_scan, {rows = "8"}>

// -----

// schedule_form
// expected-error @+2 {{expected one of [tile_scan, row_scan, rows, lanes, chunk, step] for the shape of loop that an op becomes, got: spiral}}
// expected-error @+1 {{failed to parse Plait_ScheduleAttr parameter 'form'}}
#schedule = #plait.schedule<spiral, {}>

// -----

// target_c1
// expected-error @+1 {{expects the name of an instruction set, but got ""}}
#target = #plait.target<"", {}>

// -----

// target_c2
// expected-error @+1 {{expects an i64 in 1..64 as "lanes", but got -1 : i64}}
#target = #plait.target<"x86-64", {lanes = -1 : i64}>

// -----

// target_c2
// expected-error @+1 {{expects an i64 in 1..64 as "registers", but got 9223372036854775807 : i64}}
#target = #plait.target<"x86-64", {registers = 9223372036854775807 : i64}>

// -----

// target_c2
// expected-error @+1 {{expects an i64 in 1..64 as "pipes", but got 0 : i64}}
#target = #plait.target<"x86-64", {pipes = 0 : i64}>

// -----

// target_c3
// expected-error @+1 {{expects an i64 in 1..1000 as "capability", but got 9.000000e+00 : f64}}
#target = #plait.target<"sm_90a", {capability = 9.0, shared = 232448 : i64}>

// -----

// target_c3
// expected-error @+1 {{expects an i64 in 1..1048576 as "shared", but got 0 : i64}}
#target = #plait.target<"sm_90a", {capability = 90 : i64, shared = 0 : i64}>

// -----

// target_c3
// expected-error @+1 {{expects capability and shared together, but got {capability = 90 : i64}}}
#target = #plait.target<"sm_90a", {capability = 90 : i64}>

// -----

// target_c3
// expected-error @+1 {{expects no lanes beside capability, but got {capability = 90 : i64, lanes = 16 : i64, shared = 1 : i64}}}
#target = #plait.target<"sm_90a", {capability = 90 : i64, lanes = 16 : i64, shared = 1 : i64}>

// -----

// expected-error @+1 {{expects a #plait.target as "plait.target", but got "native"}}
module attributes {plait.target = "native"} {}

// -----

// expected-error @+1 {{expects a string as "plait.name", but got 1 : i64}}
func.func @argument_name(%x: tensor<4xf32> {plait.name = 1}) {
  return
}

// -----

// expected-error @+1 {{expects a string as "plait.name", but got unit}}
func.func @result_name(%x: tensor<4xf32>) -> (tensor<4xf32> {plait.name}) {
  return %x : tensor<4xf32>
}

// -----

// expected-error @+1 {{expects an index as "plait.result", but got 0 : i64}}
func.func @result_index(%x: tensor<4xf32> {plait.result = 0}) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}

// -----

// expected-error @+1 {{expects "plait.result" below 1, but got 1}}
func.func @result_range(%x: tensor<4xf32> {plait.result = 1 : index}) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}

// -----

// expected-error @+1 {{expects argument 0 of the type of result 0, 'tensor<4xf32>', but got 'tensor<5xf32>'}}
func.func @result_type(%x: tensor<5xf32> {plait.result = 0 : index}, %y: tensor<4xf32>) -> tensor<4xf32> {
  return %y : tensor<4xf32>
}

// -----

// expected-error @+1 {{expects one argument to be updated to result 0, but got arguments 0 and 1}}
func.func @result_twice(%x: tensor<4xf32> {plait.result = 0 : index}, %y: tensor<4xf32> {plait.result = 0 : index})
    -> tensor<4xf32> {
  return %y : tensor<4xf32>
}

// -----

// expected-error @+1 {{expects an array of strings as "plait.dims", but got [1]}}
func.func @dims(%x: memref<4xf32> {plait.dims = [1]}) {
  return
}

// -----

// expected-error @+1 {{expects 2 strings as "plait.dims", but got 1}}
func.func @dims_rank(%x: memref<?x4xf32> {plait.dims = ["B"]}) {
  return
}

// -----

// expected-error @+1 {{expects a unit as "plait.output", but got true}}
func.func @output(%x: memref<4xf32> {plait.output = true}) {
  return
}

// -----

// expected-error @+1 {{expects a unit as "plait.kernel", but got "f"}}
func.func @kernel() attributes {plait.kernel = "f"} {
  return
}

// -----

// expected-error @+1 {{expects an i64 of at least 0 as "plait.scratch", but got -64 : i64}}
func.func @scratch() attributes {plait.kernel, plait.scratch = -64 : i64} {
  return
}

// -----

// expected-error @+1 {{expects an i64 from 2 to 2^31 as "plait.span", but got 1 : i64}}
func.func @span() attributes {plait.kernel, plait.span = 1 : i64} {
  return
}

// -----

// expected-error @+1 {{expects an i64 of at least 0 as "plait.scratch", but got 64 : ui64}}
func.func @scratch_type() attributes {plait.kernel, plait.scratch = 64 : ui64} {
  return
}
