//===- DeviceModel.h - the sizes of devices ---------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the limits of an architecture, as the programming guide's table
// of compute capabilities has them, and those of one product that has it.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_EMULATOR_DRIVER_DEVICEMODEL_H
#define PLAIT_RUNTIME_EMULATOR_DRIVER_DEVICEMODEL_H

#include "runtime/emulator/ptx/Module.h"

#include <cstdint>
#include <string>

namespace plait::emulator {

struct DeviceModel {
  int major, minor;
  // Of a processor (SM).
  uint32_t threads, blocks, sharedBytes;
  uint32_t sharedBytesOfBlock; ///< of a block that has opted in
  // Of a product.
  uint32_t processors;
  uint64_t memoryBytes;
  uint32_t l2Bytes, clockKhz, memoryClockKhz, busBits;
};

/// The model of "sm_90" or "sm_90a". Throws Error, with all that there are.
DeviceModel findModel(const std::string &architecture);

/// Why a driver would not take the module: empty if it would.
std::string whyRefused(const ptx::Module &module, const DeviceModel &model);
/// Whether a driver of this version (13000) reads the module's version of PTX.
bool readsVersion(int driverVersion, const ptx::Module &module);

/// Blocks that a processor holds at once.
uint32_t residentBlocks(const DeviceModel &model, uint32_t threads, uint32_t registers, uint32_t sharedBytes);

} // namespace plait::emulator

#endif // PLAIT_RUNTIME_EMULATOR_DRIVER_DEVICEMODEL_H
