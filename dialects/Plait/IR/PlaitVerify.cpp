//===- PlaitVerify.cpp - checks that verifiers share ----------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements the checks of ranks, element types and sizes. Sizes are
// compared through the roles of dims: what one loop walks must be equal.
//===----------------------------------------------------------------------===//

#include "dialects/Plait/IR/PlaitVerify.h"

#include "dialects/Plait/IR/PlaitAssembly.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace plait;

std::string plait::counted(int64_t count, StringRef noun) {
  return (Twine(count) + " " + noun + (count == 1 ? "" : "s")).str();
}

static std::string sizeText(int64_t size) { return ShapedType::isDynamic(size) ? "?" : std::to_string(size); }

/// "1, 3 or 4"
template <class Range, class Print> static std::string alternatives(const Range &range, Print print) {
  std::string text;
  llvm::raw_string_ostream os(text);
  for (auto [i, item] : llvm::enumerate(range)) {
    if (i > 0)
      os << (i + 1 == range.size() ? " or " : ", ");
    print(os, item);
  }
  return text;
}

LogicalResult plait::verifyOneWorld(Operation *op) {
  bool tensors = false, memrefs = false;
  for (Type type : op->getOperandTypes()) {
    tensors |= isa<TensorType>(type);
    memrefs |= isa<BaseMemRefType>(type);
  }
  if (tensors && memrefs)
    return op->emitOpError("expects either tensors or memrefs, but got both");
  return success();
}

LogicalResult plait::verifyInits(DestinationStyleOpInterface op, unsigned count) {
  if (op.getNumDpsInits() != count)
    return op->emitOpError() << "expects " << counted(count, "init") << ", but got " << op.getNumDpsInits();
  return success();
}

LogicalResult plait::verifyRank(Operation *op, Named operand, ArrayRef<int64_t> ranks) {
  if (!operand.type || llvm::is_contained(ranks, operand.type.getRank()))
    return success();
  return op->emitOpError() << "expects `" << operand.name << "` of rank "
                           << alternatives(ranks, [](raw_ostream &os, int64_t rank) { os << rank; })
                           << ", but got rank " << operand.type.getRank();
}

LogicalResult plait::verifyElements(Operation *op, Named operand, ArrayRef<Type> types) {
  if (!operand.type || llvm::is_contained(types, operand.type.getElementType()))
    return success();
  SmallVector<Type> unique;
  for (Type type : types)
    if (!llvm::is_contained(unique, type))
      unique.push_back(type);
  return op->emitOpError() << "expects `" << operand.name << "` of element type "
                           << alternatives(unique, [](raw_ostream &os, Type type) { os << "'" << type << "'"; })
                           << ", but got " << operand.type.getElementType();
}

LogicalResult plait::verifyFactor(Operation *op, StringRef attribute, int64_t value) {
  if (value < 1 || value > maxFactor)
    return op->emitOpError() << "expects `" << attribute << "` in 1.." << maxFactor << ", but got " << value;
  return success();
}

LogicalResult plait::verifyMinLogDecay(Operation *op, std::optional<APFloat> bound) {
  if (!bound || (bound->isFinite() && (bound->isZero() || bound->isNegative())))
    return success();
  return op->emitOpError() << "expects a finite `min_log_decay` of at most 0, but got "
                           << spellF32(bound->convertToFloat());
}

LogicalResult plait::verifyStaticDim(Operation *op, Named operand, int64_t dim, StringRef role, int64_t max) {
  if (!operand.type)
    return success();
  int64_t size = operand.type.getDimSize(dim);
  if (!ShapedType::isDynamic(size) && size >= 1 && size <= max)
    return success();
  InFlightDiagnostic error = op->emitOpError()
                             << "expects `" << operand.name << "` dim " << dim << " (" << role << ") ";
  if (max == std::numeric_limits<int64_t>::max())
    return error << "static and at least 1, but got " << sizeText(size);
  return error << "static and in 1.." << max << ", but got " << sizeText(size);
}

LogicalResult plait::verifyDim(Operation *op, Named operand, int64_t dim, StringRef role, int64_t size) {
  if (!operand.type || operand.type.getDimSize(dim) == size)
    return success();
  return op->emitOpError() << "expects `" << operand.name << "` dim " << dim << " (" << role << ") of "
                           << sizeText(size) << ", but got " << sizeText(operand.type.getDimSize(dim));
}

static StringRef axisName(Axis axis) {
  switch (axis) {
  case Axis::Batch:
    return "batch";
  case Axis::Head:
    return "head";
  case Axis::Value:
    return "value";
  case Axis::Time:
    return "time";
  }
  llvm_unreachable("unknown axis");
}

LogicalResult plait::verifySizes(Operation *op, ArrayRef<Walked> operands, ArrayRef<Axis> axes) {
  SmallVector<int64_t> extents(axes.size(), ShapedType::kDynamic);
  for (const Walked &walked : operands) {
    if (!walked.operand.type)
      continue;
    for (auto [dim, role] : llvm::enumerate(walked.roles)) {
      int64_t size = walked.operand.type.getDimSize(dim);
      if (role.loop < 0 || ShapedType::isDynamic(size))
        continue;
      int64_t &extent = extents[role.loop];
      StringRef axis = axisName(axes[role.loop]);
      if (ShapedType::isDynamic(extent) && size % role.factor != 0)
        return op->emitOpError() << "expects `" << walked.operand.name << "` dim " << dim << " (" << axis
                                 << ") of a multiple of " << role.factor << ", but got " << size;
      if (ShapedType::isDynamic(extent))
        extent = size / role.factor;
      int64_t expected;
      if (llvm::MulOverflow(extent, role.factor, expected))
        return op->emitOpError() << "expects `" << walked.operand.name << "` dim " << dim << " (" << axis << ") of "
                                 << extent << " times " << role.factor << ", but got " << size;
      if (failed(verifyDim(op, walked.operand, dim, axis, expected)))
        return failure();
    }
  }
  return success();
}

LogicalResult plait::verifySizes(SequenceOpInterface op) {
  SmallVector<Walked> operands;
  for (auto [i, value] : llvm::enumerate(op->getOperands()))
    operands.push_back({Named(op.getOperandName(i), value), op.getDimRoles(i)});
  return verifySizes(op, operands, op.getLoopAxes());
}

LogicalResult plait::verifySegments(Operation *op, Value segments, Named sequence, ArrayRef<Named> carried) {
  if (!segments)
    return success();
  if (!sequence.type.isDynamicDim(0) && failed(verifyDim(op, sequence, 0, "batch of packed sequences", 1)))
    return failure();
  int64_t offsets = cast<ShapedType>(segments.getType()).getDimSize(0);
  if (!ShapedType::isDynamic(offsets) && offsets < 1)
    return op->emitOpError() << "expects `segments` of at least 1 offset, but got " << offsets;
  for (const Named &state : carried)
    if (!ShapedType::isDynamic(offsets) && state.type && !state.type.isDynamicDim(0) &&
        failed(verifyDim(op, state, 0, "sequence", offsets - 1)))
      return failure();
  return success();
}

/// Whether values of a type are rows or elements of rows.
static bool isRowType(Type type) { return isa<VectorType>(type) || type.isIntOrIndexOrFloat(); }

/// Whether machines hold rows of a type.
static bool isHeld(Type type) {
  auto vector = dyn_cast<VectorType>(type);
  Type element = vector ? vector.getElementType() : type;
  bool number = element.isF16() || element.isBF16() || element.isF32() || element.isF64() || element.isIndex() ||
                (element.isInteger() && element.getIntOrFloatBitWidth() <= 64);
  return number && !(vector && vector.isScalable());
}

/// Ops on rows that neither kernels nor the interpreter define.
static bool isUndefined(Operation *op) {
  return isa<arith::ScalingExtFOp, arith::ScalingTruncFOp, math::CountLeadingZerosOp, math::CountTrailingZerosOp,
             math::CtPopOp, math::IPowIOp, vector::ScanOp, vector::VectorScaleOp>(op);
}

/// Rounding is to nearest, ties to even.
static LogicalResult verifyRounding(Operation *op, Operation &inner) {
  auto rounding = dyn_cast<arith::ArithRoundingModeInterface>(inner);
  arith::RoundingModeAttr mode = rounding ? rounding.getRoundingModeAttr() : arith::RoundingModeAttr();
  if (!mode || mode.getValue() == arith::RoundingMode::to_nearest_even)
    return success();
  return emitError(inner.getLoc()) << "'" << op->getName() << "' op expects the rounding mode to_nearest_even in its "
                                   << "region, but got " << arith::stringifyRoundingMode(mode.getValue());
}

LogicalResult plait::verifyRowOps(Operation *op, Region &region) {
  for (Operation &inner : region.getOps()) {
    if (failed(verifyRounding(op, inner)))
      return failure();
    bool known = isa<YieldOp>(inner) ||
                 isa_and_present<arith::ArithDialect, math::MathDialect, vector::VectorDialect>(inner.getDialect());
    if (known && inner.getNumRegions() == 0 && isMemoryEffectFree(&inner) &&
        llvm::all_of(inner.getOperandTypes(), isRowType) && llvm::all_of(inner.getResultTypes(), isRowType)) {
      auto types = llvm::concat<const Type>(SmallVector<Type>(inner.getOperandTypes()),
                                            SmallVector<Type>(inner.getResultTypes()));
      auto other = llvm::find_if_not(types, isHeld);
      if (other == types.end() && isUndefined(&inner))
        return emitError(inner.getLoc()) << "'" << op->getName()
                                         << "' op expects ops that kernels can hold in its region, but got `"
                                         << inner.getName() << "`";
      if (other == types.end())
        continue;
      return emitError(inner.getLoc()) << "'" << op->getName()
                                       << "' op expects rows of fixed length of f16, bf16, f32, f64, index or integers "
                                          "of at most 64 bits in its region, but got "
                                       << *other;
    }
    return emitError(inner.getLoc()) << "'" << op->getName()
                                     << "' op expects arith, math and vector ops on rows in its region, but got `"
                                     << inner.getName() << "`";
  }
  return success();
}
