//===- Kernel.cpp - kernels as functions of LLVM --------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file lowers a kernel's function to the signature that the runtime
// launches: for each memref its pointer, sizes and strides, then the extents x
// and y of the grid and the number of the first work item.
//===----------------------------------------------------------------------===//

#include "compiler/Conversion/TileToNVVM/GlobalAddress.h"
#include "compiler/Conversion/TileToNVVM/Patterns.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace plait;
using namespace plait::tile;

namespace {

/// func.func @f(%x: memref<?x64xf32>) attributes {plait.kernel, tile.warps = 8 : i64}
///   ==>
/// llvm.func @f(%x: !llvm.ptr<1>, %sizes.., %strides.., %gx: i64, %gy: i64, %first: i64)
///     attributes {nvvm.kernel, nvvm.reqntid = array<i32: 256, 1, 1>, ..}
struct LowerKernel final : TilePattern<func::FuncOp> {
  using TilePattern::TilePattern;

  LogicalResult matchAndRewrite(func::FuncOp op, Adaptor, ConversionPatternRewriter &rewriter) const override {
    TypeConverter::SignatureConversion signature(op.getNumArguments());
    if (failed(typeConverter->convertSignatureArgs(op.getArgumentTypes(), signature)))
      return rewriter.notifyMatchFailure(op, "an argument has no form in registers");
    signature.addInputs(SmallVector<Type>(3, rewriter.getI64Type()));
    auto type = LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(getContext()), signature.getConvertedTypes());
    auto function = LLVM::LLVMFuncOp::create(rewriter, op.getLoc(), op.getName(), type);
    copyAttributes(op, function);
    rewriter.inlineRegionBefore(op.getBody(), function.getBody(), function.end());
    Block *entry = rewriter.applySignatureConversion(&function.front(), signature, typeConverter);
    kernel.threads.enter(rewriter, entry);
    readArguments(op, function, signature);
    rewriter.eraseOp(op);
    return success();
  }

private:
  void copyAttributes(func::FuncOp op, LLVM::LLVMFuncOp function) const {
    MLIRContext *context = getContext();
    for (NamedAttribute attribute : op->getDiscardableAttrs())
      function->setAttr(attribute.getName(), attribute.getValue());
    int32_t threads = kernel.threads.threadCount();
    function->setAttr(NVVM::NVVMDialect::getKernelFuncAttrName(), UnitAttr::get(context));
    function->setAttr(NVVM::NVVMDialect::getReqntidAttrName(), DenseI32ArrayAttr::get(context, {threads, 1, 1}));
    // Else ptxas leaves registers for one more CTA on a multiprocessor, and threads wait for each of their products.
    if (op.walk([](MmaOp) { return WalkResult::interrupt(); }).wasInterrupted())
      function->setAttr(NVVM::NVVMDialect::getMinctasmAttrName(), IntegerAttr::get(IntegerType::get(context, 32), 1));
  }

  /// Keeps what the arguments are, and says it to LLVM: what a launch writes no other operand
  /// overlaps.
  void readArguments(func::FuncOp op, LLVM::LLVMFuncOp function,
                     const TypeConverter::SignatureConversion &signature) const {
    auto alignments = op->getAttrOfType<DenseI64ArrayAttr>("tile.alignment").asArrayRef();
    for (auto [i, alignment] : llvm::enumerate(alignments)) {
      unsigned pointer = signature.getInputMapping(i)->inputNo;
      kernel.alignments[function.getArgument(pointer)] = alignment;
      function.setArgAttr(pointer, LLVM::LLVMDialect::getNoAliasAttrName(), UnitAttr::get(getContext()));
      function.setArgAttr(pointer, LLVM::LLVMDialect::getAlignAttrName(),
                          IntegerAttr::get(IntegerType::get(getContext(), 64), alignment));
    }
    auto last = function.getArguments().take_back(3);
    kernel.gridX = last[0];
    kernel.gridY = last[1];
    kernel.firstItem = last[2];
  }
};

struct LowerReturn final : TilePattern<func::ReturnOp> {
  using TilePattern::TilePattern;

  LogicalResult matchAndRewrite(func::ReturnOp op, Adaptor, ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOpWithNewOp<LLVM::ReturnOp>(op, ValueRange());
    return success();
  }
};

/// The dims of work item first + blockIdx.x, the first dim fastest.
struct LowerProgramId final : TilePattern<ProgramIdOp> {
  using TilePattern::TilePattern;

  LogicalResult matchAndRewrite(ProgramIdOp op, Adaptor, ConversionPatternRewriter &rewriter) const override {
    int64_t dimension = op.getDimension();
    auto key = rewriter.getStringAttr("program_id " + Twine(dimension));
    rewriter.replaceOp(op, kernel.threads.once(rewriter, key, [&](ImplicitLocOpBuilder &b) -> Value {
      Value block = NVVM::BlockIdXOp::create(b, b.getI32Type());
      Value item = arith::AddIOp::create(b, kernel.firstItem, arith::ExtUIOp::create(b, b.getI64Type(), block));
      if (dimension > 0)
        item = arith::DivUIOp::create(b, item, kernel.gridX);
      if (dimension > 1)
        item = arith::DivUIOp::create(b, item, kernel.gridY);
      else
        item = arith::RemUIOp::create(b, item, dimension == 0 ? kernel.gridX : kernel.gridY);
      return arith::IndexCastOp::create(b, b.getIndexType(), item);
    }));
    return success();
  }
};

/// The size that the kernel is given.
struct LowerDim final : TilePattern<memref::DimOp> {
  using TilePattern::TilePattern;

  LogicalResult matchAndRewrite(memref::DimOp op, Adaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    Value size = adaptor.getSource()[1 + *op.getConstantIndex()];
    rewriter.replaceOpWithNewOp<arith::IndexCastOp>(op, rewriter.getIndexType(), size);
    return success();
  }
};

/// A number that all threads read.
struct LowerScalarLoad final : TilePattern<memref::LoadOp> {
  using TilePattern::TilePattern;

  LogicalResult matchAndRewrite(memref::LoadOp op, Adaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    MemRefType type = op.getMemRefType();
    GlobalTile tile{type, adaptor.getMemref(), op.getIndices(), {}, {}, {1, 1}, type.getElementTypeBitWidth() / 8};
    AffineExpr zero = b.getAffineConstantExpr(0);
    rewriter.replaceOp(
        op, LLVM::LoadOp::create(b, type.getElementType(), GlobalAddress(kernel.threads, b, tile).pointer(zero, zero)));
    return success();
  }
};

} // namespace

void plait::populateKernelPatterns(const TypeConverter &converter, RewritePatternSet &patterns, KernelState &kernel) {
  patterns.add<LowerKernel, LowerReturn, LowerProgramId, LowerDim, LowerScalarLoad>(converter, patterns.getContext(),
                                                                                    kernel);
}
