//===- Mma.cpp - matrix products ------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file lowers a product of tiles to mma.m16n8k16. Operands in shared memory
// are loaded where they are used, so that few registers hold them.
//===----------------------------------------------------------------------===//

#include "compiler/Conversion/TileToNVVM/Matrices.h"
#include "compiler/Conversion/TileToNVVM/Patterns.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

using namespace mlir;
using namespace plait;
using namespace plait::tile;

namespace {

/// One part of A or B: values, or where to load them from.
class Part {
public:
  Part(ThreadMath &threads, ImplicitLocOpBuilder &b, FragmentType type, SharedType memory, bool transposed,
       AffineExpr firstRow, ValueRange values, ValueRange stage)
      : b(b), matrices(type, transposed, firstRow), values(values) {
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
  Product(ImplicitLocOpBuilder &b, FragmentType result, Type element, int64_t depth, ValueRange accumulator,
          std::optional<Triangle> triangle)
      : b(b), element(element), values(accumulator) {
    auto layout = cast<MmaAttr>(result.getLayout());
    Shape own = layout.partOf(result.getShape());
    rows = own.rows / layout.piece().rows;
    columns = own.columns / layout.piece().columns;
    steps = depth / 16;
    if (layout.warpsAlong(Direction::column, result.getShape()) == 1)
      within = triangle;
  }

  void addToAccumulator(Parts &a, Parts &bs);
  /// The sums stay here where a loop carries them.
  void addRounded(Parts &a, Parts &bs, bool isCarried);
  ArrayRef<Value> result() const { return values; }

private:
  using Rows = SmallVector<Words>; ///< the pieces of a part, one for each row of pieces
  /// One or two columns of pieces that are loaded together.
  struct Columns {
    int64_t first, number;
  };

  /// Whether B is nothing but 0 there.
  bool isZero(int64_t k, Columns at) const;
  SmallVector<Rows> readRows(Parts &a, int64_t k);
  void forColumns(Parts &bs, int64_t k, llvm::function_ref<void(Columns)> run);
  /// The accumulator of the piece that is this one of some columns', row after row.
  MutableArrayRef<Value> whole(int64_t piece, Columns at) {
    int64_t place = piece / at.number * columns + at.first + piece % at.number;
    return MutableArrayRef(values).slice(4 * place, 4);
  }
  void add(ArrayRef<Rows> left, Parts &bs, int64_t k, Columns at, MutableArrayRef<Words> sums);
  void step(ArrayRef<Words> a, ArrayRef<Value> bs, MutableArrayRef<Words> sums);
  void multiply(ArrayRef<Value> a, ArrayRef<Value> bs, MutableArrayRef<Value> sums);
  SmallVector<Value> halves(ArrayRef<Value> words);

  ImplicitLocOpBuilder &b;
  Type element;
  int64_t rows, columns, steps;   // in pieces
  std::optional<Triangle> within; // the triangle of B, where a warp has all columns
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

bool Product::isZero(int64_t k, Columns at) const {
  constexpr int64_t depth = 16, width = 8;
  if (within == Triangle::upper)
    return k * depth >= (at.first + at.number) * width;
  return within == Triangle::lower && (k + 1) * depth <= at.first * width;
}

/// Of each part the pieces of all rows.
SmallVector<Product::Rows> Product::readRows(Parts &a, int64_t k) {
  SmallVector<Rows> parts(a.size());
  for (auto [part, pieces] : llvm::zip(a, parts))
    for (int64_t row = 0; row < rows; ++row)
      pieces.push_back(part.read(4 * (row * steps + k), 4));
  return parts;
}

/// The products of all parts in 16 of K, the smallest first, in some columns of pieces.
void Product::add(ArrayRef<Rows> left, Parts &bs, int64_t k, Columns at, MutableArrayRef<Words> sums) {
  SmallVector<Words> right;
  for (Part &part : bs)
    right.push_back(part.read(2 * (k * columns + at.first), 2 * at.number));
  for (size_t both = std::max(left.size(), right.size()); both-- > 0;)
    for (size_t i = 0; i <= both; ++i)
      if (i < left.size() && both - i < right.size())
        step(left[i], right[both - i], sums);
}

void Product::forColumns(Parts &bs, int64_t k, llvm::function_ref<void(Columns)> run) {
  for (int64_t column = 0, number; column < columns; column += number) {
    number = column + 1 < columns && bs[0].together(2 * (k * columns + column)) == 4 ? 2 : 1;
    run({column, number});
  }
}

/// One part with one, all rows with some columns.
void Product::step(ArrayRef<Words> a, ArrayRef<Value> bs, MutableArrayRef<Words> sums) {
  size_t number = bs.size() / 2;
  for (auto [row, words] : llvm::enumerate(a))
    for (size_t i = 0; i < number; ++i)
      multiply(words, bs.slice(2 * i, 2), sums[row * number + i]);
}

/// Each 16 of K after the other, in all columns.
void Product::addToAccumulator(Parts &a, Parts &bs) {
  for (int64_t k = 0; k < steps; ++k) {
    if (isZero(k, {0, columns}))
      continue;
    SmallVector<Rows> left = readRows(a, k);
    forColumns(bs, k, [&](Columns at) {
      if (isZero(k, at))
        return;
      SmallVector<Words> sums;
      for (int64_t piece : llvm::seq(rows * at.number))
        sums.emplace_back(whole(piece, at));
      add(left, bs, k, at, sums);
      for (auto [piece, words] : llvm::enumerate(sums))
        llvm::copy(words, whole(piece, at).begin());
    });
  }
}

/// x + y before what follows. LLVM would move a sum that a loop carries to its end, and registers would hold both terms
/// until there.
static Value addHere(ImplicitLocOpBuilder &b, Value x, Value y) {
  auto sum = LLVM::InlineAsmOp::create(b, b.getF32Type(), ValueRange{x, y}, "add.rn.f32 $0, $1, $2;", "=f,f,f",
                                       /*has_side_effects=*/true, /*is_align_stack=*/false, LLVM::TailCallKind::None,
                                       LLVM::AsmDialectAttr(), ArrayAttr());
  return sum.getRes();
}

/// What is loaded together is so in each 16 of K. Few sums wait until there are all, so that no thread waits for tensor
/// cores; many are added column after column, so that registers hold few.
void Product::addRounded(Parts &a, Parts &bs, bool isCarried) {
  constexpr size_t few = 64; // of the 255 registers of a thread
  Value zero = arith::ConstantOp::create(b, b.getF32FloatAttr(0));
  SmallVector<SmallVector<Rows>> left;
  for (int64_t k = 0; k < steps; ++k)
    left.push_back(readRows(a, k));
  SmallVector<std::pair<Columns, SmallVector<Words>>> made;
  auto addMade = [&] {
    for (auto &[at, sums] : made)
      for (auto [piece, words] : llvm::enumerate(sums))
        for (auto [value, sum] : llvm::zip(whole(piece, at), words))
          value = isCarried ? addHere(b, value, sum) : arith::AddFOp::create(b, value, sum);
    made.clear();
  };
  forColumns(bs, 0, [&](Columns at) {
    SmallVector<Words> sums(rows * at.number, Words(4, zero));
    for (int64_t k = 0; k < steps; ++k)
      if (!isZero(k, at))
        add(left[k], bs, k, at, sums);
    made.emplace_back(at, std::move(sums));
    if (values.size() > few)
      addMade();
  });
  addMade();
}

namespace {

/// What warps that have parts of K do with their sums of all columns.
class PartialSums {
public:
  explicit PartialSums(MmaOp op) : op(op), parts(op.splittingWarps()), result(op.getResult().getType()) {}

  /// Which part is the thread's warp's.
  AffineExpr part() { return thread().floorDiv(warpSize) % parts; }
  /// A warp's sums: all columns of its rows.
  FragmentType type() {
    int64_t down = cast<MmaAttr>(result.getLayout()).getWarps()[0];
    auto layout = MmaAttr::get(op.getContext(), MmaRole::accumulator, {down, 1});
    return FragmentType::get(op.getContext(), result.getDims(), result.getElementType(), layout);
  }
  /// Adds those of all parts to `values`, through the tile at `start`.
  SmallVector<Value> addAll(ThreadMath &threads, ImplicitLocOpBuilder &b, ValueRange sums, ValueRange values,
                            Value start);

private:
  AffineExpr thread() { return getAffineDimExpr(0, op.getContext()); }

  MmaOp op;
  int64_t parts;
  FragmentType result;
};

} // namespace

SmallVector<Value> PartialSums::addAll(ThreadMath &threads, ImplicitLocOpBuilder &b, ValueRange sums, ValueRange values,
                                       Value start) {
  SharedAddress address(threads, b, op.getScratch().getType(), start, Value());
  SmallVector<RegisterPlace> own = placesOf(type()), places = placesOf(result);
  for (RegisterPlace &place : own) { // of the first warp of those with the same rows
    AffineExpr first = thread().floorDiv(warpSize * parts) * warpSize + thread() % warpSize;
    place.row = place.row.replace(thread(), first) + part() * result.getShape().rows;
    place.column = place.column.replace(thread(), first);
  }
  Piece stored(result.getElementType(), vectorWidth(threads, own, 4));
  for (size_t i = 0; i < own.size(); i += stored.width)
    stored.store(b, sums.slice(i, stored.width), address.pointer(own[i].row, own[i].column));
  NVVM::Barrier0Op::create(b);
  SmallVector<Value> all(values);
  Piece loaded(result.getElementType(), vectorWidth(threads, places, 4));
  for (int64_t from : llvm::seq(parts))
    for (size_t i = 0; i < places.size(); i += loaded.width) {
      Value pointer = address.pointer(places[i].row + from * result.getShape().rows, places[i].column);
      for (auto [k, sum] : llvm::enumerate(loaded.load(b, pointer)))
        all[i + k] = arith::AddFOp::create(b, all[i + k], sum);
    }
  return all;
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
    PartialSums partial(op);
    bool isInParts = static_cast<bool>(op.getScratch());
    FragmentType result = isInParts ? partial.type() : op.getResult().getType();
    int64_t depth = op.ownDepth();
    auto typeOf = [&](Value value, Shape shape, MmaRole role) {
      if (auto fragment = dyn_cast<FragmentType>(value.getType()))
        return fragment;
      return FragmentType::get(op.getContext(), {shape.rows, shape.columns},
                               cast<SharedType>(value.getType()).getElementType(),
                               MmaAttr::get(op.getContext(), role, cast<MmaAttr>(result.getLayout()).getWarps()));
    };
    FragmentType aType = typeOf(op.getA().front(), {result.getShape().rows, depth}, MmaRole::a);
    FragmentType bType = typeOf(op.getB().front(), {depth, result.getShape().columns}, MmaRole::b);
    auto partsOf = [&](FragmentType type, OperandRange parts, bool transposed, AffineExpr firstRow,
                       ArrayRef<ValueRange> values, ArrayRef<ValueRange> stage) {
      Parts found;
      for (auto [part, value] : llvm::zip(parts, values))
        found.emplace_back(kernel.threads, b, type, dyn_cast<SharedType>(part.getType()), transposed, firstRow, value,
                           stage.empty() ? ValueRange() : stage.front());
      return found;
    };
    AffineExpr firstRow = isInParts ? partial.part() * depth : AffineExpr();
    Parts a = partsOf(aType, op.getA(), op.getATransposed(), {}, adaptor.getA(), adaptor.getAStage());
    Parts bs = partsOf(bType, op.getB(), op.getBTransposed(), firstRow, adaptor.getB(), adaptor.getBStage());
    Words zeros;
    if (isInParts)
      zeros.assign(result.registers(), arith::ConstantOp::create(b, b.getF32FloatAttr(0)));
    Product product(b, result, aType.getElementType(), depth, isInParts ? ValueRange(zeros) : adaptor.getAccumulator(),
                    op.getTriangle());
    if (op.getRounded() && !isInParts) // sums in parts begin with 0
      product.addRounded(a, bs, llvm::any_of(op->getUsers(), llvm::IsaPred<scf::YieldOp>));
    else
      product.addToAccumulator(a, bs);
    Words sums(product.result());
    if (isInParts)
      sums = partial.addAll(kernel.threads, b, sums, adaptor.getAccumulator(), single(adaptor.getScratch().front()));
    rewriter.replaceOpWithMultiple(op, {sums});
    return success();
  }
};

} // namespace

void plait::populateMmaPatterns(const TypeConverter &converter, RewritePatternSet &patterns, KernelState &kernel) {
  patterns.add<LowerMma>(converter, patterns.getContext(), kernel);
}
