//===- MapRows.cpp - row maps ---------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file emits map_rows: its region runs once for each batch, token and
// head, on the whole row as one vector that LLVM splits. Long rows whose map is
// elementwise go piece by piece. Row reductions take the fixed tree.
//===----------------------------------------------------------------------===//

#include "compiler/Conversion/MathToPolynomial/WidenArithmetic.h"
#include "compiler/Conversion/PlaitToVector/Emitters.h"
#include "compiler/Conversion/PlaitToVector/FixedTree.h"

#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace plait;

using Values = VectorBuilder::Values;

namespace {

class MapRowsEmitter {
public:
  MapRowsEmitter(VectorBuilder &b, MapRowsOp op) : b(b), op(op) {}

  void emit();

private:
  /// The length of the one kind of row that an elementwise region works on;
  /// nothing where rows of several lengths or lanes meet.
  std::optional<int64_t> elementwiseLength();
  /// The region on lanes [offset, offset + width) of each row.
  void emitPiece(Value offset, int64_t width);
  Value valueOf(BlockArgument argument, Value offset, int64_t width);
  void clone(Operation &inner, IRMapping &map, int64_t width);
  Value memoryOf(unsigned argument) { return op->getOperand(argument); }

  VectorBuilder &b;
  MapRowsOp op;
  Value batch, token, head;
  bool pieces = false;
};

} // namespace

std::optional<int64_t> MapRowsEmitter::elementwiseLength() {
  Block &body = op.getBody().front();
  std::optional<int64_t> length;
  auto fits = [&](Type type) {
    auto vector = dyn_cast<VectorType>(type);
    if (!vector)
      return true;
    if (vector.getRank() != 1 || (length && *length != vector.getNumElements()))
      return false;
    length = vector.getNumElements();
    return true;
  };
  for (BlockArgument argument : body.getArguments())
    if (!fits(argument.getType()))
      return {};
  for (Operation &inner : body.without_terminator()) {
    auto broadcast = dyn_cast<vector::BroadcastOp>(inner);
    bool splat = matchPattern(&inner, m_Constant()) || (broadcast && !isa<VectorType>(broadcast.getSourceType()));
    if (auto constant = dyn_cast<arith::ConstantOp>(inner); constant && isa<VectorType>(constant.getType()))
      splat = isa<SplatElementsAttr>(constant.getValue());
    if (!splat && !OpTrait::hasElementwiseMappableTraits(&inner))
      return {};
    for (Type type : inner.getResultTypes())
      if (!fits(type))
        return {};
  }
  return length;
}

static Type resized(Type type, int64_t width) {
  auto vector = dyn_cast<VectorType>(type);
  return vector ? VectorType::get({width}, vector.getElementType()) : type;
}

Value MapRowsEmitter::valueOf(BlockArgument argument, Value offset, int64_t width) {
  if (argument.getArgNumber() == op.getInputs().size())
    return b.add(op.getFirstToken(), token);
  Value memref = memoryOf(argument.getArgNumber());
  bool row = isa<VectorType>(argument.getType());
  int64_t rank = cast<MemRefType>(memref.getType()).getRank() - row;
  Values at;
  if (rank == 3)
    at = {batch, token, head};
  else if (rank == 1)
    at = {head};
  if (!row)
    return b.loadScalar(memref, at);
  at.push_back(offset);
  Type type = pieces ? resized(argument.getType(), width) : argument.getType();
  return vector::LoadOp::create(b.builder, b.loc, cast<VectorType>(type), memref, at);
}

void MapRowsEmitter::clone(Operation &inner, IRMapping &map, int64_t width) {
  if (auto reduction = dyn_cast<vector::ReductionOp>(inner)) {
    Value start = reduction.getAcc() ? map.lookupOrDefault(reduction.getAcc()) : Value();
    Value row = map.lookupOrDefault(reduction.getVector());
    if (Value sum = expandReduction(b, reduction.getKind(), row, start)) {
      map.map(reduction.getDest(), sum);
      return;
    }
  }
  if (auto reduction = dyn_cast<vector::MultiDimReductionOp>(inner)) {
    Value source = map.lookup(reduction.getSource()), start = map.lookup(reduction.getAcc());
    map.map(reduction.getDest(), expandMultiReduction(b, reduction, source, start));
    return;
  }
  Operation *copy = b.builder.clone(inner, map);
  if (!pieces)
    return;
  for (OpResult result : copy->getResults())
    result.setType(resized(result.getType(), width));
  if (auto constant = dyn_cast<arith::ConstantOp>(copy))
    if (auto splat = dyn_cast<SplatElementsAttr>(constant.getValue()))
      constant.setValueAttr(splat.resizeSplat(cast<ShapedType>(constant.getType())));
}

void MapRowsEmitter::emitPiece(Value offset, int64_t width) {
  Block &body = op.getBody().front();
  IRMapping map;
  for (BlockArgument each : body.getArguments())
    map.map(each, valueOf(each, offset, width));
  for (Operation &inner : body.without_terminator())
    clone(inner, map, width);
  for (auto [result, init] : llvm::zip(body.getTerminator()->getOperands(), op.getInits())) {
    Value value = map.lookupOrDefault(result);
    if (isa<VectorType>(value.getType()))
      vector::StoreOp::create(b.builder, b.loc, value, init, ValueRange{batch, token, head, offset});
    else
      memref::StoreOp::create(b.builder, b.loc, value, init, ValueRange{batch, token, head});
  }
}

void MapRowsEmitter::emit() {
  Value init = op.getInits()[0];
  std::optional<int64_t> length = elementwiseLength();
  int64_t widest = 8 * b.machine.lanes;
  pieces = length && *length > widest;
  b.overDim(init, 0, [&](Value i) {
    b.overDim(init, 1, [&](Value t) {
      b.overDim(init, 2, [&](Value h) {
        batch = i, token = t, head = h;
        int64_t whole = pieces ? *length / widest * widest : 0;
        if (!pieces)
          return emitPiece(b.index(0), 0);
        b.loop(b.index(0), b.index(whole), widest, [&](Value offset) { emitPiece(offset, widest); });
        if (whole < *length)
          emitPiece(b.index(whole), *length - whole);
      });
    });
  });
}

LogicalResult plait::emitMapRows(MapRowsOp op, Machine machine) {
  for (Value init : op.getInits()) {
    auto type = dyn_cast<MemRefType>(init.getType());
    if (!type || (type.getRank() == 4 && type.isDynamicDim(3)))
      return op.emitOpError("expects memrefs of rows of static length, but got ") << init.getType();
  }
  widenArithmetic(op.getBody().front());
  VectorBuilder b(op, machine);
  MapRowsEmitter(b, op).emit();
  return success();
}
