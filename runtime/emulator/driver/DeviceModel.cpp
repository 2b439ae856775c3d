//===- DeviceModel.cpp - the sizes of devices -----------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file has the table of architectures and what follows from it.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/driver/DeviceModel.h"

#include "runtime/emulator/Error.h"

#include <algorithm>
#include <charconv>
#include <optional>

using namespace plait::emulator;

namespace {

constexpr uint32_t kib = 1024, mib = 1024 * kib;
constexpr uint64_t gib = uint64_t(1024) * mib;

// A100, RTX A6000, Jetson Orin, RTX 4090, H100 SXM, B200, B300, RTX 5090.
constexpr DeviceModel models[] = {
    {8, 0, 2048, 32, 164 * kib, 163 * kib, 108, 80 * gib, 40 * mib, 1410000, 1593000, 5120},
    {8, 6, 1536, 16, 100 * kib, 99 * kib, 84, 48 * gib, 6 * mib, 1800000, 8001000, 384},
    {8, 7, 1536, 16, 164 * kib, 163 * kib, 16, 32 * gib, 4 * mib, 1300000, 3200000, 256},
    {8, 9, 1536, 24, 100 * kib, 99 * kib, 128, 24 * gib, 72 * mib, 2520000, 10501000, 384},
    {9, 0, 2048, 32, 228 * kib, 227 * kib, 132, 80 * gib, 50 * mib, 1980000, 2619000, 5120},
    {10, 0, 2048, 32, 228 * kib, 227 * kib, 148, 180 * gib, 126 * mib, 1965000, 3996000, 8192},
    {10, 3, 2048, 32, 228 * kib, 227 * kib, 148, 270 * gib, 126 * mib, 2032000, 3996000, 8192},
    {12, 0, 1536, 24, 100 * kib, 99 * kib, 170, 32 * gib, 96 * mib, 2407000, 14001000, 512},
};

/// sm_90a: a number, of which the last digit is the minor one, and a letter.
struct Architecture {
  int major, minor;
  char variant; ///< 'a' for this one alone, 'f' for its family, 0
};

std::optional<Architecture> parseArchitecture(std::string_view text) {
  if (!text.starts_with("sm_"))
    return std::nullopt;
  text.remove_prefix(3);
  char variant = text.ends_with('a') || text.ends_with('f') ? text.back() : '\0';
  text.remove_suffix(variant != 0);
  int number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 10)
    return std::nullopt;
  return Architecture{number / 10, number % 10, variant};
}

/// The first version of PTX that has an architecture, in tens.
int firstVersion(const Architecture &architecture) {
  struct First {
    int number, version;
  };
  static constexpr First table[] = {{50, 40}, {52, 41},  {53, 42},  {60, 50},  {61, 50},  {62, 50},  {70, 60},
                                    {72, 61}, {75, 63},  {80, 70},  {86, 71},  {87, 74},  {88, 90},  {89, 78},
                                    {90, 78}, {100, 86}, {101, 86}, {103, 88}, {110, 90}, {120, 87}, {121, 88}};
  constexpr int firstOfVariants = 80, firstOfFamilies = 88;
  int first = architecture.variant == 'f' ? firstOfFamilies : architecture.variant == 'a' ? firstOfVariants : 0;
  for (auto [number, version] : table)
    if (number == architecture.major * 10 + architecture.minor)
      return std::max(first, version);
  return first;
}

std::string written(int major, int minor) { return std::to_string(major) + "." + std::to_string(minor); }

std::string nameOf(const DeviceModel &model) { return "sm_" + std::to_string(model.major * 10 + model.minor); }

} // namespace

DeviceModel plait::emulator::findModel(const std::string &architecture) {
  auto parsed = parseArchitecture(architecture);
  std::string known;
  for (const DeviceModel &model : models) {
    if (parsed && parsed->major == model.major && parsed->minor == model.minor)
      return model;
    known += (known.empty() ? "" : ", ") + nameOf(model);
  }
  throw Error(0, "expects an architecture of " + known + ", but got '" + architecture + "'");
}

std::string plait::emulator::whyRefused(const ptx::Module &module, const DeviceModel &model) {
  auto target = parseArchitecture(module.target);
  if (module.addressBits != 64)
    return "expects .address_size 64, but got 32";
  if (!target)
    return "expects a .target such as sm_90, but got '" + module.target + "'";
  bool isOlder = target->major < model.major || (target->major == model.major && target->minor <= model.minor);
  bool isSame = target->major == model.major && target->minor == model.minor;
  if (target->variant == 'a' ? !isSame : target->variant == 'f' ? !isOlder || target->major != model.major : !isOlder)
    return "expects a .target that " + nameOf(model) + " can run, but got '" + module.target + "'";
  if (int first = firstVersion(*target); module.version() < first)
    return "expects .version " + written(first / 10, first % 10) + " or newer of a module for " + module.target +
           ", but got " + written(module.versionMajor, module.versionMinor);
  return "";
}

bool plait::emulator::readsVersion(int driverVersion, const ptx::Module &module) {
  // Each driver reads what its toolkit writes. 12.6 added none.
  int major = driverVersion / 1000, minor = driverVersion % 1000 / 10;
  int newest = (major - 4) * 10 + minor - (major == 12 ? std::clamp(minor - 5, 0, 1) : 0);
  return module.version() <= newest;
}

uint32_t plait::emulator::residentBlocks(const DeviceModel &model, uint32_t threads, uint32_t registers,
                                         uint32_t sharedBytes) {
  constexpr uint32_t warp = 32, registersOfProcessor = 65536, registersAtOnce = 256, sharedAtOnce = 128;
  constexpr uint32_t reserved = 1024; // shared memory that the system takes from each block
  auto roundUp = [](uint32_t value, uint32_t unit) { return (value + unit - 1) / unit * unit; };
  uint32_t warps = roundUp(threads, warp) / warp;
  if (warps == 0)
    return 0;
  uint32_t ofWarp = roundUp(std::max(registers, 1u) * warp, registersAtOnce);
  uint32_t byRegisters = registersOfProcessor / ofWarp / warps;
  uint32_t byShared = model.sharedBytes / roundUp(sharedBytes + reserved, sharedAtOnce);
  return std::min({model.blocks, model.threads / (warps * warp), byRegisters, byShared});
}
