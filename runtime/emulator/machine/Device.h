//===- Device.h - load modules and launch kernels ---------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the device: its memory, the programs loaded into it, and the
// launch of a kernel that checks and counts as it runs.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_EMULATOR_MACHINE_DEVICE_H
#define PLAIT_RUNTIME_EMULATOR_MACHINE_DEVICE_H

#include "runtime/emulator/compute/Compute.h"
#include "runtime/emulator/machine/GlobalMemory.h"
#include "runtime/emulator/machine/Report.h"
#include "runtime/emulator/ptx/Module.h"

#include <array>
#include <memory>
#include <span>
#include <string_view>

namespace plait::emulator {

using Dimensions = std::array<uint32_t, 3>;

/// What the device can do; launches that ask for more are refused. The defaults are an H100's.
struct Limits {
  uint64_t memoryBytes = uint64_t(80) << 30;
  uint32_t sharedBytes = 227 * 1024;         ///< of a block that has opted in
  uint32_t sharedBytesByDefault = 48 * 1024; ///< of a block that has not
  uint32_t processors = 132;
};

struct FunctionAttributes {
  struct Parameter {
    uint32_t offset, bytes;
  };
  std::vector<Parameter> parameters;
  uint32_t parameterBytes = 0; ///< of all, where the last one ends
  uint32_t staticSharedBytes = 0;
  uint32_t localBytes = 0; ///< of a lane, without callees
  uint32_t constBytes = 0; ///< of the module
  uint32_t registers = 0;  ///< .maxnreg, or an estimate: PTX does not tell
  uint32_t maxThreads = 1024;
};

struct Kernel; ///< an entry with its code decoded
class Program; ///< a module that is loaded

struct Options {
  enum class Order : uint8_t { RoundRobin, Random };
  Order order = Order::RoundRobin; ///< of warps in a block
  uint64_t seed = 0;               ///< of the random order
  MmaOrder mmaOrder = MmaOrder::Truncated;
  bool checkRaces = true;
  bool checkUninitializedGlobal = false;  ///< reads of global and local memory that nobody wrote
  uint64_t stepLimit = uint64_t(1) << 30; ///< warp instructions of a block
  unsigned threads = 0;                   ///< of the host; 0: as many as it has
};

struct Launch {
  Dimensions grid{1, 1, 1}, block{1, 1, 1};
  uint32_t dynamicSharedBytes = 0;
  std::span<const uint8_t> parameters; ///< laid out as FunctionAttributes::parameters says
  bool largeShared = false;            ///< the function has opted in to more than Limits::sharedBytesByDefault
};

/// Not safe for two host threads at once.
class Device {
public:
  explicit Device(const Limits &limits = {});
  ~Device();

  const Limits &limits() const { return deviceLimits; }
  GlobalMemory &memory() { return globalMemory; }

  /// Decodes every instruction and places the variables. Throws Error with the line for an
  /// instruction, a modifier or a symbol that the emulator does not know, and for a kernel with more
  /// static shared memory than a block has that has not opted in.
  std::shared_ptr<Program> load(const ptx::Module &module);
  /// Runs a kernel to its end. Throws Error where the arguments themselves are wrong: a parameter
  /// block of another size, a dimension of 0.
  Report launch(const Kernel &kernel, const Launch &launch, const Options &options = {});

private:
  Limits deviceLimits;
  GlobalMemory globalMemory;
  uint32_t clockBase = 0; ///< all clocks of earlier launches are at most this
};

/// What `Device::load` returns; its variables are freed with it, so the device must outlive it.
const Kernel *findKernel(const Program &program, std::string_view name);
std::vector<std::string> kernelNames(const Program &program);
/// A variable of space global or const.
const Allocation *findVariable(const Program &program, std::string_view name);
const FunctionAttributes &attributes(const Kernel &kernel);
std::string_view name(const Kernel &kernel);

} // namespace plait::emulator

#endif // PLAIT_RUNTIME_EMULATOR_MACHINE_DEVICE_H
