//===- PackApi.cpp - packs and functions in the C interface ---------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file opens packs and describes what is in them.
//
//===----------------------------------------------------------------------===//

#include "runtime/src/File.h"
#include "runtime/src/loader/Function.h"

#include <algorithm>

using namespace plait;

namespace {

Status openBytes(pack::Bytes bytes, const std::string &name, plait_pack **result) {
  const char *target = nullptr;
  if (Status status = Status(plait_target_isa(&target)))
    return status;
  pack::Pack content;
  if (pack::Refusal refusal = pack::Pack::read(std::move(bytes), content))
    return failure(PLAIT_DAMAGED, name, " ", *refusal);
  uint32_t abi = content.manifest().abi;
  if (abi != PLAIT_ABI_VERSION)
    return failure(PLAIT_UNSUPPORTED, name, " expects kernel interface ", PLAIT_ABI_VERSION, ", but got ", abi);
  *result = new plait_pack(std::move(content), target);
  return nullptr;
}

Status pastTheEnd(const plait_function *function, const char *what, size_t count, size_t index) {
  return failure(PLAIT_INVALID_ARGUMENT, function->entry.name, " has ", count, " ", what, ", but got index ", index);
}

} // namespace

plait_status *plait_pack_open(const char *path, plait_pack **pack) {
  return guarded([&]() -> Status {
    if (Status status = expectPointer(path, "plait_pack_open expects a path"))
      return status;
    pack::Bytes bytes;
    if (Status status = readFile(path, bytes))
      return status;
    return openBytes(std::move(bytes), join("pack '", path, "'"), pack);
  });
}

plait_status *plait_pack_open_memory(const void *data, size_t size, plait_pack **pack) {
  return guarded([&] {
    if (Status status = expectArray(data, size, "plait_pack_open_memory expects data"))
      return status;
    const auto *first = static_cast<const uint8_t *>(data);
    return openBytes(size ? pack::Bytes(first, first + size) : pack::Bytes(), "pack in memory", pack);
  });
}

void plait_pack_retain(plait_pack *pack) { pack->references.fetch_add(1, std::memory_order_relaxed); }

void plait_pack_release(plait_pack *pack) {
  if (pack && pack->references.fetch_sub(1, std::memory_order_acq_rel) == 1)
    delete pack;
}

const char *plait_pack_compiler(const plait_pack *pack) { return pack->content.manifest().compiler.c_str(); }

size_t plait_pack_function_count(const plait_pack *pack) { return pack->functions.size(); }

const plait_function *plait_pack_function(const plait_pack *pack, size_t index) {
  return index < pack->functions.size() ? pack->functions[index].get() : nullptr;
}

plait_status *plait_pack_find(const plait_pack *pack, const char *name, const plait_function **function) {
  return guarded([&]() -> Status {
    if (Status status = expectPointer(name, "plait_pack_find expects a name"))
      return status;
    std::string known;
    for (const auto &candidate : pack->functions) {
      if (candidate->entry.name == name) {
        *function = candidate.get();
        return nullptr;
      }
      known += join(known.empty() ? "'" : ", '", candidate->entry.name, "'");
    }
    return failure(PLAIT_NOT_FOUND, "pack expects one of ", known, ", but got function '", name, "'");
  });
}

const char *plait_function_name(const plait_function *function) { return function->entry.name.c_str(); }

size_t plait_function_symbol_count(const plait_function *function) { return function->entry.symbols.size(); }

const char *plait_function_symbol(const plait_function *function, size_t index) {
  return index < function->entry.symbols.size() ? function->entry.symbols[index].c_str() : nullptr;
}

size_t plait_function_argument_count(const plait_function *function) { return function->arguments.size(); }

plait_status *plait_function_argument(const plait_function *function, size_t index, plait_argument *argument) {
  return guarded([&]() -> Status {
    if (index >= function->arguments.size())
      return pastTheEnd(function, "arguments", function->arguments.size(), index);
    const ArgumentPlan &plan = function->arguments[index];
    *argument = {plan.argument->name.c_str(), plait_direction(plan.argument->direction), plan.type,
                 int32_t(plan.shape.size()), plan.shape.data()};
    return nullptr;
  });
}

size_t plait_function_variant_count(const plait_function *function) { return function->variants.size(); }

plait_status *plait_function_variant(const plait_function *function, size_t index, plait_variant *variant) {
  return guarded([&]() -> Status {
    if (index >= function->variants.size())
      return pastTheEnd(function, "variants", function->variants.size(), index);
    const VariantPlan &plan = function->variants[index];
    *variant = {plan.variant->isa.c_str(), plan.variant->schedule.c_str(), plan.runnable, 0, 0};
    for (const pack::Launch &launch : plan.variant->launches) {
      variant->registers = std::max(variant->registers, int32_t(launch.registers));
      variant->spilled = std::max(variant->spilled, int32_t(launch.spilled));
    }
    return nullptr;
  });
}
