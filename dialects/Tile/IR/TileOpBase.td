//===- TileOpBase.td - what the operations share -----------*- tablegen -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file defines the operand types, the resources that operations read and
// write, and the base class of operations.
//===----------------------------------------------------------------------===//

#ifndef DIALECTS_TILE_IR_TILEOPBASE_TD
#define DIALECTS_TILE_IR_TILEOPBASE_TD

include "dialects/Support/OperandTraits.td"
include "dialects/Tile/IR/TileTypes.td"
include "mlir/IR/CommonAttrConstraints.td"
include "mlir/IR/CommonTypeConstraints.td"
include "mlir/IR/OpBase.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

class Tile_Op<string mnemonic, list<Trait> traits = []> : Op<Tile_Dialect, mnemonic, traits>;

def Tile_Element : AnyTypeOf<[F32, BF16, F16]>;
def Tile_GlobalMemory : ConfinedType<MemRefOf<[F32, BF16, F16]>,
    [HasStridesPred, CPred<"::llvm::cast<::mlir::MemRefType>($_self).getRank() > 0">],
    "strided memref of 1 dimension or more, of f32, bf16 or f16">;
def Tile_Operand : AnyTypeOf<[Tile_FragmentType, Tile_SharedType], "tile in registers or in shared memory">;

// Global memory is the default resource: ops on memrefs see what these write.
def Tile_SharedMemory : Resource<"::plait::tile::SharedMemory">;
def Tile_AsyncPipe : Resource<"::plait::tile::AsyncPipe">;

defvar Tile_ReadsShared = [MemRead<Tile_SharedMemory, 0, FullEffect>];
defvar Tile_WritesShared = [MemWrite<Tile_SharedMemory, 0, FullEffect>];
defvar Tile_UsesPipe = [MemRead<Tile_AsyncPipe>, MemWrite<Tile_AsyncPipe>];

#endif // DIALECTS_TILE_IR_TILEOPBASE_TD
