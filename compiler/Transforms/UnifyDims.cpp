//===- UnifyDims.cpp - plait-unify-dims -----------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file makes equal sizes the same value, for upstream compares slices,
// bounds and offsets as values. The runtime guarantees the equality: it binds
// each symbol once, and checks the other dims against it.
//===----------------------------------------------------------------------===//

#include "compiler/Transforms/Passes.h"
#include "compiler/Transforms/Symbols.h"

#include "mlir/Dialect/MemRef/Transforms/Transforms.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace plait {
#define GEN_PASS_DEF_UNIFYDIMS
#include "compiler/Transforms/Passes.h.inc"
} // namespace plait

using namespace mlir;
using namespace plait;

static SmallVector<SymbolicDim> dimsOf(func::FuncOp function, unsigned argument) {
  SmallVector<SymbolicDim> dims;
  if (auto text = function.getArgAttrOfType<ArrayAttr>(argument, "plait.dims"))
    for (auto dim : text.getAsRange<StringAttr>())
      dims.push_back(SymbolicDim::parse(dim));
  return dims;
}

namespace {

/// The argument and dim from which the value of a symbol is read: the first
/// with factor 1, else the first with any.
struct Source {
  unsigned argument;
  int64_t dim, factor;
};

using Sources = std::map<std::string, Source>;

Sources findSources(func::FuncOp function) {
  Sources sources;
  for (unsigned i = 0; i < function.getNumArguments(); ++i)
    for (auto [d, dim] : llvm::enumerate(dimsOf(function, i))) {
      auto [entry, fresh] = sources.try_emplace(dim.symbol, Source{i, static_cast<int64_t>(d), dim.factor});
      if (!fresh && entry->second.factor != 1 && dim.factor == 1)
        entry->second = {i, static_cast<int64_t>(d), 1};
    }
  return sources;
}

struct UnifyDimsPass final : plait::impl::UnifyDimsBase<UnifyDimsPass> {
  void runOnOperation() override {
    foldDims();
    Sources sources = findSources(getOperation());
    SmallVector<memref::DimOp> dims;
    getOperation().walk([&](memref::DimOp dim) { dims.push_back(dim); });
    for (memref::DimOp dim : dims)
      unify(dim, sources);
  }

  /// tensor.dim of a result ==> tensor.dim of an init ==> memref.dim of the
  /// argument
  void foldDims() {
    RewritePatternSet patterns(&getContext());
    memref::populateResolveRankedShapedTypeResultDimsPatterns(patterns);
    bufferization::ToTensorOp::getCanonicalizationPatterns(patterns, &getContext());
    tensor::DimOp::getCanonicalizationPatterns(patterns, &getContext());
    (void)applyPatternsGreedily(getOperation(), std::move(patterns)); // not converging only means fewer dims unified
  }

  void unify(memref::DimOp dim, const Sources &sources) {
    auto argument = dyn_cast<BlockArgument>(dim.getSource());
    if (!argument || argument.getOwner() != &getOperation().front() || !dim.getConstantIndex())
      return;
    SmallVector<SymbolicDim> dims = dimsOf(getOperation(), argument.getArgNumber());
    if (dims.empty())
      return;
    const SymbolicDim &symbolic = dims[*dim.getConstantIndex()];
    if (symbolic.symbol.empty())
      return;
    const Source &source = sources.at(symbolic.symbol);
    if (symbolic.factor % source.factor != 0)
      return;
    OpBuilder b = OpBuilder::atBlockBegin(&getOperation().front());
    Value buffer = getOperation().getArgument(source.argument);
    Value unified = memref::DimOp::create(b, dim.getLoc(), buffer, source.dim);
    if (int64_t factor = symbolic.factor / source.factor; factor != 1)
      unified = affine::AffineApplyOp::create(b, dim.getLoc(), AffineMap::get(0, 1, b.getAffineSymbolExpr(0) * factor),
                                              ValueRange{unified});
    dim.replaceAllUsesWith(unified);
    if (dim.getResult() != unified)
      dim.erase();
  }
};

} // namespace
