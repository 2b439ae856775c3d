//===- Report.cpp - what a launch found and counted -----------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements the names and sums of a report.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/machine/Report.h"

#include <algorithm>

using namespace plait::emulator;

const char *plait::emulator::name(Defect::Kind kind) {
  switch (kind) {
  case Defect::Kind::LaunchLimit:
    return "launch limit";
  case Defect::Kind::OutOfBounds:
    return "out of bounds";
  case Defect::Kind::Misaligned:
    return "misaligned";
  case Defect::Kind::Uninitialized:
    return "uninitialised";
  case Defect::Kind::Race:
    return "race";
  case Defect::Kind::Async:
    return "asynchronous copy";
  case Defect::Kind::Convergence:
    return "convergence";
  case Defect::Kind::Barrier:
    return "barrier";
  case Defect::Kind::Operand:
    return "operand";
  case Defect::Kind::Deadlock:
    return "deadlock";
  case Defect::Kind::StepLimit:
    return "step limit";
  case Defect::Kind::Trap:
    return "trap";
  }
  return "";
}

namespace {

template <typename T, typename... Field> void addFields(T &to, const T &from, Field T::*...fields) {
  ((to.*fields += from.*fields), ...);
}

} // namespace

Work &Work::operator+=(const Work &other) {
  addFields(*this, other, &Work::warps, &Work::lanes, &Work::sharedWavefronts, &Work::idealWavefronts,
            &Work::globalSectors, &Work::idealSectors, &Work::globalRead, &Work::globalWritten, &Work::sharedRead,
            &Work::sharedWritten);
  return *this;
}

Counters &Counters::operator+=(const Counters &other) {
  for (const auto &[kind, work] : other.kinds)
    kinds[kind] += work;
  for (const auto &[line, work] : other.lines)
    lines[line] += work;
  addFields(*this, other, &Counters::total, &Counters::mma, &Counters::mmaFlops, &Counters::uniqueRead,
            &Counters::uniqueWritten, &Counters::barriers, &Counters::blocks, &Counters::seconds);
  blockThreads = std::max(blockThreads, other.blockThreads);
  blockShared = std::max(blockShared, other.blockShared);
  return *this;
}
