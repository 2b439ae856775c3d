//===- Dialects.h - every dialect the compiler uses -------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the registration of plait and of the upstream dialects
// and interface models that its pipelines pass through.
//===----------------------------------------------------------------------===//

#ifndef COMPILER_DRIVER_DIALECTS_H
#define COMPILER_DRIVER_DIALECTS_H

#include "mlir/IR/DialectRegistry.h"

namespace plait {

/// Registers dialects, external models and the translation to LLVM IR.
void registerDialects(mlir::DialectRegistry &registry);

} // namespace plait

#endif // COMPILER_DRIVER_DIALECTS_H
