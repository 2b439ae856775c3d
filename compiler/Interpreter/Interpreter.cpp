//===- Interpreter.cpp - the f64 reference interpreter --------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file runs a function: it checks the arguments against the signature
// and hands the body to Program.
//===----------------------------------------------------------------------===//

#include "compiler/Interpreter/Interpreter.h"

#include "compiler/Interpreter/Program.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/TypeUtilities.h"

#include <cmath>

using namespace llvm;
using namespace plait;
using namespace plait::interpreter;

/// Whether sizes fit a type: its rank, and its sizes where they are static.
static bool fits(mlir::Type type, ArrayRef<int64_t> shape) {
  auto shaped = dyn_cast<mlir::ShapedType>(type);
  if (!shaped)
    return shape.empty();
  return shaped.hasRank() && shaped.getRank() == static_cast<int64_t>(shape.size()) &&
         all_of(zip(shaped.getShape(), shape), [](auto sizes) {
           return mlir::ShapedType::isDynamic(std::get<0>(sizes)) || std::get<0>(sizes) == std::get<1>(sizes);
         });
}

/// Whether f64 holds it as an integer, exactly.
static bool isInteger(double number) { return std::abs(number) <= 0x1p53 && number == std::trunc(number); }

static std::string print(mlir::Type type) {
  std::string text;
  raw_string_ostream(text) << type;
  return text;
}

/// "argument 2 (k)", with the name that plait.name gives.
static std::string describe(mlir::func::FuncOp function, unsigned number) {
  std::string text = "argument " + std::to_string(number);
  if (auto name = function.getArgAttrOfType<mlir::StringAttr>(number, "plait.name"))
    text += " (" + name.getValue().str() + ")";
  return text;
}

static Error checkArguments(mlir::func::FuncOp function, ArrayRef<Array> arguments) {
  if (arguments.size() != function.getNumArguments())
    return expects(function, Twine(function.getNumArguments()) + " arguments", Twine(arguments.size()));
  for (auto [number, argument] : enumerate(arguments)) {
    mlir::Type type = function.getArgument(number).getType();
    std::string name = describe(function, number);
    if (isa<mlir::BaseMemRefType>(type))
      return expects(function, name + " to be a tensor or a scalar", ::print(type));
    if (!fits(type, argument.shape))
      return expects(function, name + " to fit " + ::print(type), "shape " + interpreter::print(argument.shape));
    if (any_of(argument.shape, [](int64_t size) { return size < 0; }) ||
        count(argument.shape) != static_cast<int64_t>(argument.data.size()))
      return expects(function, name + " to hold the elements of " + interpreter::print(argument.shape),
                     Twine(argument.data.size()) + " elements");
    if (mlir::getElementTypeOrSelf(type).isIntOrIndex() && !all_of(argument.data, isInteger))
      return expects(function, name + " to hold integers of magnitude up to 2^53", "another number");
  }
  return Error::success();
}

Expected<std::vector<Array>> plait::interpret(mlir::ModuleOp module, StringRef entry, ArrayRef<Array> arguments) {
  auto function = module.lookupSymbol<mlir::func::FuncOp>(entry);
  if (!function || !function.getBody().hasOneBlock())
    return expects(module, "a function @" + entry + " with a body of one block",
                   function ? Twine(function.getBody().getBlocks().size()) + " blocks" : Twine("none"));
  if (Error error = checkArguments(function, arguments))
    return error;

  Expected<Program> program = Program::compile(function.getBody().front());
  if (!program)
    return program.takeError();
  for (auto [number, argument] : enumerate(arguments))
    program->argument(number) = argument;
  if (Error error = program->run())
    return error;

  std::vector<Array> results;
  for (unsigned i = 0; i < program->numYielded(); ++i)
    results.push_back(program->result(i));
  return results;
}
