//===- ReportText.h - reports and counters to read --------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares how the report of a launch is printed.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_EMULATOR_DRIVER_REPORTTEXT_H
#define PLAIT_RUNTIME_EMULATOR_DRIVER_REPORTTEXT_H

#include "runtime/emulator/machine/Report.h"

namespace plait::emulator {

/// A line for each of the first defects, the last one without its end; empty if there is none.
std::string describeDefects(const Report &report);
/// Two tables: instructions by kind, and the totals against what would be ideal.
std::string describeCounters(const Counters &counters);
/// A table of what each line of the text did.
std::string describeLines(const Counters &counters, const std::string &text);
/// The totals of so many launches as a JSON object of numbers, with one of warp instructions by kind.
std::string countersAsJson(const Counters &counters, uint64_t launches);

} // namespace plait::emulator

#endif // PLAIT_RUNTIME_EMULATOR_DRIVER_REPORTTEXT_H
