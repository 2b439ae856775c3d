//===- Code.h - decoded instructions ----------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares what the decoder makes of functions: steps with everything
// looked up once, so that running one is a call through a pointer.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_EMULATOR_MACHINE_CODE_H
#define PLAIT_RUNTIME_EMULATOR_MACHINE_CODE_H

#include "runtime/emulator/compute/Compute.h"
#include "runtime/emulator/machine/Clock.h"
#include "runtime/emulator/machine/Device.h"
#include "runtime/emulator/machine/Specials.h"

#include <deque>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace plait::emulator {

class Warp;
struct Step;
struct Function;

/// Where the value of an operand lies.
struct Source {
  enum Base : uint8_t {
    Registers, ///< of the frame, its addresses of local variables behind its registers
    Constants, ///< of the function
    Specials,  ///< of the warp
    Scratch    ///< a value of the warp that nobody reads
  };
  Base base = Scratch;
  bool negated = false; ///< of a predicate
  uint32_t index = 0;
};

/// [base + offset]
struct Place {
  Source base;
  int64_t offset = 0;
};

/// How an instruction accesses memory.
struct Access {
  ptx::Space space = ptx::Space::Generic;
  uint8_t bytes = 4; ///< of an element
  uint8_t count = 1; ///< of elements
  bool isSigned = false;
  bool isStrong = false; ///< volatile, relaxed, acquire, release, atomic: may meet another such access
  bool acquires = false, releases = false;
  Scope scope = Scope::Device;
  bool isParameter = false; ///< of a called function or of a call, in the frame
};

/// Which lanes must come to an instruction together.
enum class Together : uint8_t {
  Nobody,
  Members, ///< those of the mask that is the last operand
  Live     ///< all of the warp that have not exited
};

struct CallSite {
  const Function *callee = nullptr;         ///< none for a call through a pointer
  std::vector<uint32_t> arguments, results; ///< where each lies in the caller's parameter memory
};

using Execute = void (*)(Warp &warp, const Step &step, Mask active);

struct Step {
  Execute execute = nullptr;
  Execute watched = nullptr; ///< what `execute` runs behind a look at the registers
  int32_t guard = -1;
  bool guardNegated = false;
  bool readsClock = false;
  Together together = Together::Nobody;
  uint8_t resultCount = 0;
  std::span<const Source> operands; ///< results first
  Place place, from;                ///< of a load or store; the source of a copy
  Access access;
  Operation operation;
  uint32_t target = 0; ///< of a branch
  uint32_t control[4] = {};
  std::vector<uint32_t> targets; ///< of brx.idx
  CallSite call;
  uint32_t site = 0; ///< counted over the steps of a kernel, from 1
  const ptx::Instruction *source = nullptr;

  /// As counters name it: the opcode, for accesses to memory with the space.
  std::string kind() const;
  std::span<const Source> results() const { return operands.first(resultCount); }
  std::span<const Source> inputs() const { return operands.subspan(resultCount); }
};

/// A variable in the parameter memory of a frame.
struct FrameVariable {
  uint32_t offset, bytes;
};

struct Function {
  const ptx::Function *source = nullptr;
  std::vector<Step> steps; ///< the last one returns
  std::deque<std::vector<Source>> operands;
  std::vector<Value> constants;
  std::vector<uint64_t> registers; ///< what each holds at first; the addresses of local variables are behind them
  std::vector<std::pair<uint32_t, uint32_t>> localAddresses; ///< register, offset in the frame's local memory
  uint32_t localBytes = 0;                                   ///< of a lane
  uint32_t parameterBytes = 0;                    ///< of a lane: formal parameters, results and those of calls
  std::vector<FrameVariable> parameters, results; ///< the formal ones, in parameter memory
};

struct Kernel {
  std::string name;
  FunctionAttributes attributes;
  const ptx::Function *source = nullptr;
  const Program *program = nullptr;
  std::deque<Function> functions; ///< the entry, then what it may call
  std::unordered_map<uint64_t, const Function *> byAddress;
  std::vector<const Special *> specials; ///< by their index among a warp's
  std::vector<const Step *> sites;       ///< by Step::site; none at 0
  uint32_t dynamicSharedOffset = 0;
  bool hasWarpgroups = false; ///< some function has a wgmma
};

} // namespace plait::emulator

#endif // PLAIT_RUNTIME_EMULATOR_MACHINE_CODE_H
