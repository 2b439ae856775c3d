//===- Report.h - what a launch found and counted ---------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the result of a launch: the defects of the kernel, each a line
// to read, and counters of its work.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_EMULATOR_MACHINE_REPORT_H
#define PLAIT_RUNTIME_EMULATOR_MACHINE_REPORT_H

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace plait::emulator {

struct Defect {
  enum class Kind : uint8_t {
    LaunchLimit,   ///< too many threads, too much shared memory, .reqntid: nothing has run
    OutOfBounds,   ///< no memory at the address
    Misaligned,    ///< the address is no multiple of the access
    Uninitialized, ///< bytes that nobody has written
    Race,          ///< two accesses that nothing orders
    Async,         ///< a copy's bytes used before its wait, a copy unfinished at exit, a missing proxy fence
    Convergence,   ///< lanes missing in a member mask or at an aligned barrier
    Barrier,       ///< a wrong count or number of a barrier, an mbarrier that is none
    Operand,       ///< another value that the instruction does not allow
    Deadlock,      ///< all warps wait: the launch has ended
    StepLimit,     ///< more instructions than Options::stepLimit: the launch has ended
    Trap           ///< the kernel gave up: the launch has ended
  };
  Kind kind;
  int line; ///< in the PTX text; 0 where none is meant
  std::string
      message;        ///< of the first occurrence: kernel, line, instruction, address, block, thread, what was expected
  uint64_t count = 1; ///< occurrences of this kind at this line
};

/// The name of a kind of defect, as reports and tests spell it: "out of bounds".
const char *name(Defect::Kind kind);

/// What one instruction of the text, or a sum of them, has done.
struct Work {
  uint64_t warps = 0; ///< executions by a warp
  uint64_t lanes = 0; ///< executions by a lane
  uint64_t sharedWavefronts = 0, idealWavefronts = 0;
  uint64_t globalSectors = 0, idealSectors = 0; ///< of 32 bytes
  uint64_t globalRead = 0, globalWritten = 0;   ///< bytes that lanes asked for
  uint64_t sharedRead = 0, sharedWritten = 0;

  Work &operator+=(const Work &other);
};

struct Counters {
  std::map<std::string, Work> kinds; ///< by opcode, with the space of a load or store: "fma", "ld.global"
  std::map<int, Work> lines;         ///< by line of the PTX text
  Work total;
  uint64_t mma = 0, mmaFlops = 0;             ///< tensor-core instructions of warps, and what they compute
  uint64_t uniqueRead = 0, uniqueWritten = 0; ///< global bytes touched at all, counted in words of four
  uint64_t barriers = 0;                      ///< barriers that completed
  uint64_t blocks = 0;                        ///< of the grid
  uint64_t blockThreads = 0, blockShared = 0; ///< of one block, bytes for the latter; of a sum the largest
  double seconds = 0;                         ///< of the host, for its own speed

  Counters &operator+=(const Counters &other);
};

struct Report {
  std::vector<Defect> defects; ///< by line; equal ones are counted, not repeated
  Counters counters;
  bool completed = true; ///< false after a deadlock, a trap, the step limit or a launch that breaks a limit
};

} // namespace plait::emulator

#endif // PLAIT_RUNTIME_EMULATOR_MACHINE_REPORT_H
