//===- Elementwise.cpp - functions of elements ----------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file lowers maps, scans, conversions and splats to ops on a thread's elements.
//===----------------------------------------------------------------------===//

#include "compiler/Conversion/TileToNVVM/BodyCopies.h"
#include "compiler/Conversion/TileToNVVM/Patterns.h"
#include "compiler/Conversion/TileToNVVM/Registers.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

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
    SmallVector<Value> elements =
        from.getElementType().isBF16() ? widen(b, from, adaptor.getSource()) : unpack(b, from, adaptor.getSource());
    if (from.getElementType().isF16())
      for (Value &element : elements)
        element = arith::ExtFOp::create(b, b.getF32Type(), element);
    if (!to.getElementType().isF32())
      elements = narrow(b, to, elements);
    rewriter.replaceOpWithMultiple(op, {elements});
    return success();
  }

private:
  /// bf16 are the high halves of f32: one instruction each, which LLVM does not take for a conversion
  /// that it may move.
  SmallVector<Value> widen(ImplicitLocOpBuilder &b, FragmentType from, ValueRange words) const {
    auto number = [&](int64_t value) -> Value { return arith::ConstantIntOp::create(b, b.getI32Type(), value); };
    SmallVector<Value> elements;
    for (Value word : words)
      for (Value bits : {arith::ShLIOp::create(b, word, number(16)).getResult(),
                         arith::AndIOp::create(b, word, number(0xffff0000)).getResult()})
        elements.push_back(arith::BitcastOp::create(b, b.getF32Type(), bits));
    elements.resize(from.registers());
    return elements;
  }

  /// Two at a time.
  SmallVector<Value> narrow(ImplicitLocOpBuilder &b, FragmentType to, ArrayRef<Value> elements) const {
    auto nearest = NVVM::FPRoundingModeAttr::get(b.getContext(), NVVM::FPRoundingMode::RN);
    auto pair = VectorType::get(2, to.getElementType());
    SmallVector<Value> words;
    for (size_t i = 0; i < elements.size(); i += 2) {
      Value low = elements[i], high = i + 1 < elements.size() ? elements[i + 1] : low, word;
      if (to.getElementType().isBF16())
        word = NVVM::ConvertF32x2ToBF16x2Op::create(b, pair, high, low, Value(), nearest);
      else
        word = NVVM::ConvertF32x2ToF16x2Op::create(b, pair, high, low, Value(), nearest);
      words.push_back(LLVM::BitcastOp::create(b, b.getI32Type(), word));
    }
    return words;
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
