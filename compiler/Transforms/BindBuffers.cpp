//===- BindBuffers.cpp - plait-bind-buffers -------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file turns a function on tensors into one on the caller's buffers. A
// buffer of its own for each result, and an explicit copy of each initial
// state, are what lets one-shot bufferization end without allocations.
//===----------------------------------------------------------------------===//

#include "compiler/Transforms/Passes.h"
#include "compiler/Transforms/Symbols.h"

#include "dialects/Plait/IR/PlaitOps.h"

namespace plait {
#define GEN_PASS_DEF_BINDBUFFERS
#include "compiler/Transforms/Passes.h.inc"
} // namespace plait

using namespace mlir;
using namespace plait;

/// Strides are the caller's, but for a last one of 1.
static MemRefType bufferType(RankedTensorType type) {
  SmallVector<int64_t> strides(type.getRank(), ShapedType::kDynamic);
  if (!strides.empty())
    strides.back() = 1;
  auto layout = StridedLayoutAttr::get(type.getContext(), /*offset=*/0, strides);
  return MemRefType::get(type.getShape(), type.getElementType(), layout);
}

namespace {

/// The rewrite of one function.
class Binding {
public:
  Binding(func::FuncOp function) : function(function), b(function.getContext()) {}
  LogicalResult run();

private:
  LogicalResult check();
  void bindArguments();
  void bindResults();
  void copyInitialStates(BlockArgument argument);
  void describe(BlockArgument buffer, unsigned dims, Attribute name);

  /// The result that an argument is updated to, if any.
  std::optional<unsigned> updatedResult(unsigned argument) {
    auto attr = function.getArgAttrOfType<IntegerAttr>(argument, "plait.result");
    return attr ? std::optional<unsigned>(attr.getInt()) : std::nullopt;
  }

  func::FuncOp function;
  OpBuilder b;
  SmallVector<SmallVector<SymbolicDim>> dims; // of arguments, then of results
  unsigned inputs = 0;
};

LogicalResult Binding::check() {
  if (function.isExternal() || !llvm::hasSingleElement(function.getBody()))
    return function.emitError("expects a body of one block");
  auto tensors = [](TypeRange types) { return llvm::all_of(types, llvm::IsaPred<RankedTensorType>); };
  if (!tensors(function.getArgumentTypes()) || !tensors(function.getResultTypes()))
    return function.emitError("expects arguments and results that are ranked tensors, but got ")
           << function.getFunctionType();
  for (unsigned i = 0; i < function.getNumArguments(); ++i) {
    std::optional<unsigned> result = updatedResult(i);
    if (result &&
        (*result >= function.getNumResults() || function.getResultTypes()[*result] != function.getArgumentTypes()[i]))
      return function.emitError("expects plait.result of argument ")
             << i << " to name a result of its type, but got " << *result;
  }
  return success();
}

void Binding::describe(BlockArgument buffer, unsigned index, Attribute name) {
  SmallVector<Attribute> text;
  for (const SymbolicDim &dim : dims[index])
    text.push_back(b.getStringAttr(dim.str()));
  function.setArgAttr(buffer.getArgNumber(), "plait.dims", b.getArrayAttr(text));
  function.setArgAttr(buffer.getArgNumber(), "plait.name", name);
}

/// A state that a recurrence starts from is read-only to the caller: the
/// recurrence updates a copy.
void Binding::copyInitialStates(BlockArgument argument) {
  for (OpOperand &use : llvm::make_early_inc_range(argument.getUses())) {
    auto dps = dyn_cast<DestinationStyleOpInterface>(use.getOwner());
    if (!dps || !dps.isDpsInit(&use))
      continue;
    b.setInsertionPoint(use.getOwner());
    Location loc = use.getOwner()->getLoc();
    SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, loc, argument);
    Type element = cast<RankedTensorType>(argument.getType()).getElementType();
    Value empty = tensor::EmptyOp::create(b, loc, sizes, element);
    use.set(linalg::CopyOp::create(b, loc, argument, empty).getResult(0));
  }
}

void Binding::bindArguments() {
  Block &body = function.getBody().front();
  for (unsigned i = 0; i < inputs; ++i) {
    BlockArgument argument = body.getArgument(i);
    bool inPlace = updatedResult(i).has_value();
    if (!inPlace)
      copyInitialStates(argument);
    auto tensor = cast<RankedTensorType>(argument.getType());
    Attribute name = function.getArgAttr(i, "plait.name");
    describe(argument, i, name ? name : b.getStringAttr("arg" + std::to_string(i)));
    argument.setType(bufferType(tensor));
    b.setInsertionPointToStart(&body);
    auto bound = bufferization::ToTensorOp::create(b, argument.getLoc(), tensor, argument, /*restrict=*/true,
                                                   /*writable=*/inPlace);
    argument.replaceAllUsesExcept(bound.getResult(), bound);
  }
}

void Binding::bindResults() {
  Block &body = function.getBody().front();
  Operation *terminator = body.getTerminator();
  llvm::SmallDenseMap<unsigned, unsigned> updated;
  for (unsigned i = 0; i < inputs; ++i)
    if (auto result = updatedResult(i))
      updated[*result] = i;
  for (unsigned r = 0, e = terminator->getNumOperands(); r < e; ++r) {
    Value value = terminator->getOperand(r);
    BlockArgument buffer;
    if (auto entry = updated.find(r); entry != updated.end()) {
      buffer = body.getArgument(entry->second);
    } else {
      Attribute name = function.getResultAttr(r, "plait.name");
      unsigned position = function.getNumArguments();
      MemRefType type = bufferType(cast<RankedTensorType>(value.getType()));
      (void)function.insertArgument(position, type, b.getDictionaryAttr({}), value.getLoc());
      buffer = body.getArgument(position);
      describe(buffer, inputs + r, name ? name : b.getStringAttr("result" + std::to_string(r)));
      function.setArgAttr(position, "plait.output", b.getUnitAttr());
    }
    b.setInsertionPoint(terminator);
    bufferization::MaterializeInDestinationOp::create(b, value.getLoc(), Type(), value, buffer, /*restrict=*/true,
                                                      /*writable=*/true);
  }
  terminator->setOperands({});
}

LogicalResult Binding::run() {
  if (failed(check()))
    return failure();
  auto named = nameDims(function);
  if (failed(named))
    return failure();
  dims = *named;
  inputs = function.getNumArguments();
  bindArguments();
  bindResults();
  for (unsigned r = function.getNumResults(); r > 0; --r)
    function.setResultAttrs(r - 1, b.getDictionaryAttr({}));
  auto types = llvm::to_vector(function.getBody().front().getArgumentTypes());
  function.setFunctionType(b.getFunctionType(types, {}));
  function.removeResAttrsAttr();
  return success();
}

struct BindBuffersPass final : plait::impl::BindBuffersBase<BindBuffersPass> {
  void runOnOperation() override {
    if (failed(Binding(getOperation()).run()))
      signalPassFailure();
  }
};

} // namespace
