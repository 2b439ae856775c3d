//===- Passes.h - conversion passes -----------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the passes of Passes.td and their registration.
//===----------------------------------------------------------------------===//

#ifndef COMPILER_CONVERSION_PASSES_H
#define COMPILER_CONVERSION_PASSES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"

namespace plait {

#define GEN_PASS_DECL
#include "compiler/Conversion/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "compiler/Conversion/Passes.h.inc"

} // namespace plait

#endif // COMPILER_CONVERSION_PASSES_H
