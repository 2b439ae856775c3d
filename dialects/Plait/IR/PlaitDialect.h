//===- PlaitDialect.h - the plait dialect -----------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the dialect, its enums and its attributes.
//===----------------------------------------------------------------------===//

#ifndef DIALECTS_PLAIT_IR_PLAITDIALECT_H
#define DIALECTS_PLAIT_IR_PLAITDIALECT_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Dialect.h"

#include "dialects/Plait/IR/PlaitDialect.h.inc"
#include "dialects/Plait/IR/PlaitEnums.h.inc"
#define GET_ATTRDEF_CLASSES
#include "dialects/Plait/IR/PlaitAttributes.h.inc"

namespace plait {

/// Attaches the bufferization of the ops, as an extension that loads with the
/// dialect.
void registerBufferizationModels(mlir::DialectRegistry &registry);

} // namespace plait

#endif // DIALECTS_PLAIT_IR_PLAITDIALECT_H
