//===- Function.cpp - a compiled function in memory -----------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file opens packs for Python.
//===----------------------------------------------------------------------===//

#include "python/src/Function.h"

#include <algorithm>

namespace plait::python {

Function::Function(nb::bytes bytes, const std::string &name) {
  check(plait_pack_open_memory(bytes.c_str(), bytes.size(), &pack));
  plait_status *status = plait_pack_find(pack, name.c_str(), &function);
  if (!status)
    return;
  plait_pack_release(pack);
  check(status);
}

std::pair<int32_t, int32_t> Function::registers() const {
  std::pair<int32_t, int32_t> most;
  for (size_t i = 0; i < plait_function_variant_count(function); ++i) {
    plait_variant variant;
    check(plait_function_variant(function, i, &variant));
    most = {std::max(most.first, variant.registers), std::max(most.second, variant.spilled)};
  }
  return most;
}

static nb::list variantsOf(const plait_function *function) {
  nb::list result;
  for (size_t i = 0; i < plait_function_variant_count(function); ++i) {
    plait_variant variant;
    check(plait_function_variant(function, i, &variant));
    result.append(nb::make_tuple(variant.isa, variant.schedule));
  }
  return result;
}

nb::dict describePack(nb::bytes bytes) {
  plait_pack *pack = nullptr;
  check(plait_pack_open_memory(bytes.c_str(), bytes.size(), &pack));
  nb::capsule keep(pack, [](void *open) noexcept { plait_pack_release(static_cast<plait_pack *>(open)); });
  nb::dict result;
  for (size_t i = 0; i < plait_pack_function_count(pack); ++i) {
    const plait_function *function = plait_pack_function(pack, i);
    result[plait_function_name(function)] = variantsOf(function);
  }
  return result;
}

} // namespace plait::python
