//===- Manifest.cpp - what a pack says of a function ----------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file reads entries of a manifest from outlined modules.
//===----------------------------------------------------------------------===//

#include "compiler/Driver/Manifest.h"

#include "compiler/Driver/Source.h"
#include "compiler/Transforms/Symbols.h"
#include "dialects/Plait/IR/PlaitOps.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace plait;

namespace {

/// The reading of one host function.
class EntryReader {
public:
  EntryReader(func::FuncOp function, const Target &target, StringRef schedule) : function(function), at(function) {
    variant.isa = target.isa().str();
    if (const CpuTarget *cpu = target.cpu())
      variant.features = cpu->features;
    else
      variant.code = pack::Code::Ptx;
    variant.schedule = schedule.str();
  }
  llvm::Expected<pack::Entry> read();
  /// The op that is read.
  Operation *place() const { return at; }

private:
  llvm::Error readArguments();
  llvm::Error readTemporary(memref::AllocOp alloc);
  llvm::Error readLaunch(scf::ForallOp grid);
  std::optional<pack::Product> estimateWork(Operation *kernel);
  llvm::Expected<pack::ElementType> elementType(MemRefType type);
  llvm::Expected<SymbolicDim> sizeOf(OpFoldResult value);
  int16_t symbolIndex(const std::string &symbol);
  pack::Dim dim(const SymbolicDim &symbolic) { return {symbolIndex(symbolic.symbol), symbolic.factor}; }

  func::FuncOp function;
  Operation *at;
  pack::Entry entry;
  pack::Variant variant;
  llvm::DenseMap<Value, uint16_t> operands;
  SmallVector<SmallVector<SymbolicDim>> dims;
};

int16_t EntryReader::symbolIndex(const std::string &symbol) {
  if (symbol.empty())
    return pack::noSymbol;
  auto found = llvm::find(entry.symbols, symbol);
  if (found == entry.symbols.end()) {
    entry.symbols.push_back(symbol);
    return entry.symbols.size() - 1;
  }
  return found - entry.symbols.begin();
}

llvm::Expected<pack::ElementType> EntryReader::elementType(MemRefType type) {
  Type element = type.getElementType();
  if (element.isF32())
    return pack::ElementType::F32;
  if (element.isBF16())
    return pack::ElementType::BF16;
  if (element.isF16())
    return pack::ElementType::F16;
  if (element.isInteger(32))
    return pack::ElementType::I32;
  if (element.isInteger(64))
    return pack::ElementType::I64;
  std::string text;
  llvm::raw_string_ostream(text) << "expects arguments of f32, f16, bf16, i32 or i64, but got " << element;
  return llvm::createStringError(text);
}

/// The target's pipeline has left the function as it was.
static llvm::Error notLowered(Type type) {
  std::string text;
  llvm::raw_string_ostream(text) << "expects a function on named buffers, whose kernels are outlined, but got an "
                                    "argument of "
                                 << type;
  return llvm::createStringError(text);
}

llvm::Error EntryReader::readArguments() {
  for (BlockArgument argument : function.getArguments()) {
    unsigned i = argument.getArgNumber();
    pack::Argument described;
    auto buffer = dyn_cast<MemRefType>(argument.getType());
    auto name = function.getArgAttrOfType<StringAttr>(i, "plait.name");
    auto sizes = function.getArgAttrOfType<ArrayAttr>(i, "plait.dims");
    if (!buffer || !name || !sizes)
      return notLowered(argument.getType());
    described.name = name.str();
    auto type = elementType(buffer);
    if (!type)
      return type.takeError();
    described.type = *type;
    described.direction = function.getArgAttr(i, "plait.output")   ? pack::Direction::Out
                          : function.getArgAttr(i, "plait.result") ? pack::Direction::InOut
                                                                   : pack::Direction::In;
    dims.emplace_back();
    for (auto text : sizes.getAsRange<StringAttr>()) {
      dims.back().push_back(SymbolicDim::parse(text));
      described.shape.push_back(dim(dims.back().back()));
    }
    operands[argument] = i;
    entry.arguments.push_back(std::move(described));
  }
  return llvm::Error::success();
}

/// What a size is in terms of the arguments': a constant, a dim, or a multiple
/// of one.
llvm::Expected<SymbolicDim> EntryReader::sizeOf(OpFoldResult size) {
  if (auto constant = getConstantIntValue(size))
    return SymbolicDim{"", *constant};
  Operation *producer = cast<Value>(size).getDefiningOp();
  if (auto dimension = dyn_cast_or_null<memref::DimOp>(producer))
    if (auto argument = dyn_cast<BlockArgument>(dimension.getSource()); argument && dimension.getConstantIndex())
      return dims[argument.getArgNumber()][*dimension.getConstantIndex()];
  if (auto apply = dyn_cast_or_null<affine::AffineApplyOp>(producer); apply && apply.getNumOperands() == 1) {
    auto product = dyn_cast<AffineBinaryOpExpr>(apply.getAffineMap().getResult(0));
    auto factor = product ? dyn_cast<AffineConstantExpr>(product.getRHS()) : AffineConstantExpr();
    auto inner = sizeOf(apply.getOperand(0));
    if (!inner)
      return inner.takeError();
    if (factor && product.getKind() == AffineExprKind::Mul)
      return SymbolicDim{inner->symbol, inner->factor * factor.getValue()};
  }
  return llvm::createStringError("expects sizes that are multiples of an argument's, but got another");
}

llvm::Error EntryReader::readTemporary(memref::AllocOp alloc) {
  pack::Temporary temporary;
  auto type = elementType(alloc.getType());
  if (!type)
    return type.takeError();
  temporary.type = *type;
  for (OpFoldResult size : alloc.getMixedSizes()) {
    auto symbolic = sizeOf(size);
    if (!symbolic)
      return symbolic.takeError();
    temporary.shape.push_back(dim(*symbolic));
  }
  operands[alloc.getResult()] = entry.arguments.size() + variant.temporaries.size();
  variant.temporaries.push_back(std::move(temporary));
  return llvm::Error::success();
}

/// The flop of one token and key-value head.
static int64_t flopsOf(SequenceOpInterface op) {
  if (auto recur = dyn_cast<RecurOp>(op.getOperation()))
    return 2 * (1 + recur.getGroupSize()) * recur.getKeyDim() * recur.getValueDim();
  auto input = cast<MemRefType>(op->getOperand(op->getNumOperands() - 1).getType());
  int64_t width = input.getShape().back();
  if (auto project = dyn_cast<ProjectOp>(op.getOperation()))
    return 2 * project.getGroupSize() * width * cast<MemRefType>(project.getInput().getType()).getShape().back();
  constexpr int64_t perElement = 16; // an exponential or a few cheap operations
  return ShapedType::isDynamic(width) ? perElement : perElement * width;
}

/// The work of a launch, which tells the runtime how many threads it is worth;
/// unknown where batch, tokens or heads are static.
std::optional<pack::Product> EntryReader::estimateWork(Operation *kernel) {
  pack::Product work;
  kernel->walk([&](SequenceOpInterface op) { work.factor += flopsOf(op); });
  for (StringRef symbol : {"B", "T", "H"}) {
    auto found = llvm::find(entry.symbols, symbol);
    if (found == entry.symbols.end())
      return std::nullopt;
    work.symbols.push_back(found - entry.symbols.begin());
  }
  return work;
}

llvm::Error EntryReader::readLaunch(scf::ForallOp grid) {
  auto call = *grid.getBody()->getOps<func::CallOp>().begin();
  pack::Launch launch;
  launch.symbol = call.getCallee().str();
  for (Value operand : call.getOperands().drop_back(3)) {
    auto position = operands.find(operand);
    if (position == operands.end())
      return llvm::createStringError("kernel " + launch.symbol + " takes a buffer that is no argument");
    launch.operands.push_back(position->second);
  }
  for (int64_t d = 0; d < grid.getRank(); ++d) {
    auto extent = sizeOf(grid.getMixedUpperBound()[d]);
    auto step = getConstantIntValue(grid.getMixedStep()[d]);
    if (!extent)
      return extent.takeError();
    if (!step)
      return llvm::createStringError("kernel " + launch.symbol + " has a grid of a dynamic step");
    launch.grid[d] = {symbolIndex(extent->symbol), extent->factor, *step};
  }
  Operation *kernel = SymbolTable::lookupNearestSymbolFrom(call, call.getCalleeAttr());
  if (auto span = kernel->getAttrOfType<IntegerAttr>("plait.span"))
    launch.span = span.getInt();
  if (auto work = estimateWork(kernel))
    launch.flops.push_back(*work);
  variant.launches.push_back(std::move(launch));
  return llvm::Error::success();
}

llvm::Expected<pack::Entry> EntryReader::read() {
  entry.name = function.getName().str();
  if (llvm::Error error = readArguments())
    return error;
  for (Operation &op : function.front()) {
    at = &op;
    llvm::Error error = llvm::Error::success();
    if (auto alloc = dyn_cast<memref::AllocOp>(op))
      error = llvm::joinErrors(std::move(error), readTemporary(alloc));
    else if (auto grid = dyn_cast<scf::ForallOp>(op))
      error = llvm::joinErrors(std::move(error), readLaunch(grid));
    if (error)
      return error;
  }
  bool isWhole = variant.code == pack::Code::Elf; // else readResources and the builder's check follow
  entry.variants.push_back(std::move(variant));
  at = function;
  if (!isWhole)
    return std::move(entry);
  if (pack::Refusal refusal = pack::verify(entry, /*objectCount=*/1))
    return llvm::createStringError(*refusal);
  return std::move(entry);
}

} // namespace

llvm::Expected<std::vector<pack::Entry>> plait::readEntries(ModuleOp module, const Target &target, StringRef schedule) {
  CollectedErrors errors(module.getContext());
  std::vector<pack::Entry> entries;
  for (auto function : module.getOps<func::FuncOp>()) {
    if (function->hasAttr("plait.kernel"))
      continue;
    EntryReader reader(function, target, schedule);
    auto entry = reader.read();
    if (!entry) {
      reader.place()->emitError(llvm::toString(entry.takeError()));
      return errors.take("the manifest can't be written");
    }
    entries.push_back(std::move(*entry));
  }
  return entries;
}

/// Threads, shared memory and alignments, as the lowering left them on the kernel.
static LogicalResult readCudaResources(LLVM::LLVMFuncOp kernel, const CudaTarget &target, pack::Launch &launch) {
  auto warps = kernel->getAttrOfType<IntegerAttr>("tile.warps");
  auto alignment = kernel->getAttrOfType<DenseI64ArrayAttr>("tile.alignment");
  if (!warps || !alignment)
    return kernel.emitError("expects a kernel with tile.warps and tile.alignment, but got one without");
  auto shared = kernel->getAttrOfType<IntegerAttr>("tile.shared_bytes");
  if (shared && shared.getInt() > target.shared)
    return kernel.emitError("expects at most ")
           << target.shared << " bytes of shared memory for " << target.isa << ", but got " << shared.getInt();
  launch.threads = 32 * warps.getInt();
  launch.shared = shared ? shared.getInt() : 0;
  launch.alignment.assign(alignment.asArrayRef().begin(), alignment.asArrayRef().end());
  return success();
}

llvm::Error plait::readResources(ModuleOp module, const Target &target, MutableArrayRef<pack::Entry> entries) {
  CollectedErrors errors(module.getContext());
  for (pack::Entry &entry : entries)
    for (pack::Launch &launch : entry.variants.front().launches) {
      auto kernel = module.lookupSymbol<LLVM::LLVMFuncOp>(launch.symbol);
      if (!kernel)
        return llvm::createStringError("expects a kernel '" + launch.symbol + "', but got none");
      if (const CudaTarget *cuda = target.cuda()) {
        if (failed(readCudaResources(kernel, *cuda, launch)))
          return errors.take("the manifest can't be written");
      } else if (auto scratch = kernel->getAttrOfType<IntegerAttr>("plait.scratch")) {
        launch.scratch = scratch.getInt();
      }
    }
  return llvm::Error::success();
}
