//===- PlaitEnums.td - enums of the plait dialect ----------*- tablegen -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file defines the words that choose between meanings of an op.
//===----------------------------------------------------------------------===//

#ifndef DIALECTS_PLAIT_IR_PLAITENUMS_TD
#define DIALECTS_PLAIT_IR_PLAITENUMS_TD

include "dialects/Plait/IR/PlaitDialect.td"
include "mlir/IR/EnumAttr.td"

class Plait_Enum<string name, string summary, list<I32EnumCase> cases>
    : I32Enum<name, summary, cases> {
  let cppNamespace = "::plait";
}

// The attribute of an enum: #plait.read<exclusive>; ops write the word alone.
class Plait_EnumAttr<EnumInfo info, string name> : EnumAttr<Plait_Dialect, info, name> {
  let assemblyFormat = "`<` $value `>`";
}

def Plait_ReadMode : Plait_Enum<"ReadMode", "whether token t reads the state after or before its own write", [
  I32EnumCase<"inclusive", 0>, I32EnumCase<"exclusive", 1>
]>;
def Plait_ReadModeAttr : Plait_EnumAttr<Plait_ReadMode, "read">;

def Plait_ScanKind : Plait_Enum<"ScanKind", "the operator that a scan repeats", [
  I32EnumCase<"add", 0>, I32EnumCase<"affine", 1>, I32EnumCase<"max", 2>, I32EnumCase<"logsumexp", 3>,
  I32EnumCase<"max_affine", 4>
]>;
def Plait_ScanKindAttr : Plait_EnumAttr<Plait_ScanKind, "scan_kind">;

def Plait_NormalizeMode : Plait_Enum<"NormalizeMode", "how attention divides by its normaliser", [
  I32EnumCase<"none", 0>, I32EnumCase<"sum", 1>, I32EnumCase<"clamp", 2>
]>;
def Plait_NormalizeModeAttr : Plait_EnumAttr<Plait_NormalizeMode, "normalize">;

def Plait_Form : Plait_Enum<"Form", "the shape of loop that an op becomes", [
  I32EnumCase<"tile_scan", 0>, I32EnumCase<"row_scan", 1>, I32EnumCase<"rows", 2>, I32EnumCase<"lanes", 3>,
  I32EnumCase<"chunk", 4>, I32EnumCase<"step", 5>
]>;

#endif // DIALECTS_PLAIT_IR_PLAITENUMS_TD
