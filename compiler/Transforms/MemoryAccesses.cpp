//===- MemoryAccesses.cpp - where threads may meet in memory --------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements the accesses of ops, and which of them meet.
//===----------------------------------------------------------------------===//

#include "compiler/Transforms/MemoryAccesses.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace plait;
using namespace plait::tile;

/// x where a stage is 1 - x.
static Value complementOf(Value stage) {
  auto difference = stage.getDefiningOp<arith::SubIOp>();
  return difference && matchPattern(difference.getLhs(), m_One()) ? difference.getRhs() : Value();
}

Stage plait::Stage::of(Value stage, int64_t stageCount) {
  llvm::APInt constant;
  if (!stage)
    return {};
  if (matchPattern(stage, m_ConstantInt(&constant)))
    return {true, Value(), constant.getSExtValue()};
  Value other = stageCount == 2 ? complementOf(stage) : Value();
  if (!other)
    return {true, stage, 0};
  Stage flipped = of(other, stageCount);
  flipped.number = 1 - flipped.number;
  return flipped;
}

static int64_t stageCount(Value memory) {
  auto tile = dyn_cast<SharedType>(memory.getType());
  return tile ? tile.getStages() : 1;
}

bool plait::Access::meets(const Access &other) const {
  if (!writes && !other.writes)
    return false;
  if (memory == other.memory)
    return !stage.isOther(other.stage) && (!op || op != other.op);
  return begin < other.end && other.begin < end;
}

bool plait::Access::operator<(const Access &other) const {
  auto key = [](const Access &access) {
    return std::tuple(access.memory.getAsOpaquePointer(), access.writes, access.stage.isKnown,
                      access.stage.value.getAsOpaquePointer(), access.stage.number, access.op);
  };
  return key(*this) < key(other);
}

static Access accessTile(Value memory, Value stage, bool writes) {
  Access access{memory, writes, Stage::of(stage, stageCount(memory))};
  access.begin = *memory.getDefiningOp<AllocOp>().getOffset();
  access.end = access.begin + cast<SharedType>(memory.getType()).bytes();
  return access;
}

Value plait::scratchOf(Operation &op) {
  if (auto mma = dyn_cast<MmaOp>(op))
    return mma.getScratch();
  auto reduce = dyn_cast<ReduceOp>(op);
  return reduce ? reduce.getScratch() : Value();
}

SmallVector<Access> plait::accessesOf(Operation &op) {
  if (auto copy = dyn_cast<CopyAsyncOp>(op))
    return {Access{copy.getMemory()}, accessTile(copy.getTarget(), copy.getStage(), true)};
  if (auto load = dyn_cast<LoadOp>(op))
    return {accessTile(load.getSource(), load.getStage(), false)};
  if (auto gather = dyn_cast<GatherOp>(op))
    return {accessTile(gather.getSource(), Value(), false)};
  if (auto store = dyn_cast<StoreOp>(op))
    return {accessTile(store.getTarget(), store.getStage(), true)};
  if (auto load = dyn_cast<LoadGlobalOp>(op))
    return {Access{load.getMemory()}};
  if (auto load = dyn_cast<memref::LoadOp>(op))
    return {Access{load.getMemref()}};
  SmallVector<Access> accesses;
  if (auto store = dyn_cast<StoreGlobalOp>(op)) {
    accesses.push_back({store.getMemory(), true});
    accesses.back().op = &op;
  }
  if (auto mma = dyn_cast<MmaOp>(op))
    for (auto [parts, stage] : {std::pair(mma.getA(), mma.getAStage()), std::pair(mma.getB(), mma.getBStage())})
      for (Value part : parts)
        if (isa<SharedType>(part.getType()))
          accesses.push_back(accessTile(part, stage, false));
  if (Value scratch = scratchOf(op))
    accesses.push_back(accessTile(scratch, Value(), true));
  return accesses;
}

/// The stage in terms of `to`, which is what `from` is; false where it isn't known.
static bool rename(Stage &stage, int64_t count, Value from, Value to) {
  Stage named = Stage::of(from, count);
  if (count > 2 ? stage.value != named.value || stage.number != named.number : stage.value != named.value)
    return false;
  stage = {true, to, stage.number == named.number ? 0 : 1};
  return true;
}

Accesses plait::passEdge(const Accesses &accesses, ValueRange from, ValueRange to, Region &ended) {
  Accesses passed;
  for (Access access : accesses) {
    int64_t count = stageCount(access.memory);
    bool isRenamed = !access.stage.isKnown || count == 1;
    for (auto [old, value] : llvm::zip_equal(from, to))
      isRenamed = isRenamed || (isa<IndexType>(value.getType()) && rename(access.stage, count, old, value));
    if (!isRenamed && access.stage.value && ended.isAncestor(access.stage.value.getParentRegion()))
      access.stage = {false, Value(), 0};
    passed.insert(access);
  }
  return passed;
}
