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
  constexpr int64_t mostWarps = 32;
  auto number = dyn_cast<IntegerAttr>(attribute.getValue());
  if (number && !number.getType().isSignlessInteger(64))
    number = {};
  if (attribute.getName() == "tile.warps")
    return expect(op, attribute, "an i64 in 1..32", number && number.getInt() >= 1 && number.getInt() <= mostWarps);
  if (attribute.getName() == "tile.shared_bytes")
    return expect(op, attribute, "an i64 of at least 0", number && number.getInt() >= 0);
  return attribute.getName() == "tile.alignment" ? verifyAlignment(op, attribute) : success();
}
