//===- GroupParts.cpp - query heads split over CTAs -----------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file finds the quotients that tiling by parts of a group leaves in views.
//===----------------------------------------------------------------------===//

#include "compiler/Schedule/GroupParts.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace plait;

namespace {

struct Quotient {
  AffineExpr dividend;
  int64_t divisor;
};

} // namespace

/// The quotient by a constant that an index is; none of others.
static std::optional<Quotient> quotientOf(affine::AffineApplyOp index) {
  auto expression = dyn_cast<AffineBinaryOpExpr>(index.getAffineMap().getResult(0));
  if (!expression || expression.getKind() != AffineExprKind::FloorDiv)
    return {};
  auto divisor = dyn_cast<AffineConstantExpr>(expression.getRHS());
  return divisor ? std::optional<Quotient>({expression.getLHS(), divisor.getValue()}) : std::nullopt;
}

std::optional<SharedHead> plait::sharedHeadOf(Value buffer) {
  for (; auto view = buffer.getDefiningOp<memref::SubViewOp>(); buffer = view.getSource())
    for (Value offset : view.getOffsets())
      if (auto index = offset.getDefiningOp<affine::AffineApplyOp>())
        if (std::optional<Quotient> quotient = quotientOf(index))
          return SharedHead{index, quotient->divisor};
  return {};
}

Value SharedHead::part(OpBuilder &b) {
  AffineMap map = head.getAffineMap();
  auto rest = AffineMap::get(map.getNumDims(), map.getNumSymbols(), quotientOf(head)->dividend % parts);
  return affine::AffineApplyOp::create(b, head.getLoc(), rest, head.getMapOperands());
}
