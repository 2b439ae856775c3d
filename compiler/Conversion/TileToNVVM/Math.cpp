//===- Math.cpp - functions that the GPU approximates ---------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file lowers the functions that convert-math-to-polynomial leaves for CUDA, for
// which subnormal numbers count as zero, and quotients, which are at most 2 ulp off:
// of a rounded one the rare cases take branches.
//===----------------------------------------------------------------------===//

#include "compiler/Conversion/TileToNVVM/Patterns.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace plait;

namespace {

/// %y = math.exp2 %x : f32
///   ==>
/// %y = llvm.call_intrinsic "llvm.nvvm.ex2.approx.ftz.f32"(%x)
template <typename OpT> class LowerApproximation final : public OpConversionPattern<OpT> {
public:
  LowerApproximation(const TypeConverter &converter, MLIRContext *context, StringRef intrinsic)
      : OpConversionPattern<OpT>(converter, context), intrinsic(intrinsic) {}

  LogicalResult matchAndRewrite(OpT op, typename OpT::Adaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOpWithNewOp<LLVM::CallIntrinsicOp>(op, op.getType(), rewriter.getStringAttr(intrinsic),
                                                       adaptor.getOperands());
    return success();
  }

private:
  StringRef intrinsic;
};

} // namespace

void plait::populateMathPatterns(const TypeConverter &converter, RewritePatternSet &patterns) {
  MLIRContext *context = patterns.getContext();
  patterns.add<LowerApproximation<arith::DivFOp>>(converter, context, "llvm.nvvm.div.full");
  patterns.add<LowerApproximation<math::Exp2Op>>(converter, context, "llvm.nvvm.ex2.approx.ftz.f32");
  patterns.add<LowerApproximation<math::RsqrtOp>>(converter, context, "llvm.nvvm.rsqrt.approx.ftz.f");
}
