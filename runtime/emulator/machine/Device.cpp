//===- Device.cpp - load modules and launch kernels -----------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements the device, and the limits that a launch must keep.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/machine/Device.h"

#include "runtime/emulator/machine/Grid.h"
#include "runtime/emulator/machine/Program.h"
#include "runtime/emulator/machine/Text.h"

using namespace plait::emulator;

namespace {

constexpr Dimensions mostBlocks{0x7fffffff, 65535, 65535}, mostThreads{1024, 1024, 64};
constexpr uint64_t mostThreadsOfBlock = warpSize * maxWarps;
/// The records of accesses have so many bits for a block's index.
constexpr uint64_t mostBlocksOfGrid = uint64_t(1) << 27;

uint64_t volume(const Dimensions &size) { return uint64_t(size[0]) * size[1] * size[2]; }
std::string written(const Dimensions &size) { return text("(", size[0], ", ", size[1], ", ", size[2], ")"); }

/// What a launch asks for in excess; empty where it keeps the limits.
std::string excess(const Kernel &kernel, const Launch &launch, const Limits &limits) {
  for (size_t axis = 0; axis < 3; ++axis)
    if (launch.grid[axis] > mostBlocks[axis] || launch.block[axis] > mostThreads[axis])
      return text("expects a grid of at most ", written(mostBlocks), " and blocks of at most ", written(mostThreads),
                  ", but got ", written(launch.grid), " and ", written(launch.block));
  if (volume(launch.grid) >= mostBlocksOfGrid)
    return text("expects a grid of less than ", mostBlocksOfGrid, " blocks, but got ", volume(launch.grid));
  const auto &required = kernel.source->requiredThreads;
  if (required && *required != launch.block)
    return text("expects blocks of .reqntid ", written(*required), ", but got ", written(launch.block));
  uint64_t most = kernel.source->maxThreads ? volume(*kernel.source->maxThreads) : mostThreadsOfBlock;
  if (volume(launch.block) > std::min(most, mostThreadsOfBlock))
    return text("expects blocks of at most ", std::min(most, mostThreadsOfBlock), " threads, but got ",
                volume(launch.block));
  uint64_t shared = uint64_t(kernel.dynamicSharedOffset) + launch.dynamicSharedBytes;
  uint32_t mostShared = launch.largeShared ? limits.sharedBytes : limits.sharedBytesByDefault;
  if (shared > mostShared)
    return text("expects at most ", mostShared, " bytes of shared memory a block, but got ", shared);
  return {};
}

} // namespace

Device::Device(const Limits &limits) : deviceLimits(limits), globalMemory(limits.memoryBytes) {}
Device::~Device() = default;

std::shared_ptr<Program> Device::load(const ptx::Module &module) {
  auto program = std::make_shared<Program>(module, globalMemory);
  for (const Kernel &kernel : program->kernels)
    // Only dynamic shared memory may be larger, as ptxas has it.
    if (kernel.attributes.staticSharedBytes > deviceLimits.sharedBytesByDefault)
      throw Error(kernel.source->line,
                  text("expects at most ", deviceLimits.sharedBytesByDefault, " bytes of static shared memory in `",
                       kernel.name, "`, but got ", kernel.attributes.staticSharedBytes));
  return program;
}

Report Device::launch(const Kernel &kernel, const Launch &launch, const Options &options) {
  if (launch.parameters.size() != kernel.attributes.parameterBytes)
    throw Error(0, text("expects ", kernel.attributes.parameterBytes, " bytes of parameters for ", kernel.name,
                        ", but got ", launch.parameters.size()));
  if (volume(launch.grid) == 0 || volume(launch.block) == 0)
    throw Error(0, text("expects dimensions of at least 1 for ", kernel.name, ", but got a grid of ",
                        written(launch.grid), " and blocks of ", written(launch.block)));
  if (std::string message = excess(kernel, launch, deviceLimits); !message.empty()) {
    Report report;
    report.completed = false;
    report.defects.push_back({Defect::Kind::LaunchLimit, 0, text(kernel.name, ": launch limit: ", message)});
    return report;
  }
  // Clocks go on from launch to launch, until there are no more of them.
  if (clockBase > UINT32_MAX / 2) {
    globalMemory.forgetAccesses();
    clockBase = 0;
  }
  Grid grid{kernel, launch, options, deviceLimits, globalMemory, clockBase};
  grid.blocks = uint32_t(volume(launch.grid));
  grid.warps = unsigned((volume(launch.block) + warpSize - 1) / warpSize);
  grid.sharedBytes = kernel.dynamicSharedOffset + launch.dynamicSharedBytes;
  Report report = grid.run();
  clockBase += grid.lastClock + 1;
  return report;
}

const Kernel *plait::emulator::findKernel(const Program &program, std::string_view name) {
  for (const Kernel &kernel : program.kernels)
    if (kernel.name == name)
      return &kernel;
  return nullptr;
}

std::vector<std::string> plait::emulator::kernelNames(const Program &program) {
  std::vector<std::string> names;
  for (const Kernel &kernel : program.kernels)
    names.push_back(kernel.name);
  return names;
}

const Allocation *plait::emulator::findVariable(const Program &program, std::string_view name) {
  return program.findVariable(name);
}

const FunctionAttributes &plait::emulator::attributes(const Kernel &kernel) { return kernel.attributes; }

std::string_view plait::emulator::name(const Kernel &kernel) { return kernel.name; }
