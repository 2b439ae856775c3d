//===- Program.cpp - a block of ops made ready to run ---------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file runs a block, op by op. Constants are evaluated once, when the
// block is made ready: a row map runs for every token and head.
//===----------------------------------------------------------------------===//

#include "compiler/Interpreter/Program.h"

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/OpDefinition.h"

using namespace llvm;
using namespace plait;
using namespace plait::interpreter;

Handler Handlers::find(mlir::Operation *op) {
  static const Handlers all = [] {
    Handlers handlers;
    for (auto add : {addBitHandlers, addContractHandlers, addFloatHandlers, addIntegerHandlers, addMathHandlers,
                     addVectorHandlers, addVectorShapeHandlers, addTensorHandlers, addRecurHandlers, addScanHandlers,
                     addRowHandlers, addAttentionHandlers})
      add(handlers);
    return handlers;
  }();
  return all.byOp.lookup(op->getName().getTypeID());
}

Expected<Program> Program::compile(mlir::Block &block) {
  Program program;
  DenseMap<mlir::Value, unsigned> numbers;
  for (mlir::Value argument : block.getArguments()) {
    numbers[argument] = program.slots.size();
    program.slots.emplace_back();
  }
  for (mlir::Operation &op : block.without_terminator())
    if (Error error = program.add(op, numbers))
      return error;
  for (mlir::Value value : block.getTerminator()->getOperands())
    program.yielded.push_back(numbers.lookup(value));
  return program;
}

/// Vectors whose size the machine decides, and types too large to hold, are not
/// for the interpreter.
static Error checkType(mlir::Operation *op, mlir::Type type) {
  auto shaped = dyn_cast<mlir::ShapedType>(type);
  if (auto vector = dyn_cast<mlir::VectorType>(type); vector && vector.isScalable())
    return expects(op, "vectors of a fixed size", "a scalable one");
  if (shaped && shaped.hasStaticShape())
    return checkSizes(op, shaped.getShape());
  return Error::success();
}

Error Program::add(mlir::Operation &op, DenseMap<mlir::Value, unsigned> &numbers) {
  Step step{&op, Handlers::find(&op), {}, static_cast<unsigned>(slots.size())};
  if (!step.handler)
    return expects(&op, "an op that the interpreter defines", op.getName().getStringRef());
  for (mlir::Value operand : op.getOperands())
    step.operands.push_back(numbers.lookup(operand));
  for (mlir::Value result : op.getResults()) {
    if (Error error = checkType(&op, result.getType()))
      return error;
    numbers[result] = slots.size();
    slots.emplace_back();
  }
  if (op.hasTrait<mlir::OpTrait::ConstantLike>())
    return execute(step);
  steps.push_back(std::move(step));
  return Error::success();
}

Error Program::execute(const Step &step) {
  SmallVector<const Array *> operands;
  for (unsigned slot : step.operands)
    operands.push_back(&slots[slot]);
  Results results;
  if (Error error = step.handler(step.op, operands, results))
    return error;
  for (auto [number, result] : enumerate(results)) {
    roundNarrow(step.op->getResult(number).getType(), result);
    slots[step.firstResult + number] = std::move(result);
  }
  return Error::success();
}

Error Program::run() {
  for (const Step &step : steps)
    if (Error error = execute(step))
      return error;
  return Error::success();
}
