//===- CommandLine.h - the options of plait-emulate -------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares what the command line says.
//
//===----------------------------------------------------------------------===//

#ifndef TOOLS_PLAIT_EMULATE_COMMANDLINE_H
#define TOOLS_PLAIT_EMULATE_COMMANDLINE_H

#include "runtime/emulator/driver/Settings.h"

#include <optional>
#include <string>
#include <vector>

namespace plait::emulator {

struct CommandLine {
  Settings settings;
  bool hasArchitecture = false; ///< else the module's target says it
  std::string file, kernel;     ///< no kernel: the only one
  std::vector<std::string> arguments;
  Dimensions grid{1, 1, 1};
  std::optional<Dimensions> block; ///< else .reqntid, or a warp
  uint32_t sharedBytes = 0;
  uint64_t seed = 0;
  bool wantsHelp = false, wantsVersion = false, wantsJson = false, wantsLines = false;
};

/// Reads options over the settings of the environment. Throws Error.
CommandLine readCommandLine(const std::vector<std::string> &words);
std::string describeOptions();

} // namespace plait::emulator

#endif // TOOLS_PLAIT_EMULATE_COMMANDLINE_H
