//===- LayoutsTest.cpp - the elements that each register holds ------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file compares the layouts of fragments, in all lanes and registers, with
// the tables of the PTX manual, and counts who holds each element.
//===----------------------------------------------------------------------===//

#include "tests/dialects/Tile/Support.h"

#include "mlir/IR/MLIRContext.h"
#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <map>
#include <numeric>

using namespace mlir;
using namespace plait::tile;

namespace {

constexpr MmaRole allRoles[] = {MmaRole::accumulator, MmaRole::a, MmaRole::b};
constexpr int64_t allWarps[][2] = {{1, 1}, {8, 1}, {1, 8}, {4, 2}, {2, 3}};
/// Pieces of the instruction that a warp has, down and across.
constexpr int64_t allPieces[][2] = {{1, 1}, {3, 1}, {1, 4}, {2, 3}};

constexpr int64_t pieceColumns(MmaRole role) { return role == MmaRole::a ? 16 : 8; }
constexpr int64_t pieceElements(MmaRole role) { return role == MmaRole::a ? 8 : 4; }

/// Where element i of a lane is in the PTX manual's section on
/// mma.m16n8k16 with 16-bit operands.
Coordinates manual(MmaRole role, int64_t lane, int64_t i) {
  int64_t groupId = lane >> 2, threadInGroup = lane % 4;
  switch (role) {
  case MmaRole::a:
    return {i < 2 || (i >= 4 && i < 6) ? groupId : groupId + 8,
            i < 4 ? threadInGroup * 2 + (i & 1) : threadInGroup * 2 + (i & 1) + 8};
  case MmaRole::b:
    return {i < 2 ? threadInGroup * 2 + (i & 1) : threadInGroup * 2 + (i & 1) + 8, groupId};
  case MmaRole::accumulator:
    return {i < 2 ? groupId : groupId + 8, threadInGroup * 2 + (i & 1)};
  }
  llvm_unreachable("unknown role");
}

/// A tile of which each warp has that many pieces.
Shape tileOf(MmaRole role, const int64_t (&warps)[2], const int64_t (&pieces)[2]) {
  return {16 * pieces[0] * (role == MmaRole::b ? 1 : warps[0]),
          pieceColumns(role) * pieces[1] * (role == MmaRole::a ? 1 : warps[1])};
}

class LayoutsTest : public testing::Test {
protected:
  LayoutsTest() { context.loadDialect<TileDialect>(); }

  MmaAttr mma(MmaRole role, const int64_t (&warps)[2]) { return MmaAttr::get(&context, role, warps); }

  /// The replicas of each element, in order. All elements are those of the tile.
  std::map<Coordinates, std::vector<int64_t>> replicas(LayoutInterface layout, Shape shape) {
    auto emitError = [&] { return mlir::emitError(UnknownLoc::get(&context)); };
    EXPECT_TRUE(succeeded(layout.verifyShape(emitError, shape)));
    std::map<Coordinates, std::vector<int64_t>> found;
    AffineMap replica = AffineMap::get(/*dimCount=*/1, /*symbolCount=*/0, layout.replica(shape));
    for (auto [thread, elements] : llvm::enumerate(held(layout, shape)))
      for (Coordinates element : elements)
        found[element].push_back(replica.compose(static_cast<int64_t>(thread))[0]);
    EXPECT_EQ(static_cast<int64_t>(found.size()), shape.rows * shape.columns);
    for (auto &[element, numbers] : found) {
      EXPECT_TRUE(element.row >= 0 && element.row < shape.rows && element.column >= 0 && element.column < shape.columns)
          << element.row << ", " << element.column;
      llvm::sort(numbers);
    }
    return found;
  }

  /// Each element has `copies` holders, of replicas 0, 1, ...
  void expectCopies(LayoutInterface layout, Shape shape, int64_t copies) {
    std::vector<int64_t> expected(copies);
    std::iota(expected.begin(), expected.end(), 0);
    for (const auto &[element, numbers] : replicas(layout, shape))
      ASSERT_EQ(numbers, expected) << element.row << ", " << element.column;
  }

  MLIRContext context;
};

/// All layouts, warps and pieces of mma, each with its tile.
template <class Check> void forEachMma(Check check) {
  for (MmaRole role : allRoles)
    for (const auto &warps : allWarps)
      for (const auto &pieces : allPieces) {
        SCOPED_TRACE(testing::Message() << "role " << stringifyMmaRole(role).str() << ", warps " << warps[0] << 'x'
                                        << warps[1] << ", pieces " << pieces[0] << 'x' << pieces[1]);
        check(role, warps, pieces);
        if (testing::Test::HasFatalFailure())
          return;
      }
}

TEST_F(LayoutsTest, MmaHoldsWhatTheManualSays) {
  forEachMma([&](MmaRole role, const int64_t (&warps)[2], const int64_t (&pieces)[2]) {
    MmaAttr layout = mma(role, warps);
    Shape shape = tileOf(role, warps, pieces);
    ASSERT_EQ(layout.threadCount(), 32 * warps[0] * warps[1]);
    ASSERT_EQ(layout.registers(shape), pieces[0] * pieces[1] * pieceElements(role));
    auto threads = held(layout, shape);
    for (int64_t thread : llvm::seq(layout.threadCount()))
      for (int64_t reg : llvm::seq(layout.registers(shape))) {
        int64_t warpRow = thread / 32 / warps[1], warpColumn = thread / 32 % warps[1];
        int64_t piece = reg / pieceElements(role);
        int64_t row = piece / pieces[1] + (role == MmaRole::b ? 0 : warpRow * pieces[0]);
        int64_t column = piece % pieces[1] + (role == MmaRole::a ? 0 : warpColumn * pieces[1]);
        Coordinates within = manual(role, thread % 32, reg % pieceElements(role));
        Coordinates expected = {16 * row + within.row, pieceColumns(role) * column + within.column};
        ASSERT_EQ(threads[thread][reg], expected) << "thread " << thread << ", register " << reg;
      }
  });
}

TEST_F(LayoutsTest, MmaHoldsAnOperandInEachWarpThatReadsIt) {
  forEachMma([&](MmaRole role, const int64_t (&warps)[2], const int64_t (&pieces)[2]) {
    int64_t copies = role == MmaRole::a ? warps[1] : role == MmaRole::b ? warps[0] : 1;
    expectCopies(mma(role, warps), tileOf(role, warps, pieces), copies);
  });
}

// What lets tile.convert turn the one into the other.
TEST_F(LayoutsTest, AccumulatorIsAnOperandAWhereColumnsAreNotSplit) {
  for (int64_t rows : {1, 4, 8}) {
    MmaAttr accumulator = mma(MmaRole::accumulator, {rows, 1}), a = mma(MmaRole::a, {rows, 1});
    Shape shape = {32 * rows, 48};
    EXPECT_EQ(held(accumulator, shape), held(a, shape));
  }
}

TEST_F(LayoutsTest, BlockedDealsPiecesInOrder) {
  struct {
    int64_t vector, warps;
    Shape shape;
    int64_t registers, copies;
  } cases[] = {{8, 8, {64, 128}, 32, 1}, {8, 4, {128, 64}, 64, 1},  {4, 2, {16, 32}, 8, 1},
               {2, 1, {8, 24}, 6, 1},    {2, 1, {8, 16}, 4, 1},     {1, 2, {64, 1}, 1, 1},
               {8, 8, {16, 16}, 8, 8},   {1, 4, {1, 64}, 1, 2},     {4, 3, {12, 32}, 4, 1},
               {1, 1, {1, 1}, 1, 32},    {64, 4, {128, 64}, 64, 1}, {64, 8, {128, 64}, 64, 2}};
  for (const auto &[vector, warps, shape, registers, copies] : cases) {
    SCOPED_TRACE(testing::Message() << "vector " << vector << ", warps " << warps << ", " << shape.rows << 'x'
                                    << shape.columns);
    auto layout = BlockedAttr::get(&context, vector, warps);
    ASSERT_EQ(layout.registers(shape), registers);
    // Elements in the order of memory go to threads, and round again.
    auto threads = held(layout, shape);
    int64_t threadCount = 32 * warps, elements = shape.rows * shape.columns;
    for (int64_t thread : llvm::seq(threadCount))
      for (int64_t reg : llvm::seq(registers)) {
        int64_t number = ((reg / vector * threadCount + thread) * vector + reg % vector) % elements;
        Coordinates expected = {number / shape.columns, number % shape.columns};
        ASSERT_EQ(threads[thread][reg], expected) << "thread " << thread << ", register " << reg;
      }
    expectCopies(layout, shape, copies);
  }
}

TEST_F(LayoutsTest, SliceHoldsTheLinesOfItsParentInOrder) {
  forEachMma([&](MmaRole role, const int64_t (&warps)[2], const int64_t (&pieces)[2]) {
    MmaAttr parent = mma(role, warps);
    Shape whole = tileOf(role, warps, pieces);
    for (Direction direction : {Direction::row, Direction::column}) {
      bool column = direction == Direction::column;
      auto slice = SliceAttr::get(&context, direction, parent);
      Shape shape = column ? Shape{whole.rows, 1} : Shape{1, whole.columns};
      std::vector<std::vector<Coordinates>> expected;
      for (const auto &elements : held(parent, whole)) {
        auto &lines = expected.emplace_back();
        for (auto [r, c] : elements) {
          Coordinates beside = column ? Coordinates{r, 0} : Coordinates{0, c};
          if (!llvm::is_contained(lines, beside))
            lines.push_back(beside);
        }
      }
      ASSERT_EQ(held(slice, shape), expected) << stringifyDirection(direction).str();
    }
  });
}

TEST_F(LayoutsTest, SliceHasOneHolderThatStores) {
  forEachMma([&](MmaRole role, const int64_t (&warps)[2], const int64_t (&pieces)[2]) {
    Shape whole = tileOf(role, warps, pieces);
    for (Direction direction : {Direction::row, Direction::column}) {
      bool column = direction == Direction::column;
      // Lanes of a line: B has rows where the others have columns.
      int64_t lanes = column == (role == MmaRole::b) ? 8 : 4;
      // Warps of a line: all but those that split what it goes along.
      int64_t splitting = column ? (role == MmaRole::b ? 1 : warps[0]) : (role == MmaRole::a ? 1 : warps[1]);
      auto slice = SliceAttr::get(&context, direction, mma(role, warps));
      ASSERT_EQ(slice.threadCount(), 32 * warps[0] * warps[1]);
      for (const auto &[element, numbers] : replicas(slice, column ? Shape{whole.rows, 1} : Shape{1, whole.columns})) {
        ASSERT_EQ(static_cast<int64_t>(numbers.size()), lanes * warps[0] * warps[1] / splitting);
        ASSERT_EQ(llvm::count(numbers, 0), 1) << element.row << ", " << element.column;
      }
    }
  });
}

TEST_F(LayoutsTest, WarpsAlongCountsTheWarpsOfDifferentLines) {
  forEachMma([&](MmaRole role, const int64_t (&warps)[2], const int64_t (&pieces)[2]) {
    MmaAttr layout = mma(role, warps);
    Shape shape = tileOf(role, warps, pieces);
    std::map<int64_t, int64_t> firstRows, firstColumns;
    auto threads = held(layout, shape);
    for (int64_t warp : llvm::seq(layout.warpCount())) {
      auto [row, column] = threads[32 * warp][0];
      ++firstRows[row], ++firstColumns[column];
    }
    EXPECT_EQ(layout.warpsAlong(Direction::row, shape), static_cast<int64_t>(firstRows.size()));
    EXPECT_EQ(layout.warpsAlong(Direction::column, shape), static_cast<int64_t>(firstColumns.size()));
  });
}

// Each warp holds what one does of a CTA with as many warps as columns of pieces.
TEST_F(LayoutsTest, MmaHoldsFewColumnsInSeveralWarps) {
  for (MmaRole role : {MmaRole::accumulator, MmaRole::b})
    for (int64_t rows : {1, 2})
      for (auto [warps, columns] : {std::pair<int64_t, int64_t>{4, 1}, {4, 2}, {3, 1}, {6, 2}, {6, 3}}) {
        SCOPED_TRACE(testing::Message() << stringifyMmaRole(role).str() << ", " << rows << 'x' << columns << " of "
                                        << warps);
        int64_t copies = warps / columns;
        MmaAttr layout = mma(role, {rows, warps}), few = mma(role, {rows, columns});
        Shape shape = {32 * rows, 8 * columns};
        EXPECT_EQ(layout.warpsAlong(Direction::column, shape), columns);
        EXPECT_EQ(layout.warpsAlong(Direction::row, shape), few.warpsAlong(Direction::row, shape));
        auto expectSame = [&](LayoutInterface many, LayoutInterface known, Shape tile) {
          auto expected = held(known, tile), found = held(many, tile);
          auto holders = replicas(known, tile);
          for (auto [thread, elements] : llvm::enumerate(found)) {
            int64_t lane = thread % 32, i = thread / 32 / warps, j = thread / 32 % warps;
            ASSERT_EQ(elements, expected[32 * (i * columns + j % columns) + lane]) << "thread " << thread;
          }
          for (const auto &[element, numbers] : replicas(many, tile)) {
            EXPECT_EQ(numbers.size(), copies * holders.at(element).size());
            EXPECT_EQ(llvm::count(numbers, 0), 1) << element.row << ", " << element.column;
          }
        };
        expectSame(layout, few, shape);
        expectCopies(layout, shape, role == MmaRole::b ? copies * rows : copies);
        for (Direction direction : {Direction::row, Direction::column}) {
          Shape line = direction == Direction::column ? Shape{shape.rows, 1} : Shape{1, shape.columns};
          expectSame(SliceAttr::get(&context, direction, layout), SliceAttr::get(&context, direction, few), line);
        }
      }
}

} // namespace
