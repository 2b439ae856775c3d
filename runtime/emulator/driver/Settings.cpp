//===- Settings.cpp - the emulator's settings -----------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file reads settings from text.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/driver/Settings.h"

#include "runtime/emulator/Error.h"

#include <charconv>
#include <cstdlib>
#include <optional>
#include <sstream>

using namespace plait::emulator;

[[noreturn]] static void refuse(const std::string &what, const std::string &text) {
  throw Error(0, "expects " + what + ", but got '" + text + "'");
}

/// All of `text` as a number from `low` to `high`.
static std::optional<uint64_t> numberOf(const std::string &text, uint64_t low, uint64_t high) {
  uint64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  bool isNumber = error == std::errc() && end == text.data() + text.size();
  return isNumber && value >= low && value <= high ? std::optional(value) : std::nullopt;
}

uint64_t plait::emulator::parseNumber(const std::string &text, const std::string &what, uint64_t low, uint64_t high) {
  auto value = numberOf(text, low, high);
  if (!value)
    refuse(what, text);
  return *value;
}

void plait::emulator::setArchitecture(Settings &settings, const std::string &text) {
  settings.model = findModel(text);
  settings.limits.sharedBytes = settings.model.sharedBytesOfBlock;
  settings.limits.processors = settings.model.processors;
  settings.limits.memoryBytes = settings.model.memoryBytes;
}

void plait::emulator::setDriverVersion(Settings &settings, const std::string &text) {
  const char *what = "a version of the driver such as 13.0";
  size_t dot = text.find('.');
  if (dot == text.npos)
    refuse(what, text);
  uint64_t major = parseNumber(text.substr(0, dot), what, 11, 99),
           minor = parseNumber(text.substr(dot + 1), what, 0, 99);
  settings.driverVersion = int(major * 1000 + minor * 10);
}

uint64_t plait::emulator::parseBytes(const std::string &text) {
  static constexpr std::string_view units = "KMGT";
  size_t unit = text.empty() ? units.npos : units.find(text.back());
  unsigned shift = unit == units.npos ? 0 : 10 * (unsigned(unit) + 1);
  auto value = numberOf(text.substr(0, text.size() - (shift != 0)), 1, uint64_t(1) << (40 - shift));
  if (!value)
    refuse("bytes up to 1T, such as 4096, 512M or 80G", text);
  return *value << shift;
}

void plait::emulator::setMemory(Settings &settings, const std::string &text) {
  settings.limits.memoryBytes = parseBytes(text);
}

void plait::emulator::setOrder(Settings &settings, const std::string &text) {
  const char *what = "the order round-robin or random:SEED";
  if (text == "round-robin") {
    settings.options.order = Options::Order::RoundRobin;
    return;
  }
  auto seed = text.starts_with("random:") ? numberOf(text.substr(7), 0, UINT64_MAX) : std::nullopt;
  if (!seed)
    refuse(what, text);
  settings.options.seed = *seed;
  settings.options.order = Options::Order::Random;
}

void plait::emulator::setMmaOrder(Settings &settings, const std::string &text) {
  if (text == "truncated")
    settings.options.mmaOrder = MmaOrder::Truncated;
  else if (text == "forward")
    settings.options.mmaOrder = MmaOrder::Forward;
  else if (text == "reverse")
    settings.options.mmaOrder = MmaOrder::Reverse;
  else if (text == "pairwise")
    settings.options.mmaOrder = MmaOrder::Pairwise;
  else
    refuse("the order of mma truncated, forward, reverse or pairwise", text);
}

void plait::emulator::setChecks(Settings &settings, const std::string &text) {
  settings.options.checkRaces = settings.options.checkUninitializedGlobal = false;
  std::istringstream list(text);
  for (std::string check; text != "none" && std::getline(list, check, ',');)
    if (check == "races")
      settings.options.checkRaces = true;
    else if (check == "uninitialised")
      settings.options.checkUninitializedGlobal = true;
    else
      refuse("checks among races and uninitialised, or none", text);
}

void plait::emulator::setStepLimit(Settings &settings, const std::string &text) {
  settings.options.stepLimit = parseNumber(text, "a limit of instructions over 0", 1, UINT64_MAX);
}

void plait::emulator::setThreads(Settings &settings, const std::string &text) {
  settings.options.threads = unsigned(parseNumber(text, "a number of threads from 0 to 1024", 0, 1024));
}

Settings plait::emulator::readEnvironment() {
  Settings settings;
  setArchitecture(settings, "sm_90");
  auto read = [&](const char *name, auto set) {
    const char *text = std::getenv(name);
    if (!text || !*text)
      return;
    try {
      set(settings, text);
    } catch (const Error &error) {
      throw Error(0, std::string(name) + " " + error.what());
    }
  };
  read("PLAIT_EMULATOR_ARCH", setArchitecture); // sets what the next ones change
  read("PLAIT_EMULATOR_DRIVER", setDriverVersion);
  read("PLAIT_EMULATOR_MEMORY", setMemory);
  read("PLAIT_EMULATOR_ORDER", setOrder);
  read("PLAIT_EMULATOR_MMA", setMmaOrder);
  read("PLAIT_EMULATOR_CHECKS", setChecks);
  read("PLAIT_EMULATOR_STEPS", setStepLimit);
  read("PLAIT_EMULATOR_THREADS", setThreads);
  read("CUDA_LAUNCH_BLOCKING",
       [](Settings &settings, const std::string &text) { settings.isBlocking = parseNumber(text, "0 or 1", 0, 1); });
  read("PLAIT_EMULATOR_LOG", [](Settings &settings, const std::string &text) { settings.log = text; });
  read("PLAIT_EMULATOR_DEVICES", [](Settings &settings, const std::string &text) {
    settings.devices = int(parseNumber(text, "0 or 1 devices", 0, 1));
  });
  return settings;
}
