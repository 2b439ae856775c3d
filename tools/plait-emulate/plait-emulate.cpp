//===- plait-emulate.cpp - run a PTX kernel on the emulator ---------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file runs one launch of a kernel, prints what the kernel did wrong and counters
// of what it did.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/Error.h"
#include "runtime/emulator/driver/ReportText.h"
#include "tools/plait-emulate/Arguments.h"
#include "tools/plait-emulate/CommandLine.h"

#include <cstdio>
#include <fstream>
#include <iterator>

using namespace plait::emulator;

namespace {

constexpr const char *usage = R"(usage: plait-emulate [options] kernel.ptx [argument...]

Runs a kernel as the text says, with all checks on, and prints what it did: races, accesses out of bounds and
the like to standard error, counters to standard output. The exit status is 1 if the kernel has a defect, 2 if
it could not be run.

Arguments, one for each parameter:
  zero:BYTES          a buffer of zeros
  random:BYTES:TYPE   a buffer of values from -1 to 1 of type f64, f32, f16 or bf16; without a type, of any bits
  file:PATH           a buffer with what the file holds
  out:BYTES:PATH      a buffer of zeros, which the file holds afterwards
  NUMBER              the value of a parameter, by its type in PTX

Options:
)";

std::string readText(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  if (!file)
    throw Error(0, "expects a file of PTX that can be read, but got '" + path + "'");
  return {std::istreambuf_iterator<char>(file), {}};
}

const ptx::Function &findEntry(const ptx::Module &module, const std::string &name) {
  const ptx::Function *found = nullptr;
  std::string all;
  size_t count = 0;
  for (const ptx::Function &function : module.functions) {
    if (!function.isEntry || function.isDeclaration)
      continue;
    all += (all.empty() ? "" : ", ") + function.name;
    ++count;
    if (name.empty() || function.name == name)
      found = &function;
  }
  if (!count)
    throw Error(0, "expects a module with a kernel (.entry), but got none");
  if (!found || (name.empty() && count > 1))
    throw Error(0, "expects --kernel to name one of " + all + ", but got " + (found ? "none" : "'" + name + "'"));
  return *found;
}

/// The device that the module was written for, where there is a model of it.
void takeTarget(Settings &settings, const std::string &target) {
  uint64_t memory = settings.limits.memoryBytes;
  try {
    setArchitecture(settings, target);
    settings.limits.memoryBytes = memory;
  } catch (const Error &) {
    return; // an older one, whose text newer devices run, too
  }
}

void print(const Report &report, const CommandLine &line, const std::string &text) {
  std::string defects = describeDefects(report);
  if (!defects.empty())
    std::fprintf(stderr, "%s\n", defects.c_str());
  std::string counters = line.wantsJson ? countersAsJson(report.counters, 1) + "\n" : describeCounters(report.counters);
  if (line.wantsLines && !line.wantsJson)
    counters += "\n" + describeLines(report.counters, text);
  std::fputs(counters.c_str(), stdout);
}

/// Runs the launch; gives the exit status.
int run(CommandLine &line, const std::string &text) {
  ptx::Module module = ptx::parse(text);
  if (!line.hasArchitecture)
    takeTarget(line.settings, module.target);
  if (std::string why = whyRefused(module, line.settings.model); !why.empty())
    throw Error(0, why);
  const ptx::Function &entry = findEntry(module, line.kernel);
  Device device(line.settings.limits);
  std::shared_ptr<Program> program = device.load(module);
  const Kernel &kernel = *findKernel(*program, entry.name);
  Arguments arguments(device, entry, attributes(kernel), line.arguments, line.seed);
  Launch launch;
  launch.grid = line.grid;
  launch.block = line.block ? *line.block : entry.requiredThreads.value_or(Dimensions{32, 1, 1});
  launch.dynamicSharedBytes = line.sharedBytes;
  launch.parameters = arguments.bytes();
  launch.largeShared = true;
  Report report = device.launch(kernel, launch, line.settings.options);
  print(report, line, text);
  arguments.writeFiles(device.memory());
  return report.defects.empty() && report.completed ? 0 : 1;
}

} // namespace

int main(int argc, char **argv) {
  std::string place = "plait-emulate: error: ";
  try {
    CommandLine line = readCommandLine({argv + 1, argv + argc});
    if (line.wantsHelp)
      std::printf("%s%s", usage, describeOptions().c_str());
    else if (line.wantsVersion)
      std::printf("plait %s\n", PLAIT_VERSION);
    if (line.wantsHelp || line.wantsVersion)
      return 0;
    std::string text = readText(line.file);
    place += line.file + ":";
    return run(line, text);
  } catch (const Error &error) {
    std::string number = place.ends_with(':') ? (error.line ? std::to_string(error.line) + ": " : " ") : "";
    std::fprintf(stderr, "%s%s%s\n", place.c_str(), number.c_str(), error.what());
  } catch (const std::bad_alloc &) {
    std::fprintf(stderr, "%s out of memory\n", place.c_str());
  }
  return 2;
}
