//===- PlaitDialect.cpp - the plait dialect -------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file registers what the dialect holds and implements its attributes.
//===----------------------------------------------------------------------===//

#include "dialects/Plait/IR/PlaitDialect.h"

#include "dialects/Plait/IR/PlaitOps.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace plait;

#include "dialects/Plait/IR/PlaitDialect.cpp.inc"
#include "dialects/Plait/IR/PlaitEnums.cpp.inc"
#define GET_ATTRDEF_CLASSES
#include "dialects/Plait/IR/PlaitAttributes.cpp.inc"

void PlaitDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/Plait/IR/PlaitAttributes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/Plait/IR/PlaitOps.cpp.inc"
      >();
}

int64_t ScheduleAttr::get(StringRef name, int64_t fallback) const {
  auto value = getParameters().getAs<IntegerAttr>(name);
  return value ? value.getInt() : fallback;
}

static int64_t feature(TargetAttr target, StringRef name, int64_t fallback) {
  auto value = target.getFeatures().getAs<IntegerAttr>(name);
  return value ? value.getInt() : fallback;
}

int64_t TargetAttr::getLanes() const { return feature(*this, "lanes", 16); }
int64_t TargetAttr::getRegisters() const { return feature(*this, "registers", 32); }
int64_t TargetAttr::getPipes() const { return feature(*this, "pipes", 1); }
bool TargetAttr::hasFma() const { return getFeatures().contains("fma"); }
bool TargetAttr::isCuda() const { return getFeatures().contains("capability"); }
int64_t TargetAttr::getCapability() const { return feature(*this, "capability", 0); }
int64_t TargetAttr::getShared() const { return feature(*this, "shared", 0); }

TargetAttr TargetAttr::of(Operation *op) {
  for (; op; op = op->getParentOp())
    if (auto target = op->getAttrOfType<TargetAttr>("plait.target"))
      return target;
  return {};
}
