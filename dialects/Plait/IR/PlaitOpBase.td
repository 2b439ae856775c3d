//===- PlaitOpBase.td - what the operations share ----------*- tablegen -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file defines the operand types and the base classes of the operations.
//===----------------------------------------------------------------------===//

#ifndef DIALECTS_PLAIT_IR_PLAITOPBASE_TD
#define DIALECTS_PLAIT_IR_PLAITOPBASE_TD

include "dialects/Plait/IR/PlaitAttributes.td"
include "dialects/Plait/IR/PlaitInterfaces.td"
include "dialects/Support/OperandTraits.td"
include "mlir/IR/OpAsmInterface.td"
include "mlir/IR/OpBase.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"
include "mlir/Interfaces/DestinationStyleOpInterface.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "mlir/Interfaces/TilingInterface.td"

class Plait_Op<string mnemonic, list<Trait> traits = []> : Op<Plait_Dialect, mnemonic, traits>;

def Plait_FloatTensor : ConfinedType<RankedTensorOf<[F32, F16, BF16]>,
                                     [CPred<"!::llvm::cast<::mlir::RankedTensorType>($_self).getEncoding()">],
                                     "ranked tensor of f32, f16 or bf16 without an encoding",
                                     "::mlir::RankedTensorType">;
def Plait_Floats : AnyTypeOf<[Plait_FloatTensor, MemRefOf<[F32, F16, BF16]>],
                             "ranked tensor without an encoding or memref of f32, f16 or bf16", "::mlir::ShapedType">;
def Plait_Offsets : AnyTypeOf<[1DTensorOf<[I32, I64]>, MemRefRankOf<[I32, I64], [1]>],
                              "1-D tensor or memref of i32 or i64", "::mlir::ShapedType">;

defvar Plait_TilingMethods = [
  "getLoopIteratorTypes", "getIterationDomain", "getTiledImplementation", "getResultTilePosition",
  "generateResultTileValue", "getIterationDomainTileFromResultTile", "getTiledImplementationFromOperandTiles",
  "getIterationDomainTileFromOperandTiles", "isOpFusableWithConsumerSlice", "isOpFusableWithProducerSlices"
];

// An op on sequence tensors in destination style, that tiles and bufferises.
// `own` are methods of SequenceOpInterface beyond those that every op has.
class Plait_SequenceOp<string mnemonic, list<string> own = [], list<Trait> traits = []>
    : Plait_Op<mnemonic, traits # [
    DestinationStyleOpInterface,
    DeclareOpInterfaceMethods<OpAsmOpInterface, ["getAsmResultNames"]>,
    DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface, ["reifyResultShapes"]>,
    DeclareOpInterfaceMethods<MemoryEffectsOpInterface>,
    DeclareOpInterfaceMethods<TilingInterface, Plait_TilingMethods>,
    DeclareOpInterfaceMethods<Plait_SequenceOpInterface, own>]> {
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let hasVerifier = 1;
  code destinationStyle = [{
    ::mlir::MutableOperandRange getDpsInitsMutable() { return getInitsMutable(); }
  }];
  let extraClassDeclaration = destinationStyle;
}

#endif // DIALECTS_PLAIT_IR_PLAITOPBASE_TD
