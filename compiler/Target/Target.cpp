//===- Target.cpp - the machines Plait compiles for -----------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file finds targets by name among those of both kinds.
//===----------------------------------------------------------------------===//

#include "compiler/Target/Target.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace plait;

llvm::StringRef Target::isa() const { return cpu() ? cpu()->isa : cuda()->isa; }

TargetAttr Target::attribute(mlir::MLIRContext *context) const {
  return cpu() ? cpu()->attribute(context) : cuda()->attribute(context);
}

llvm::Expected<Target> plait::findTarget(llvm::StringRef name) {
  auto known = cpuTargetNames();
  if (llvm::is_contained(known, name))
    return llvm::cantFail(findCpuTarget(name));
  llvm::append_range(known, cudaTargetNames());
  if (llvm::is_contained(known, name))
    return llvm::cantFail(findCudaTarget(name));
  return llvm::createStringError("expects a target among " + llvm::join(known, ", ") + ", but got '" + name.str() +
                                 "'");
}
