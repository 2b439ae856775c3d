//===- ReportText.cpp - reports and counters to read ----------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file prints the report of a launch.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/driver/ReportText.h"

#include <algorithm>
#include <cstdio>
#include <sstream>
#include <tuple>

using namespace plait::emulator;

namespace {

template <typename... Values> void append(std::string &text, const char *format, Values... values) {
  int size = std::snprintf(nullptr, 0, format, values...);
  size_t begin = text.size();
  text.resize(begin + size + 1);
  std::snprintf(text.data() + begin, size + 1, format, values...);
  text.pop_back();
}

using Count = unsigned long long;

/// Of nothing, nothing is ideal.
double ratio(uint64_t value, uint64_t ideal) { return ideal ? double(value) / double(ideal) : 1.0; }

struct Total {
  const char *key;   ///< in JSON
  const char *title; ///< in the table
  uint64_t value;
  const char *against = nullptr;
  uint64_t ideal = 0;
};

std::vector<Total> totalsOf(const Counters &counters) {
  const Work &work = counters.total;
  return {
      {"warp_instructions", "instructions of warps", work.warps},
      {"lane_instructions", "instructions of lanes", work.lanes, "of full warps", work.warps * 32},
      {"mma", "tensor-core instructions", counters.mma},
      {"mma_flops", "tensor-core operations", counters.mmaFlops},
      {"barriers", "barriers", counters.barriers},
      {"shared_wavefronts", "shared wavefronts", work.sharedWavefronts, "ideal", work.idealWavefronts},
      {"shared_read", "shared bytes read", work.sharedRead},
      {"shared_written", "shared bytes written", work.sharedWritten},
      {"global_sectors", "global sectors", work.globalSectors, "ideal", work.idealSectors},
      {"global_read", "global bytes read", work.globalRead, "distinct", counters.uniqueRead},
      {"global_written", "global bytes written", work.globalWritten, "distinct", counters.uniqueWritten},
  };
}

} // namespace

std::string plait::emulator::describeDefects(const Report &report) {
  constexpr size_t most = 10; // one mistake shows in many lines
  std::string text;
  for (size_t i = 0; i < std::min(report.defects.size(), most); ++i) {
    const Defect &defect = report.defects[i];
    text += (text.empty() ? "" : "\n") + defect.message;
    if (defect.count > 1)
      text += " (" + std::to_string(defect.count) + " times)";
  }
  if (report.defects.size() > most)
    text += "\nand " + std::to_string(report.defects.size() - most) + " more";
  return text;
}

std::string plait::emulator::describeCounters(const Counters &counters) {
  std::vector<std::pair<std::string, Work>> kinds(counters.kinds.begin(), counters.kinds.end());
  std::sort(kinds.begin(), kinds.end(),
            [](auto &a, auto &b) { return std::tie(b.second.warps, a.first) < std::tie(a.second.warps, b.first); });
  std::string text;
  append(text, "%-28s %14s %16s\n", "instruction", "warps", "lanes");
  for (const auto &[kind, work] : kinds)
    append(text, "%-28s %14llu %16llu\n", kind.c_str(), Count(work.warps), Count(work.lanes));
  append(text, "\n%-28s %14s\n", "total", "count");
  for (const Total &total : totalsOf(counters)) {
    append(text, "%-28s %14llu", total.title, Count(total.value));
    if (total.against)
      append(text, "   %.2fx of %llu %s", ratio(total.value, total.ideal), Count(total.ideal), total.against);
    text += '\n';
  }
  return text;
}

std::string plait::emulator::describeLines(const Counters &counters, const std::string &text) {
  std::istringstream source(text);
  std::string table, line;
  append(table, "%6s %12s %9s %12s %9s %12s %9s  %s\n", "line", "warps", "of 32", "wavefronts", "of ideal", "sectors",
         "of ideal", "text");
  int number = 0;
  for (const auto &[at, work] : counters.lines) {
    for (; number < at; ++number)
      std::getline(source, line);
    append(table, "%6d %12llu %8.2fx %12llu %8.2fx %12llu %8.2fx  %s\n", at, Count(work.warps),
           ratio(work.lanes, work.warps * 32), Count(work.sharedWavefronts),
           ratio(work.sharedWavefronts, work.idealWavefronts), Count(work.globalSectors),
           ratio(work.globalSectors, work.idealSectors),
           line.c_str() + std::min(line.find_first_not_of(" \t"), line.size()));
  }
  return table;
}

std::string plait::emulator::countersAsJson(const Counters &counters, uint64_t launches) {
  std::string text;
  append(text, "{\"launches\": %llu, \"blocks\": %llu, \"block_threads\": %llu, \"block_shared\": %llu",
         Count(launches), Count(counters.blocks), Count(counters.blockThreads), Count(counters.blockShared));
  for (const Total &total : totalsOf(counters)) {
    append(text, ", \"%s\": %llu", total.key, Count(total.value));
    if (total.against)
      append(text, ", \"%s_%s\": %llu", total.key,
             total.key == std::string("lane_instructions") ? "full" : total.against, Count(total.ideal));
  }
  text += ", \"kinds\": {";
  const char *comma = "";
  for (const auto &[kind, work] : counters.kinds) {
    append(text, "%s\"%s\": %llu", comma, kind.c_str(), Count(work.warps));
    comma = ", ";
  }
  append(text, "}, \"seconds\": %.6f}", counters.seconds);
  return text;
}
