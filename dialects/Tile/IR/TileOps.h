//===- TileOps.h - operations of the tile dialect ---------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the operations, whose manual is TileOps.td, and the
// resources that they read and write beside global memory.
//===----------------------------------------------------------------------===//

#ifndef DIALECTS_TILE_IR_TILEOPS_H
#define DIALECTS_TILE_IR_TILEOPS_H

#include "dialects/Support/OperandTraits.h"
#include "dialects/Tile/IR/TileDialect.h"

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace plait::tile {

/// The shared memory of the CTA.
struct SharedMemory : mlir::SideEffects::Resource::Base<SharedMemory> {
  llvm::StringRef getName() final { return "tile.shared"; }
};

/// The asynchronous copies of each thread, in order: what copy_async, commit and
/// wait must not be reordered in.
struct AsyncPipe : mlir::SideEffects::Resource::Base<AsyncPipe> {
  llvm::StringRef getName() final { return "tile.async_pipe"; }
};

} // namespace plait::tile

#define GET_OP_CLASSES
#include "dialects/Tile/IR/TileOps.h.inc"

#endif // DIALECTS_TILE_IR_TILEOPS_H
