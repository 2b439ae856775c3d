//===- Function.cpp - a function prepared for calls -----------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file lays a manifest out for calls and chooses variants.
//
//===----------------------------------------------------------------------===//

#include "runtime/src/loader/Function.h"

#include "runtime/src/cpu/Features.h"
#include "runtime/src/threads/ForkMutex.h"

#include <algorithm>

using namespace plait;

DLDataType plait::dataType(pack::ElementType type) {
  switch (type) {
  case pack::ElementType::F32:
    return {kDLFloat, 32, 1};
  case pack::ElementType::BF16:
    return {kDLBfloat, 16, 1};
  case pack::ElementType::F16:
    return {kDLFloat, 16, 1};
  case pack::ElementType::I32:
    return {kDLInt, 32, 1};
  case pack::ElementType::I64:
    return {kDLInt, 64, 1};
  }
  return {};
}

ScheduleTable::ScheduleTable(const pack::Entry &entry, const std::vector<const VariantPlan *> &candidates) {
  for (const pack::ScheduleRow &row : entry.schedules)
    for (const VariantPlan *candidate : candidates)
      if (candidate->variant->schedule == row.schedule) {
        cells.resize(buckets * buckets);
        cells[size_t(row.items) * buckets + size_t(row.tokens)] = candidate;
        break;
      }
}

const VariantPlan *ScheduleTable::pick(int64_t items, int64_t tokens) const {
  if (cells.empty())
    return nullptr;
  return cells[size_t(plait_tuning_bucket(items)) * buckets + size_t(plait_tuning_bucket(tokens))];
}

plait_function::plait_function(plait_pack &pack, const pack::Entry &entry, std::string_view target)
    : pack(pack), entry(entry), variants(entry.variants.size()) {
  for (const pack::Argument &argument : entry.arguments) {
    arguments.push_back({&argument, dataType(argument.type), {}});
    for (const pack::Dim &dim : argument.shape)
      arguments.back().shape.push_back({dim.symbol, dim.factor});
  }
  for (size_t i = 0; i < entry.symbols.size(); ++i)
    if (entry.symbols[i] == "T")
      tokenSymbol = int(i);

  const cpu::FeatureSet &features = cpu::hostFeatures();
  int widest = -1;
  for (size_t i = 0; i < variants.size(); ++i) {
    const pack::Variant &variant = entry.variants[i];
    variants[i].variant = &variant;
    variants[i].runnable =
        cpu::runs(variant.isa, features) && std::all_of(variant.features.begin(), variant.features.end(),
                                                        [&](const std::string &name) { return features.count(name); });
    int rank = cpu::rank(variant.isa);
    if (variants[i].runnable && rank <= cpu::rank(target) && rank > widest) {
      widest = rank;
      fallback = &variants[i];
    }
  }
  std::vector<const VariantPlan *> candidates;
  for (const VariantPlan &plan : variants)
    if (plan.runnable && cpu::rank(plan.variant->isa) == widest)
      candidates.push_back(&plan);
  if (candidates.size() > 1 && !entry.schedules.empty())
    table = std::make_unique<ScheduleTable>(entry, candidates);
}

Status plait_function::find(const char *schedule, const char *isa, const VariantPlan *&found) const {
  if (isa && !cpu::runs(isa, cpu::hostFeatures()))
    return failure(PLAIT_UNSUPPORTED, entry.name, " expects an instruction set that this machine runs, at most '",
                   plait_cpu_isa(), "', but got '", isa, "'");
  if (!isa && !fallback)
    return notRunnable();
  std::string_view wantedIsa = isa ? std::string_view(isa) : fallback->variant->isa;
  return findSchedule(
      schedule, wantedIsa, [&](const VariantPlan &plan) { return plan.runnable && plan.variant->isa == wantedIsa; },
      found);
}

Status plait_function::noSchedule(const char *schedule, std::string_view isa, const std::string &others) const {
  if (others.empty())
    return failure(PLAIT_NOT_FOUND, entry.name, " has no variant for instruction set '", isa, "'");
  return failure(PLAIT_NOT_FOUND, entry.name, " expects one of the schedules ", others, " for '", isa, "', but got '",
                 schedule, "'");
}

const VariantPlan *plait_function::tuned(const ScheduleTable &table, const int64_t *symbols) const {
  int64_t items = 1, tokens = 1;
  for (size_t i = 0; i < entry.symbols.size(); ++i)
    if (int(i) == tokenSymbol)
      tokens = symbols[i];
    else if (__builtin_mul_overflow(items, symbols[i], &items))
      items = INT64_MAX;
  return table.pick(items, tokens);
}

Status plait_function::notRunnable() const {
  std::string compiled;
  for (const VariantPlan &plan : variants) {
    compiled += join(compiled.empty() ? "'" : ", '", plan.variant->isa);
    for (const std::string &feature : plan.variant->features)
      compiled += "+" + feature;
    compiled += "'";
  }
  return failure(PLAIT_UNSUPPORTED, entry.name, " is compiled for ", compiled, ", but this machine runs at most '",
                 plait_cpu_isa(), "' and PLAIT_TARGET may ask for less");
}

plait_pack::plait_pack(pack::Pack checked, std::string_view target)
    : content(std::move(checked)), objects(content.objectCount()) {
  for (const pack::Entry &entry : content.manifest().entries)
    functions.push_back(std::make_unique<plait_function>(*this, entry, target));
}

plait_pack::~plait_pack() {
  // Like loading, unloading holds locks of the system's loader.
  ForkLock lock(ForkMutex::Loader);
  objects.clear();
}

Status plait_pack::prepare(const plait_function &function, const VariantPlan &plan) {
  ForkLock lock(ForkMutex::Loader);
  if (plan.ready.load(std::memory_order_relaxed))
    return nullptr;
  const pack::Variant &variant = *plan.variant;
  std::string name = join(function.entry.name, " for '", variant.isa, "'");
  CodeObject &object = objects[variant.object];
  if (!object.loaded())
    if (Status status = object.load(content.object(variant.object), name))
      return status;
  std::vector<Kernel> kernels(variant.launches.size());
  for (size_t i = 0; i < kernels.size(); ++i)
    if (Status status = object.find(variant.launches[i].symbol, name, kernels[i]))
      return status;
  plan.kernels = std::move(kernels);
  plan.ready.store(true, std::memory_order_release);
  return nullptr;
}
