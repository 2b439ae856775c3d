//===- Rows.cpp - maps of rows and products with a matrix -----------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file runs plait.map_rows, whose region is called for each token and
// head, and plait.project.
//===----------------------------------------------------------------------===//

#include "compiler/Interpreter/Program.h"

#include "dialects/Plait/IR/PlaitOps.h"

using namespace llvm;
using namespace plait;
using namespace plait::interpreter;

namespace {

/// The tokens and heads that a row map walks.
struct Grid {
  int64_t batches, tokens, heads;
};

/// How an operand lies under the grid: its row of a token and head starts at
/// `width * (head + heads * token)` or, without time, `width * head`.
struct RowView {
  bool perToken, perHead;
  SmallVector<int64_t, 4> shape; // of one row; empty for a scalar
  int64_t width;

  int64_t offset(const Grid &grid, int64_t batch, int64_t token, int64_t head) const {
    int64_t row = perHead ? head : 0;
    if (perToken)
      row += (batch * grid.tokens + token) * grid.heads;
    return row * width;
  }
};

/// The view of an operand whose row has the type `rowType`.
RowView viewOf(const Array &array, mlir::Type rowType) {
  RowView view;
  if (auto vector = dyn_cast<mlir::VectorType>(rowType))
    view.shape.assign(vector.getShape().begin(), vector.getShape().end());
  view.width = count(view.shape);
  size_t outer = array.shape.size() - view.shape.size();
  view.perToken = outer == 3;
  view.perHead = outer >= 1;
  return view;
}

Error checkView(mlir::Operation *op, StringRef name, const Array &array, const RowView &view, const Grid &grid) {
  SmallVector<int64_t, 4> shape;
  if (view.perToken)
    shape = {grid.batches, grid.tokens};
  if (view.perHead)
    shape.push_back(grid.heads);
  shape.append(view.shape);
  return checkShape(op, name, array, shape);
}

/// One call of a row map after another.
class RowMap {
public:
  RowMap(MapRowsOp op, Program &program, Operands operands) : op(op), program(program), operands(operands) {}

  Error prepare();
  Error run();
  void takeResults(Results &results) {
    for (Array &output : outputs)
      results.push_back(std::move(output));
  }

private:
  Error call(int64_t batch, int64_t token, int64_t head);

  MapRowsOp op;
  Program &program;
  Operands operands;
  Grid grid{};
  SmallVector<RowView> inputViews, outputViews;
  std::vector<Array> outputs;
};

Error RowMap::prepare() {
  unsigned numInputs = op.getInputs().size(), numOutputs = op.getInits().size();
  mlir::Block &body = op.getBody().front();
  if (numOutputs == 0)
    return Error::success();
  for (const Array *init : operands.take_back(numOutputs))
    outputs.push_back(*init);
  ArrayRef<int64_t> first = outputs[0].shape;
  if (first.size() < 3)
    return expects(op, "an output [B, T, H, D] or [B, T, H]", print(first));
  grid = {first[0], first[1], first[2]};

  for (unsigned i = 0; i < numInputs; ++i) {
    inputViews.push_back(viewOf(*operands[i], body.getArgument(i).getType()));
    if (Error error = checkView(op, "input", *operands[i], inputViews[i], grid))
      return error;
    program.argument(i) = filled(inputViews[i].shape, 0);
  }
  for (unsigned i = 0; i < numOutputs; ++i) {
    outputViews.push_back(viewOf(outputs[i], body.getTerminator()->getOperand(i).getType()));
    if (Error error = checkView(op, "output", outputs[i], outputViews[i], grid))
      return error;
  }
  return Error::success();
}

Error RowMap::call(int64_t batch, int64_t token, int64_t head) {
  for (auto [i, view] : enumerate(inputViews)) {
    const double *row = operands[i]->data.data() + view.offset(grid, batch, token, head);
    program.argument(i).data.assign(row, row + view.width);
  }
  if (op.getFirstToken())
    program.argument(inputViews.size()) = filled({}, operands[inputViews.size()]->data[0] + token);
  if (Error error = program.run())
    return error;
  for (auto [i, view] : enumerate(outputViews))
    copy(program.result(i).data, outputs[i].data.begin() + view.offset(grid, batch, token, head));
  return Error::success();
}

Error RowMap::run() {
  for (int64_t b = 0; b < grid.batches; ++b)
    for (int64_t t = 0; t < grid.tokens; ++t)
      for (int64_t h = 0; h < grid.heads; ++h)
        if (Error error = call(b, t, h))
          return error;
  return Error::success();
}

Error mapRows(mlir::Operation *operation, Operands operands, Results &results) {
  auto op = cast<MapRowsOp>(operation);
  Expected<Program> program = Program::compile(op.getBody().front());
  if (!program)
    return program.takeError();
  RowMap map(op, *program, operands);
  if (Error error = map.prepare())
    return error;
  if (Error error = map.run())
    return error;
  map.takeResults(results);
  return Error::success();
}

Error checkProject(ProjectOp op, const Array &input, const Array &matrix, const Array &out) {
  int64_t group = op.getGroupSize();
  if (group < 1)
    return expects(op, "a group_size of at least 1", Twine(group));
  ArrayRef<int64_t> sizes = input.shape;
  if (sizes.size() != 4 || sizes[2] % group != 0)
    return expects(op, "an input [B, T, H * group_size, D]", print(sizes));
  SmallVector<int64_t, 4> expected = {sizes[0], sizes[2] / group, sizes[3], out.shape.back()};
  if (matrix.shape.size() < 4)
    expected.erase(expected.begin());
  if (matrix.shape.size() < 3)
    expected.erase(expected.begin());
  if (Error error = checkShape(op, "matrix", matrix, expected))
    return error;
  return checkShape(op, "output", out, {sizes[0], sizes[1], sizes[2], matrix.shape.back()});
}

/// y_t = scale * x_t M.
Error project(mlir::Operation *operation, Operands operands, Results &results) {
  auto op = cast<ProjectOp>(operation);
  const Array &input = *operands[0], &matrix = *operands[1];
  Array out = *operands[2];
  if (Error error = checkProject(op, input, matrix, out))
    return error;
  int64_t heads = input.shape[2], rows = input.shape[3], columns = matrix.shape.back();
  int64_t matrixHeads = heads / int64_t(op.getGroupSize());
  double scale = op.getScale().convertToFloat();
  forEachIndex({input.shape[0], input.shape[1], heads, columns}, [&](ArrayRef<int64_t> at) {
    int64_t row = (at[0] * input.shape[1] + at[1]) * heads + at[2], head = at[2] / int64_t(op.getGroupSize());
    int64_t number = matrix.shape.size() == 2 ? 0 : matrix.shape.size() == 3 ? head : at[0] * matrixHeads + head;
    double sum = 0;
    for (int64_t d = 0; d < rows; ++d)
      sum += input.data[row * rows + d] * matrix.data[(number * rows + d) * columns + at[3]];
    out.data[row * columns + at[3]] = scale * sum;
  });
  results.push_back(std::move(out));
  return Error::success();
}

} // namespace

void interpreter::addRowHandlers(Handlers &handlers) {
  handlers.add<MapRowsOp>(mapRows);
  handlers.add<ProjectOp>(project);
}
