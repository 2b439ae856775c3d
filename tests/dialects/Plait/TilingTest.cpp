//===- TilingTest.cpp - roles of dims, and tiles that follow --------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file asks the ops for the roles of their dimensions and for tiles, and
// compares with what was worked out by hand.
//===----------------------------------------------------------------------===//

#include "compiler/Driver/Dialects.h"
#include "dialects/Plait/IR/PlaitOps.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"

#include <gtest/gtest.h>

using namespace mlir;
using namespace plait;

namespace {

/// A function of one op of interest.
class TilingTest : public testing::Test {
protected:
  TilingTest() : context(registry()) {}

  template <class Op> Op parse(const char *text) {
    module = parseSourceString<ModuleOp>(text, &context);
    Op found;
    module->walk([&](Op op) { found = op; });
    EXPECT_TRUE(found);
    return found;
  }

  /// Offsets and sizes of the slice that the tiled op takes of an operand.
  using Slice = std::pair<SmallVector<int64_t>, SmallVector<int64_t>>;
  SmallVector<Slice> tile(TilingInterface op, ArrayRef<int64_t> offsets, ArrayRef<int64_t> sizes) {
    OpBuilder b(op);
    FailureOr<TilingResult> tiled = op.getTiledImplementation(b, getAsIndexOpFoldResult(&context, offsets),
                                                              getAsIndexOpFoldResult(&context, sizes));
    EXPECT_TRUE(succeeded(tiled));
    EXPECT_TRUE(succeeded(mlir::verify(*module)));
    SmallVector<Slice> slices;
    for (Value operand : tiled->tiledOps[0]->getOperands())
      if (auto slice = operand.getDefiningOp<tensor::ExtractSliceOp>())
        slices.push_back(
            {SmallVector<int64_t>(slice.getStaticOffsets()), SmallVector<int64_t>(slice.getStaticSizes())});
    return slices;
  }

private:
  static DialectRegistry registry() {
    DialectRegistry dialects;
    registerDialects(dialects);
    return dialects;
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
};

constexpr const char *deltaProduct = R"(
  func.func @delta_product(%q: tensor<2x9x8x16xf32>, %k: tensor<2x27x4x16xf32>, %v: tensor<2x27x4x32xf32>,
                           %g: tensor<2x9x4xf32>, %beta: tensor<2x27x4xf32>, %o: tensor<2x9x8x32xf32>,
                           %s: tensor<2x4x16x32xf32>) {
    plait.recur ins(%q, %k, %v : tensor<2x9x8x16xf32>, tensor<2x27x4x16xf32>, tensor<2x27x4x32xf32>)
      decay(%g : tensor<2x9x4xf32>) delta(%beta : tensor<2x27x4xf32>)
      outs(%o, %s : tensor<2x9x8x32xf32>, tensor<2x4x16x32xf32>) reverse group_size(2) substeps(3)
      -> tensor<2x9x8x32xf32>, tensor<2x4x16x32xf32>
    return
  })";

} // namespace

static void expectRoles(SequenceOpInterface op, unsigned operand, ArrayRef<std::pair<int, int64_t>> expected) {
  SmallVector<DimRole> roles = op.getDimRoles(operand);
  ASSERT_EQ(roles.size(), expected.size()) << op.getOperandName(operand);
  for (auto [role, pair] : llvm::zip(roles, expected)) {
    EXPECT_EQ(role.loop, pair.first) << op.getOperandName(operand);
    EXPECT_EQ(role.factor, pair.second) << op.getOperandName(operand);
  }
}

TEST_F(TilingTest, RolesOfRecur) {
  auto op = parse<RecurOp>(deltaProduct);
  // Loops: batch 0, head 1, value 2, time 3; -1 is a whole dim.
  expectRoles(op, 0, {{0, 1}, {3, 1}, {1, 2}, {-1, 1}});
  expectRoles(op, 1, {{0, 1}, {3, 3}, {1, 1}, {-1, 1}});
  expectRoles(op, 2, {{0, 1}, {3, 3}, {1, 1}, {2, 1}});
  expectRoles(op, 3, {{0, 1}, {3, 1}, {1, 1}});
  expectRoles(op, 4, {{0, 1}, {3, 3}, {1, 1}});
  expectRoles(op, 5, {{0, 1}, {3, 1}, {1, 2}, {2, 1}});
  expectRoles(op, 6, {{0, 1}, {1, 1}, {-1, 1}, {2, 1}});
  const char *names[] = {"query", "key", "value", "decay", "beta", "out", "state"};
  for (auto [i, name] : llvm::enumerate(names))
    EXPECT_EQ(op.getOperandName(i), name);
}

TEST_F(TilingTest, StatesOfPackedSequencesHaveNoBatch) {
  auto op = parse<RecurOp>(R"(
    func.func @packed(%q: tensor<1x9x8x16xf32>, %n: tensor<4xi32>, %s: tensor<3x8x16x16xf32>) {
      plait.recur ins(%q, %q, %q : tensor<1x9x8x16xf32>, tensor<1x9x8x16xf32>, tensor<1x9x8x16xf32>)
        segments(%n : tensor<4xi32>) outs(%q, %s : tensor<1x9x8x16xf32>, tensor<3x8x16x16xf32>)
        -> tensor<1x9x8x16xf32>, tensor<3x8x16x16xf32>
      return
    })");
  expectRoles(op, 3, {{-1, 1}});
  expectRoles(op, 5, {{-1, 1}, {1, 1}, {-1, 1}, {2, 1}});
}

TEST_F(TilingTest, TileOfRecurScalesHeadsAndSubstepsAndTurnsTime) {
  auto op = parse<RecurOp>(deltaProduct);
  // Steps 2 to 5 of the reversed loop are tokens 3 to 6 of 9.
  SmallVector<Slice> slices = tile(op, {1, 2, 0, 2}, {1, 1, 32, 4});
  ASSERT_EQ(slices.size(), 7u);
  EXPECT_EQ(slices[0], Slice({1, 3, 4, 0}, {1, 4, 2, 16}));  // query: two heads of the group
  EXPECT_EQ(slices[1], Slice({1, 9, 2, 0}, {1, 12, 1, 16})); // key: three rows a token
  EXPECT_EQ(slices[3], Slice({1, 3, 2}, {1, 4, 1}));         // decay
  EXPECT_EQ(slices[6], Slice({1, 2, 0, 0}, {1, 1, 16, 32})); // state: all of time
}

TEST_F(TilingTest, ProducerOfRowsIsWholeInTime) {
  auto op = parse<RecurOp>(deltaProduct);
  MLIRContext *context = op.getContext();
  auto fuses = [&](ArrayRef<int64_t> offsets, ArrayRef<int64_t> sizes) {
    return op.isOpFusableWithConsumerSlice(0, getAsIndexOpFoldResult(context, offsets),
                                           getAsIndexOpFoldResult(context, sizes));
  };
  EXPECT_TRUE(fuses({0, 0, 0, 0}, {1, 9, 8, 32}));
  EXPECT_FALSE(fuses({0, 0, 0, 0}, {1, 4, 8, 32})); // a part of time has no state to start from
  EXPECT_FALSE(fuses({0, 0, 0, 0}, {1, 9, 1, 32})); // nor is a head alone a group
}

TEST_F(TilingTest, PositionOfRowsMovesWithTheTile) {
  auto op = parse<MapRowsOp>(R"(
    func.func @positions(%x: tensor<2x9x8x16xf32>, %h: tensor<8xf32>, %first: index) {
      plait.map_rows ins(%x, %h : tensor<2x9x8x16xf32>, tensor<8xf32>) from(%first) outs(%x : tensor<2x9x8x16xf32>) {
      ^bb0(%row: vector<16xf32>, %e: f32, %position: index):
        plait.yield %row : vector<16xf32>
      } -> tensor<2x9x8x16xf32>
      return
    })");
  expectRoles(op, 1, {{2, 1}}); // an element of the heads, for the region sees a scalar
  SmallVector<Slice> slices = tile(op, {0, 4, 3}, {1, 2, 1});
  ASSERT_EQ(slices.size(), 3u);
  EXPECT_EQ(slices[0], Slice({0, 4, 3, 0}, {1, 2, 1, 16}));
  EXPECT_EQ(slices[1], Slice({3}, {1}));
  auto tiled = cast<MapRowsOp>(op->getPrevNode());
  auto position = tiled.getFirstToken().getDefiningOp<arith::AddIOp>();
  ASSERT_TRUE(position);
  EXPECT_EQ(getConstantIntValue(position.getRhs()), 4);
}
