//===- TileDialect.td - the tile dialect -------------------*- tablegen -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file defines the dialect itself; enums, layouts, types and ops have
// files of their own beside it.
//===----------------------------------------------------------------------===//

#ifndef DIALECTS_TILE_IR_TILEDIALECT_TD
#define DIALECTS_TILE_IR_TILEDIALECT_TD

include "mlir/IR/DialectBase.td"

def Tile_Dialect : Dialect {
  let name = "tile";
  let cppNamespace = "::plait::tile";
  let summary = "tiles of one CTA, in registers and in shared memory";
  let description = [{
    The tile dialect says what one CTA of a GPU does with matrices of fixed
    size. A value is a tile of the whole CTA: its elements are dealt to the
    threads by an explicit layout, or lie in shared memory. All threads of the
    CTA run every op together, so control flow around one must be uniform.

    Attributes of the dialect on functions:
    - `tile.warps`, an i64 in 1..32: the warps of a CTA, of 32 threads each, and
      so of each fragment in the function;
    - `tile.shared_bytes`, an i64 of at least 0: the bytes of shared memory that
      its tiles take;
    - `tile.alignment`, an `array<i64>`, one for each argument of type memref: the
      bytes (2, 4, 8 or 16) that its base and its strides are multiples of.
  }];
  let useDefaultAttributePrinterParser = 1;
  let useDefaultTypePrinterParser = 1;
  let hasOperationAttrVerify = 1;
}

#endif // DIALECTS_TILE_IR_TILEDIALECT_TD
