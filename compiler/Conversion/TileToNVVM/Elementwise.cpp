//===- Elementwise.cpp - functions of elements ----------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file lowers maps, conversions and splats to ops on a thread's elements.
//===----------------------------------------------------------------------===//

#include "compiler/Conversion/TileToNVVM/Patterns.h"
#include "compiler/Conversion/TileToNVVM/Registers.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/IRMapping.h"

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

/// Copies of the body, one for each register.
class BodyCopies {
public:
  BodyCopies(ThreadMath &threads, ImplicitLocOpBuilder &b, MapOp op)
      : threads(threads), b(b), body(*op.getBody().begin()), type(op.getResult().getType()) {}

  /// Takes the elements of an input.
  void add(FragmentType input, ValueRange values);
  SmallVector<Value> run();

private:
  Value coordinate(AffineExpr expr);
  Value copy(int64_t reg);

  ThreadMath &threads;
  ImplicitLocOpBuilder &b;
  Block &body;
  FragmentType type;
  SmallVector<SmallVector<Value>> inputs; // for each register of the result
};

} // namespace

/// Which of a slice's registers stands beside each register of the result.
static SmallVector<int64_t> besides(FragmentType slice, FragmentType result) {
  unsigned along = cast<SliceAttr>(slice.getLayout()).getDirection() == Direction::column ? 0 : 1;
  llvm::DenseMap<AffineExpr, int64_t> registers;
  for (int64_t reg : llvm::seq(slice.registers()))
    registers[slice.getLayout().coordinateMap(slice.getShape(), reg).getResult(along)] = reg;
  SmallVector<int64_t> found;
  for (int64_t reg : llvm::seq(result.registers()))
    found.push_back(registers.at(result.getLayout().coordinateMap(result.getShape(), reg).getResult(along)));
  return found;
}

void BodyCopies::add(FragmentType input, ValueRange values) {
  SmallVector<Value> elements = unpack(b, input, values);
  if (input.getLayout() != type.getLayout())
    elements = llvm::map_to_vector(besides(input, type), [&](int64_t reg) { return elements[reg]; });
  inputs.push_back(std::move(elements));
}

Value BodyCopies::coordinate(AffineExpr expr) {
  SplitExpr split(expr);
  Value base = threads.value(b, split.base);
  Value constant = arith::ConstantIntOp::create(b, b.getI32Type(), split.constant);
  return arith::IndexCastUIOp::create(b, b.getIndexType(), arith::AddIOp::create(b, base, constant));
}

Value BodyCopies::copy(int64_t reg) {
  IRMapping mapping;
  for (auto [input, argument] : llvm::zip(inputs, body.getArguments()))
    mapping.map(argument, input[reg]);
  AffineMap map = type.getLayout().coordinateMap(type.getShape(), reg);
  for (auto [expr, argument] : llvm::zip(map.getResults(), body.getArguments().take_back(2)))
    if (!argument.use_empty())
      mapping.map(argument, coordinate(expr));
  for (Operation &op : body.without_terminator())
    b.clone(op, mapping);
  return mapping.lookupOrDefault(cast<tile::YieldOp>(body.getTerminator()).getValue());
}

SmallVector<Value> BodyCopies::run() {
  SmallVector<Value> elements;
  for (int64_t reg : llvm::seq(type.registers()))
    elements.push_back(copy(reg));
  return pack(b, type, elements);
}

namespace {

/// %r = tile.map %x { ^bb0(%e: f32, ..): .. tile.yield %y : f32 }
///   ==>
/// the body for each element
struct LowerMap final : TilePattern<MapOp> {
  using TilePattern::TilePattern;

  LogicalResult matchAndRewrite(MapOp op, Adaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    BodyCopies copies(kernel.threads, b, op);
    for (auto [input, values] : llvm::zip(op.getInputs(), adaptor.getInputs()))
      copies.add(cast<FragmentType>(input.getType()), values);
    rewriter.replaceOpWithMultiple(op, {copies.run()});
    return success();
  }
};

} // namespace

void plait::populateElementwisePatterns(const TypeConverter &converter, RewritePatternSet &patterns,
                                        KernelState &kernel) {
  patterns.add<LowerSplat, LowerConvert, LowerMap>(converter, patterns.getContext(), kernel);
}
