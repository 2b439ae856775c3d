//===- WidenArithmetic.h - f16 and bf16 computed in f32 ---------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares how regions compute on f16 and bf16, which not every
// target has instructions for: in f32, each result rounded.
//===----------------------------------------------------------------------===//

#ifndef COMPILER_CONVERSION_MATHTOPOLYNOMIAL_WIDENARITHMETIC_H
#define COMPILER_CONVERSION_MATHTOPOLYNOMIAL_WIDENARITHMETIC_H

#include "mlir/IR/Block.h"

namespace plait {

/// Puts every op of a region that computes on f16 or bf16 between an extension
/// and a truncation. Of reductions and contractions the sum is rounded, not its
/// terms.
void widenArithmetic(mlir::Block &body);

} // namespace plait

#endif // COMPILER_CONVERSION_MATHTOPOLYNOMIAL_WIDENARITHMETIC_H
