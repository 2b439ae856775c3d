//===- Warp.h - 32 lanes ----------------------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares a warp. Its lanes are in groups that share a program counter;
// the group deepest in calls and lowest in its function runs, and groups that meet
// become one.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_EMULATOR_MACHINE_WARP_H
#define PLAIT_RUNTIME_EMULATOR_MACHINE_WARP_H

#include "runtime/emulator/machine/AsyncCopies.h"
#include "runtime/emulator/machine/Code.h"
#include "runtime/emulator/machine/Grid.h"
#include "runtime/emulator/machine/Text.h"
#include "runtime/emulator/machine/Wgmmas.h"

namespace plait::emulator {

class Block;

struct LocalByte {
  uint8_t value = 0xcd;
  bool isWritten = false;
};

/// An activation of a function by some lanes.
struct Frame {
  const Function *function = nullptr;
  Frame *caller = nullptr;
  const Step *call = nullptr; ///< where it was called
  uint32_t returnPc = 0;
  uint32_t depth = 0;
  uint32_t localBase = 0;
  Mask live = 0;
  std::vector<Value> registers;
  std::vector<uint8_t> parameters; ///< Function::parameterBytes for each lane

  uint8_t *parameter(unsigned lane, uint32_t offset) {
    return parameters.data() + size_t(lane) * function->parameterBytes + offset;
  }
};

struct Group {
  enum class State : uint8_t {
    Runs,
    Held,   ///< at an instruction that waits for other lanes of the warp
    Polled, ///< has asked in vain for a phase of an mbarrier
    Barrier ///< waits for other warps
  };
  Frame *frame = nullptr;
  uint32_t pc = 0;
  Mask mask = 0;
  State state = State::Runs;
};

class Warp {
public:
  Warp(Block &block, unsigned index);

  /// Runs up to so many instructions; false when no lane can go on by itself.
  bool run(uint64_t quantum);
  /// Lets a group that waits for lanes go on without them; false where there is none.
  bool forceHeld();
  bool isDone() const { return live == 0; }
  /// Reports what is unfinished when the block ends.
  void finish();
  /// An instruction that some lanes wait at.
  const Step *stuck() const;

  // What instructions use.
  const Value &value(const Source &source) { return source.negated ? opposite(source) : stored(source); }
  Value &result(const Source &source) {
    return source.base == Source::Registers ? current.frame->registers[source.index] : scratch;
  }
  /// Lanes go on at another step of their function.
  void branch(uint32_t target, Mask lanes);
  void exit(Mask lanes);
  void call(const Step &step, const Function &callee, Mask lanes);
  void ret(Mask lanes);
  /// The running lanes wait for a barrier; `wake` lets them go on.
  void block(Mask lanes);
  void wake(Mask lanes);
  /// The running lanes have asked in vain.
  void poll();
  /// Other warps have their turn.
  void yield() { yields = true; }

  template <typename F> void report(Defect::Kind kind, const Step &step, unsigned lane, F &&message) {
    if (kind == Defect::Kind::Race && !grid.options.checkRaces)
      return;
    if (tally.add(kind, step.source ? step.source->line : 0))
      describe(kind, step, lane, message());
  }
  /// The same, and ends the launch.
  void fail(Defect::Kind kind, const Step &step, unsigned lane, const std::string &message);
  Dimensions coordinates(unsigned lane) const;
  std::string thread(unsigned lane) const;
  std::string waits() const;
  std::string otherAccess(uint16_t site) const;
  Work &work(const Step &step) { return tally.work[step.site]; }

  Accessor accessor(const Step &step) const {
    return {&clock.seen, clock.seen[index], uint16_t(step.site > UINT16_MAX ? 0 : step.site), uint8_t(index),
            step.access.isStrong};
  }
  GlobalAccessor globalAccessor(const Step &step) const;

  // What happens before what.
  void tick() { ++clock.seen[index]; }
  void fence(Scope scope);
  void proxyFence();
  void takePending();
  void acquire(const SyncClocks &from, bool atOnce);
  void release(SyncClocks &to, const Access &access, bool isReadModifyWrite);

  Block &owner;
  Grid &grid;
  Tally &tally;
  const unsigned index;
  Mask initial = 0, live = 0;
  Clock clock;
  AsyncCopies copies;
  Wgmmas wgmmas;
  Frame *frame() { return current.frame; }
  /// The local memory of each lane.
  std::array<std::vector<LocalByte>, warpSize> locals;
  uint64_t steps = 0, lastPoll = 0;           ///< so far; when it last asked in vain
  const Allocation *lastAllocation = nullptr; ///< where the last access to global memory was

private:
  const Value &stored(const Source &source) const {
    switch (source.base) {
    case Source::Registers:
      return current.frame->registers[source.index];
    case Source::Constants:
      return current.frame->function->constants[source.index];
    case Source::Specials:
      return specials[source.index];
    case Source::Scratch:
      break;
    }
    return scratch;
  }
  const Value &opposite(const Source &source);
  void step();
  void together(const Step &step, Mask active);
  bool mustWait(const Step &step);
  Mask members(const Step &step, Mask active);
  void reschedule();
  bool pickNext();
  void split(Mask lanes, Frame *frame, uint32_t pc, Group::State state);
  Frame *enter(const Function &function, Frame *caller, const Step *call, Mask lanes);
  Mask guarded(const Step &step) const;
  void setSpecials(bool all);
  void describe(Defect::Kind kind, const Step &step, unsigned lane, const std::string &message);

  Group current;
  std::vector<Group> others;
  std::vector<std::unique_ptr<Frame>> frames;
  std::vector<Value> specials;
  Value scratch;
  std::array<Value, 8> negated;
  unsigned negatedCount = 0;
  Clock blockRelease, deviceRelease; ///< as of the last fence
  Clock pending;                     ///< what relaxed reads saw since
  bool hasPending = false, yields = false;
  uint32_t diverged = 0, patience = 0, rotation = 0;
};

/// Calls `visit(lane)` for each lane of a mask, from the lowest up.
template <typename F> void forLanes(Mask mask, F &&visit) {
  for (; mask; mask &= mask - 1)
    visit(unsigned(__builtin_ctz(mask)));
}

} // namespace plait::emulator

#endif // PLAIT_RUNTIME_EMULATOR_MACHINE_WARP_H
