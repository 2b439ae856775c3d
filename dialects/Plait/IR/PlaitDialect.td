//===- PlaitDialect.td - the plait dialect -----------------*- tablegen -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file defines the dialect itself; enums, attributes and ops have files
// of their own beside it.
//===----------------------------------------------------------------------===//

#ifndef DIALECTS_PLAIT_IR_PLAITDIALECT_TD
#define DIALECTS_PLAIT_IR_PLAITDIALECT_TD

include "mlir/IR/DialectBase.td"

def Plait_Dialect : Dialect {
  let name = "plait";
  let cppNamespace = "::plait";
  let summary = "feature-map attention and causal prefix-sum recurrences";
  let description = [{
    The plait dialect says linear-time attention on tensors: a matrix-state
    recurrence over time, plain scans, maps of rows, products with a matrix,
    and the attention that users write, which decomposes into those four.

    Sequence tensors are `[B, T, H, D]`, states are `[B, H, K, V]`. B, T and H
    may be dynamic; head dims are static, for a kernel is made for each.

    Attributes of the dialect on other ops:
    - `plait.target` on a module, a `#plait.target`: the machine;
    - `plait.name` on an argument or result of a function, a string: its name in
      the interface of the compiled function;
    - `plait.result` on an argument of a function, an index: the result that is
      written in place into the argument's buffer.

    Attributes that passes set, on functions on buffers:
    - `plait.dims` on an argument, an array of a string for each dimension: the
      symbol or number that equal sizes share;
    - `plait.output` on an argument, a unit: it is written, not read;
    - `plait.kernel` on a function, a unit: it does one work item of a grid, or
      several (`plait.span`);
    - `plait.scratch` on a kernel, an integer: the bytes of memory that the
      caller brings;
    - `plait.span` on a kernel, an integer from 2: the neighbours along the
      grid's second direction that one call may take, from the second item
      number on, as many as the third says.
  }];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect", "::mlir::tensor::TensorDialect"
  ];
  let useDefaultAttributePrinterParser = 1;
  let hasOperationAttrVerify = 1;
  let hasRegionArgAttrVerify = 1;
  let hasRegionResultAttrVerify = 1;
}

#endif // DIALECTS_PLAIT_IR_PLAITDIALECT_TD
