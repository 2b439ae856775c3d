//===- Features.cpp - instruction sets and the target setting -------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file has what all architectures share, and the C interface of it.
//
//===----------------------------------------------------------------------===//

#include "runtime/src/cpu/Features.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <memory>

using namespace plait;
using namespace plait::cpu;

namespace {

/// Made once and kept for ever. Two threads may both make one, and one is dropped; a lock could be found locked by a
/// child after fork.
template <typename T, typename F> const T &once(std::atomic<const T *> &kept, F &&make) {
  if (const T *made = kept.load(std::memory_order_acquire))
    return *made;
  auto fresh = std::make_unique<const T>(make());
  const T *other = nullptr;
  return kept.compare_exchange_strong(other, fresh.get()) ? *fresh.release() : *other;
}

std::atomic<const FeatureSet *> features;
std::atomic<const std::string *> featureList;

std::string listFeatures() {
  std::string list;
  for (std::string_view feature : hostFeatures())
    list += (list.empty() ? "" : ",") + std::string(feature);
  return list;
}

} // namespace

const FeatureSet &plait::cpu::hostFeatures() { return once(features, detectFeatures); }

int plait::cpu::rank(std::string_view isa) {
  std::span<const Isa> sets = instructionSets();
  auto found = std::find_if(sets.begin(), sets.end(), [&](const Isa &set) { return set.name == isa; });
  return found == sets.end() ? -1 : int(found - sets.begin());
}

bool plait::cpu::runs(std::string_view isa, const FeatureSet &features) {
  int position = rank(isa);
  if (position < 0)
    return false;
  // An instruction set includes the narrower ones.
  std::span<const Isa> sets = instructionSets().first(size_t(position) + 1);
  return std::all_of(sets.begin(), sets.end(), [&](const Isa &set) {
    return std::all_of(set.features.begin(), set.features.end(),
                       [&](std::string_view feature) { return features.count(feature); });
  });
}

std::string_view plait::cpu::widest(const FeatureSet &features) {
  std::span<const Isa> sets = instructionSets();
  std::string_view isa = sets.front().name;
  for (const Isa &set : sets)
    if (runs(set.name, features))
      isa = set.name;
  return isa;
}

Status plait::cpu::pickTarget(const char *setting, const FeatureSet &features, std::string_view &isa) {
  isa = widest(features);
  std::string_view wanted = setting ? setting : "";
  if (wanted.empty() || wanted == "native")
    return nullptr;
  int position = rank(wanted);
  if (position < 0) {
    std::string known;
    for (const Isa &set : instructionSets())
      known += join("'", set.name, "', ");
    return failure(PLAIT_INVALID_ARGUMENT, "PLAIT_TARGET expects ", known, "or 'native', but got '", wanted, "'");
  }
  if (!runs(wanted, features))
    return failure(PLAIT_UNSUPPORTED, "PLAIT_TARGET expects an instruction set that this machine runs, at most '", isa,
                   "', but got '", wanted, "'");
  isa = instructionSets()[size_t(position)].name;
  return nullptr;
}

const char *plait_cpu_isa(void) { return widest(hostFeatures()).data(); }

int plait_cpu_runs(const char *isa) { return isa && runs(isa, hostFeatures()); }

const char *plait_cpu_features(void) { return once(featureList, listFeatures).c_str(); }

plait_status *plait_target_isa(const char **isa) {
  return guarded([&] {
    std::string_view name;
    Status status = pickTarget(std::getenv("PLAIT_TARGET"), hostFeatures(), name);
    if (!status)
      *isa = name.data();
    return status;
  });
}
