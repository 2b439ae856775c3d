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

/// A variant and, once `ready`, its kernels, one for each launch.
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

  /// Finds the variant of a schedule and an instruction set, either of which may be NULL.
  plait::Status find(const char *schedule, const char *isa, const plait::VariantPlan *&variant) const;

  /// The failure of a function without a variant for this machine.
  plait::Status notRunnable() const;
};

struct plait_pack {
  std::atomic<int64_t> references = 1;
  plait::pack::Pack content;
  std::vector<std::unique_ptr<plait_function>> functions;

  /// Takes a checked pack; `target` is the widest instruction set to use.
  plait_pack(plait::pack::Pack content, std::string_view target);
  ~plait_pack();

  /// Loads the kernels of a variant, once.
  plait::Status prepare(const plait_function &function, const plait::VariantPlan &variant);

private:
  std::vector<plait::CodeObject> objects;
};

#endif // PLAIT_RUNTIME_SRC_LOADER_FUNCTION_H
