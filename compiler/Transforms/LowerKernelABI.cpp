//===- LowerKernelABI.cpp - plait-lower-kernel-abi ------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file gives kernels the C signature of <plait/runtime.h>: an array of
// pointers to buffer descriptors, scratch, and the numbers of the work items.
//===----------------------------------------------------------------------===//

#include "compiler/Transforms/Passes.h"

#include "llvm/Support/MathExtras.h"

namespace plait {
#define GEN_PASS_DEF_LOWERKERNELABI
#include "compiler/Transforms/Passes.h.inc"
} // namespace plait

using namespace mlir;
using namespace plait;

static constexpr int64_t scratchAlignment = 64;
static constexpr int64_t maxScratch = std::numeric_limits<int32_t>::max();

namespace {

/// The rewrite of one kernel.
class KernelABI {
public:
  explicit KernelABI(func::FuncOp kernel)
      : kernel(kernel), b(kernel.getContext()), loc(kernel.getLoc()),
        pointer(LLVM::LLVMPointerType::get(kernel.getContext())) {}
  LogicalResult run();

private:
  LogicalResult check();
  LLVM::LLVMStructType descriptorType(MemRefType type);
  void loadBuffer(BlockArgument buffer, Value arguments, int32_t index);
  LogicalResult carveScratch(Value scratch);
  Value scratchBuffer(MemRefType type, Value scratch, int64_t offset);

  func::FuncOp kernel;
  OpBuilder b;
  Location loc;
  Type pointer;
};

LLVM::LLVMStructType KernelABI::descriptorType(MemRefType type) {
  SmallVector<Type> fields{pointer, pointer, b.getI64Type()};
  if (type.getRank() > 0)
    fields.append(2, LLVM::LLVMArrayType::get(b.getI64Type(), type.getRank()));
  return LLVM::LLVMStructType::getLiteral(b.getContext(), fields);
}

void KernelABI::loadBuffer(BlockArgument buffer, Value arguments, int32_t index) {
  auto type = cast<MemRefType>(buffer.getType());
  Value slot = LLVM::GEPOp::create(b, loc, pointer, pointer, arguments, ArrayRef<LLVM::GEPArg>{index});
  Value descriptor = LLVM::LoadOp::create(b, loc, pointer, slot);
  Value fields = LLVM::LoadOp::create(b, loc, descriptorType(type), descriptor);
  buffer.replaceAllUsesWith(UnrealizedConversionCastOp::create(b, loc, type, fields).getResult(0));
}

Value KernelABI::scratchBuffer(MemRefType type, Value scratch, int64_t offset) {
  Value base = LLVM::GEPOp::create(b, loc, pointer, b.getI8Type(), scratch,
                                   ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(offset)});
  auto constant = [&](int64_t value) { return LLVM::ConstantOp::create(b, loc, b.getI64Type(), value); };
  Value fields = LLVM::PoisonOp::create(b, loc, descriptorType(type));
  auto set = [&](Value value, ArrayRef<int64_t> position) {
    fields = LLVM::InsertValueOp::create(b, loc, fields, value, position);
  };
  set(base, {0});
  set(base, {1});
  set(constant(0), {2});
  int64_t stride = 1;
  for (int64_t d = type.getRank() - 1; d >= 0; --d) {
    set(constant(type.getDimSize(d)), {3, d});
    set(constant(stride), {4, d});
    stride *= type.getDimSize(d);
  }
  return UnrealizedConversionCastOp::create(b, loc, type, fields).getResult(0);
}

/// Every local buffer becomes a part of the caller's scratch.
LogicalResult KernelABI::carveScratch(Value scratch) {
  int64_t offset = 0;
  SmallVector<memref::AllocaOp> locals;
  kernel.walk([&](memref::AllocaOp local) { locals.push_back(local); });
  for (memref::AllocaOp local : locals) {
    MemRefType type = local.getType();
    if (!type.hasStaticShape())
      return local.emitOpError("expects scratch of a static size, but got ") << type;
    if (!type.getElementType().isIntOrFloat() || !type.getLayout().isIdentity())
      return local.emitOpError("expects scratch of numbers without gaps, but got ") << type;
    b.setInsertionPoint(local);
    local.replaceAllUsesWith(scratchBuffer(type, scratch, offset));
    int64_t bytes = llvm::divideCeil(type.getElementTypeBitWidth(), 8);
    for (int64_t size : type.getShape())
      if (llvm::MulOverflow(bytes, size, bytes) || bytes > maxScratch)
        return local.emitOpError("expects scratch below 2 GiB, but got ") << type;
    offset += llvm::alignTo(bytes, scratchAlignment);
    if (offset > maxScratch)
      return kernel.emitError("expects scratch below 2 GiB, but got more");
    local.erase();
  }
  kernel->setAttr("plait.scratch", b.getI64IntegerAttr(offset));
  return success();
}

/// What outlining makes: buffers, then three item numbers.
LogicalResult KernelABI::check() {
  ArrayRef<Type> types = kernel.getArgumentTypes();
  auto isItem = [](Type type) { return type.isInteger(32); };
  if (!kernel.isExternal() && kernel.getNumResults() == 0 && types.size() >= 3 &&
      llvm::all_of(types.take_back(3), isItem) && llvm::all_of(types.drop_back(3), llvm::IsaPred<MemRefType>))
    return success();
  return kernel.emitError("expects a kernel on memrefs and three i32, but got ") << kernel.getFunctionType();
}

LogicalResult KernelABI::run() {
  if (failed(check()))
    return failure();
  Block &entry = kernel.front();
  unsigned buffers = entry.getNumArguments() - 3;
  Value arguments = entry.insertArgument(0u, pointer, loc);
  Value scratch = entry.insertArgument(1u, pointer, loc);
  b.setInsertionPointToStart(&entry);
  for (unsigned i = 0; i < buffers; ++i)
    loadBuffer(entry.getArgument(2 + i), arguments, i);
  entry.eraseArguments(2, buffers);
  if (failed(carveScratch(scratch)))
    return failure();
  kernel.setFunctionType(b.getFunctionType(entry.getArgumentTypes(), {}));
  kernel.removeArgAttrsAttr();
  kernel.setArgAttr(0, LLVM::LLVMDialect::getNoAliasAttrName(), b.getUnitAttr());
  kernel.setArgAttr(1, LLVM::LLVMDialect::getNoAliasAttrName(), b.getUnitAttr());
  return success();
}

struct LowerKernelABIPass final : plait::impl::LowerKernelABIBase<LowerKernelABIPass> {
  void runOnOperation() override {
    for (auto function : llvm::to_vector(getOperation().getOps<func::FuncOp>())) {
      if (!function->hasAttr("plait.kernel")) {
        function.erase();
        continue;
      }
      if (failed(KernelABI(function).run()))
        return signalPassFailure();
    }
  }
};

} // namespace
