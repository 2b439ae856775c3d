//===- Mma.cpp - matrix products ------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file lowers a product of tiles to mma.m16n8k16. Operands in shared memory
// are loaded where they are used, so that few registers hold them.
//===----------------------------------------------------------------------===//

#include "compiler/Conversion/TileToNVVM/Matrices.h"
#include "compiler/Conversion/TileToNVVM/Patterns.h"

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

using namespace mlir;
using namespace plait;
using namespace plait::tile;

namespace {

/// One part of A or B: values, or where to load them from.
class Part {
public:
  Part(ThreadMath &threads, ImplicitLocOpBuilder &b, FragmentType type, SharedType memory, bool transposed,
       ValueRange values, ValueRange stage)
      : b(b), matrices(type, transposed), values(values) {
    if (memory)
      address.emplace(threads, b, memory, values[0], stage.empty() ? Value() : stage[0]);
  }

  SmallVector<Value> read(int64_t first, int64_t number) {
    if (address)
      return matrices.load(b, *address, first, number);
    return llvm::to_vector(values.slice(first, number));
  }
  int64_t together(int64_t first) { return matrices.together(first); }

private:
  ImplicitLocOpBuilder &b;
  Matrices matrices;
  std::optional<SharedAddress> address;
  ValueRange values;
};

using Parts = std::vector<Part>;
/// Values of one part.
using Words = SmallVector<Value>;

/// The instructions of one product.
class Product {
public:
  Product(ImplicitLocOpBuilder &b, FragmentType result, Type element, int64_t depth, ValueRange accumulator)
      : b(b), element(element), values(accumulator) {
    auto layout = cast<MmaAttr>(result.getLayout());
    Shape own = layout.partOf(result.getShape());
    rows = own.rows / layout.piece().rows;
    columns = own.columns / layout.piece().columns;
    steps = depth / 16;
  }

  SmallVector<Value> run(Parts &a, Parts &bs);

private:
  void step(ArrayRef<Words> a, ArrayRef<Value> bs, int64_t column);
  void multiply(ArrayRef<Value> a, ArrayRef<Value> bs, MutableArrayRef<Value> sums);
  SmallVector<Value> halves(ArrayRef<Value> words);

  ImplicitLocOpBuilder &b;
  Type element;
  int64_t rows, columns, steps; // in pieces
  SmallVector<Value> values;
};

} // namespace

/// Words as the op's verifier wants them: f16 by vectors.
SmallVector<Value> Product::halves(ArrayRef<Value> words) {
  SmallVector<Value> operands(words);
  if (element.isF16())
    for (Value &word : operands)
      word = LLVM::BitcastOp::create(b, VectorType::get(2, element), word);
  return operands;
}

void Product::multiply(ArrayRef<Value> a, ArrayRef<Value> bs, MutableArrayRef<Value> sums) {
  auto kind = element.isBF16() ? NVVM::MMATypes::bf16 : NVVM::MMATypes::f16;
  auto type = LLVM::LLVMStructType::getLiteral(b.getContext(), SmallVector<Type>(4, b.getF32Type()));
  Value product =
      NVVM::MmaOp::create(b, type, halves(a), halves(bs), sums, ArrayRef<int64_t>{16, 8, 16}, std::nullopt,
                          std::nullopt, std::array{kind, kind}, std::array{NVVM::MMALayout::row, NVVM::MMALayout::col});
  for (int64_t i : llvm::seq(4))
    sums[i] = LLVM::ExtractValueOp::create(b, product, i);
}

/// One or two columns of pieces with all rows.
void Product::step(ArrayRef<Words> a, ArrayRef<Value> bs, int64_t column) {
  for (auto [row, words] : llvm::enumerate(a))
    for (size_t i = 0; i < bs.size() / 2; ++i) {
      MutableArrayRef<Value> sums(values);
      multiply(words, bs.slice(2 * i, 2), sums.slice(4 * (row * columns + column + i), 4));
    }
}

SmallVector<Value> Product::run(Parts &a, Parts &bs) {
  for (int64_t k = 0; k < steps; ++k) {
    SmallVector<SmallVector<Words>> left(a.size()); // of each part the pieces of its rows
    for (auto [part, pieces] : llvm::zip(a, left))
      for (int64_t row = 0; row < rows; ++row)
        pieces.push_back(part.read(4 * (row * steps + k), 4));
    for (int64_t column = 0, number; column < columns; column += number) {
      int64_t first = 2 * (k * columns + column);
      number = column + 1 < columns && bs[0].together(first) == 4 ? 2 : 1;
      SmallVector<Words> right;
      for (Part &part : bs)
        right.push_back(part.read(first, 2 * number));
      for (size_t both = std::max(a.size(), bs.size()); both-- > 0;)
        for (size_t i = 0; i <= both; ++i)
          if (i < a.size() && both - i < bs.size())
            step(left[i], right[both - i], column);
    }
  }
  return values;
}

namespace {

/// %d = tile.mma %a, %b transposed, %c
///   ==>
/// %b0 = nvvm.ldmatrix ..
/// %d0 = nvvm.mma.sync A[%a0, ..] B[%b0, ..] C[%c0, ..]
/// ..
struct LowerMma final : TilePattern<MmaOp> {
  using TilePattern::TilePattern;

  LogicalResult matchAndRewrite(MmaOp op, Adaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    auto result = cast<FragmentType>(op.getResult().getType());
    auto layout = cast<MmaAttr>(result.getLayout());
    auto typeOf = [&](Value value, bool transposed, MmaRole role) {
      if (auto fragment = dyn_cast<FragmentType>(value.getType()))
        return fragment;
      auto memory = cast<SharedType>(value.getType());
      Shape shape = transposed ? memory.getShape().transposed() : memory.getShape();
      return FragmentType::get(op.getContext(), {shape.rows, shape.columns}, memory.getElementType(),
                               MmaAttr::get(op.getContext(), role, layout.getWarps()));
    };
    FragmentType aType = typeOf(op.getA().front(), op.getATransposed(), MmaRole::a);
    FragmentType bType = typeOf(op.getB().front(), op.getBTransposed(), MmaRole::b);
    auto partsOf = [&](FragmentType type, OperandRange parts, bool transposed, ArrayRef<ValueRange> values,
                       ArrayRef<ValueRange> stage) {
      Parts found;
      for (auto [part, value] : llvm::zip(parts, values))
        found.emplace_back(kernel.threads, b, type, dyn_cast<SharedType>(part.getType()), transposed, value,
                           stage.empty() ? ValueRange() : stage.front());
      return found;
    };
    Parts a = partsOf(aType, op.getA(), op.getATransposed(), adaptor.getA(), adaptor.getAStage());
    Parts bs = partsOf(bType, op.getB(), op.getBTransposed(), adaptor.getB(), adaptor.getBStage());
    Product product(b, result, aType.getElementType(), aType.getShape().columns, adaptor.getAccumulator());
    rewriter.replaceOpWithMultiple(op, {product.run(a, bs)});
    return success();
  }
};

} // namespace

void plait::populateMmaPatterns(const TypeConverter &converter, RewritePatternSet &patterns, KernelState &kernel) {
  patterns.add<LowerMma>(converter, patterns.getContext(), kernel);
}
