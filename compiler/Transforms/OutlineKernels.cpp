//===- OutlineKernels.cpp - plait-outline-kernels -------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file moves the body of each grid loop into a kernel function. What is
// left of the host function is its launches, from which the manifest is read.
//===----------------------------------------------------------------------===//

#include "compiler/Transforms/Passes.h"

#include "dialects/Plait/IR/PlaitOps.h"

#include "mlir/IR/IRMapping.h"
#include "mlir/IR/SymbolTable.h"

namespace plait {
#define GEN_PASS_DEF_OUTLINEKERNELS
#include "compiler/Transforms/Passes.h.inc"
} // namespace plait

using namespace mlir;
using namespace plait;

namespace {

/// The outlining of one grid loop.
class Outlining {
public:
  Outlining(scf::ForallOp grid, std::string name, SymbolTable &symbols)
      : grid(grid), name(std::move(name)), symbols(symbols), b(grid.getContext()) {}
  LogicalResult run();

private:
  LogicalResult collect();
  LogicalResult visit(Value value);
  func::FuncOp makeKernel();
  void callKernel(func::FuncOp kernel);
  Value materialize(OpFoldResult value, const IRMapping &mapping);

  scf::ForallOp grid;
  std::string name;
  SymbolTable &symbols;
  OpBuilder b;
  SetVector<Value> buffers;      // become parameters
  SetVector<Operation *> clones; // are computed again inside
};

/// Sorts what the body needs from around the loop into buffers and cheap
/// computations.
LogicalResult Outlining::visit(Value value) {
  Operation *producer = value.getDefiningOp();
  if (!producer || isa<memref::AllocOp>(producer)) {
    bool inside = grid->isAncestor(value.getParentBlock()->getParentOp());
    if (!inside)
      buffers.insert(value);
    return success();
  }
  if (grid->isAncestor(producer) || clones.contains(producer))
    return success();
  if (!isMemoryEffectFree(producer))
    return producer->emitOpError("can't be moved into a kernel");
  for (Value operand : producer->getOperands())
    if (failed(visit(operand)))
      return failure();
  clones.insert(producer);
  return success();
}

LogicalResult Outlining::collect() {
  WalkResult result = grid->walk([&](Operation *op) {
    if (isa<memref::AllocOp, memref::DeallocOp, memref::CopyOp>(op)) {
      op->emitOpError("is left inside a kernel, which must neither allocate nor copy");
      return WalkResult::interrupt();
    }
    for (Value operand : op->getOperands())
      if (failed(visit(operand)))
        return WalkResult::interrupt();
    return WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}

Value Outlining::materialize(OpFoldResult value, const IRMapping &mapping) {
  if (auto attr = dyn_cast<Attribute>(value))
    return arith::ConstantIndexOp::create(b, grid.getLoc(), cast<IntegerAttr>(attr).getInt());
  return mapping.lookupOrDefault(cast<Value>(value));
}

func::FuncOp Outlining::makeKernel() {
  Location loc = grid.getLoc();
  SmallVector<Type> types;
  for (Value buffer : buffers)
    types.push_back(buffer.getType());
  types.append(3, b.getI32Type());
  auto kernel = func::FuncOp::create(loc, name, b.getFunctionType(types, {}));
  symbols.insert(kernel, grid->getParentOfType<func::FuncOp>()->getIterator()); // where `name` is taken, by another
  kernel->setAttr("plait.kernel", b.getUnitAttr());
  Block *entry = kernel.addEntryBlock();
  IRMapping mapping;
  mapping.map(buffers.getArrayRef(), entry->getArguments().take_front(buffers.size()));
  b.setInsertionPointToEnd(entry);
  for (Operation *op : clones)
    b.clone(*op, mapping);
  for (auto [i, iv] : llvm::enumerate(grid.getInductionVars())) {
    Value item = arith::IndexCastUIOp::create(b, loc, b.getIndexType(), entry->getArgument(buffers.size() + i));
    Value scaled = arith::MulIOp::create(b, loc, item, materialize(grid.getMixedStep()[i], mapping));
    mapping.map(iv,
                arith::AddIOp::create(b, loc, scaled, materialize(grid.getMixedLowerBound()[i], mapping)).getResult());
  }
  for (Operation &op : grid.getBody()->without_terminator())
    b.clone(op, mapping);
  func::ReturnOp::create(b, loc);
  return kernel;
}

void Outlining::callKernel(func::FuncOp kernel) {
  SmallVector<Operation *> moved;
  for (Operation &op : grid.getBody()->without_terminator())
    moved.push_back(&op);
  for (Operation *op : llvm::reverse(moved))
    op->erase();
  b.setInsertionPointToStart(grid.getBody());
  SmallVector<Value> operands(buffers.getArrayRef());
  for (Value iv : grid.getInductionVars())
    operands.push_back(arith::IndexCastUIOp::create(b, grid.getLoc(), b.getI32Type(), iv));
  while (operands.size() < buffers.size() + 3)
    operands.push_back(arith::ConstantIntOp::create(b, grid.getLoc(), 0, 32));
  func::CallOp::create(b, grid.getLoc(), kernel, operands);
}

LogicalResult Outlining::run() {
  if (grid.getRank() > 3)
    return grid.emitOpError("expects at most 3 dimensions of a grid, but got ") << grid.getRank();
  if (failed(collect()))
    return failure();
  callKernel(makeKernel());
  return success();
}

struct OutlineKernelsPass final : plait::impl::OutlineKernelsBase<OutlineKernelsPass> {
  void runOnOperation() override {
    SymbolTable symbols(getOperation());
    for (auto function : llvm::to_vector(getOperation().getOps<func::FuncOp>())) {
      unsigned index = 0;
      for (scf::ForallOp grid : llvm::to_vector(function.getOps<scf::ForallOp>()))
        if (failed(Outlining(grid, (function.getName() + "_" + Twine(index++)).str(), symbols).run()))
          return signalPassFailure();
      if (function.isExternal() || function->hasAttr("plait.kernel"))
        continue;
      for (Operation &op : function.front())
        if (isa<SequenceOpInterface, linalg::LinalgOp, memref::CopyOp>(op)) {
          op.emitOpError("is left outside every grid loop");
          return signalPassFailure();
        }
    }
  }
};

} // namespace
