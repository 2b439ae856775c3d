//===- Support.cpp - what the runtime's tests share -----------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements Support.h.
//
//===----------------------------------------------------------------------===//

#include "tests/runtime/Support.h"

#include "runtime/src/cpu/Features.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sched.h>
#include <sstream>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

namespace plait::test {

std::string baselineIsa() { return std::string(cpu::instructionSets().front().name); }

std::vector<uint8_t> kernelObject(int tag) {
  std::string text = readText(std::string(PLAIT_TEST_KERNELS) + std::to_string(tag) + ".so");
  return {text.begin(), text.end()};
}

namespace {

pack::Entry makeEntry(const std::string &name, std::vector<pack::Argument> arguments, pack::Launch launch) {
  pack::Entry entry;
  entry.name = name;
  entry.symbols = {"B", "T"};
  entry.arguments = std::move(arguments);
  pack::Variant variant;
  variant.isa = baselineIsa();
  variant.schedule = "default";
  launch.symbol = name;
  for (size_t i = 0; i < entry.arguments.size(); ++i)
    launch.operands.push_back(uint16_t(i));
  variant.launches = {std::move(launch)};
  entry.variants = {std::move(variant)};
  return entry;
}

/// f32 matrices [B, T]: "in" and "out", one work item a row.
pack::Entry matrixEntry(const std::string &name, pack::Direction result) {
  pack::Launch launch;
  launch.grid[0] = {0, 1, 1};
  std::vector<pack::Dim> shape = {{0, 1}, {1, 1}};
  return makeEntry(
      name,
      {{"in", pack::Direction::In, pack::ElementType::F32, shape}, {"out", result, pack::ElementType::F32, shape}},
      std::move(launch));
}

/// An i64 vector "out" of `factor` * T elements.
pack::Entry vectorEntry(const std::string &name, int64_t factor, pack::Launch launch) {
  pack::Entry entry =
      makeEntry(name, {{"out", pack::Direction::Out, pack::ElementType::I64, {{0, factor}}}}, std::move(launch));
  entry.symbols = {"T"};
  return entry;
}

} // namespace

pack::Manifest kernelManifest() {
  pack::Manifest manifest;
  manifest.abi = PLAIT_ABI_VERSION;
  manifest.compiler = "by hand";
  for (const char *name : {"twice", "nearly_twice", "slowly_twice", "quarter"})
    manifest.entries.push_back(matrixEntry(name, pack::Direction::Out));
  manifest.entries.push_back(matrixEntry("accumulate", pack::Direction::InOut));

  pack::Launch items;
  items.grid[0] = {0, 1, 1};
  manifest.entries.push_back(vectorEntry("tag", 1, items));
  items.scratch = 4096;
  manifest.entries.push_back(vectorEntry("use_scratch", 1, items));
  pack::Launch cube;
  cube.grid = {{{pack::noSymbol, 3, 1}, {pack::noSymbol, 4, 1}, {0, 1, 1}}};
  manifest.entries.push_back(vectorEntry("coordinates", 12, cube));
  manifest.entries.push_back(vectorEntry("count", 1, cube));
  pack::Launch together;
  together.grid[0] = {pack::noSymbol, 3, 1};
  together.grid[1] = {0, 1, 1};
  together.span = 16;
  manifest.entries.push_back(vectorEntry("neighbours", 3, together));
  return manifest;
}

pack::Entry &entry(pack::Manifest &manifest, const std::string &name) {
  return *std::find_if(manifest.entries.begin(), manifest.entries.end(),
                       [&](const pack::Entry &entry) { return entry.name == name; });
}

pack::Bytes buildPack(const pack::Manifest &manifest) {
  pack::PackBuilder builder;
  builder.addObject(kernelObject(1));
  builder.addObject(kernelObject(2));
  pack::Bytes bytes;
  pack::Refusal refusal = builder.build(manifest, bytes);
  EXPECT_EQ(refusal.value_or(""), "");
  return bytes;
}

PackPointer openPack(const pack::Bytes &bytes) {
  plait_pack *pack = nullptr;
  EXPECT_OK(plait_pack_open_memory(bytes.data(), bytes.size(), &pack));
  return PackPointer(pack);
}

const plait_function *find(const PackPointer &pack, const std::string &name) {
  const plait_function *function = nullptr;
  EXPECT_OK(plait_pack_find(pack.get(), name.c_str(), &function));
  return function;
}

plait_status *call(const plait_function *function, const std::vector<const DLTensor *> &arguments,
                   const plait_call_options *options) {
  return plait_call(function, arguments.data(), arguments.size(), options);
}

ScratchFolder::ScratchFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "plait-test-XXXXXX").string();
  path = mkdtemp(name.data());
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path, ignored);
}

Setting::Setting(const char *name, const char *value) : name(name) {
  if (const char *old = std::getenv(name))
    former = std::make_unique<std::string>(old);
  if (value)
    setenv(name, value, 1);
  else
    unsetenv(name);
}

Setting::~Setting() {
  if (former)
    setenv(name.c_str(), former->c_str(), 1);
  else
    unsetenv(name.c_str());
}

int inChild(const std::function<int()> &body) {
  pid_t child = fork();
  if (child == 0) {
    alarm(20);
    _exit(body());
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int onSmallDisk(const std::string &folder, const std::function<int()> &body) {
  return inChild([&] {
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        mount("none", folder.c_str(), "tmpfs", 0, "size=256k") != 0)
      return mountRefused;
    return body();
  });
}

std::string readText(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

void writeText(const std::string &path, const std::string &text) { std::ofstream(path, std::ios::binary) << text; }

} // namespace plait::test
