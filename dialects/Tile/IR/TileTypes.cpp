//===- TileTypes.cpp - types of the tile dialect --------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements the syntax and the verifiers of tiles, and where an
// element lies in shared memory.
//===----------------------------------------------------------------------===//

#include "dialects/Tile/IR/TileDialect.h"

#include "mlir/IR/DialectImplementation.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace plait::tile;

static std::string shapeText(ArrayRef<int64_t> dims) {
  std::string text;
  llvm::raw_string_ostream os(text);
  llvm::interleave(dims, os, "x");
  return text;
}

/// fragment_c1 and c2, shared_c1 and c2.
static LogicalResult verifyTile(function_ref<InFlightDiagnostic()> emitError, ArrayRef<int64_t> dims, Type element) {
  constexpr int64_t most = 65536;
  if (dims.size() != 2 || llvm::any_of(dims, [](int64_t dim) { return dim < 1 || dim > most; }))
    return emitError() << "expects a tile of 2 dims in 1.." << most << ", but got " << shapeText(dims);
  if (!element.isF32() && !element.isBF16() && !element.isF16())
    return emitError() << "expects elements of f32, bf16 or f16, but got " << element;
  return success();
}

static ParseResult parseTile(AsmParser &parser, SmallVector<int64_t> &dims, Type &element) {
  return failure(parser.parseLess() || parser.parseDimensionList(dims, /*allowDynamic=*/false) ||
                 parser.parseType(element));
}

static void printTile(AsmPrinter &printer, ArrayRef<int64_t> dims, Type element) {
  printer << '<' << shapeText(dims) << 'x' << element;
}

// Fragments

Type FragmentType::parse(AsmParser &parser) {
  SMLoc start = parser.getCurrentLocation();
  SmallVector<int64_t> dims;
  Type element;
  LayoutInterface layout;
  if (parseTile(parser, dims, element) || parser.parseComma() || parser.parseAttribute(layout) || parser.parseGreater())
    return {};
  return getChecked([&] { return parser.emitError(start); }, parser.getContext(), ArrayRef<int64_t>(dims), element,
                    layout);
}

void FragmentType::print(AsmPrinter &printer) const {
  printTile(printer, getDims(), getElementType());
  printer << ", " << getLayout() << '>';
}

LogicalResult FragmentType::verify(function_ref<InFlightDiagnostic()> emitError, ArrayRef<int64_t> dims, Type element,
                                   LayoutInterface layout) {
  if (failed(verifyTile(emitError, dims, element)))
    return failure();
  // fragment_c3: the layout fits.
  return layout.verifyShape(emitError, {dims[0], dims[1]});
}

MmaAttr FragmentType::getMma() const {
  if (auto slice = dyn_cast<SliceAttr>(getLayout()))
    return slice.getParent();
  return dyn_cast<MmaAttr>(getLayout());
}

LayoutInterface FragmentType::layoutOver(ArrayRef<int64_t> warps) const {
  auto layout = MmaAttr::get(getContext(), getMma().getRole(), warps);
  if (auto slice = dyn_cast<SliceAttr>(getLayout()))
    return SliceAttr::get(getContext(), slice.getDirection(), layout);
  return layout;
}

// Shared memory

/// The chunks of a row.
static int64_t chunksOf(int64_t columns, Type element) {
  return llvm::divideCeil(columns * (element.getIntOrFloatBitWidth() / 8), SharedType::chunkBytes);
}

/// A row that is one element is not filled up.
static int64_t rowBytesOf(int64_t columns, Type element) {
  return columns == 1 ? element.getIntOrFloatBitWidth() / 8 : chunksOf(columns, element) * SharedType::chunkBytes;
}

/// As many bits of a swizzle as the chunks of a row allow.
static int64_t mostBits(int64_t columns, Type element) {
  return std::min(3, llvm::countr_zero(static_cast<uint64_t>(chunksOf(columns, element))));
}

SharedType SharedType::get(Shape shape, Type element, int64_t stages) {
  MLIRContext *context = element.getContext();
  auto swizzle = SwizzleAttr::get(context, mostBits(shape.columns, element));
  return get(context, {shape.rows, shape.columns}, element, stages, swizzle);
}

Type SharedType::parse(AsmParser &parser) {
  SMLoc start = parser.getCurrentLocation();
  SmallVector<int64_t> dims;
  Type element;
  int64_t stages = 1;
  SwizzleAttr swizzle;
  if (parseTile(parser, dims, element))
    return {};
  while (succeeded(parser.parseOptionalComma())) {
    if (succeeded(parser.parseOptionalKeyword("stages"))) {
      if (parser.parseEqual() || parser.parseInteger(stages))
        return {};
    } else if (parser.parseAttribute(swizzle)) {
      return {};
    }
  }
  auto emitError = [&] { return parser.emitError(start); };
  if (parser.parseGreater() || failed(verifyTile(emitError, dims, element)))
    return {};
  if (!swizzle)
    swizzle = SwizzleAttr::get(parser.getContext(), mostBits(dims[1], element));
  return getChecked(emitError, parser.getContext(), ArrayRef<int64_t>(dims), element, stages, swizzle);
}

void SharedType::print(AsmPrinter &printer) const {
  printTile(printer, getDims(), getElementType());
  if (getStages() != 1)
    printer << ", stages = " << getStages();
  if (getSwizzle().getBits() != mostBits(getShape().columns, getElementType()))
    printer << ", " << getSwizzle();
  printer << '>';
}

LogicalResult SharedType::verify(function_ref<InFlightDiagnostic()> emitError, ArrayRef<int64_t> dims, Type element,
                                 int64_t stages, SwizzleAttr swizzle) {
  if (failed(verifyTile(emitError, dims, element)))
    return failure();
  // shared_c3: stages.
  if (stages < 1)
    return emitError() << "expects at least 1 stage, but got " << stages;
  // shared_c4: chunks stay in their row.
  int64_t chunks = chunksOf(dims[1], element);
  if (chunks % (1 << swizzle.getBits()) != 0)
    return emitError() << "expects rows of a multiple of " << (1 << swizzle.getBits()) << " chunks for " << swizzle
                       << ", but got " << chunks;
  // shared_c5: offsets are 32-bit.
  constexpr int64_t most = std::numeric_limits<int32_t>::max();
  int64_t bytes = dims[0] * rowBytesOf(dims[1], element);
  if (bytes > most / stages)
    return emitError() << "expects fewer than 2^31 bytes, but got " << bytes << " in each of " << stages << " stages";
  return success();
}

int64_t SharedType::rowBytes() const { return rowBytesOf(getShape().columns, getElementType()); }

int64_t SharedType::offset(Coordinates at) const {
  int64_t bits = getSwizzle().getBits();
  int64_t byte = at.column * elementBytes();
  int64_t chunk = (byte / chunkBytes) ^ ((at.row >> (3 - bits)) % (1 << bits));
  return at.row * rowBytes() + chunk * chunkBytes + byte % chunkBytes;
}
