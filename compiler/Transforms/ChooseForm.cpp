//===- ChooseForm.cpp - plait-choose-form ---------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file gives each op its form and schedule, and refuses what no form of
// the target computes.
//===----------------------------------------------------------------------===//

#include "compiler/Transforms/Passes.h"

#include "compiler/Schedule/Schedule.h"
#include "dialects/Plait/IR/PlaitOps.h"

namespace plait {
#define GEN_PASS_DEF_CHOOSEFORM
#include "compiler/Transforms/Passes.h.inc"
} // namespace plait

using namespace mlir;
using namespace plait;

/// Rows whose products with a matrix fit the registers on CUDA.
static constexpr int64_t mostKeys = 256;

/// What no form of the target does is said here, where the op is still the user's.
static LogicalResult checkSupported(RecurOp op, bool isCuda) {
  auto refuse = [&](const Twine &what) {
    return op.emitOpError("has no ") << (isCuda ? "CUDA" : "CPU") << " form with " << what;
  };
  if (op.getLowRankA())
    return refuse("a low-rank update");
  if (op.getBeta())
    return refuse("a delta rule");
  if (op.getSubsteps() != 1)
    return refuse("sub-steps");
  if (op.getInputGate())
    return refuse("a stabiliser");
  if (op.getSegments())
    return refuse("packed segments");
  if (!isCuda)
    return success();
  if (op.getKeyDim() > mostKeys)
    return refuse("K of over " + Twine(mostKeys));
  return success();
}

static LogicalResult checkSupported(ScanOp op, bool isCuda) {
  if (op.getSegments())
    return op.emitOpError("has no ") << (isCuda ? "CUDA" : "CPU") << " form with packed segments";
  return success();
}

static LogicalResult checkSupported(SequenceOpInterface op, TargetAttr target) {
  if (auto recur = dyn_cast<RecurOp>(op.getOperation()))
    return checkSupported(recur, target.isCuda());
  auto project = dyn_cast<ProjectOp>(op.getOperation());
  if (target.isCuda() && project && cast<ShapedType>(project.getInput().getType()).getDimSize(3) > mostKeys)
    return op.emitOpError("has no CUDA form with D of over ") << mostKeys;
  if (auto scan = dyn_cast<ScanOp>(op.getOperation()))
    return checkSupported(scan, target.isCuda());
  return success();
}

namespace {

struct ChooseFormPass final : plait::impl::ChooseFormBase<ChooseFormPass> {
  using ChooseFormBase::ChooseFormBase;

  void runOnOperation() override {
    TargetAttr target = TargetAttr::of(getOperation());
    if (!target) {
      getOperation().emitError("expects a module with a target (plait.target), but got none");
      return signalPassFailure();
    }
    llvm::Expected<ScheduleParameters> overrides = parseSchedule(schedule);
    if (!overrides) {
      getOperation().emitError(llvm::toString(overrides.takeError()));
      return signalPassFailure();
    }
    ScheduleParameters common = chooseCommon(getOperation(), target);
    WalkResult result = getOperation().walk([&](SequenceOpInterface op) {
      if (failed(checkSupported(op, target)))
        return WalkResult::interrupt();
      FailureOr<ScheduleAttr> chosen = chooseSchedule(op, target, common, *overrides);
      if (failed(chosen))
        return WalkResult::interrupt();
      op->setAttr("schedule", *chosen);
      return WalkResult::advance();
    });
    if (result.wasInterrupted())
      signalPassFailure();
  }
};

} // namespace
