// RUN: not plait-opt %s --pass-pipeline='builtin.module(func.func(plait-choose-form{schedule=rows=8,columns}))' 2>&1 | FileCheck %s --check-prefix=SYNTAX
// RUN: not plait-opt %s --pass-pipeline='builtin.module(func.func(plait-choose-form{schedule=rows=8,rows=4}))' 2>&1 | FileCheck %s --check-prefix=TWICE
// RUN: not plait-opt %s --pass-pipeline='builtin.module(func.func(plait-choose-form{schedule=unroll=4}))' 2>&1 | FileCheck %s --check-prefix=NAME
// RUN: not plait-opt %s --pass-pipeline='builtin.module(func.func(plait-choose-form{schedule=block=60}))' 2>&1 | FileCheck %s --check-prefix=BLOCK
// RUN: not plait-opt %s --pass-pipeline='builtin.module(func.func(plait-choose-form{schedule=rows=64,columns=4}))' 2>&1 | FileCheck %s --check-prefix=REGISTERS
// RUN: not plait-opt %s --pass-pipeline='builtin.module(func.func(plait-choose-form{schedule=block=8192}))' 2>&1 | FileCheck %s --check-prefix=LARGE
// RUN: not plait-opt %s --pass-pipeline='builtin.module(func.func(plait-choose-form{schedule=rows=9223372036854775807,columns=9223372036854775807}))' 2>&1 | FileCheck %s --check-prefix=HUGE

// Schedules that say nothing, or what the machine can't hold.

// SYNTAX: error: expects a schedule such as rows=8,columns=2, but got 'rows=8,columns'
// TWICE: error: expects one value of rows in a schedule, but got 'rows=8,rows=4'
// NAME: error: 'plait.recur' op expects schedule parameters block, columns, rows, but got 'unroll'
// BLOCK: error: 'plait.recur' op expects a block of a multiple of {{[0-9]+}} tokens, but got 60
// REGISTERS: error: 'plait.recur' op expects a register tile that fits 32 registers, but got rows=64,columns=4
// LARGE: error: 'plait.recur' op expects a block of at most 4096 tokens, but got 8192
// HUGE: error: 'plait.recur' op expects a register tile that fits 32 registers, but got rows=9223372036854775807

!q = tensor<1x9x8x64xf32>
!s = tensor<1x8x64x64xf32>
module attributes {plait.target = #plait.target<"x86-64-v4", {fma, lanes = 16 : i64, registers = 32 : i64}>} {
  func.func @recur(%q: !q, %s: !s) -> (!q, !s) {
    %o, %state = plait.recur ins(%q, %q, %q : !q, !q, !q) outs(%q, %s : !q, !s) -> !q, !s
    return %o, %state : !q, !s
  }
}
