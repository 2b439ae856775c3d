//===- PlaitOps.td - operations of the plait dialect -------*- tablegen -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file gathers the operations; each has a page of its own. Numbered
// constraints (recur_c3) return above the check in PlaitVerify*.cpp and in its
// test.
//===----------------------------------------------------------------------===//

#ifndef DIALECTS_PLAIT_IR_PLAITOPS_TD
#define DIALECTS_PLAIT_IR_PLAITOPS_TD

include "dialects/Plait/IR/PlaitRecurOp.td"
include "dialects/Plait/IR/PlaitScanOp.td"
include "dialects/Plait/IR/PlaitMapRowsOp.td"
include "dialects/Plait/IR/PlaitProjectOp.td"
include "dialects/Plait/IR/PlaitAttentionOp.td"

#endif // DIALECTS_PLAIT_IR_PLAITOPS_TD
