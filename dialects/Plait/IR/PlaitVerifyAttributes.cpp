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

/// An i64 in 1..max.
static LogicalResult verifyCount(function_ref<InFlightDiagnostic()> emitError, NamedAttribute attribute, int64_t max) {
  auto value = dyn_cast<IntegerAttr>(attribute.getValue());
  if (value && value.getType().isSignlessInteger(64) && value.getInt() >= 1 && value.getInt() <= max)
    return success();
  return emitError() << "expects an i64 in 1.." << max << " as " << attribute.getName() << ", but got "
                     << attribute.getValue();
}

LogicalResult ScheduleAttr::verify(function_ref<InFlightDiagnostic()> emitError, Form, DictionaryAttr parameters) {
  // schedule_c1: counts.
  for (NamedAttribute parameter : parameters)
    if (failed(verifyCount(emitError, parameter, /*max=*/4096)))
      return failure();
  return success();
}

LogicalResult TargetAttr::verify(function_ref<InFlightDiagnostic()> emitError, StringRef isa, DictionaryAttr features) {
  // target_c1: a name.
  if (isa.empty())
    return emitError() << "expects the name of an instruction set, but got \"\"";
  // target_c2: counts.
  for (StringRef name : {"lanes", "registers", "pipes"})
    if (auto feature = features.getNamed(name); feature && failed(verifyCount(emitError, *feature, /*max=*/64)))
      return failure();
  // target_c3: a CPU's or CUDA's.
  constexpr std::pair<StringLiteral, int64_t> limits[] = {{"capability", 1000}, {"shared", 1 << 20}};
  for (auto [name, max] : limits)
    if (auto feature = features.getNamed(name); feature && failed(verifyCount(emitError, *feature, max)))
      return failure();
  if (features.contains("capability") != features.contains("shared"))
    return emitError() << "expects capability and shared together, but got " << features;
  for (StringRef name : {"lanes", "registers", "pipes"})
    if (features.contains("capability") && features.contains(name))
      return emitError() << "expects no " << name << " beside capability, but got " << features;
  return success();
}

//===----------------------------------------------------------------------===//
// Attributes on modules and functions
//===----------------------------------------------------------------------===//

/// Reports an attribute that is not what its name promises.
static LogicalResult expect(Operation *op, NamedAttribute attribute, StringRef what, bool holds) {
  if (holds)
    return success();
  return op->emitError() << "expects " << what << " as " << attribute.getName() << ", but got " << attribute.getValue();
}

LogicalResult PlaitDialect::verifyOperationAttribute(Operation *op, NamedAttribute attribute) {
  StringRef name = attribute.getName();
  Attribute value = attribute.getValue();
  if (name == "plait.target")
    return expect(op, attribute, "a #plait.target", isa<TargetAttr>(value));
  if (name == "plait.kernel")
    return expect(op, attribute, "a unit", isa<UnitAttr>(value));
  if (name == "plait.scratch") {
    auto bytes = dyn_cast<IntegerAttr>(value);
    return expect(op, attribute, "an i64 of at least 0",
                  bytes && bytes.getType().isSignlessInteger(64) && bytes.getInt() >= 0);
  }
  if (name == "plait.span") {
    auto items = dyn_cast<IntegerAttr>(value);
    return expect(op, attribute, "an i64 from 2 to 2^31",
                  items && items.getType().isSignlessInteger(64) && items.getInt() > 1 && items.getInt() <= 1ll << 31);
  }
  return success();
}

/// plait.result: the index of a result of the argument's type.
static LogicalResult verifyResultIndex(Operation *op, unsigned argument, NamedAttribute attribute) {
  auto index = dyn_cast<IntegerAttr>(attribute.getValue());
  if (failed(expect(op, attribute, "an index", index && index.getType().isIndex())))
    return failure();
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
  for (unsigned other = 0; other < argument; ++other)
    if (function.getArgAttr(other, attribute.getName()) == index)
      return op->emitError() << "expects one argument to be updated to result " << index.getInt()
                             << ", but got arguments " << other << " and " << argument;
  return success();
}

/// plait.dims: a string for each dimension.
static LogicalResult verifyDims(Operation *op, unsigned argument, NamedAttribute attribute) {
  auto dims = dyn_cast<ArrayAttr>(attribute.getValue());
  if (failed(expect(op, attribute, "an array of strings", dims && llvm::all_of(dims, llvm::IsaPred<StringAttr>))))
    return failure();
  auto function = dyn_cast<FunctionOpInterface>(op);
  auto type = function ? dyn_cast<ShapedType>(function.getArgumentTypes()[argument]) : ShapedType();
  if (type && type.hasRank() && type.getRank() != static_cast<int64_t>(dims.size()))
    return op->emitError() << "expects " << type.getRank() << " strings as \"plait.dims\", but got " << dims.size();
  return success();
}

LogicalResult PlaitDialect::verifyRegionArgAttribute(Operation *op, unsigned, unsigned argument,
                                                     NamedAttribute attribute) {
  StringRef name = attribute.getName();
  if (name == "plait.name")
    return expect(op, attribute, "a string", isa<StringAttr>(attribute.getValue()));
  if (name == "plait.output")
    return expect(op, attribute, "a unit", isa<UnitAttr>(attribute.getValue()));
  if (name == "plait.result")
    return verifyResultIndex(op, argument, attribute);
  return name == "plait.dims" ? verifyDims(op, argument, attribute) : success();
}

LogicalResult PlaitDialect::verifyRegionResultAttribute(Operation *op, unsigned, unsigned, NamedAttribute attribute) {
  bool named = attribute.getName() == "plait.name";
  return expect(op, attribute, "a string", !named || isa<StringAttr>(attribute.getValue()));
}
