//===- PlaitInterfaces.td - interfaces of the plait dialect -*- tablegen -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file defines the one thing that tiling, verification and the binding of
// sizes all ask of an op: which loop walks each dimension of each operand.
//===----------------------------------------------------------------------===//

#ifndef DIALECTS_PLAIT_IR_PLAITINTERFACES_TD
#define DIALECTS_PLAIT_IR_PLAITINTERFACES_TD

include "mlir/IR/OpBase.td"

def Plait_SequenceOpInterface : OpInterface<"SequenceOpInterface"> {
  let cppNamespace = "::plait";
  let description = [{
    An op over batch, time and heads. Its loops are those of TilingInterface,
    in the same order.
  }];
  let methods = [
    InterfaceMethod<"The loop that walks each dimension of an operand.",
      "::llvm::SmallVector<::plait::DimRole>", "getDimRoles", (ins "unsigned":$operand)>,
    InterfaceMethod<"The name of an operand, for messages.", "std::string", "getOperandName",
      (ins "unsigned":$operand)>,
    InterfaceMethod<"What each loop walks.", "::llvm::SmallVector<::plait::Axis>", "getLoopAxes">,
    InterfaceMethod<"How many query heads share each head.", "uint64_t", "getGroupSize", (ins), [{}],
      [{ return 1; }]>,
    InterfaceMethod<"Whether time runs from the last token to the first.", "bool", "isReversed", (ins), [{}],
      [{ return false; }]>
  ];
}

#endif // DIALECTS_PLAIT_IR_PLAITINTERFACES_TD
