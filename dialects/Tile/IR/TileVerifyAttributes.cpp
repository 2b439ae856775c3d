//===- TileVerifyAttributes.cpp - verifiers of function attributes --------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file checks the attributes that the dialect puts on functions.
//===----------------------------------------------------------------------===//

#include "dialects/Tile/IR/TileDialect.h"

#include "mlir/Interfaces/FunctionInterfaces.h"

using namespace mlir;
using namespace plait::tile;

/// Reports an attribute that is not what its name promises.
static LogicalResult expect(Operation *op, NamedAttribute attribute, StringRef what, bool holds) {
  if (holds)
    return success();
  return op->emitError() << "expects " << what << " as " << attribute.getName() << ", but got " << attribute.getValue();
}

/// The first of some types that is a fragment assigned to another number of warps.
static FragmentType otherFragment(TypeRange types, int64_t warps) {
  for (Type type : types)
    if (auto fragment = dyn_cast<FragmentType>(type);
        fragment && fragment.isAssigned() && fragment.getLayout().warpCount() != warps)
      return fragment;
  return {};
}

/// tile.warps: those that hold each fragment of the function.
static LogicalResult verifyWarps(Operation *op, NamedAttribute attribute, int64_t warps) {
  if (failed(expect(op, attribute, "an i64 in 1..32", warps >= 1 && warps <= 32)))
    return failure();
  WalkResult result = op->walk([&](Operation *inner) {
    FragmentType other = otherFragment(inner->getResultTypes(), warps);
    for (Region &region : inner->getRegions())
      for (Block &block : region)
        other = other ? other : otherFragment(block.getArgumentTypes(), warps);
    if (!other)
      return WalkResult::advance();
    inner->emitOpError() << "expects fragments of the " << warps << " warps in \"tile.warps\", but got " << other;
    return WalkResult::interrupt();
  });
  return failure(result.wasInterrupted());
}

/// tile.alignment: bytes for each memref.
static LogicalResult verifyAlignment(Operation *op, NamedAttribute attribute) {
  auto bytes = dyn_cast<DenseI64ArrayAttr>(attribute.getValue());
  bool each =
      bytes && llvm::all_of(bytes.asArrayRef(), [](int64_t n) { return n == 2 || n == 4 || n == 8 || n == 16; });
  if (failed(expect(op, attribute, "an array of i64, 2, 4, 8 or 16", each)))
    return failure();
  // A function that is lowered has no memrefs any more.
  auto function = dyn_cast<FunctionOpInterface>(op);
  int64_t memrefs = function ? llvm::count_if(function.getArgumentTypes(), llvm::IsaPred<MemRefType>) : 0;
  if (memrefs != 0 && memrefs != bytes.size())
    return op->emitError() << "expects " << memrefs << " numbers as \"tile.alignment\", but got " << bytes.size();
  return success();
}

LogicalResult TileDialect::verifyOperationAttribute(Operation *op, NamedAttribute attribute) {
  auto number = dyn_cast<IntegerAttr>(attribute.getValue());
  if (number && !number.getType().isSignlessInteger(64))
    number = {};
  if (attribute.getName() == "tile.warps")
    return verifyWarps(op, attribute, number ? number.getInt() : 0);
  if (attribute.getName() == "tile.shared_bytes")
    return expect(op, attribute, "an i64 of at least 0", number && number.getInt() >= 0);
  return attribute.getName() == "tile.alignment" ? verifyAlignment(op, attribute) : success();
}
