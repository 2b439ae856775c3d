//===- PlaitAttributes.td - attributes of the plait dialect -*- tablegen -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file defines the schedule: the form that an op takes on a target, and
// the parameters that the tuner may change without changing a result.
//===----------------------------------------------------------------------===//

#ifndef DIALECTS_PLAIT_IR_PLAITATTRIBUTES_TD
#define DIALECTS_PLAIT_IR_PLAITATTRIBUTES_TD

include "dialects/Plait/IR/PlaitEnums.td"
include "mlir/IR/AttrTypeBase.td"

def Plait_ScheduleAttr : AttrDef<Plait_Dialect, "Schedule"> {
  let mnemonic = "schedule";
  let summary = "form of an op on a target, with its parameters";
  let description = [{
    The form fixes the order of every sum, so that the parameters (integers by
    name: `rows` and `columns` of the register tile, `block` tokens) change
    time, never bits.

    ```mlir
    #plait.schedule<tile_scan, {block = 64 : i64, columns = 2 : i64, rows = 8 : i64}>
    ```
  }];
  let parameters = (ins EnumParameter<Plait_Form>:$form, "::mlir::DictionaryAttr":$parameters);
  let assemblyFormat = "`<` $form `,` $parameters `>`";
  let extraClassDeclaration = [{
    /// The parameter `name`, or `fallback` where the schedule does not say.
    int64_t get(::llvm::StringRef name, int64_t fallback) const;
  }];
}

#endif // DIALECTS_PLAIT_IR_PLAITATTRIBUTES_TD
