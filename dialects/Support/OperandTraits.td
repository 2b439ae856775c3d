//===- OperandTraits.td - what operands must be there ------*- tablegen -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file defines the trait of OperandTraits.h.
//===----------------------------------------------------------------------===//

#ifndef DIALECTS_SUPPORT_OPERANDTRAITS_TD
#define DIALECTS_SUPPORT_OPERANDTRAITS_TD

include "mlir/IR/OpBase.td"

// The numbers, among the op's operands, of those that are neither optional nor variadic. Behind AttrSizedOperandSegments.
class SingleOperands<list<int> numbers>
    : ParamNativeOpTrait<"SingleOperands", !interleave(numbers, ", ")>, StructuralOpTrait {
  let cppNamespace = "::plait";
}

#endif // DIALECTS_SUPPORT_OPERANDTRAITS_TD
