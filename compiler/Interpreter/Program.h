//===- Program.h - a block of ops made ready to run -------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares how the interpreter runs a block, be it the body of a
// function or the region of a row map: each op by the handler of its kind.
//===----------------------------------------------------------------------===//

#ifndef COMPILER_INTERPRETER_PROGRAM_H
#define COMPILER_INTERPRETER_PROGRAM_H

#include "compiler/Interpreter/Arrays.h"

#include "mlir/IR/Block.h"
#include "mlir/Support/TypeID.h"
#include "llvm/ADT/DenseMap.h"

namespace plait::interpreter {

using Operands = llvm::ArrayRef<const Array *>;
using Results = llvm::SmallVector<Array, 2>;

/// Computes the results of one op from its operands.
using Handler = llvm::Error (*)(mlir::Operation *op, Operands operands, Results &results);

/// The handlers by op. Each file of handlers adds its own.
class Handlers {
public:
  template <typename OpType> void add(Handler handler) { byOp[mlir::TypeID::get<OpType>()] = handler; }

  /// Null for an op outside of the set.
  static Handler find(mlir::Operation *op);

private:
  llvm::DenseMap<mlir::TypeID, Handler> byOp;
};

void addBitHandlers(Handlers &handlers);
void addContractHandlers(Handlers &handlers);
void addFloatHandlers(Handlers &handlers);
void addIntegerHandlers(Handlers &handlers);
void addMathHandlers(Handlers &handlers);
void addVectorHandlers(Handlers &handlers);
void addVectorShapeHandlers(Handlers &handlers);
void addTensorHandlers(Handlers &handlers);
void addRecurHandlers(Handlers &handlers);
void addScanHandlers(Handlers &handlers);
void addRowHandlers(Handlers &handlers);
void addAttentionHandlers(Handlers &handlers);

/// Rounds the elements of a row or scalar of f16 or bf16 to nearest, ties to even.
void roundNarrow(mlir::Type type, Array &array);

/// A block whose values have numbered slots and whose constants are known.
class Program {
public:
  /// An error where an op of the block is outside of the set.
  static llvm::Expected<Program> compile(mlir::Block &block);

  /// The slot of a block argument, to be filled before a run.
  Array &argument(unsigned number) { return slots[number]; }

  /// Runs the block once.
  llvm::Error run();

  /// What the terminator hands back after a run.
  unsigned numYielded() const { return yielded.size(); }
  const Array &result(unsigned number) const { return slots[yielded[number]]; }

private:
  struct Step {
    mlir::Operation *op;
    Handler handler;
    llvm::SmallVector<unsigned> operands;
    unsigned firstResult;
  };

  llvm::Error add(mlir::Operation &op, llvm::DenseMap<mlir::Value, unsigned> &numbers);
  llvm::Error execute(const Step &step);

  std::vector<Array> slots;
  std::vector<Step> steps;
  llvm::SmallVector<unsigned> yielded;
};

} // namespace plait::interpreter

#endif // COMPILER_INTERPRETER_PROGRAM_H
