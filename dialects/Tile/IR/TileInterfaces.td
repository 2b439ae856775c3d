//===- TileInterfaces.td - interfaces of the tile dialect --*- tablegen -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file defines what the verifiers and the lowering ask of a layout: which
// element of a tile is in which register of which thread.
//===----------------------------------------------------------------------===//

#ifndef DIALECTS_TILE_IR_TILEINTERFACES_TD
#define DIALECTS_TILE_IR_TILEINTERFACES_TD

include "mlir/IR/OpBase.td"

def Tile_LayoutInterface : AttrInterface<"LayoutInterface"> {
  let cppNamespace = "::plait::tile";
  let description = [{
    How the elements of a tile are dealt to the threads of a CTA. A thread holds
    as many elements as any other, in registers 0, 1, ...; an element may be
    held by several threads. The formulas are affine in the thread's number: what
    tests evaluate a lowering emits.
  }];
  let methods = [
    InterfaceMethod<"The warps of the CTA.", "int64_t", "warpCount">,
    InterfaceMethod<"The warps that split a tile's lines of one direction: row, those that hold different rows.",
      "int64_t", "warpsAlong", (ins "::plait::tile::Direction":$direction, "::plait::tile::Shape":$shape)>,
    InterfaceMethod<"Whether a tile of this shape can be dealt; reports why it can't, unless `emitError` is null.",
      "::llvm::LogicalResult", "verifyShape", (ins
        "::llvm::function_ref<::mlir::InFlightDiagnostic()>":$emitError, "::plait::tile::Shape":$shape)>,
    InterfaceMethod<"The elements that a thread holds.", "int64_t", "registers", (ins "::plait::tile::Shape":$shape)>,
    InterfaceMethod<"Where the element of each register is.", "::llvm::SmallVector<::plait::tile::RegisterPlace>",
      "places", (ins "::plait::tile::Shape":$shape)>,
    InterfaceMethod<[{A number that is 0 for one of the threads that hold the same elements, the one that stores, and
      more for the others.}],
      "::mlir::AffineExpr", "replica", (ins "::plait::tile::Shape":$shape)>
  ];
  let extraSharedClassDeclaration = [{
    /// The threads of the CTA.
    int64_t threadCount() const { return 32 * $_attr.warpCount(); }
  }];
}

#endif // DIALECTS_TILE_IR_TILEINTERFACES_TD
