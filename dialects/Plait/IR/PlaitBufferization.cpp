//===- PlaitBufferization.cpp - BufferizableOpInterface -------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file attaches upstream's one-shot bufferization to the sequence ops:
// each becomes itself on buffers, its inits written in place.
//===----------------------------------------------------------------------===//

#include "dialects/Plait/IR/PlaitOps.h"

#include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Bufferization/IR/DstBufferizableOpInterfaceImpl.h"

using namespace mlir;
using namespace plait;
using namespace mlir::bufferization;

namespace {

template <class Op> struct SequenceOpModel : DstBufferizableOpInterfaceExternalModel<SequenceOpModel<Op>, Op> {
  /// Of the inits only a carried state is read.
  bool bufferizesToMemoryRead(Operation *op, OpOperand &operand, const AnalysisState &) const {
    auto dps = cast<DestinationStyleOpInterface>(op);
    return !dps.isDpsInit(&operand) || isCarried(operand);
  }

  /// A row is read whole before its result is written, so that input and init
  /// may be one buffer.
  bool bufferizesToElementwiseAccess(Operation *op, const AnalysisState &, ArrayRef<OpOperand *>) const {
    return isa<MapRowsOp>(op);
  }

  LogicalResult bufferize(Operation *op, RewriterBase &rewriter, const BufferizationOptions &options,
                          BufferizationState &state) const {
    OpBuilder::InsertionGuard guard(rewriter);
    rewriter.setInsertionPoint(op);
    SmallVector<Value> operands;
    for (Value value : op->getOperands()) {
      if (!isa<TensorType>(value.getType())) {
        operands.push_back(value);
        continue;
      }
      FailureOr<Value> buffer = getBuffer(rewriter, value, options, state);
      if (failed(buffer)) // the op that makes the value has said why
        return failure();
      operands.push_back(*buffer);
    }
    SmallVector<Value> results;
    for (OpOperand &init : cast<DestinationStyleOpInterface>(op).getDpsInitsMutable())
      results.push_back(operands[init.getOperandNumber()]);

    OperationState made(op->getLoc(), op->getName(), operands, TypeRange{},
                        op->getDiscardableAttrDictionary().getValue());
    made.propertiesAttr = op->getPropertiesAsAttribute();
    for (Region &region : op->getRegions())
      made.addRegion()->takeBody(region);
    rewriter.create(made);
    replaceOpWithBufferizedValues(rewriter, op, results);
    return success();
  }
};

template <class... Ops> void attach(MLIRContext *context) {
  (Ops::template attachInterface<SequenceOpModel<Ops>>(*context), ...);
}

} // namespace

void plait::registerBufferizationModels(DialectRegistry &registry) {
  registry.addExtension(
      +[](MLIRContext *context, PlaitDialect *) { attach<RecurOp, ScanOp, MapRowsOp, ProjectOp>(context); });
}
