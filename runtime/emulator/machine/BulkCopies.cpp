//===- BulkCopies.cpp - mbarriers and bulk copies of a block --------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements the phases of mbarriers and the copies that complete on them.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/machine/BulkCopies.h"

#include "runtime/emulator/machine/Access.h"
#include "runtime/emulator/machine/Block.h"
#include "runtime/emulator/machine/TensorBox.h"

#include <algorithm>
#include <cstring>

using namespace plait::emulator;

namespace {

uint64_t thread(const Warp &warp, unsigned lane) { return uint64_t(warp.index) * warpSize + lane; }

/// As the warp was when it began the copy.
Accessor accessor(const Asynchronous &work) {
  Accessor who = work.warp->accessor(*work.step);
  who.clock = work.clock.seen[work.warp->index];
  who.isAsync = true;
  return who;
}

std::vector<uint8_t> fetch(const Asynchronous &work) {
  if (work.box)
    return work.box->read(*work.warp, *work.step, work.lane);
  std::vector<uint8_t> bytes(work.bytes);
  for (uint32_t at = 0; at < work.bytes; at += 16)
    readGlobal(*work.warp, *work.step, work.lane, work.global + at, &bytes[at], 16);
  return bytes;
}

void deliver(const Asynchronous &work) {
  if (work.box)
    return work.box->write(*work.warp, *work.step, work.lane, work.content);
  for (uint32_t at = 0; at < work.bytes; at += 16)
    writeGlobal(*work.warp, *work.step, work.lane, work.global + at, &work.content[at], 16);
}

} // namespace

Mbarrier *BulkCopies::find(uint32_t address) {
  auto found = mbarriers.find(address);
  return found == mbarriers.end() ? nullptr : &found->second;
}

void BulkCopies::initialize(uint32_t address, uint32_t count) {
  Mbarrier &mbarrier = mbarriers[address] = {};
  mbarrier.expected = mbarrier.missing = count;
  mbarrier.slot = uint8_t(firstCopyClock + initialized++ % copyClocks);
}

void BulkCopies::arrive(Mbarrier &mbarrier, const Clock &clock, uint32_t count) {
  mbarrier.arriving.join(clock);
  mbarrier.missing -= std::min(count, mbarrier.missing);
  advance(mbarrier);
}

void BulkCopies::completeBytes(Mbarrier &mbarrier, int64_t bytes) {
  mbarrier.bytes -= bytes;
  advance(mbarrier);
}

void BulkCopies::advance(Mbarrier &mbarrier) {
  if (mbarrier.missing != 0 || mbarrier.bytes != 0)
    return;
  ++mbarrier.phase;
  ++phases[mbarrier.slot - firstCopyClock];
  mbarrier.missing = mbarrier.expected;
  mbarrier.completed.join(mbarrier.arriving);
  mbarrier.arriving = {};
  block.onProgress();
}

void BulkCopies::add(Asynchronous work) {
  Warp &warp = *work.warp;
  bool writes = work.kind == Asynchronous::Kind::ToShared;
  Finding finding;
  if (writes) {
    finding = block.shared.begin(warp.accessor(*work.step), work.lane, work.shared, work.bytes);
  } else if (work.kind == Asynchronous::Kind::ToGlobal) {
    finding = block.shared.readByCopy(warp.accessor(*work.step), warp.clock.proxy, work.shared, work.bytes);
    block.shared.addReader(work.shared, work.bytes);
    work.group = committed[thread(warp, work.lane)];
  }
  if (finding)
    reportShared(warp, *work.step, work.lane, finding, writes);
  work.clock = warp.clock;
  // What the warp does from now on is no part of this.
  warp.tick();
  queue.push_back(std::move(work));
}

void BulkCopies::commit(const Warp &warp, unsigned lane) { ++committed[thread(warp, lane)]; }

void BulkCopies::readSource(Asynchronous &work) {
  if (work.isRead)
    return;
  work.isRead = true;
  const uint8_t *from = block.shared.data() + work.shared;
  work.content.assign(from, from + work.bytes);
  block.shared.finishReading(work.warp->accessor(*work.step), work.shared, work.bytes);
}

void BulkCopies::bring(const Asynchronous &work) {
  Accessor who = accessor(work);
  Mbarrier *mbarrier = find(work.mbarrier);
  if (mbarrier) {
    // Who knows that it began, by other ways than the mbarrier, does not know that it has been made.
    who.warp = mbarrier->slot;
    who.clock = phases[mbarrier->slot - firstCopyClock] + 1;
  }
  std::vector<uint8_t> bytes = fetch(work);
  if (Finding finding = block.shared.finish(who, work.lane, work.shared, bytes.data(), work.bytes))
    reportShared(*work.warp, *work.step, work.lane, finding, true);
  if (!mbarrier)
    return;
  mbarrier->arriving.join(work.clock);
  mbarrier->arriving.seen[who.warp] = who.clock;
  completeBytes(*mbarrier, work.bytes);
}

void BulkCopies::finish(Asynchronous &work) {
  Warp &warp = *work.warp;
  switch (work.kind) {
  case Asynchronous::Kind::ToShared:
    bring(work);
    break;
  case Asynchronous::Kind::ToGlobal:
    readSource(work);
    deliver(work);
    break;
  case Asynchronous::Kind::Arrive:
    warp.copies.finish(warp, Mask(1) << work.lane, work.copies);
    if (Mbarrier *mbarrier = find(work.mbarrier)) {
      // The copies have been made by now, so their clock is the warp's last one.
      arrive(*mbarrier, warp.clock, 1);
      warp.tick();
    }
    break;
  }
  block.onProgress();
}

void BulkCopies::wait(Warp &warp, unsigned lane, uint32_t newest, bool readOnly) {
  auto isMeant = [&](const Asynchronous &work) {
    return work.kind == Asynchronous::Kind::ToGlobal && work.warp == &warp && work.lane == lane &&
           work.group + newest < committed[thread(warp, lane)];
  };
  for (Asynchronous &work : queue)
    if (isMeant(work))
      readOnly ? readSource(work) : finish(work);
  if (!readOnly)
    queue.erase(std::remove_if(queue.begin(), queue.end(), isMeant), queue.end());
}

bool BulkCopies::finishOldest() {
  auto found = std::find_if(queue.begin(), queue.end(),
                            [](const Asynchronous &work) { return work.kind != Asynchronous::Kind::ToGlobal; });
  if (found == queue.end())
    return false;
  Asynchronous work = std::move(*found);
  queue.erase(found);
  finish(work);
  return true;
}

void BulkCopies::end() {
  for (Asynchronous &work : queue) {
    bool mayBeUnfinished = work.kind == Asynchronous::Kind::Arrive || work.isRead;
    if (!mayBeUnfinished)
      work.warp->report(Defect::Kind::Async, *work.step, work.lane,
                        [] { return text("expects a wait for this before the block's end, but got none"); });
    if (work.kind == Asynchronous::Kind::ToGlobal)
      finish(work);
  }
  queue.clear();
}
