//===- SetTarget.cpp - plait-set-target -----------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file gives a module that names no target the one it is compiled for.
//===----------------------------------------------------------------------===//

#include "compiler/Transforms/Passes.h"

#include "compiler/Target/Target.h"
#include "dialects/Plait/IR/PlaitDialect.h"

namespace plait {
#define GEN_PASS_DEF_SETTARGET
#include "compiler/Transforms/Passes.h.inc"
} // namespace plait

using namespace mlir;
using namespace plait;

namespace {

struct SetTargetPass final : plait::impl::SetTargetBase<SetTargetPass> {
  using SetTargetBase::SetTargetBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    if (module->hasAttr("plait.target"))
      return;
    llvm::Expected<Target> found = findTarget(target);
    if (!found) {
      module.emitError(llvm::toString(found.takeError()));
      return signalPassFailure();
    }
    module->setAttr("plait.target", found->attribute(&getContext()));
  }
};

} // namespace
