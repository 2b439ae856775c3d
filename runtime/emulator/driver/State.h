//===- State.h - what the driver knows --------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the objects behind the driver's handles and the one state that
// owns them all. A lock is held around every call.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_EMULATOR_DRIVER_STATE_H
#define PLAIT_RUNTIME_EMULATOR_DRIVER_STATE_H

#include "runtime/emulator/driver/Cuda.h"
#include "runtime/emulator/driver/Settings.h"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_map>
#include <vector>

namespace plait::emulator {

struct Driver;

/// Something that a stream does: at once, or whenever the graph runs that recorded it.
using Task = std::function<CUresult(Driver &)>;

struct ContextHandle {
  unsigned flags = 0;
  CUresult failure = CUDA_SUCCESS; ///< of a kernel: what the next synchronisation returns
};

struct ModuleHandle {
  CUcontext context;
  std::shared_ptr<Program> program;
  int ptxVersion; ///< 90 for 9.0
};

struct FunctionHandle {
  CUmodule module;
  const Kernel *kernel;
  uint32_t maxDynamicShared; ///< what the caller has asked for, else the default
};

struct NodeHandle {
  CUgraphNodeType type;
  Task task;
  std::vector<CUgraphNode> dependences;
};

/// Addresses that a graph gives memory to while it runs. They are kept as long as anything may use them.
struct GraphMemory {
  GlobalMemory &memory;
  uint64_t address;

  GraphMemory(GlobalMemory &memory, uint64_t address) : memory(memory), address(address) {}
  ~GraphMemory() { memory.free(address); }
  GraphMemory(const GraphMemory &) = delete;
  GraphMemory &operator=(const GraphMemory &) = delete;
};

struct GraphExecHandle {
  std::vector<Task> tasks;
  std::vector<std::shared_ptr<GraphMemory>> memory; ///< that it allocates
  bool freesOnLaunch = false;                       ///< what is left of the launch before
  std::shared_ptr<const bool> isOnly;               ///< while it lives, its graph can have no other
};

/// Nodes in an order that their dependences allow: that of the calls.
struct GraphHandle {
  std::vector<std::unique_ptr<NodeHandle>> nodes;
  std::vector<std::shared_ptr<GraphMemory>> memory; ///< that it allocates
  std::vector<uint64_t> freed;                      ///< addresses of memory that it frees
  std::weak_ptr<const bool> hasOnly;                ///< of a graph with memory: whether it is instantiated

  CUgraphNode add(CUgraphNodeType type, std::vector<CUgraphNode> dependences, Task task) {
    nodes.push_back(std::make_unique<NodeHandle>(type, std::move(task), std::move(dependences)));
    return nodes.back().get();
  }
};

/// What streams record together, until the first of them ends it.
struct Capture {
  CUstream origin;
  CUstreamCaptureMode mode;
  std::thread::id thread; ///< that began it
  uint64_t id;
  bool isInvalidated = false, isOver = false;
  GraphHandle graph = {};
};

struct StreamHandle {
  CUcontext context;
  unsigned flags = 0;
  std::shared_ptr<Capture> capture = {};
  std::vector<CUgraphNode> last = {}; ///< in a capture, what the next node depends on
};

struct EventHandle {
  using Clock = std::chrono::steady_clock;
  CUcontext context;
  unsigned flags = 0;
  std::optional<Clock::time_point> time = {}; ///< when it was recorded
  std::shared_ptr<Capture> capture = {};      ///< that recorded it instead
  std::vector<CUgraphNode> nodes = {};        ///< of that capture, before it
};

/// The objects of one kind. A handle is the address of its object.
template <typename T> class Table {
public:
  T *add(T object) {
    auto owned = std::make_unique<T>(std::move(object));
    T *handle = owned.get();
    objects.emplace(handle, std::move(owned));
    return handle;
  }
  bool has(const T *handle) const { return objects.count(handle) != 0; }
  bool erase(const T *handle) { return objects.erase(handle) != 0; }
  template <typename Condition> void eraseIf(Condition condition) {
    std::erase_if(objects, [&](auto &entry) { return condition(*entry.second); });
  }
  template <typename Condition> T *findIf(Condition condition) const {
    for (auto &[handle, object] : objects)
      if (condition(*object))
        return object.get();
    return nullptr;
  }

private:
  std::unordered_map<const T *, std::unique_ptr<T>> objects;
};

/// Memory that the host asked for. Host memory lies in the device's range, where both can use it.
struct MemoryBlock {
  enum class Kind : uint8_t { Device, Host, Managed };
  CUcontext context;
  Kind kind;
  std::shared_ptr<GraphMemory> ofGraph = {}; ///< whose launch allocated it
};

struct Driver {
  static Driver &get();

  std::mutex mutex;
  Settings settings;
  std::unique_ptr<Device> device; ///< none before cuInit
  CUcontext primary = nullptr;    ///< none while nobody retains it
  unsigned primaryUses = 0, primaryFlags = 0;
  Table<ContextHandle> contexts;
  Table<ModuleHandle> modules;
  Table<FunctionHandle> functions;
  Table<StreamHandle> streams;
  Table<EventHandle> events;
  Table<GraphHandle> graphs;
  Table<GraphExecHandle> graphExecs;
  std::unordered_map<uint64_t, MemoryBlock> memory; ///< by where it begins
  std::map<uintptr_t, size_t> registered;           ///< host memory of others, with its bytes
  uint64_t captures = 0;                            ///< so far
  std::string report;                               ///< all that was said since it was last cleared
  Counters counters;                                ///< of all launches since then
  uint64_t launches = 0;

  /// Frees what belongs to a context, and the context.
  void destroy(CUcontext context);
  void unload(CUmodule module);
  /// Frees a block, whose addresses stay with the graph that they are of.
  void free(uint64_t address);
  /// The memory block that has an address, with where it begins.
  const MemoryBlock *findMemory(uint64_t address, const Allocation **allocation);
  /// The first capture for which the condition holds.
  template <typename Condition> Capture *findCapture(Condition condition) const {
    StreamHandle *found =
        streams.findIf([&](const StreamHandle &stream) { return stream.capture && condition(stream); });
    return found ? found->capture.get() : nullptr;
  }
  /// The capture that forbids this thread to call what could wait for the device.
  Capture *forbidsWaiting() const;
  /// Makes all streams that record into a capture plain ones again.
  void endCapture(Capture &capture);
  /// Writes text to the log, and keeps it for those who ask.
  void say(const std::string &text);
};

/// The contexts that this thread has pushed; the last one is current.
std::vector<CUcontext> &currentContexts();
CUcontext currentContext();

/// What this thread has chosen by cuThreadExchangeStreamCaptureMode.
CUstreamCaptureMode &captureModeOfThread();

/// Whether this thread is in a function of the host that a stream runs, where no call is allowed.
bool &isInHostFunction();

/// Whether a stream is the default one, by one of its names: 0, CU_STREAM_LEGACY, CU_STREAM_PER_THREAD.
inline bool isDefault(CUstream stream) { return reinterpret_cast<uintptr_t>(stream) <= 2; }

} // namespace plait::emulator

#endif // PLAIT_RUNTIME_EMULATOR_DRIVER_STATE_H
