//===- Symbols.cpp - which sizes of a function are equal ------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements the naming of sizes by a union-find over dims, with
// factors: a group of query heads is a multiple of the key heads.
//===----------------------------------------------------------------------===//

#include "compiler/Transforms/Symbols.h"

#include "dialects/Plait/IR/PlaitOps.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace plait;

std::string SymbolicDim::str() const {
  if (symbol.empty())
    return std::to_string(factor);
  return factor == 1 ? symbol : symbol + "*" + std::to_string(factor);
}

SymbolicDim SymbolicDim::parse(StringRef text) {
  SymbolicDim dim;
  if (!text.getAsInteger(10, dim.factor))
    return dim;
  auto [symbol, factor] = text.split('*');
  dim.symbol = symbol.str();
  if (factor.empty() || factor.getAsInteger(10, dim.factor))
    dim.factor = 1;
  return dim;
}

namespace {

using Dim = std::pair<Value, int64_t>;

/// Times a factor of an op it still is a number of 64 bits.
constexpr int64_t maxMultiple = int64_t(1) << 50;

class DimClasses {
public:
  LogicalResult visit(Operation *op);
  /// The class of a dim, and how many of the class's unit it is.
  std::pair<unsigned, int64_t> find(Dim dim);
  std::optional<Axis> axisOf(unsigned root) const { return nodes[root].axis; }

private:
  struct Node {
    unsigned parent;
    int64_t factor = 1, largest = 1; // times the parent's unit; of all dims of the class
    std::optional<Axis> axis;
  };

  LogicalResult visitSequenceOp(SequenceOpInterface op);
  LogicalResult unite(Operation *at, Dim a, int64_t fa, Dim b, int64_t fb);
  void uniteAll(Operation *at, Value a, Value b);
  std::pair<unsigned, int64_t> findNode(unsigned node);

  SmallVector<Node> nodes;
  llvm::DenseMap<Dim, unsigned> ids;
};

std::pair<unsigned, int64_t> DimClasses::findNode(unsigned node) {
  int64_t factor = 1;
  while (nodes[node].parent != node) {
    factor *= nodes[node].factor;
    node = nodes[node].parent;
  }
  return {node, factor};
}

std::pair<unsigned, int64_t> DimClasses::find(Dim dim) {
  auto [entry, fresh] = ids.try_emplace(dim, nodes.size());
  if (fresh)
    nodes.push_back({static_cast<unsigned>(nodes.size()), 1, 1, std::nullopt});
  return findNode(entry->second);
}

/// Makes a / fa and b / fb one size.
LogicalResult DimClasses::unite(Operation *at, Dim a, int64_t fa, Dim b, int64_t fb) {
  auto [ra, xa] = find(a);
  auto [rb, xb] = find(b);
  int64_t na = xa * fb, nb = xb * fa; // na * ra == nb * rb
  if (ra == rb) {
    if (na != nb)
      return at->emitError("expects operands of agreeing sizes, but got one ") << na << " and " << nb << " times";
    return success();
  }
  if (na % nb != 0 && nb % na != 0)
    return at->emitError("expects head counts that are multiples of each other, but got groups of ")
           << na << " and " << nb;
  unsigned child = na % nb == 0 ? rb : ra, root = child == rb ? ra : rb;
  int64_t factor = child == rb ? na / nb : nb / na, largest;
  if (llvm::MulOverflow(nodes[child].largest, factor, largest) || largest > maxMultiple)
    return at->emitError("expects sizes of at most 2^50 times their common unit, but got more");
  nodes[child].parent = root;
  nodes[child].factor = factor;
  nodes[root].largest = std::max(nodes[root].largest, largest);
  if (!nodes[root].axis)
    nodes[root].axis = nodes[child].axis;
  return success();
}

LogicalResult DimClasses::visitSequenceOp(SequenceOpInterface op) {
  SmallVector<Axis> axes = op.getLoopAxes();
  SmallVector<std::pair<Dim, int64_t>> seen(axes.size(), {Dim{}, 0});
  for (OpOperand &operand : op->getOpOperands())
    for (auto [d, role] : llvm::enumerate(op.getDimRoles(operand.getOperandNumber()))) {
      if (role.loop < 0)
        continue;
      Dim dim{operand.get(), static_cast<int64_t>(d)};
      auto &[first, factor] = seen[role.loop];
      if (factor == 0) {
        first = dim;
        factor = role.factor;
      } else if (failed(unite(op, first, factor, dim, role.factor))) {
        return failure();
      }
      nodes[find(dim).first].axis = axes[role.loop];
    }
  return success();
}

void DimClasses::uniteAll(Operation *at, Value a, Value b) {
  for (int64_t d = 0, e = cast<RankedTensorType>(a.getType()).getRank(); d < e; ++d)
    (void)unite(at, {a, d}, 1, {b, d}, 1); // equal factors always unite
}

LogicalResult DimClasses::visit(Operation *op) {
  if (auto sequence = dyn_cast<SequenceOpInterface>(op))
    if (failed(visitSequenceOp(sequence)))
      return failure();
  if (auto dps = dyn_cast<DestinationStyleOpInterface>(op)) {
    for (auto [result, init] : llvm::zip(op->getResults(), dps.getDpsInits()))
      uniteAll(op, result, init);
    if (auto copy = dyn_cast<linalg::CopyOp>(op))
      uniteAll(op, copy.getInputs()[0], copy.getOutputs()[0]);
  }
  if (auto cast = dyn_cast<tensor::CastOp>(op))
    uniteAll(op, cast.getSource(), cast.getResult());
  if (auto empty = dyn_cast<tensor::EmptyOp>(op))
    for (auto [d, size] : llvm::enumerate(empty.getMixedSizes()))
      if (auto value = dyn_cast<Value>(size))
        if (auto dim = value.getDefiningOp<tensor::DimOp>(); dim && dim.getConstantIndex())
          return unite(op, {empty.getResult(), static_cast<int64_t>(d)}, 1, {dim.getSource(), *dim.getConstantIndex()},
                       1);
  return success();
}

/// Names classes in the order in which they are met.
class Names {
public:
  std::string of(unsigned root, std::optional<Axis> axis) {
    auto [entry, fresh] = names.try_emplace(root);
    if (fresh)
      entry->second = make(axis);
    return entry->second;
  }

private:
  std::string make(std::optional<Axis> axis) {
    std::string base = "N";
    if (axis)
      base = *axis == Axis::Batch ? "B" : *axis == Axis::Time ? "T" : *axis == Axis::Head ? "H" : "D";
    unsigned count = used[base]++;
    return count == 0 && axis ? base : base + std::to_string(count);
  }

  llvm::DenseMap<unsigned, std::string> names;
  std::map<std::string, unsigned> used;
};

} // namespace

FailureOr<SmallVector<SmallVector<SymbolicDim>>> plait::nameDims(func::FuncOp function) {
  DimClasses classes;
  WalkResult walked = function.getBody().walk(
      [&](Operation *op) { return failed(classes.visit(op)) ? WalkResult::interrupt() : WalkResult::advance(); });
  if (walked.wasInterrupted())
    return failure();
  SmallVector<Value> values(function.getArguments());
  llvm::append_range(values, function.getBody().front().getTerminator()->getOperands());
  Names names;
  SmallVector<SmallVector<SymbolicDim>> all;
  for (Value value : values) {
    SmallVector<SymbolicDim> dims;
    auto type = cast<RankedTensorType>(value.getType());
    for (int64_t d = 0; d < type.getRank(); ++d) {
      if (!type.isDynamicDim(d)) {
        dims.push_back({"", type.getDimSize(d)});
        continue;
      }
      auto [root, factor] = classes.find({value, d});
      dims.push_back({names.of(root, classes.axisOf(root)), factor});
    }
    all.push_back(dims);
  }
  return all;
}
