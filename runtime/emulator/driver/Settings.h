//===- Settings.h - the emulator's settings ---------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares what a user may choose about the emulated device and about how
// kernels run on it. runtime/emulator/README.md says what each setting means.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_EMULATOR_DRIVER_SETTINGS_H
#define PLAIT_RUNTIME_EMULATOR_DRIVER_SETTINGS_H

#include "runtime/emulator/driver/DeviceModel.h"
#include "runtime/emulator/machine/Device.h"

namespace plait::emulator {

struct Settings {
  DeviceModel model;
  int driverVersion = 13000; ///< as cuDriverGetVersion has it
  int devices = 1;           ///< 0 or 1
  Limits limits;
  Options options;
  bool isBlocking = false; ///< a launch itself returns what its kernel failed with
  std::string log;         ///< a file's path; empty for standard error
};

/// Each setting as text, which a command line may give, too. Throws Error: expects ..., but got ....
void setArchitecture(Settings &settings, const std::string &text);  ///< sm_90
void setDriverVersion(Settings &settings, const std::string &text); ///< 13.0
void setMemory(Settings &settings, const std::string &text);        ///< 80G
void setOrder(Settings &settings, const std::string &text);         ///< round-robin, random:SEED
void setMmaOrder(Settings &settings, const std::string &text);      ///< truncated, forward, reverse, pairwise
void setChecks(Settings &settings, const std::string &text);        ///< races, uninitialised, none
void setStepLimit(Settings &settings, const std::string &text);
void setThreads(Settings &settings, const std::string &text);

/// The defaults, changed by the PLAIT_EMULATOR_ variables of the environment. Throws Error.
Settings readEnvironment();

/// Bytes, which may be given in K, M, G or T. Throws Error.
uint64_t parseBytes(const std::string &text);
/// All of `text` as a number from `low` to `high`. Throws Error that names `what`.
uint64_t parseNumber(const std::string &text, const std::string &what, uint64_t low, uint64_t high);

} // namespace plait::emulator

#endif // PLAIT_RUNTIME_EMULATOR_DRIVER_SETTINGS_H
