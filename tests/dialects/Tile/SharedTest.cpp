//===- SharedTest.cpp - where elements lie in shared memory ---------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file checks that elements of a shared tile lie apart, and that the
// accesses of a warp reach all banks.
//===----------------------------------------------------------------------===//

#include "tests/dialects/Tile/Support.h"

#include "mlir/IR/MLIRContext.h"
#include "llvm/ADT/STLExtras.h"

#include <gtest/gtest.h>
#include <set>

using namespace mlir;
using namespace plait::tile;

namespace {

// 32 banks of 4 bytes: 8 groups of one chunk.
constexpr int64_t chunkBytes = 16, groups = 8;

/// Widths of rows, in bytes.
constexpr int64_t allWidths[] = {2,  4,   12,  16,  20,  32,  40,  48,  64,  80,
                                 96, 128, 136, 144, 192, 256, 320, 384, 512, 1024};

class SharedTest : public testing::Test {
protected:
  SharedTest() { context.loadDialect<TileDialect>(); }

  Type bf16() { return BFloat16Type::get(&context); }
  Type f32() { return Float32Type::get(&context); }

  SharedType shared(Shape shape, Type element, int64_t bits) {
    return SharedType::get(&context, {shape.rows, shape.columns}, element, /*stages=*/1,
                           SwizzleAttr::get(&context, bits));
  }

  static int64_t groupOf(SharedType type, Coordinates at) { return type.offset(at) / chunkBytes % groups; }

  MLIRContext context;
};

TEST_F(SharedTest, ElementsFillTheTileWithoutOverlap) {
  for (Type element : {bf16(), f32()})
    for (int64_t width : allWidths)
      for (int64_t rows : {1, 3, 8, 20})
        for (int64_t bits = 0; bits <= 3; ++bits) {
          int64_t bytes = element.getIntOrFloatBitWidth() / 8, chunks = (width + chunkBytes - 1) / chunkBytes;
          if (width % bytes != 0 || chunks % (1 << bits) != 0)
            continue;
          SCOPED_TRACE(testing::Message() << width << " bytes, " << rows << " rows, " << bits << " bits");
          SharedType type = shared({rows, width / bytes}, element, bits);
          // One element stands alone.
          ASSERT_EQ(type.rowBytes(), width == bytes ? bytes : chunks * chunkBytes);
          ASSERT_EQ(type.stageBytes(), rows * type.rowBytes());
          std::vector<int64_t> holders(type.stageBytes());
          for (int64_t row : llvm::seq(rows))
            for (int64_t column : llvm::seq(width / bytes)) {
              int64_t offset = type.offset({row, column});
              ASSERT_EQ(offset % bytes, 0);
              ASSERT_EQ(offset / type.rowBytes(), row);
              for (int64_t byte : llvm::seq(bytes))
                ++holders[offset + byte];
            }
          // Only what fills up the last chunk of a row belongs to no element.
          ASSERT_EQ(llvm::count(holders, 1), rows * width);
          ASSERT_EQ(llvm::count(holders, 0), type.stageBytes() - rows * width);
        }
}

TEST_F(SharedTest, ChunksStayWhole) {
  SharedType type = shared({16, 64}, bf16(), 3);
  for (int64_t row : llvm::seq(16))
    for (int64_t column : llvm::seq(64))
      EXPECT_EQ(type.offset({row, column}) % chunkBytes, column * 2 % chunkBytes);
}

TEST_F(SharedTest, StagesFollowOneAnother) {
  auto type = SharedType::get({16, 40}, bf16(), 3);
  EXPECT_EQ(type.bytes(), 3 * 16 * 80);
  EXPECT_EQ(type.stageBytes(), 16 * 80);
}

TEST_F(SharedTest, SwizzleHasTheBitsThatChunksAllow) {
  auto bits = [&](int64_t columns, Type element) {
    return SharedType::get({8, columns}, element).getSwizzle().getBits();
  };
  EXPECT_EQ(bits(1, bf16()), 0);
  EXPECT_EQ(bits(8, bf16()), 0);
  EXPECT_EQ(bits(9, bf16()), 1);
  EXPECT_EQ(bits(24, bf16()), 0);
  EXPECT_EQ(bits(32, bf16()), 2);
  EXPECT_EQ(bits(48, bf16()), 1);
  EXPECT_EQ(bits(64, bf16()), 3);
  EXPECT_EQ(bits(96, bf16()), 2);
  EXPECT_EQ(bits(128, bf16()), 3);
  EXPECT_EQ(bits(16, f32()), 2);
  EXPECT_EQ(bits(32, f32()), 3);
}

// ldmatrix and stmatrix access 8 rows of one chunk at a time.
TEST_F(SharedTest, EightRowsOfAChunkAreInAllBanks) {
  for (int64_t width : allWidths) {
    if (width == 2)
      continue; // one element has no chunk
    SCOPED_TRACE(testing::Message() << width << " bytes");
    auto type = SharedType::get({32, width / 2}, bf16());
    for (int64_t start : llvm::seq(32 - groups + 1))
      for (int64_t column = 0; column < width / 2; column += 8) {
        std::set<int64_t> reached;
        for (int64_t row : llvm::seq(start, start + groups))
          reached.insert(groupOf(type, {row, column}));
        ASSERT_EQ(static_cast<int64_t>(reached.size()), groups) << "rows from " << start << ", column " << column;
      }
  }
}

// Bits are what spreads rows that start in one bank.
TEST_F(SharedTest, EightRowsReachAsManyBanksAsBitsSay) {
  for (int64_t bits = 0; bits <= 3; ++bits)
    for (int64_t start = 0; start < 32; start += groups) {
      SharedType type = shared({32, 64}, bf16(), bits);
      std::set<int64_t> reached;
      for (int64_t row : llvm::seq(start, start + groups))
        reached.insert(groupOf(type, {row, 0}));
      EXPECT_EQ(static_cast<int64_t>(reached.size()), 1 << bits);
    }
}

// 16 bytes of each thread are accessed by 8 threads at a time.
TEST_F(SharedTest, StoresOfSixteenBytesAreInAllBanks) {
  for (Type element : {bf16(), f32()})
    for (int64_t width : allWidths) {
      int64_t vector = chunkBytes * 8 / element.getIntOrFloatBitWidth();
      if (width % chunkBytes != 0)
        continue;
      SCOPED_TRACE(testing::Message() << width << " bytes");
      auto layout = BlockedAttr::get(&context, vector, /*warps=*/2);
      Shape shape = {64, width / chunkBytes * vector};
      auto type = SharedType::get(shape, element);
      auto threads = held(layout, shape);
      for (int64_t reg = 0; reg < layout.registers(shape); reg += vector)
        for (int64_t first = 0; first < layout.threadCount(); first += groups) {
          std::set<int64_t> reached;
          for (int64_t thread : llvm::seq(first, first + groups)) {
            int64_t start = type.offset(threads[thread][reg]);
            ASSERT_EQ(start % chunkBytes, 0);
            for (int64_t i : llvm::seq(vector))
              ASSERT_EQ(type.offset(threads[thread][reg + i]), start + i * chunkBytes / vector);
            reached.insert(start / chunkBytes % groups);
          }
          ASSERT_EQ(static_cast<int64_t>(reached.size()), groups) << "threads from " << first << ", register " << reg;
        }
    }
}

} // namespace
