//===- PlaitVerifyAttributes.cpp - verifiers of attributes ----------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file checks the attributes of the dialect, and those that it puts on
// modules and functions.
//===----------------------------------------------------------------------===//

#include "dialects/Plait/IR/PlaitDialect.h"

#include "mlir/Interfaces/FunctionInterfaces.h"

using namespace mlir;
using namespace plait;

/// An integer of at least 1.
static LogicalResult verifyCount(function_ref<InFlightDiagnostic()> emitError, NamedAttribute attribute) {
  auto value = dyn_cast<IntegerAttr>(attribute.getValue());
  if (value && value.getInt() >= 1)
    return success();
  return emitError() << "expects an integer of at least 1 as " << attribute.getName() << ", but got "
                     << attribute.getValue();
}

LogicalResult ScheduleAttr::verify(function_ref<InFlightDiagnostic()> emitError, Form, DictionaryAttr parameters) {
  // schedule_c1: integers of at least 1.
  for (NamedAttribute parameter : parameters)
    if (failed(verifyCount(emitError, parameter)))
      return failure();
  return success();
}

LogicalResult TargetAttr::verify(function_ref<InFlightDiagnostic()> emitError, StringRef isa, DictionaryAttr features) {
  // target_c1: a name.
  if (isa.empty())
    return emitError() << "expects the name of an instruction set, but got \"\"";
  // target_c2: lanes and registers.
  for (StringRef name : {"lanes", "registers"})
    if (auto feature = features.getNamed(name); feature && failed(verifyCount(emitError, *feature)))
      return failure();
  return success();
}

//===----------------------------------------------------------------------===//
// Attributes on modules and functions
//===----------------------------------------------------------------------===//

LogicalResult PlaitDialect::verifyOperationAttribute(Operation *op, NamedAttribute attribute) {
  if (attribute.getName() == "plait.target" && !isa<TargetAttr>(attribute.getValue()))
    return op->emitError() << "expects a #plait.target as \"plait.target\", but got " << attribute.getValue();
  return success();
}

static LogicalResult verifyName(Operation *op, NamedAttribute attribute) {
  if (attribute.getName() == "plait.name" && !isa<StringAttr>(attribute.getValue()))
    return op->emitError() << "expects a string as \"plait.name\", but got " << attribute.getValue();
  return success();
}

LogicalResult PlaitDialect::verifyRegionArgAttribute(Operation *op, unsigned, unsigned argument,
                                                     NamedAttribute attribute) {
  if (attribute.getName() != "plait.result")
    return verifyName(op, attribute);
  auto index = dyn_cast<IntegerAttr>(attribute.getValue());
  if (!index || !index.getType().isIndex())
    return op->emitError() << "expects an index as \"plait.result\", but got " << attribute.getValue();
  // On buffers a function has no results any more.
  auto function = dyn_cast<FunctionOpInterface>(op);
  if (!function || function.getNumResults() == 0)
    return success();
  if (index.getInt() < 0 || index.getInt() >= function.getNumResults())
    return op->emitError() << "expects \"plait.result\" below " << function.getNumResults() << ", but got "
                           << index.getInt();
  Type expected = function.getResultTypes()[index.getInt()], given = function.getArgumentTypes()[argument];
  if (expected != given)
    return op->emitError() << "expects argument " << argument << " of the type of result " << index.getInt() << ", "
                           << expected << ", but got " << given;
  return success();
}

LogicalResult PlaitDialect::verifyRegionResultAttribute(Operation *op, unsigned, unsigned, NamedAttribute attribute) {
  return verifyName(op, attribute);
}
