//===- Function.h - a function prepared for calls ---------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file defines plait_pack and plait_function: the manifest, laid out once so that
// a call only compares numbers.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_SRC_LOADER_FUNCTION_H
#define PLAIT_RUNTIME_SRC_LOADER_FUNCTION_H

#include "runtime/src/Status.h"
#include "runtime/src/cuda/Module.h"
#include "runtime/src/loader/CodeObject.h"
#include "runtime/src/pack/Pack.h"

#include <atomic>
#include <memory>
#include <vector>

namespace plait {

/// The DLPack spelling of an element type.
DLDataType dataType(pack::ElementType type);

/// What a call checks about one argument.
struct ArgumentPlan {
  const pack::Argument *argument;
  DLDataType type;
  std::vector<plait_dim> shape;
};

/// A variant and, once `ready`, its kernels for the CPU, one for each launch.
struct VariantPlan {
  const pack::Variant *variant = nullptr;
  bool runnable = false;
  mutable std::atomic<bool> ready = false;
  mutable std::vector<Kernel> kernels;
};

/// The variant for each bucket of items and tokens.
class ScheduleTable {
public:
  /// Reads the rows whose schedule one of `candidates` has.
  ScheduleTable(const pack::Entry &entry, const std::vector<const VariantPlan *> &candidates);

  const VariantPlan *pick(int64_t items, int64_t tokens) const;

private:
  static constexpr size_t buckets = 64;
  std::vector<const VariantPlan *> cells;
};

} // namespace plait

struct plait_function {
  plait_function(plait_pack &pack, const plait::pack::Entry &entry, std::string_view target);

  plait_pack &pack;
  const plait::pack::Entry &entry;
  std::vector<plait::ArgumentPlan> arguments;
  std::vector<plait::VariantPlan> variants;
  /// The variant of calls that no tuning row meets; NULL when none runs here.
  const plait::VariantPlan *fallback = nullptr;
  /// Tuned choices, NULL when there are none for the instruction set.
  std::unique_ptr<plait::ScheduleTable> table;
  /// The position of symbol T, -1 without one.
  int tokenSymbol = -1;
  /// The devices of CUDA that it was called on.
  mutable plait::cuda::DeviceFunctions devices;

  /// Finds the variant of a schedule and an instruction set, either of which may be NULL.
  plait::Status find(const char *schedule, const char *isa, const plait::VariantPlan *&variant) const;

  /// Finds the schedule among the variants that `isCandidate` is true of; NULL takes the first.
  template <typename F>
  plait::Status findSchedule(const char *schedule, std::string_view isa, F &&isCandidate,
                             const plait::VariantPlan *&variant) const {
    std::string others;
    for (const plait::VariantPlan &plan : variants) {
      if (!isCandidate(plan))
        continue;
      if (!schedule || plan.variant->schedule == schedule) {
        variant = &plan;
        return nullptr;
      }
      others += plait::join(others.empty() ? "'" : ", '", plan.variant->schedule, "'");
    }
    return noSchedule(schedule, isa, others);
  }

  /// The variant that the tuning rows of a table choose, NULL where they are silent.
  const plait::VariantPlan *tuned(const plait::ScheduleTable &table, const int64_t *symbols) const;

  /// The failure of a function without a variant for this machine.
  plait::Status notRunnable() const;

private:
  plait::Status noSchedule(const char *schedule, std::string_view isa, const std::string &others) const;
};

struct plait_pack {
  std::atomic<int64_t> references = 1;
  plait::pack::Pack content;
  std::vector<std::unique_ptr<plait_function>> functions;

  /// The modules of its kernels for CUDA.
  plait::cuda::ModuleCache modules;

  /// Takes a checked pack; `target` is the widest instruction set to use.
  plait_pack(plait::pack::Pack content, std::string_view target);
  ~plait_pack();

  /// Loads the kernels of a variant, once.
  plait::Status prepare(const plait_function &function, const plait::VariantPlan &variant);

private:
  std::vector<plait::CodeObject> objects;
};

#endif // PLAIT_RUNTIME_SRC_LOADER_FUNCTION_H
