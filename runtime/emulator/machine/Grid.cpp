//===- Grid.cpp - one launch ----------------------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements how host threads share the blocks of a launch, and how what
// they gather becomes a report.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/machine/Grid.h"

#include "runtime/emulator/machine/Block.h"

#include <deque>
#include <thread>

using namespace plait::emulator;

namespace {

/// Instructions of a block before the next one's turn: it may wait for that one.
constexpr uint64_t blockTurn = 1 << 16;

/// Messages are kept of this many places; all are counted.
constexpr size_t mostMessages = 1000;

/// Runs blocks until none is left. A block that takes long lets another one begin beside it.
void runBlocks(Grid &grid, Tally &tally) {
  std::deque<std::unique_ptr<Block>> resident;
  bool more = true;
  while (!grid.stopped.load(std::memory_order_relaxed)) {
    if (more && resident.size() < grid.residentBlocks()) {
      uint32_t index = grid.nextBlock.fetch_add(1, std::memory_order_relaxed);
      more = index < grid.blocks;
      if (more)
        resident.push_front(std::make_unique<Block>(grid, tally, index));
    }
    if (resident.empty())
      break;
    std::unique_ptr<Block> block = std::move(resident.front());
    resident.pop_front();
    if (block->run(blockTurn) == Block::Progress::Running)
      resident.push_back(std::move(block));
    else
      grid.noteClock(block->lastClock());
  }
  for (const auto &block : resident)
    grid.noteClock(block->lastClock());
}

} // namespace

void Grid::noteClock(uint32_t clock) {
  uint32_t last = lastClock.load(std::memory_order_relaxed);
  while (clock > last && !lastClock.compare_exchange_weak(last, clock, std::memory_order_relaxed))
    ;
}

Report Grid::run() {
  unsigned count = options.threads ? options.threads : std::max(1u, std::thread::hardware_concurrency());
  std::deque<Tally> tallies;
  for (unsigned i = 0; i < std::min(count, blocks); ++i)
    tallies.emplace_back(kernel);
  threadCount = unsigned(tallies.size());
  std::vector<std::thread> threads;
  for (size_t i = 1; i < tallies.size(); ++i)
    threads.emplace_back([this, &tally = tallies[i]] { runBlocks(*this, tally); });
  runBlocks(*this, tallies.front());
  for (std::thread &thread : threads)
    thread.join();
  for (size_t i = 1; i < tallies.size(); ++i)
    tallies.front().merge(tallies[i]);
  Report report = tallies.front().report(kernel);
  report.completed = !stopped;
  report.counters.blocks = blocks;
  report.counters.blockThreads = uint64_t(launch.block[0]) * launch.block[1] * launch.block[2];
  report.counters.blockShared = sharedBytes;
  report.counters.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return report;
}

bool Tally::add(Defect::Kind kind, int line) {
  auto [found, isNew] = defects.try_emplace({line, kind}, Defect{kind, line, {}, 0});
  ++found->second.count;
  return isNew && defects.size() <= mostMessages;
}

void Tally::describe(Defect::Kind kind, int line, std::string message) {
  defects.at({line, kind}).message = std::move(message);
}

void Tally::merge(const Tally &other) {
  for (size_t i = 0; i < work.size(); ++i)
    work[i] += other.work[i];
  for (const auto &[key, defect] : other.defects) {
    auto [found, isNew] = defects.try_emplace(key, defect);
    if (!isNew)
      found->second.count += defect.count;
  }
  uniqueRead += other.uniqueRead;
  uniqueWritten += other.uniqueWritten;
  barriers += other.barriers;
}

Report Tally::report(const Kernel &kernel) const {
  Report report;
  for (const auto &[key, defect] : defects)
    report.defects.push_back(defect);
  Counters &counters = report.counters;
  for (size_t site = 1; site < work.size(); ++site) {
    const Step &step = *kernel.sites[site];
    if (work[site].warps == 0 || !step.source)
      continue;
    counters.kinds[step.kind()] += work[site];
    counters.lines[step.source->line] += work[site];
    counters.total += work[site];
    if (step.operation.isMma) {
      counters.mma += work[site].warps;
      counters.mmaFlops += work[site].warps * step.operation.flops;
    }
  }
  counters.uniqueRead = uniqueRead;
  counters.uniqueWritten = uniqueWritten;
  counters.barriers = barriers;
  return report;
}
