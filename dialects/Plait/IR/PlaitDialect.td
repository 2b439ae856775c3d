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
  }];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect", "::mlir::tensor::TensorDialect"
  ];
  let useDefaultAttributePrinterParser = 1;
}

#endif // DIALECTS_PLAIT_IR_PLAITDIALECT_TD
