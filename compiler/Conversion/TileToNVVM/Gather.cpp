//===- Gather.cpp - elements whose places are computed --------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file lowers gathers from shared memory, and reads of constant vectors at
// a place that is known at run time: such a vector is a table in memory.
//===----------------------------------------------------------------------===//

#include "compiler/Conversion/TileToNVVM/BodyCopies.h"
#include "compiler/Conversion/TileToNVVM/Patterns.h"
#include "compiler/Conversion/TileToNVVM/Registers.h"
#include "compiler/Conversion/TileToNVVM/SharedAddress.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace plait;
using namespace plait::tile;

namespace {

/// %f = tile.gather %s { ^bb0(%row: index, %column: index): .. tile.yield %from : index }
///   ==>
/// the body for each element, and a load from its row and the column that it yields
struct LowerGather final : TilePattern<GatherOp> {
  using TilePattern::TilePattern;

  LogicalResult matchAndRewrite(GatherOp op, Adaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    FragmentType type = op.getFragment().getType();
    ThreadMath threads = kernel.threads.again(b, op.getLoc());
    SharedAddress address(threads, b, op.getSource().getType(), single(adaptor.getSource()), Value());
    BodyCopies copies(threads, b, op.getBody().front(), type);
    SmallVector<Value> elements;
    for (auto [reg, place] : llvm::enumerate(placesOf(type))) {
      Value column = arith::IndexCastUIOp::create(b, b.getI32Type(), copies.copy(reg, {}).front());
      llvm::append_range(elements, Piece(type.getElementType(), 1).load(b, address.pointer(place.row, column)));
    }
    rewriter.replaceOpWithMultiple(op, {pack(b, type, elements)});
    return success();
  }
};

/// %x = vector.extract %constant[%i] : f32 from vector<64xf32>
///   ==>
/// %x = llvm.load of element %i of a global
struct LowerTable final : OpConversionPattern<vector::ExtractOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(vector::ExtractOp op, OpAdaptor, ConversionPatternRewriter &rewriter) const override {
    DenseElementsAttr values;
    if (!matchPattern(op.getSource(), m_Constant(&values)) || op.getDynamicPosition().size() != 1 ||
        op.getSourceVectorType().getRank() != 1)
      return rewriter.notifyMatchFailure(op, "expects one index into a constant of one dimension");
    if (values.isSplat()) {
      rewriter.replaceOpWithNewOp<arith::ConstantOp>(op, cast<TypedAttr>(values.getSplatValue<Attribute>()));
      return success();
    }
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    LLVM::GlobalOp table = tableOf(op->getParentOfType<ModuleOp>(), values, b);
    Value memory = LLVM::AddressOfOp::create(b, table);
    Value index = arith::IndexCastUIOp::create(b, b.getI32Type(), op.getDynamicPosition()[0]);
    Type element = values.getElementType();
    Value pointer = LLVM::GEPOp::create(b, memory.getType(), element, memory, index);
    rewriter.replaceOpWithNewOp<LLVM::LoadOp>(op, element, pointer);
    return success();
  }

private:
  /// Equal tables are one.
  static LLVM::GlobalOp tableOf(ModuleOp module, DenseElementsAttr values, ImplicitLocOpBuilder &b) {
    // The initial values of an array are those of a tensor.
    values = values.reshape(RankedTensorType::get(values.getNumElements(), values.getElementType()));
    int64_t count = 0;
    for (auto global : module.getOps<LLVM::GlobalOp>()) {
      if (global.getValueAttr() == values)
        return global;
      ++count;
    }
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(module.getBody());
    auto type = LLVM::LLVMArrayType::get(values.getElementType(), values.getNumElements());
    return LLVM::GlobalOp::create(b, type, /*isConstant=*/true, LLVM::Linkage::Internal,
                                  "plait_table_" + std::to_string(count), values, /*alignment=*/0, /*addrSpace=*/1);
  }
};

} // namespace

void plait::populateGatherPatterns(const TypeConverter &converter, RewritePatternSet &patterns, KernelState &kernel) {
  patterns.add<LowerGather>(converter, patterns.getContext(), kernel);
  patterns.add<LowerTable>(converter, patterns.getContext());
}
