//===- TileTypes.td - types of the tile dialect ------------*- tablegen -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file defines where a tile may be: in registers or in shared memory.
//===----------------------------------------------------------------------===//

#ifndef DIALECTS_TILE_IR_TILETYPES_TD
#define DIALECTS_TILE_IR_TILETYPES_TD

include "dialects/Tile/IR/TileLayouts.td"

class Tile_Type<string name, string typeMnemonic> : TypeDef<Tile_Dialect, name> {
  let mnemonic = typeMnemonic;
}

def Tile_FragmentType : Tile_Type<"Fragment", "fragment"> {
  let summary = "tile in registers";
  let description = [{
    A matrix of a CTA whose elements the layout deals to the registers of its
    threads.

    Constraints:
    - fragment_c1: there are two dimensions, in 1..65536.
    - fragment_c2: elements are f32, bf16 or f16.
    - fragment_c3: the layout can deal a tile of that shape.

    Example:

    ```mlir
    func.func private @keys() -> !tile.fragment<64x128xbf16, #tile.mma<a, warps = [4, 2]>>
    ```
  }];
  let parameters = (ins ArrayRefParameter<"int64_t">:$dims, "::mlir::Type":$elementType,
                        "::plait::tile::LayoutInterface":$layout);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    Shape getShape() const { return {getDims()[0], getDims()[1]}; }
    /// The elements that a thread holds.
    int64_t registers() const { return getLayout().registers(getShape()); }
    /// The registers of 32 bits that those take: two of 16 bits share one.
    int64_t words() const {
      return ::llvm::divideCeil(registers() * getElementType().getIntOrFloatBitWidth(), 32);
    }
    /// The layout of mma that it has, or beside which it lies; null of others.
    MmaAttr getMma() const;
    /// Whether it is known which threads hold what.
    bool isAssigned() const { return !getMma() || getMma().isAssigned(); }
    /// The same layout, of mma or beside one, over these warps.
    LayoutInterface layoutOver(::llvm::ArrayRef<int64_t> warps) const;
  }];
}

def Tile_SharedType : Tile_Type<"Shared", "shared"> {
  let summary = "tile in shared memory";
  let description = [{
    `stages` copies of a matrix, one after the other, in the CTA's shared memory.
    A row is a whole number of chunks of 16 bytes, the last one filled up, or one
    element by itself; the swizzle says in which order chunks are stored. Without one in the text it is
    the one with most bits that the number of chunks allows.

    Constraints:
    - shared_c1: there are two dimensions, in 1..65536.
    - shared_c2: elements are f32, bf16 or f16.
    - shared_c3: there is at least one stage.
    - shared_c4: the chunks of a row are a multiple of 2^bits of the swizzle.
    - shared_c5: all stages have fewer than 2^31 bytes.

    Example:

    ```mlir
    func.func private @buffers(!tile.shared<64x128xbf16, stages = 2>)
    ```
  }];
  let parameters = (ins ArrayRefParameter<"int64_t">:$dims, "::mlir::Type":$elementType, "int64_t":$stages,
                        "::plait::tile::SwizzleAttr":$swizzle);
  let builders = [TypeBuilderWithInferredContext<(ins "::plait::tile::Shape":$shape, "::mlir::Type":$elementType,
                                                      CArg<"int64_t", "1">:$stages)>];
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// The bytes of a chunk, which the swizzle moves as one.
    static constexpr int64_t chunkBytes = 16;
    Shape getShape() const { return {getDims()[0], getDims()[1]}; }
    int64_t elementBytes() const { return getElementType().getIntOrFloatBitWidth() / 8; }
    int64_t rowBytes() const;
    int64_t stageBytes() const { return getShape().rows * rowBytes(); }
    int64_t bytes() const { return getStages() * stageBytes(); }
    /// The bytes from the start of a stage to an element.
    int64_t offset(Coordinates at) const;
  }];
}

def Tile_TokenType : Tile_Type<"Token", "token"> {
  let summary = "group of asynchronous copies";
  let description = [{
    The copies that every thread started since its commit before.

    Example:

    ```mlir
    func.func private @group() -> !tile.token
    ```
  }];
}

#endif // DIALECTS_TILE_IR_TILETYPES_TD
