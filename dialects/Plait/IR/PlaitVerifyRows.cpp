//===- PlaitVerifyRows.cpp - verifiers of the row ops ---------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file checks the numbered constraints of plait.map_rows and
// plait.project.
//===----------------------------------------------------------------------===//

#include "dialects/Plait/IR/PlaitVerify.h"

using namespace mlir;
using namespace plait;

//===----------------------------------------------------------------------===//
// map_rows
//===----------------------------------------------------------------------===//

/// What the region sees of an operand: its row, or its element where it has no
/// row. Of rank 1 either is possible.
static SmallVector<Type> rowTypes(ShapedType type) {
  Type element = type.getElementType();
  if (type.getRank() == 3)
    return {element};
  Type row = VectorType::get({type.getShape().back()}, element);
  return type.getRank() == 1 ? SmallVector<Type>{row, element} : SmallVector<Type>{row};
}

static LogicalResult verifyShapes(MapRowsOp op) {
  // map_rows_c3: an init, and the ranks of the table.
  if (op.getInits().empty())
    return op.emitOpError("expects at least 1 init, but got 0");
  for (auto [i, input] : llvm::enumerate(op.getInputs()))
    if (failed(verifyRank(op, {"input " + std::to_string(i), input}, {1, 2, 3, 4})))
      return failure();
  for (auto [i, init] : llvm::enumerate(op.getInits()))
    if (failed(verifyRank(op, {"init " + std::to_string(i), init}, {3, 4})))
      return failure();
  return success();
}

/// map_rows_c4: the row of an operand is static and not empty.
static LogicalResult verifyRow(MapRowsOp op, std::string name, Value operand, Type seen) {
  auto type = cast<ShapedType>(operand.getType());
  if (type.getRank() == 3 || (type.getRank() == 1 && !isa<VectorType>(seen)))
    return success();
  return verifyStaticDim(op, {std::move(name), operand}, type.getRank() - 1, "row");
}

static LogicalResult verifySeen(MapRowsOp op, const Twine &what, Value operand, Type seen) {
  SmallVector<Type> expected = rowTypes(cast<ShapedType>(operand.getType()));
  if (llvm::is_contained(expected, seen))
    return success();
  InFlightDiagnostic error = op.emitOpError() << "expects " << what << " of type " << expected.front();
  if (expected.size() == 2)
    error << " or " << expected.back();
  return error << ", but got " << seen;
}

LogicalResult MapRowsOp::verify() {
  // map_rows_c1: tensors or memrefs. (map_rows_c2, the results, is the
  // destination style's own check.)
  if (failed(verifyOneWorld(*this)) || failed(verifyShapes(*this)))
    return failure();
  // map_rows_c5: an argument for each input, and the position.
  Block &block = getBody().front();
  unsigned expected = getInputs().size() + (getFirstToken() ? 1 : 0);
  if (block.getNumArguments() != expected)
    return emitOpError() << "expects " << counted(expected, "region argument") << ", but got "
                         << block.getNumArguments();
  for (auto [i, input] : llvm::enumerate(getInputs())) {
    Type seen = block.getArgument(i).getType();
    if (failed(verifyRow(*this, "input " + std::to_string(i), input, seen)) ||
        failed(verifySeen(*this, "region argument " + Twine(i), input, seen)))
      return failure();
  }
  if (getFirstToken() && !block.getArguments().back().getType().isIndex())
    return emitOpError() << "expects a last region argument of type index beside `from`, but got "
                         << block.getArguments().back().getType();
  for (auto [i, init] : llvm::enumerate(getInits()))
    if (failed(verifyRow(*this, "init " + std::to_string(i), init, VectorType())))
      return failure();
  // map_rows_c6: sizes agree.
  return verifySizes(*this);
}

LogicalResult MapRowsOp::verifyRegions() {
  // map_rows_c7: a value for each init.
  auto yield = cast<YieldOp>(getBody().front().getTerminator());
  if (yield.getNumOperands() != getInits().size())
    return emitOpError() << "expects " << counted(getInits().size(), "yielded value") << ", but got "
                         << yield.getNumOperands();
  for (auto [i, pair] : llvm::enumerate(llvm::zip(getInits(), yield.getValues())))
    if (failed(verifySeen(*this, "yielded value " + Twine(i), std::get<0>(pair), std::get<1>(pair).getType())))
      return failure();
  // map_rows_c8: nothing but row ops.
  return verifyRowOps(*this, getBody());
}

//===----------------------------------------------------------------------===//
// project
//===----------------------------------------------------------------------===//

LogicalResult ProjectOp::verify() {
  // project_c1: tensors or memrefs. (project_c2, the result, is the destination
  // style's own check.)
  if (failed(verifyOneWorld(*this)))
    return failure();
  // project_c3: one init; ranks.
  if (failed(verifyInits(*this, 1)))
    return failure();
  Named input("input", getInput()), matrix("matrix", getMatrix()), out("out", getInits()[0]);
  if (failed(verifyRank(*this, input, {4})) || failed(verifyRank(*this, matrix, {2, 3, 4})) ||
      failed(verifyRank(*this, out, {4})))
    return failure();
  // project_c4: element types.
  Type element = input.type.getElementType(), f32 = Float32Type::get(getContext());
  if (failed(verifyElements(*this, out, {element, f32})))
    return failure();
  // project_c5: D and E.
  int64_t row = matrix.type.getRank() - 2, column = row + 1;
  if (failed(verifyStaticDim(*this, input, 3, "row")) || failed(verifyStaticDim(*this, matrix, column, "column")) ||
      failed(verifyDim(*this, matrix, row, "row", input.type.getDimSize(3))) ||
      failed(verifyDim(*this, out, 3, "column", matrix.type.getDimSize(column))))
    return failure();
  // project_c6: group_size.
  if (failed(verifyFactor(*this, "group_size", getGroupSize())))
    return failure();
  if (matrix.type.getRank() == 2 && getGroupSize() != 1)
    return emitOpError() << "expects `group_size` of 1 for a shared matrix, but got " << getGroupSize();
  // project_c7: sizes agree.
  return verifySizes(*this);
}
