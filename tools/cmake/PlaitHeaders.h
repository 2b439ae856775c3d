//===- PlaitHeaders.h - headers that most of the compiler includes -*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file is precompiled where PLAIT_PRECOMPILE is on; no source includes it.
//===----------------------------------------------------------------------===//

#ifndef TOOLS_CMAKE_PLAITHEADERS_H
#define TOOLS_CMAKE_PLAITHEADERS_H

#include "dialects/Plait/IR/PlaitOps.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Pass/Pass.h"

#endif // TOOLS_CMAKE_PLAITHEADERS_H
