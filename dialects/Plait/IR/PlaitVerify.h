//===- PlaitVerify.h - checks that verifiers share --------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the checks of operands that several verifiers make. Each
// reports at the op, names the operand, and says what it expected and got.
//===----------------------------------------------------------------------===//

#ifndef DIALECTS_PLAIT_IR_PLAITVERIFY_H
#define DIALECTS_PLAIT_IR_PLAITVERIFY_H

#include "dialects/Plait/IR/PlaitOps.h"

namespace plait {

/// The largest static head dim.
inline constexpr int64_t maxHeadDim = 512;

/// The most query heads of a group, and the most sub-steps of a token.
inline constexpr int64_t maxFactor = 512;

/// An operand or result as messages name it.
struct Named {
  std::string name;
  mlir::ShapedType type;

  Named(std::string name, mlir::Value value)
      : name(std::move(name)),
        type(llvm::dyn_cast_if_present<mlir::ShapedType>(value ? value.getType() : mlir::Type())) {}
};

/// One that lies under loops.
struct Walked {
  Named operand;
  llvm::SmallVector<DimRole> roles;
};

/// "1 init", "2 inits"
std::string counted(int64_t count, llvm::StringRef noun);

// All of these pass over operands that are absent.
mlir::LogicalResult verifyOneWorld(mlir::Operation *op);
mlir::LogicalResult verifyInits(mlir::DestinationStyleOpInterface op, unsigned count);
mlir::LogicalResult verifyRank(mlir::Operation *op, Named operand, llvm::ArrayRef<int64_t> ranks);
mlir::LogicalResult verifyElements(mlir::Operation *op, Named operand, llvm::ArrayRef<mlir::Type> types);
mlir::LogicalResult verifyFactor(mlir::Operation *op, llvm::StringRef attribute, int64_t value);
mlir::LogicalResult verifyMinLogDecay(mlir::Operation *op, std::optional<llvm::APFloat> bound);

/// A dim is static and in 1..max.
mlir::LogicalResult verifyStaticDim(mlir::Operation *op, Named operand, int64_t dim, llvm::StringRef role,
                                    int64_t max = std::numeric_limits<int64_t>::max());
/// A dim is exactly `size`.
mlir::LogicalResult verifyDim(mlir::Operation *op, Named operand, int64_t dim, llvm::StringRef role, int64_t size);

/// Dims under one loop agree, where they are static.
mlir::LogicalResult verifySizes(mlir::Operation *op, llvm::ArrayRef<Walked> operands, llvm::ArrayRef<Axis> axes);
mlir::LogicalResult verifySizes(SequenceOpInterface op);

/// Packed sequences: B is 1, and each of the `carried` has one dim 0 for each
/// sequence.
mlir::LogicalResult verifySegments(mlir::Operation *op, mlir::Value segments, Named sequence,
                                   llvm::ArrayRef<Named> carried);

/// A region holds nothing but arith, math and vector ops on rows.
mlir::LogicalResult verifyRowOps(mlir::Operation *op, mlir::Region &region);

} // namespace plait

#endif // DIALECTS_PLAIT_IR_PLAITVERIFY_H
