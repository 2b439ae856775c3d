//===- Arguments.h - a kernel's arguments from words ------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares how words such as "random:4096:f32" or "1.5" become the
// parameters of a launch.
//
//===----------------------------------------------------------------------===//

#ifndef TOOLS_PLAIT_EMULATE_ARGUMENTS_H
#define TOOLS_PLAIT_EMULATE_ARGUMENTS_H

#include "runtime/emulator/machine/Device.h"

#include <string>
#include <vector>

namespace plait::emulator {

/// The parameters of one launch, and the buffers that are to be written to files after it.
class Arguments {
public:
  /// Throws Error, naming the parameter, where a word is none of the parameter's type.
  Arguments(Device &device, const ptx::Function &entry, const FunctionAttributes &layout,
            const std::vector<std::string> &words, uint64_t seed);

  const std::vector<uint8_t> &bytes() const { return parameters; }
  void writeFiles(const GlobalMemory &memory) const;

private:
  struct Output {
    std::string path;
    uint64_t address, bytes;
  };
  uint64_t makeBuffer(GlobalMemory &memory, const std::string &kind, const std::string &rest, uint64_t seed);

  std::vector<uint8_t> parameters;
  std::vector<Output> outputs;
};

} // namespace plait::emulator

#endif // TOOLS_PLAIT_EMULATE_ARGUMENTS_H
