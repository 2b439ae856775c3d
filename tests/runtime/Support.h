//===- Support.h - what the runtime's tests share ---------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file has arrays, packs of hand-written kernels, scratch folders and child
// processes for the tests.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_TESTS_RUNTIME_SUPPORT_H
#define PLAIT_TESTS_RUNTIME_SUPPORT_H

#include "runtime/src/pack/Pack.h"

#include <plait/runtime.h>

#include <functional>
#include <memory>
#include <numeric>
#include <string>
#include <type_traits>
#include <vector>

namespace plait::test {

/// The code and message of a status, which is released. "" for success.
struct Outcome {
  plait_code code;
  std::string message;

  explicit Outcome(plait_status *status) : code(plait_status_code(status)), message(plait_status_message(status)) {
    plait_status_release(status);
  }
};

/// Passes when a call succeeded and prints its message otherwise.
#define EXPECT_OK(call) EXPECT_EQ(::plait::test::Outcome(call).message, "")
#define ASSERT_OK(call) ASSERT_EQ(::plait::test::Outcome(call).message, "")

/// Passes when a call failed with this code and a message that has this part.
#define EXPECT_FAILS(call, expectedCode, part)                                                                         \
  do {                                                                                                                 \
    ::plait::test::Outcome outcome(call);                                                                              \
    EXPECT_EQ(outcome.code, expectedCode) << outcome.message;                                                          \
    EXPECT_NE(outcome.message.find(part), std::string::npos) << outcome.message;                                       \
  } while (false)

/// An array with its own data.
template <typename T> class Array {
public:
  explicit Array(std::vector<int64_t> extents, T value = T()) : shape(std::move(extents)) {
    int64_t count = std::accumulate(shape.begin(), shape.end(), int64_t(1), std::multiplies<>());
    data.assign(size_t(count), value);
    tensor = {data.data(), {kDLCPU, 0}, int(shape.size()), type(), shape.data(), nullptr, 0};
  }

  static DLDataType type() {
    uint8_t code = std::is_floating_point_v<T> ? kDLFloat : kDLInt;
    return {code, uint8_t(8 * sizeof(T)), 1};
  }

  void fillCounting() { std::iota(data.begin(), data.end(), T(1)); }

  std::vector<int64_t> shape;
  std::vector<int64_t> strides;
  std::vector<T> data;
  DLTensor tensor;
};

struct PackDeleter {
  void operator()(plait_pack *pack) const { plait_pack_release(pack); }
};
using PackPointer = std::unique_ptr<plait_pack, PackDeleter>;

/// The narrowest instruction set of this machine.
std::string baselineIsa();

/// The kernels' shared object, built with this TAG (1 or 2).
std::vector<uint8_t> kernelObject(int tag = 1);

/// A manifest of all kernels in kernels.c, each a function of the same name, in object 0.
pack::Manifest kernelManifest();

/// The function of this name in a manifest.
pack::Entry &entry(pack::Manifest &manifest, const std::string &name);

/// A pack of this manifest with the objects of TAG 1 and 2.
pack::Bytes buildPack(const pack::Manifest &manifest);

/// Opens a pack, which must succeed.
PackPointer openPack(const pack::Bytes &bytes);
inline PackPointer openPack(const pack::Manifest &manifest) { return openPack(buildPack(manifest)); }

/// Finds a function, which must succeed.
const plait_function *find(const PackPointer &pack, const std::string &name);

/// Calls a function with these arrays.
plait_status *call(const plait_function *function, const std::vector<const DLTensor *> &arguments,
                   const plait_call_options *options = nullptr);

/// Memory of 64 bytes that a test gives to calls, and what they asked it for.
struct GivenWorkspace {
  alignas(64) float memory[16] = {};
  std::string asked;

  plait_call_options options() {
    plait_call_options result = PLAIT_CALL_OPTIONS;
    result.workspace = give;
    result.workspace_ctx = this;
    return result;
  }

private:
  static void *give(void *self, DLDevice device, size_t size) {
    auto &given = *static_cast<GivenWorkspace *>(self);
    given.asked += std::to_string(int(device.device_type)) + ":" + std::to_string(device.device_id) + " " +
                   std::to_string(size) + " ";
    return given.memory;
  }
};

/// A folder that is removed with everything in it.
class ScratchFolder {
public:
  ScratchFolder();
  ~ScratchFolder();

  std::string path;
};

/// Sets an environment variable (NULL unsets it) and puts the former value back.
class Setting {
public:
  Setting(const char *name, const char *value);
  ~Setting();

private:
  std::string name;
  std::unique_ptr<std::string> former;
};

/// Runs `body` in a forked child and returns its result, or -1 if it crashed or took over 20 seconds.
int inChild(const std::function<int()> &body);

/// The same with a file system of 256 KiB in place of `folder` that only the child sees, or mountRefused.
int onSmallDisk(const std::string &folder, const std::function<int()> &body);
constexpr int mountRefused = 9;

std::string readText(const std::string &path);
void writeText(const std::string &path, const std::string &text);

} // namespace plait::test

#endif // PLAIT_TESTS_RUNTIME_SUPPORT_H
