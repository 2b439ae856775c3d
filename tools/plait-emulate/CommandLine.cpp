//===- CommandLine.cpp - the options of plait-emulate ---------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file has the table of options and reads words by it.
//
//===----------------------------------------------------------------------===//

#include "tools/plait-emulate/CommandLine.h"

#include "runtime/emulator/Error.h"

#include <cctype>
#include <sstream>

using namespace plait::emulator;

namespace {

/// 8, 8,4 or 8,4,2.
Dimensions parseDimensions(const std::string &text) {
  Dimensions sizes{1, 1, 1};
  std::istringstream list(text + ',');
  std::string part;
  size_t count = 0;
  const char *what = "up to three sizes over 0, such as 8,4,2";
  for (; std::getline(list, part, ','); ++count)
    if (count < 3)
      sizes[count] = uint32_t(parseNumber(part, what, 1, 0x7fffffff));
  if (count > 3)
    throw Error(0, std::string("expects ") + what + ", but got '" + text + "'");
  return sizes;
}

struct Option {
  const char *name, *value, *help; ///< no value: a flag
  void (*set)(CommandLine &, const std::string &);
};

template <void (*set)(Settings &, const std::string &)> void setting(CommandLine &line, const std::string &text) {
  set(line.settings, text);
}

constexpr Option options[] = {
    {"kernel", "NAME", "the entry to run, where the module has several",
     [](CommandLine &line, const std::string &text) { line.kernel = text; }},
    {"grid", "X,Y,Z", "blocks, 1 by default",
     [](CommandLine &line, const std::string &text) { line.grid = parseDimensions(text); }},
    {"block", "X,Y,Z", "threads of a block, by default what .reqntid says, else 32",
     [](CommandLine &line, const std::string &text) { line.block = parseDimensions(text); }},
    {"shared", "BYTES", "dynamic shared memory",
     [](CommandLine &line, const std::string &text) {
       line.sharedBytes = uint32_t(parseNumber(text, "bytes of shared memory", 0, UINT32_MAX));
     }},
    {"seed", "NUMBER", "of random buffers, 0 by default",
     [](CommandLine &line, const std::string &text) { line.seed = parseNumber(text, "a seed", 0, UINT64_MAX); }},
    {"arch", "sm_XX", "the device, by default the module's .target",
     [](CommandLine &line, const std::string &text) {
       setArchitecture(line.settings, text);
       line.hasArchitecture = true;
     }},
    {"memory", "BYTES", "of the device", setting<setMemory>},
    {"order", "ORDER", "of warps: round-robin or random:SEED", setting<setOrder>},
    {"mma", "ORDER", "of an mma's sums: truncated, forward, reverse or pairwise", setting<setMmaOrder>},
    {"checks", "LIST", "races, uninitialised (of global memory), or none", setting<setChecks>},
    {"steps", "NUMBER", "the most instructions of a block's warps", setting<setStepLimit>},
    {"threads", "NUMBER", "of this machine; 0 for all", setting<setThreads>},
    {"lines", nullptr, "also print what each line of the text did",
     [](CommandLine &line, const std::string &) { line.wantsLines = true; }},
    {"json", nullptr, "print the totals as JSON instead",
     [](CommandLine &line, const std::string &) { line.wantsJson = true; }},
    {"help", nullptr, "print this", [](CommandLine &line, const std::string &) { line.wantsHelp = true; }},
    {"version", nullptr, "print the version", [](CommandLine &line, const std::string &) { line.wantsVersion = true; }},
};

const Option &findOption(const std::string &name) {
  for (const Option &option : options)
    if (name == option.name)
      return option;
  throw Error(0, "expects an option that --help lists, but got '--" + name + "'");
}

/// Handles words[i], and the next one if it is the value. Gives the index of the last word that it took.
size_t readOption(CommandLine &line, const std::vector<std::string> &words, size_t i) {
  size_t equal = words[i].find('=');
  std::string name = words[i].substr(2, equal == words[i].npos ? equal : equal - 2);
  const Option &option = findOption(name);
  std::string value;
  if (!option.value && equal != words[i].npos)
    throw Error(0, "--" + name + " expects no value, but got '" + words[i].substr(equal + 1) + "'");
  if (option.value && equal != words[i].npos)
    value = words[i].substr(equal + 1);
  else if (option.value && ++i < words.size())
    value = words[i];
  else if (option.value)
    throw Error(0, "--" + name + " expects " + option.value + ", but got nothing");
  try {
    option.set(line, value);
  } catch (const Error &error) {
    throw Error(0, "--" + name + " " + error.what());
  }
  return i;
}

} // namespace

CommandLine plait::emulator::readCommandLine(const std::vector<std::string> &words) {
  CommandLine line;
  line.settings = readEnvironment();
  line.hasArchitecture = std::getenv("PLAIT_EMULATOR_ARCH");
  for (size_t i = 0; i < words.size(); ++i)
    if (words[i].starts_with("--"))
      i = readOption(line, words, i);
    else if (line.file.empty())
      line.file = words[i];
    else
      line.arguments.push_back(words[i]);
  if (line.file.empty() && !line.wantsHelp && !line.wantsVersion)
    throw Error(0, "expects a file of PTX, but got none (--help says more)");
  return line;
}

std::string plait::emulator::describeOptions() {
  std::string text;
  for (const Option &option : options) {
    std::string name = std::string("  --") + option.name + (option.value ? std::string("=") + option.value : "");
    name.resize(std::max(name.size() + 1, size_t(20)), ' ');
    text += name + option.help + "\n";
  }
  return text;
}
