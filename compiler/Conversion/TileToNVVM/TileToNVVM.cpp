//===- TileToNVVM.cpp - convert-tile-to-nvvm ------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements the pass: it converts each kernel by itself, for what its
// threads compute once belongs to it.
//===----------------------------------------------------------------------===//

#include "compiler/Conversion/Passes.h"
#include "compiler/Conversion/TileToNVVM/Patterns.h"
#include "compiler/Conversion/TileToNVVM/Registers.h"
#include "compiler/Conversion/TileToNVVM/SharedAddress.h"
#include "dialects/Plait/IR/PlaitDialect.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SCF/Transforms/Patterns.h"

namespace plait {
#define GEN_PASS_DEF_CONVERTTILETONVVM
#include "compiler/Conversion/Passes.h.inc"
} // namespace plait

using namespace mlir;
using namespace plait;
using namespace plait::tile;

namespace {

/// Fragments as values, shared tiles as i32 bytes, memrefs as pointer, sizes and strides.
struct KernelTypes final : TypeConverter {
  explicit KernelTypes(MLIRContext *context) {
    addConversion([](Type type) { return type; });
    // The vectors may have the types of an op's results before this one.
    addConversion([](FragmentType type, SmallVectorImpl<Type> &types) {
      llvm::append_range(types, registerTypes(type));
      return success();
    });
    addConversion([](SharedType type) { return IntegerType::get(type.getContext(), 32); });
    addConversion([](TokenType, SmallVectorImpl<Type> &) { return success(); });
    addConversion([](MemRefType type, SmallVectorImpl<Type> &types) {
      types.push_back(LLVM::LLVMPointerType::get(type.getContext(), /*addressSpace=*/1));
      types.append(2 * type.getRank(), IntegerType::get(type.getContext(), 64));
      return success();
    });
  }
};

struct ConvertTileToNVVM final : plait::impl::ConvertTileToNVVMBase<ConvertTileToNVVM> {
  void runOnOperation() override {
    for (auto function : llvm::make_early_inc_range(getOperation().getOps<func::FuncOp>()))
      if (!function->hasAttr("plait.kernel"))
        function.erase();
      else if (failed(check(function)) || failed(convert(function)))
        return signalPassFailure();
  }

private:
  LogicalResult check(func::FuncOp kernel);
  LogicalResult convert(func::FuncOp kernel);
  void declareShared();
};

} // namespace

/// What the patterns rely on.
static LogicalResult checkOp(Operation *op) {
  auto alloc = dyn_cast<AllocOp>(op);
  if (alloc && !alloc.getOffset())
    return op->emitOpError("expects an offset, but got none (plait-allocate-shared sets it)");
  for (Type type : op->getResultTypes())
    if (auto fragment = dyn_cast<FragmentType>(type); fragment && !fragment.isAssigned())
      return op->emitOpError("expects fragments over warps, which plait-assign-layouts chooses, but got ") << fragment;
  auto dim = dyn_cast<memref::DimOp>(op);
  if (dim && !dim.getConstantIndex())
    return op->emitOpError("expects a constant dimension in a kernel, but got another");
  if (isa<arith::DivFOp, math::Exp2Op, math::RsqrtOp>(op) && !op->getResult(0).getType().isF32())
    return op->emitOpError("expects f32 in a kernel, but got ") << op->getResult(0).getType();
  return success();
}

LogicalResult ConvertTileToNVVM::check(func::FuncOp kernel) {
  if (kernel.isExternal() || kernel.getNumResults() != 0 || !llvm::hasSingleElement(kernel.getBody()) ||
      !llvm::all_of(kernel.getArgumentTypes(), llvm::IsaPred<MemRefType>))
    return kernel.emitError("expects a kernel of one block on memrefs, but got ") << kernel.getFunctionType();
  TargetAttr target = TargetAttr::of(kernel);
  if (!target || !target.getFeatures().contains("capability"))
    return kernel.emitError("expects a module with a CUDA target, but got none");
  if (!kernel->hasAttrOfType<IntegerAttr>("tile.warps"))
    return kernel.emitError("expects a kernel with tile.warps, but got one without");
  auto alignment = kernel->getAttrOfType<DenseI64ArrayAttr>("tile.alignment");
  if (!alignment || alignment.size() != kernel.getNumArguments())
    return kernel.emitError("expects tile.alignment with ")
           << kernel.getNumArguments() << " numbers, but got " << (alignment ? alignment.size() : 0);
  WalkResult walked = kernel.walk([](Operation *op) { return WalkResult(checkOp(op)); });
  return failure(walked.wasInterrupted());
}

/// A symbol of dynamic shared memory has no size.
void ConvertTileToNVVM::declareShared() {
  ModuleOp module = getOperation();
  if (module.lookupSymbol(sharedSymbol))
    return;
  auto b = ImplicitLocOpBuilder::atBlockBegin(module.getLoc(), module.getBody());
  LLVM::GlobalOp::create(b, LLVM::LLVMArrayType::get(b.getI8Type(), 0), /*isConstant=*/false, LLVM::Linkage::External,
                         sharedSymbol, Attribute(), sharedAlignment, /*addrSpace=*/3);
}

LogicalResult ConvertTileToNVVM::convert(func::FuncOp kernel) {
  MLIRContext *context = &getContext();
  declareShared();
  KernelState state(kernel->getAttrOfType<IntegerAttr>("tile.warps").getInt(),
                    TargetAttr::of(kernel).getFeatures().getAs<IntegerAttr>("capability").getInt());
  KernelTypes types(context);
  RewritePatternSet patterns(context);
  populateKernelPatterns(types, patterns, state);
  populateSharedPatterns(types, patterns, state);
  populateGatherPatterns(types, patterns, state);
  populateGlobalPatterns(types, patterns, state);
  populateMmaPatterns(types, patterns, state);
  populateElementwisePatterns(types, patterns, state);
  populateReducePatterns(types, patterns, state);
  populateLanePatterns(types, patterns, state);
  populateMathPatterns(types, patterns);
  ConversionTarget target(*context);
  target
      .addLegalDialect<arith::ArithDialect, LLVM::LLVMDialect, math::MathDialect, NVVM::NVVMDialect, scf::SCFDialect>();
  target.addIllegalOp<arith::DivFOp, math::Exp2Op, math::RsqrtOp>();
  scf::populateSCFStructuralTypeConversionsAndLegality(types, patterns, target);
  ConversionConfig config;
  config.allowPatternRollback = false;
  return applyFullConversion(kernel, target, std::move(patterns), config);
}
