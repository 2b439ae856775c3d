//===- Schedule.cpp - forms, schedules and the space of them --------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file holds the default table and the enumeration of schedules.
//===----------------------------------------------------------------------===//

#include "compiler/Schedule/Schedule.h"

#include "compiler/Schedule/CudaTile.h"
#include "compiler/Schedule/RegisterTile.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace plait;

llvm::Expected<ScheduleParameters> plait::parseSchedule(StringRef text) {
  ScheduleParameters parameters;
  for (StringRef item : llvm::split(text, ',')) {
    if (item.empty())
      continue;
    auto [name, number] = item.split('=');
    int64_t value = 0;
    if (name.trim().empty() || number.trim().getAsInteger(10, value) || value <= 0)
      return llvm::createStringError("expects a schedule such as rows=8,columns=2, but got '" + text.str() + "'");
    if (!parameters.emplace(name.trim().str(), value).second)
      return llvm::createStringError("expects one value of " + name.trim().str() + " in a schedule, but got '" +
                                     text.str() + "'");
  }
  return parameters;
}

std::string plait::printSchedule(const ScheduleParameters &parameters) {
  std::string text;
  for (auto &[name, value] : parameters)
    text += (text.empty() ? "" : ",") + name + "=" + std::to_string(value);
  return text;
}

/// A block of tokens stays in the first-level cache; blocks of gated ops are
/// multiples of what gates are folded over.
static constexpr int64_t smallestBlock = 16;
static constexpr int64_t usualBlock = 64;
static constexpr int64_t largestBlock = 4096;

static int64_t blockUnit(SequenceOpInterface op) {
  auto recur = dyn_cast<RecurOp>(op.getOperation());
  return recur && (recur.getDecay() || recur.getValueDecay()) ? foldBlock : smallestBlock;
}

static RegisterTile defaultTileOf(RecurOp op, TargetAttr target) {
  return defaultTile(op.getKeyDim(), op.getValueDim(), machineOf(target), op.getGroupSize());
}

/// The tokens of a block: few enough that what a strip keeps of them, values and the
/// sums of each query head of a group, stays in the first-level cache beside queries
/// and keys. Vectors of 16 lanes read it seldom enough that longer blocks, which load
/// the state less often, gain more.
static int64_t tokensOfBlock(RecurOp op, TargetAttr target) {
  constexpr int64_t keptBytes = 20 << 10; // of 32 KB, which some first-level caches have
  int64_t readers = op.getGroupSize(), most = (target.getLanes() < 16 ? usualBlock / 2 : usualBlock) / readers;
  int64_t fit = keptBytes / (4 * target.getLanes() * defaultTileOf(op, target).columns * (1 + readers));
  int64_t tokens = std::min<int64_t>(most, llvm::bit_floor(static_cast<uint64_t>(fit)));
  return std::max<int64_t>(llvm::alignDown(tokens, smallestBlock), smallestBlock);
}

ScheduleParameters plait::chooseCommon(Operation *function, TargetAttr target) {
  if (target.isCuda())
    return chooseCudaTile(function);
  int64_t block = usualBlock;
  bool gated = false;
  function->walk([&](RecurOp op) {
    gated |= blockUnit(op) == foldBlock;
    block = std::min(block, tokensOfBlock(op, target));
  });
  return {{"block", gated ? foldBlock : block}};
}

int64_t plait::blockOf(Operation *op) {
  auto schedule = op->getAttrOfType<ScheduleAttr>("schedule");
  return schedule ? schedule.get("block", usualBlock) : usualBlock;
}

int64_t plait::warpChannelsOf(Operation *op) {
  auto schedule = op->getAttrOfType<ScheduleAttr>("schedule");
  return schedule ? schedule.get("channels", usualChannels) : usualChannels;
}

int64_t plait::valueTileOf(int64_t warpChannels) {
  constexpr int64_t warps = 8; // with more, a thread has too few registers
  return std::min(valueTile, warps * warpChannels);
}

int64_t plait::valueTileOf(Operation *op) { return valueTileOf(warpChannelsOf(op)); }

Value plait::stateOf(Operation *op) {
  if (auto recur = dyn_cast<RecurOp>(op))
    return recur.getState();
  auto scan = dyn_cast<ScanOp>(op);
  return scan ? scan.getCarry() : Value();
}

std::optional<int64_t> plait::valueDimOf(Operation *op) {
  auto lastDim = [](Value value) { return cast<ShapedType>(value.getType()).getShape().back(); };
  if (auto recur = dyn_cast<RecurOp>(op))
    return recur.getValueDim();
  if (auto project = dyn_cast<ProjectOp>(op))
    return lastDim(project.getMatrix());
  if (auto scan = dyn_cast<ScanOp>(op))
    return lastDim(scan.getOut());
  return {};
}

static std::pair<Form, ScheduleParameters> defaults(SequenceOpInterface op, TargetAttr target,
                                                    const ScheduleParameters &common) {
  auto recur = dyn_cast<RecurOp>(op.getOperation());
  if (target.isCuda()) {
    bool steps = recur && hasOneToken(op);
    ScheduleParameters parameters = common;
    if (op.getGroupSize() > 1)
      parameters["heads"] = headsOf(op, common.at("heads"));
    else
      parameters.erase("heads");
    return {steps ? Form::step : isa<MapRowsOp>(op) ? Form::rows : Form::chunk, parameters};
  }
  int64_t block = common.at("block");
  if (!recur)
    return {isa<ScanOp>(op) ? Form::lanes : Form::rows, {{"block", usualBlock}}};
  if (recur.getValueDim() == 1)
    return {Form::row_scan, {{"block", block}}};
  auto [rows, columns] = defaultTileOf(recur, target);
  return {Form::tile_scan, {{"block", block}, {"rows", rows}, {"columns", columns}}};
}

int64_t plait::alignmentOf(Operation *op) {
  auto schedule = op->getAttrOfType<ScheduleAttr>("schedule");
  return schedule ? schedule.get("alignment", usualAlignment) : usualAlignment;
}

static LogicalResult checkCudaOverride(SequenceOpInterface op, const ScheduleParameters &parameters) {
  auto heads = parameters.find("heads");
  if (heads != parameters.end() && op.getGroupSize() % heads->second != 0)
    return op->emitOpError("expects a number of heads that divides a group's ")
           << op.getGroupSize() << ", but got " << heads->second;
  auto alignment = parameters.find("alignment");
  if (alignment != parameters.end() && (!llvm::isPowerOf2_64(alignment->second) || alignment->second > usualAlignment))
    return op->emitOpError("expects an alignment of 1, 2, 4, 8 or 16 bytes, but got ") << alignment->second;
  auto recur = dyn_cast<RecurOp>(op.getOperation());
  auto splits = parameters.find("splits");
  if (splits != parameters.end() && splits->second > mostSplits)
    return op->emitOpError("expects at most ") << mostSplits << " splits, but got " << splits->second;
  if (splits != parameters.end() && recur && recur.getValueDecay())
    return op->emitOpError("expects no splits with a decay per value channel, but got ") << splits->second;
  return checkCudaTile(op, parameters.at("block"), parameters.at("channels"));
}

static LogicalResult checkOverride(SequenceOpInterface op, TargetAttr target, const ScheduleParameters &parameters) {
  if (target.isCuda())
    return checkCudaOverride(op, parameters);
  auto recur = dyn_cast<RecurOp>(op.getOperation());
  int64_t block = parameters.at("block"), unit = blockUnit(op);
  if (block % unit != 0)
    return op->emitOpError("expects a block of a multiple of ") << unit << " tokens, but got " << block;
  if (block > largestBlock)
    return op->emitOpError("expects a block of at most ") << largestBlock << " tokens, but got " << block;
  if (!recur || !parameters.count("rows"))
    return success();
  int64_t rows = parameters.at("rows"), columns = parameters.at("columns");
  if (!fitsRegisters({rows, columns}, machineOf(target)))
    return op->emitOpError("expects a register tile that fits ")
           << target.getRegisters() << " registers, but got rows=" << rows << ",columns=" << columns;
  return success();
}

FailureOr<ScheduleAttr> plait::chooseSchedule(SequenceOpInterface op, TargetAttr target,
                                              const ScheduleParameters &common, const ScheduleParameters &overrides) {
  auto [form, parameters] = defaults(op, target, common);
  for (auto &[name, value] : overrides) {
    // A function holds ops of several forms: each takes what it knows.
    if (target.isCuda() && name == "heads" && op.getGroupSize() == 1)
      continue;
    bool splits = target.isCuda() && name == "splits", isOfAll = target.isCuda() && name == "alignment";
    if (target.isCuda() && name == "block" && hasOneToken(op)) {
      if (failed(checkCudaTile(op, value, usualChannels)))
        return failure();
      continue; // one token is in the shortest block
    }
    if (parameters.count(name) || isOfAll || (splits && form == Form::chunk && isa<RecurOp>(op)))
      parameters[name] = value;
    else if (!splits && (target.isCuda() || (name != "rows" && name != "columns" && name != "block")))
      return op->emitOpError("expects schedule parameters ")
             << (target.isCuda() ? "alignment, block, channels, heads, splits" : "block, columns, rows")
             << ", but got '" << name << "'";
  }
  if (failed(checkOverride(op, target, parameters)))
    return failure();
  Builder b(op.getContext());
  SmallVector<NamedAttribute> entries;
  for (auto &[name, value] : parameters)
    entries.push_back(b.getNamedAttr(name, b.getI64IntegerAttr(value)));
  return ScheduleAttr::get(op.getContext(), form, b.getDictionaryAttr(entries));
}

static std::vector<std::string> enumerateCuda(Operation *function, const CallSize &size) {
  std::vector<int64_t> ranked{1};
  if (takesSplits(function))
    ranked = SplitModel(function).rank(size, splitChoices());
  std::vector<std::string> schedules;
  ScheduleParameters common = chooseCudaTile(function);
  for (const ScheduleParameters &tile : cudaTileChoices(function)) {
    int64_t block = tile.count("block") ? tile.at("block") : common.at("block");
    for (int64_t splits : ranked) {
      if (splits > 1 && splits > int64_t(llvm::divideCeil(size.tokens, block)))
        continue;
      ScheduleParameters parameters = tile;
      if (splits > 1)
        parameters["splits"] = splits;
      schedules.push_back(printSchedule(parameters));
    }
  }
  return schedules;
}

std::vector<std::string> plait::enumerateSchedules(Operation *function, TargetAttr target, const CallSize &size) {
  if (target.isCuda())
    return enumerateCuda(function, size);
  std::vector<std::string> schedules{""};
  RecurOp recur;
  int64_t unit = smallestBlock;
  function->walk([&](RecurOp op) {
    unit = std::max(unit, blockUnit(op));
    if (!recur && op.getValueDim() > 1)
      recur = op;
  });
  if (!recur)
    return schedules;
  int64_t readers = std::min<int64_t>(recur.getGroupSize(), 4);
  int64_t usual = chooseCommon(function, target).at("block");
  for (int64_t block : {usual / 2, usual, 2 * usual}) {
    if (block % unit != 0)
      continue;
    for (int64_t rows : {4, 5, 8, 10, 11, 13, 16})
      for (int64_t columns : {1, 2, 3, 4}) {
        bool enough = rows * columns >= 8; // fewer sums than the latency of an fma needs
        if (!enough || rows > recur.getKeyDim() || (columns - 1) * target.getLanes() >= recur.getValueDim() ||
            !fitsRegisters({rows, columns}, machineOf(target), readers))
          continue;
        schedules.push_back(printSchedule({{"block", block}, {"rows", rows}, {"columns", columns}}));
      }
  }
  return schedules;
}
