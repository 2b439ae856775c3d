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

/// The operand that a value continues, as the last state of a recurrence does
/// the first; null for a value that is made anew.
static OpOperand *continuedOperand(Value value) {
  Operation *op = value.getDefiningOp();
  if (auto cast = dyn_cast_or_null<tensor::CastOp>(op))
    return &cast.getSourceMutable();
  auto dps = dyn_cast_or_null<DestinationStyleOpInterface>(op);
  OpOperand *init = dps ? dps.getTiedOpOperand(cast<OpResult>(value)) : nullptr;
  return init && isCarried(*init) ? init : nullptr;
}

/// Where a value comes from: a copy or cast is what it copies.
static Value originOf(Value value) {
  for (;;) {
    if (auto copy = value.getDefiningOp<linalg::CopyOp>())
      value = copy.getInputs()[0];
    else if (auto cast = value.getDefiningOp<tensor::CastOp>())
      value = cast.getSource();
    else
      return value;
  }
}

static std::string describeOrigin(Value value) {
  value = originOf(value);
  if (auto argument = dyn_cast<BlockArgument>(value))
    return "argument " + std::to_string(argument.getArgNumber());
  return "'" + value.getDefiningOp()->getName().getStringRef().str() + "'";
}

namespace {

/// The rewrite of one function.
class Binding {
public:
  Binding(func::FuncOp function) : function(function), b(function.getContext()) {}
  LogicalResult run();

private:
  LogicalResult check();
  LogicalResult checkReturned();
  LogicalResult checkUpdate(BlockArgument argument, OpOperand &returned);
  void bindArguments();
  void bindResults();
  void replaceInits(BlockArgument argument);
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
  if (function->hasAttr("plait.kernel"))
    return function.emitError("expects a function on tensors, but got a kernel (plait.kernel)");
  if (function.isExternal() || !llvm::hasSingleElement(function.getBody()))
    return function.emitError("expects a body of one block");
  for (Operation &op : function.getBody().front())
    if (isa<CallOpInterface, RegionBranchOpInterface>(op))
      return op.emitError("expects straight code, without calls, loops and branches, but got '") << op.getName() << "'";
  WalkResult sizes = function.walk([](tensor::DimOp op) {
    int64_t rank = cast<ShapedType>(op.getSource().getType()).getRank();
    std::optional<int64_t> index = op.getConstantIndex();
    if (!index || (*index >= 0 && *index < rank))
      return WalkResult::advance();
    op.emitError("expects a dimension below ") << rank << ", but got " << *index;
    return WalkResult::interrupt();
  });
  if (sizes.wasInterrupted())
    return failure();
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
  return checkReturned();
}

/// Each result has a buffer of its own, which the function fills.
LogicalResult Binding::checkReturned() {
  Operation *terminator = function.getBody().front().getTerminator();
  llvm::SmallDenseMap<Value, unsigned> seen;
  for (OpOperand &returned : terminator->getOpOperands()) {
    unsigned r = returned.getOperandNumber();
    auto argument = dyn_cast<BlockArgument>(returned.get());
    bool updated = argument && updatedResult(argument.getArgNumber()) == r;
    Operation *maker = originOf(returned.get()).getDefiningOp();
    if (!updated && !isa_and_nonnull<SequenceOpInterface, AttentionOp>(maker))
      return terminator->emitError("expects result ")
             << r << " to be computed by an op of the dialect, but got " << describeOrigin(returned.get());
    auto [entry, fresh] = seen.try_emplace(returned.get(), r);
    if (!fresh)
      return terminator->emitError("expects a value of its own for each result, but got one for results ")
             << entry->second << " and " << r;
  }
  for (BlockArgument argument : function.getArguments())
    if (auto r = updatedResult(argument.getArgNumber()))
      if (failed(checkUpdate(argument, terminator->getOpOperand(*r))))
        return failure();
  return success();
}

/// What is updated in place goes from the argument to the result in one chain:
/// bufferization takes the buffer and the argument for different memory where
/// the result is made anew, and a state that is needed again would be copied.
LogicalResult Binding::checkUpdate(BlockArgument argument, OpOperand &returned) {
  if (llvm::all_of(argument.getUsers(), llvm::IsaPred<tensor::DimOp>))
    return success(); // memory for the result, and no more
  for (OpOperand *use = &returned;;) {
    Value value = use->get();
    for (OpOperand &other : value.getUses())
      if (&other != use && (isCarried(other) || other.getOwner() == returned.getOwner()))
        return other.getOwner()->emitError("expects the state that argument ")
               << argument.getArgNumber() << " is updated to (plait.result) to be continued once, but got a second use";
    if (value == argument)
      return success();
    OpOperand *next = continuedOperand(value);
    if (!next) {
      Operation *at = use == &returned && value.getDefiningOp() ? value.getDefiningOp() : use->getOwner();
      return at->emitError("expects result ")
             << returned.getOperandNumber() << " to continue argument " << argument.getArgNumber()
             << ", which is updated to it (plait.result), but got " << describeOrigin(value);
    }
    use = next;
  }
}

void Binding::describe(BlockArgument buffer, unsigned index, Attribute name) {
  SmallVector<Attribute> text;
  for (const SymbolicDim &dim : dims[index])
    text.push_back(b.getStringAttr(dim.str()));
  function.setArgAttr(buffer.getArgNumber(), "plait.dims", b.getArrayAttr(text));
  function.setArgAttr(buffer.getArgNumber(), "plait.name", name);
}

/// What an op would write into is read-only to the caller: a recurrence starts
/// from a copy of its state, and rows that are only written get memory of their
/// own.
void Binding::replaceInits(BlockArgument argument) {
  for (OpOperand &use : llvm::make_early_inc_range(argument.getUses())) {
    auto dps = dyn_cast<DestinationStyleOpInterface>(use.getOwner());
    if (!dps || !dps.isDpsInit(&use))
      continue;
    b.setInsertionPoint(use.getOwner());
    Location loc = use.getOwner()->getLoc();
    SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, loc, argument);
    Type element = cast<RankedTensorType>(argument.getType()).getElementType();
    Value empty = tensor::EmptyOp::create(b, loc, sizes, element);
    bool onlyWritten = isa<SequenceOpInterface>(use.getOwner()) && !isCarried(use);
    use.set(onlyWritten ? empty : linalg::CopyOp::create(b, loc, argument, empty).getResult(0));
  }
}

void Binding::bindArguments() {
  Block &body = function.getBody().front();
  for (unsigned i = 0; i < inputs; ++i) {
    BlockArgument argument = body.getArgument(i);
    bool inPlace = updatedResult(i).has_value();
    if (!inPlace)
      replaceInits(argument);
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
    // Kernels on tiles have buffers, and no host function.
    TargetAttr target = TargetAttr::of(getOperation());
    if (target && target.isCuda() && getOperation()->hasAttr("tile.warps"))
      return;
    if (failed(Binding(getOperation()).run()))
      signalPassFailure();
  }
};

} // namespace
