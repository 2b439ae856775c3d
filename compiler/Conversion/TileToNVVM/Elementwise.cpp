//===- Elementwise.cpp - functions of elements ----------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file lowers maps, scans, conversions and splats to ops on a thread's elements.
//===----------------------------------------------------------------------===//

#include "compiler/Conversion/TileToNVVM/BodyCopies.h"
#include "compiler/Conversion/TileToNVVM/Patterns.h"
#include "compiler/Conversion/TileToNVVM/Registers.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace plait;
using namespace plait::tile;

namespace {

/// %f = tile.splat %x : f32 -> !tile.fragment<..>
///   ==>
/// %x, %x, ..
struct LowerSplat final : TilePattern<SplatOp> {
  using TilePattern::TilePattern;

  LogicalResult matchAndRewrite(SplatOp op, Adaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    FragmentType type = op.getResult().getType();
    SmallVector<Value> elements(type.registers(), adaptor.getScalar()[0]);
    rewriter.replaceOpWithMultiple(op, {pack(b, type, elements)});
    return success();
  }
};

/// The accumulator's registers are, one after the other, those of operand A: only
/// elements change.
struct LowerConvert final : TilePattern<ConvertOp> {
  using TilePattern::TilePattern;

  LogicalResult matchAndRewrite(ConvertOp op, Adaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    FragmentType from = op.getSource().getType(), to = op.getResult().getType();
    if (from.getElementType() == to.getElementType()) {
      rewriter.replaceOpWithMultiple(op, {adaptor.getSource()});
      return success();
    }
    SmallVector<Value> elements = unpack(b, from, adaptor.getSource());
    for (Value &element : elements) {
      if (!from.getElementType().isF32())
        element = arith::ExtFOp::create(b, b.getF32Type(), element);
      if (!to.getElementType().isF32())
        element = arith::TruncFOp::create(b, to.getElementType(), element);
    }
    rewriter.replaceOpWithMultiple(op, {pack(b, to, elements)});
    return success();
  }
};

/// %r = tile.map %x { ^bb0(%e: f32, ..): .. tile.yield %y : f32 }
///   ==>
/// the body for each element
struct LowerMap final : TilePattern<MapOp> {
  using TilePattern::TilePattern;

  LogicalResult matchAndRewrite(MapOp op, Adaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    FragmentType type = op.getResult().getType();
    BodyCopies copies(kernel.threads, b, *op.getBody().begin(), type);
    for (auto [input, values] : llvm::zip(op.getInputs(), adaptor.getInputs()))
      copies.add(cast<FragmentType>(input.getType()), values);
    SmallVector<Value> elements;
    for (int64_t reg : llvm::seq(type.registers()))
      elements.push_back(copies.copy(reg, {}).front());
    rewriter.replaceOpWithMultiple(op, {pack(b, type, elements)});
    return success();
  }
};

/// %r, %last = tile.scan %x from %c { ^bb0(%c: f32, %e: f32, ..): .. tile.yield %next, %y : f32, f32 }
///   ==>
/// the body for each element, row after row, each with the carry of the one before
struct LowerScan final : TilePattern<tile::ScanOp> {
  using TilePattern::TilePattern;

  LogicalResult matchAndRewrite(tile::ScanOp op, Adaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    FragmentType type = op.getResult().getType();
    BodyCopies copies(kernel.threads, b, *op.getBody().begin(), type);
    for (auto [input, values] : llvm::zip(op.getInputs(), adaptor.getInputs()))
      copies.add(cast<FragmentType>(input.getType()), values);
    int64_t columns = type.getShape().columns;
    SmallVector<Value> carries = unpack(b, op.getCarry().getType(), adaptor.getCarry()), elements(type.registers());
    for (auto [row, carry] : llvm::enumerate(carries))
      for (int64_t i : llvm::seq(columns)) {
        int64_t reg = row * columns + (op.getReverse() ? columns - 1 - i : i);
        SmallVector<Value> yielded = copies.copy(reg, carry);
        carry = yielded[0], elements[reg] = yielded[1];
      }
    rewriter.replaceOpWithMultiple(op, {pack(b, type, elements), pack(b, op.getCarry().getType(), carries)});
    return success();
  }
};

} // namespace

void plait::populateElementwisePatterns(const TypeConverter &converter, RewritePatternSet &patterns,
                                        KernelState &kernel) {
  patterns.add<LowerSplat, LowerConvert, LowerMap, LowerScan>(converter, patterns.getContext(), kernel);
}
