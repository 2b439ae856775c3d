//===- PlaitCanonicalize.cpp - canonicalisation patterns ------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements the rewrites that hold whatever comes after: terms that
// add nothing are dropped, so that forms are chosen by what an op computes and
// not by how it was written.
//===----------------------------------------------------------------------===//

#include "dialects/Plait/IR/PlaitOps.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace plait;

namespace {

//===----------------------------------------------------------------------===//
// recur
//===----------------------------------------------------------------------===//

/// Whether every element of a tensor is known to be zero.
bool isZeroTensor(Value value) {
  if (matchPattern(value, m_AnyZeroFloat()))
    return true;
  if (auto splat = value.getDefiningOp<tensor::SplatOp>())
    return matchPattern(splat.getInput(), m_AnyZeroFloat());
  auto fill = value.getDefiningOp<linalg::FillOp>();
  return fill && matchPattern(fill.value(), m_AnyZeroFloat());
}

/// A decay of e^0 changes nothing.
///
///   %g = arith.constant dense<0.0> : tensor<8xf32>
///   plait.recur ins(%q, %k, %v : ...) decay(%g : tensor<8xf32>) ...
/// ==>
///   plait.recur ins(%q, %k, %v : ...) ...
struct DropZeroDecay : OpRewritePattern<RecurOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(RecurOp op, PatternRewriter &rewriter) const override {
    // The stabiliser takes its form from the decay.
    bool decay = op.getDecay() && !op.getInputGate() && isZeroTensor(op.getDecay());
    bool valueDecay = op.getValueDecay() && isZeroTensor(op.getValueDecay());
    if (!decay && !valueDecay)
      return rewriter.notifyMatchFailure(op, "has no decay that is known to be zero");
    rewriter.modifyOpInPlace(op, [&] {
      if (decay)
        op.getDecayMutable().clear();
      if (valueDecay)
        op.getValueDecayMutable().clear();
      if (!op.getDecay() && !op.getValueDecay())
        op.removeMinLogDecayAttr();
    });
    return success();
  }
};

//===----------------------------------------------------------------------===//
// map_rows
//===----------------------------------------------------------------------===//

YieldOp yieldOf(MapRowsOp op) { return cast<YieldOp>(op.getBody().front().getTerminator()); }

/// Whether an op of the dialect reads this operand without writing into it.
bool isPlainInput(OpOperand &use) {
  Operation *op = use.getOwner();
  if (isa<SequenceOpInterface>(op))
    return !cast<DestinationStyleOpInterface>(op).isDpsInit(&use);
  return isa<AttentionOp>(op);
}

/// A row that is yielded as it came is read where it came from. A result that
/// goes elsewhere (out of a function, into a slice) keeps its map, which is the
/// copy.
///
///   %y = plait.map_rows ins(%x : T) outs(%out : T) {
///   ^bb0(%row: vector<64xf32>):
///     plait.yield %row : vector<64xf32>
///   } -> T
///   plait.project ins(%y, %m : T, M) ...
/// ==>
///   plait.project ins(%x, %m : T, M) ...
struct ForwardYieldedRow : OpRewritePattern<MapRowsOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(MapRowsOp op, PatternRewriter &rewriter) const override {
    bool changed = false;
    for (auto [result, value] : llvm::zip(op.getResults(), yieldOf(op).getValues())) {
      auto row = dyn_cast<BlockArgument>(value);
      if (!row || row.getArgNumber() >= op.getInputs().size())
        continue;
      Value input = op.getInputs()[row.getArgNumber()];
      if (input.getType() != result.getType() || llvm::none_of(result.getUses(), isPlainInput))
        continue;
      rewriter.replaceUsesWithIf(result, input, isPlainInput);
      changed = true;
    }
    return changed ? success() : rewriter.notifyMatchFailure(op, "yields no row as it came to a reader of rows");
  }
};

/// Inputs and the position go where the region does not look at them.
///
///   plait.map_rows ins(%x, %y : T, U) from(%t) outs(%out : T) {
///   ^bb0(%a: vector<64xf32>, %b: f32, %position: index):
///     plait.yield %a : vector<64xf32>
///   } -> T
/// ==>
///   plait.map_rows ins(%x : T) outs(%out : T) {
///   ^bb0(%a: vector<64xf32>):
///     plait.yield %a : vector<64xf32>
///   } -> T
struct DropUnusedInputs : OpRewritePattern<MapRowsOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(MapRowsOp op, PatternRewriter &rewriter) const override {
    Block &block = op.getBody().front();
    if (llvm::none_of(block.getArguments(), [](BlockArgument argument) { return argument.use_empty(); }))
      return rewriter.notifyMatchFailure(op, "uses all of its inputs");
    rewriter.modifyOpInPlace(op, [&] {
      if (op.getFirstToken() && block.getArguments().back().use_empty()) {
        block.eraseArgument(block.getNumArguments() - 1);
        op.getFirstTokenMutable().clear();
      }
      for (unsigned i = op.getInputs().size(); i-- > 0;)
        if (block.getArgument(i).use_empty()) {
          block.eraseArgument(i);
          op.getInputsMutable().erase(i);
        }
    });
    return success();
  }
};

/// An operand that comes twice is read once; the second argument is left to
/// DropUnusedInputs.
///
///   plait.map_rows ins(%x, %x : T, T) ... {
///   ^bb0(%a: vector<64xf32>, %b: vector<64xf32>):
///     %sum = arith.addf %a, %b : vector<64xf32>
/// ==>
///   plait.map_rows ins(%x : T) ... {
///   ^bb0(%a: vector<64xf32>):
///     %sum = arith.addf %a, %a : vector<64xf32>
struct MergeEqualInputs : OpRewritePattern<MapRowsOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(MapRowsOp op, PatternRewriter &rewriter) const override {
    Block &block = op.getBody().front();
    OperandRange inputs = op.getInputs();
    for (unsigned second = 1; second < inputs.size(); ++second)
      for (unsigned first = 0; first < second; ++first) {
        BlockArgument kept = block.getArgument(first), merged = block.getArgument(second);
        if (inputs[first] != inputs[second] || kept.getType() != merged.getType() || merged.use_empty())
          continue;
        rewriter.replaceAllUsesWith(merged, kept);
        return success();
      }
    return rewriter.notifyMatchFailure(op, "has no input twice");
  }
};

/// Of several rows only those are made that somebody reads.
///
///   %y:2 = plait.map_rows ins(%x : T) outs(%o1, %o2 : T, U) {
///   ^bb0(%row: vector<64xf32>):
///     ...
///     plait.yield %a, %b : vector<64xf32>, f32
///   } -> T, U
///   use(%y#0)
/// ==>
///   %y = plait.map_rows ins(%x : T) outs(%o1 : T) {
///   ^bb0(%row: vector<64xf32>):
///     ...
///     plait.yield %a : vector<64xf32>
///   } -> T
///   use(%y)
struct DropUnusedRows : OpRewritePattern<MapRowsOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(MapRowsOp op, PatternRewriter &rewriter) const override {
    SmallVector<unsigned> kept;
    SmallVector<Value> inits;
    SmallVector<Type> types;
    for (OpResult result : op.getResults()) {
      if (result.use_empty())
        continue;
      kept.push_back(result.getResultNumber());
      inits.push_back(op.getInits()[result.getResultNumber()]);
      types.push_back(result.getType());
    }
    if (kept.empty() || kept.size() == op.getNumResults())
      return rewriter.notifyMatchFailure(op, "has either no row that is read or none that is not");
    auto made = MapRowsOp::create(rewriter, op.getLoc(), types, op.getInputs(), op.getFirstToken(), inits,
                                  op.getScheduleAttr());
    made->setDiscardableAttrs(op->getDiscardableAttrDictionary());
    rewriter.inlineRegionBefore(op.getBody(), made.getBody(), made.getBody().end());
    YieldOp yield = yieldOf(made);
    SmallVector<Value> values = llvm::map_to_vector(kept, [&](unsigned i) { return yield.getValues()[i]; });
    rewriter.modifyOpInPlace(yield, [&] { yield.getValuesMutable().assign(values); });
    for (auto [i, result] : llvm::zip(kept, made.getResults()))
      rewriter.replaceAllUsesWith(op.getResult(i), result);
    rewriter.eraseOp(op);
    return success();
  }
};

//===----------------------------------------------------------------------===//
// attention
//===----------------------------------------------------------------------===//

bool isIdentity(Region &map) {
  if (map.empty())
    return true;
  Operation &yield = map.front().back();
  return yield.getOperand(0) == map.getArgument(0);
}

/// A map that yields its row is left out, where that says the same: without
/// `key_map`, `feature_map` speaks for both.
///
///   plait.attention ins(...) feature_map {
///   ^bb0(%row: vector<64xf32>):
///     plait.yield %row : vector<64xf32>
///   } -> T
/// ==>
///   plait.attention ins(...) -> T
struct DropIdentityMap : OpRewritePattern<AttentionOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(AttentionOp op, PatternRewriter &rewriter) const override {
    Region &phi = op.getFeatureMap(), &psi = op.getKeyMap();
    bool dropsPhi = !phi.empty() && isIdentity(phi);
    bool dropsPsi = !psi.empty() && isIdentity(psi) && isIdentity(phi);
    if (!dropsPhi && !dropsPsi)
      return rewriter.notifyMatchFailure(op, "has no map that yields its row");
    rewriter.modifyOpInPlace(op, [&] {
      if (dropsPhi)
        rewriter.eraseBlock(&phi.front());
      if (dropsPsi)
        rewriter.eraseBlock(&psi.front());
    });
    return success();
  }
};

/// A `key_map` that does what `feature_map` does is left out.
///
///   plait.attention ins(...) feature_map { A } key_map { A } -> T
/// ==>
///   plait.attention ins(...) feature_map { A } -> T
struct DropEqualKeyMap : OpRewritePattern<AttentionOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(AttentionOp op, PatternRewriter &rewriter) const override {
    Region &phi = op.getFeatureMap(), &psi = op.getKeyMap();
    if (phi.empty() || psi.empty() ||
        !OperationEquivalence::isRegionEquivalentTo(&phi, &psi, OperationEquivalence::IgnoreLocations))
      return rewriter.notifyMatchFailure(op, "has maps that differ");
    rewriter.modifyOpInPlace(op, [&] { rewriter.eraseBlock(&psi.front()); });
    return success();
  }
};

} // namespace

void RecurOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<DropZeroDecay>(context);
}

void MapRowsOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<DropUnusedInputs, DropUnusedRows, ForwardYieldedRow, MergeEqualInputs>(context);
}

void AttentionOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<DropEqualKeyMap, DropIdentityMap>(context);
}
