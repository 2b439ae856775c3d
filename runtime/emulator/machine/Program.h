//===- Program.h - a loaded module ------------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares a module in the device: its variables in memory and its entries
// decoded.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_EMULATOR_MACHINE_PROGRAM_H
#define PLAIT_RUNTIME_EMULATOR_MACHINE_PROGRAM_H

#include "runtime/emulator/machine/Code.h"
#include "runtime/emulator/machine/FunctionDecoder.h"

#include <set>

namespace plait::emulator {

class Program {
public:
  Program(const ptx::Module &module, GlobalMemory &memory);
  ~Program();
  Program(const Program &) = delete;
  Program &operator=(const Program &) = delete;

  /// The index of a function with a body.
  std::optional<size_t> findFunction(std::string_view name) const;
  const Allocation *findVariable(std::string_view name) const;
  static uint64_t codeAddress(size_t function) { return codeWindow + codeBytes * (function + 1); }

  const ptx::Module module;
  std::deque<Kernel> kernels;

private:
  static constexpr uint64_t codeWindow = uint64_t(4) << 56, codeBytes = 16;

  void placeVariables();
  void initialize(const ptx::Variable &variable);
  void addKernel(const ptx::Function &entry);
  struct Reached {
    std::vector<size_t> functions;
    std::vector<const ptx::Variable *> shared;
  };
  void reach(size_t function, Reached &reached) const;
  SharedLayout layOut(const Reached &reached) const;
  FunctionAttributes attributesOf(const Kernel &kernel, const SharedLayout &layout) const;

  GlobalMemory &memory;
  std::map<std::string, Allocation, std::less<>> variables;
};

/// A multiple of the alignment.
inline uint32_t alignTo(uint64_t offset, uint32_t alignment) {
  return uint32_t((offset + alignment - 1) / alignment * alignment);
}

} // namespace plait::emulator

#endif // PLAIT_RUNTIME_EMULATOR_MACHINE_PROGRAM_H
