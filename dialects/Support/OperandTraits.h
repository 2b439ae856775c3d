//===- OperandTraits.h - what operands must be there ------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares a trait of ops in whose generic form any operand can be left
// out. What MLIR generates reads those that are neither optional nor variadic before
// the op's own verifier can ask for them.
//===----------------------------------------------------------------------===//

#ifndef DIALECTS_SUPPORT_OPERANDTRAITS_H
#define DIALECTS_SUPPORT_OPERANDTRAITS_H

#include "mlir/IR/OpDefinition.h"

namespace plait {

/// The op's operands of these numbers are one value each.
template <unsigned... numbers> struct SingleOperands {
  template <typename ConcreteType>
  class Impl : public mlir::OpTrait::TraitBase<ConcreteType, SingleOperands<numbers...>::template Impl> {
  public:
    static llvm::LogicalResult verifyTrait(mlir::Operation *op) {
      auto sizes = llvm::cast<ConcreteType>(op).getProperties().operandSegmentSizes;
      for (unsigned number : {numbers...})
        if (sizes[number] != 1)
          return op->emitOpError() << "expects one value as operand " << number << ", but got " << sizes[number];
      return llvm::success();
    }
  };
};

} // namespace plait

#endif // DIALECTS_SUPPORT_OPERANDTRAITS_H
