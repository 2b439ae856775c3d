//===- PlaitToVector.cpp - plait on buffers to vectors --------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements the pass: it finds the ops and gives each to the
// emitter of its form.
//===----------------------------------------------------------------------===//

#include "compiler/Conversion/Passes.h"
#include "compiler/Conversion/PlaitToVector/Emitters.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "llvm/ADT/TypeSwitch.h"

namespace plait {
#define GEN_PASS_DEF_CONVERTPLAITTOVECTOR
#include "compiler/Conversion/Passes.h.inc"
} // namespace plait

using namespace mlir;
using namespace plait;

/// Rows are loaded as vectors.
static LogicalResult checkRows(Operation *op) {
  if (!isa<SequenceOpInterface>(op))
    return success();
  for (Type type : op->getOperandTypes()) {
    auto rows = dyn_cast<MemRefType>(type);
    if (rows && rows.getRank() == 4 && rows.getShape().back() != 1 && !rows.isLastDimUnitStride())
      return op->emitOpError("expects memrefs whose last stride is 1, but got ") << type;
  }
  return success();
}

static LogicalResult emit(Operation *op, Machine machine) {
  return llvm::TypeSwitch<Operation *, LogicalResult>(op)
      .Case([&](RecurOp recur) { return emitRecur(recur, machine); })
      .Case([&](MapRowsOp map) { return emitMapRows(map, machine); })
      .Case([&](ProjectOp project) { return emitProject(project, machine); })
      .Case([&](ScanOp scan) { return emitScan(scan, machine); })
      .Case([&](linalg::FillOp fill) { return emitFill(fill, machine); })
      .Case([&](linalg::CopyOp copy) { return emitCopy(copy, machine); })
      .Default(
          [](Operation *other) { return other->emitOpError("expects a form on buffers, but got an op without one"); });
}

namespace {

struct ConvertPlaitToVector final : plait::impl::ConvertPlaitToVectorBase<ConvertPlaitToVector> {
  void runOnOperation() override {
    SmallVector<Operation *> ops;
    getOperation().walk([&](Operation *op) {
      bool plaitOp = isa_and_nonnull<PlaitDialect>(op->getDialect()) && !isa<YieldOp>(op);
      if (plaitOp || isa<linalg::FillOp, linalg::CopyOp>(op))
        ops.push_back(op);
    });
    if (ops.empty())
      return;
    TargetAttr target = TargetAttr::of(getOperation());
    if (!target) {
      getOperation().emitError("expects a module with the attribute plait.target, but got none");
      return signalPassFailure();
    }
    for (Operation *op : ops) {
      if (failed(checkRows(op)) || failed(emit(op, machineOf(target))))
        return signalPassFailure();
      op->erase();
    }
  }
};

} // namespace
