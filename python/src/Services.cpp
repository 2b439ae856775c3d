//===- Services.cpp - cache, tuning and threads for Python ----------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file binds the runtime's disk cache, tuning database and thread settings.
//===----------------------------------------------------------------------===//

#include "python/src/Services.h"

#include <vector>

namespace plait::python {

namespace {
/// The labelled parts of a cache key.
struct Key {
  std::vector<std::string> texts;
  std::vector<plait_key_part> parts;

  explicit Key(nb::dict labels) {
    texts.reserve(labels.size() * 2);
    for (auto [label, value] : labels) {
      const std::string &name = texts.emplace_back(nb::cast<std::string>(label));
      const std::string &text = texts.emplace_back(nb::cast<std::string>(value));
      parts.push_back({name.c_str(), text.data(), text.size()});
    }
  }
};

/// The key of a measurement, from (kernel, K, V, types, items, tokens, isa, compiler).
struct Measured {
  std::string kernel, types, isa, compiler;
  plait_tuning_key key;

  explicit Measured(nb::tuple parts)
      : kernel(nb::cast<std::string>(parts[0])), types(nb::cast<std::string>(parts[3])),
        isa(nb::cast<std::string>(parts[6])), compiler(nb::cast<std::string>(parts[7])),
        key{kernel.c_str(),
            nb::cast<int32_t>(parts[1]),
            nb::cast<int32_t>(parts[2]),
            types.c_str(),
            nb::cast<int32_t>(parts[4]),
            nb::cast<int32_t>(parts[5]),
            isa.c_str(),
            compiler.c_str()} {}
};
} // namespace

static nb::object takeBlob(plait_blob *blob, bool text) {
  const char *data = static_cast<const char *>(plait_blob_data(blob));
  size_t size = plait_blob_size(blob);
  nb::object result = text ? nb::object(nb::str(data, size)) : nb::object(nb::bytes(data, size));
  plait_blob_release(blob);
  return result;
}

/// What is not there, or can't be read, is None: the caller then does without.
static bool absent(plait_status *status) {
  plait_code code = plait_status_code(status);
  if (code == PLAIT_OK)
    return false;
  if (code != PLAIT_NOT_FOUND && code != PLAIT_DAMAGED && code != PLAIT_UNAVAILABLE)
    check(status);
  plait_status_release(status);
  return true;
}

static nb::object cacheGet(nb::dict labels) {
  Key key(labels);
  plait_blob *pack = nullptr;
  if (absent(plait_cache_get(key.parts.data(), key.parts.size(), &pack)))
    return nb::none();
  return takeBlob(pack, false);
}

/// The reason why an entry could not be kept, or "".
static std::string cachePut(nb::dict labels, nb::bytes data) {
  Key key(labels);
  plait_status *status = plait_cache_put(key.parts.data(), key.parts.size(), data.c_str(), data.size());
  std::string reason = plait_status_message(status);
  plait_status_release(status);
  return reason;
}

static nb::dict cacheInfo() {
  plait_cache_state state;
  check(plait_cache_info(&state));
  nb::dict result;
  result["directory"] = state.directory;
  result["capacity"] = state.capacity;
  result["bytes"] = state.bytes;
  result["entries"] = state.entries;
  result["hits"] = state.hits;
  result["misses"] = state.misses;
  result["evictions"] = state.evictions;
  return result;
}

static uint64_t cacheClear() {
  uint64_t removed = 0;
  check(plait_cache_clear(&removed));
  return removed;
}

/// What was tuned is not to vanish without a word. Takes the status.
static void warn(plait_status *status) {
  std::string message = plait_status_message(status);
  plait_status_release(status);
  if (PyErr_WarnEx(PyExc_RuntimeWarning, message.c_str(), 1) != 0)
    throw nb::python_error();
}

static nb::object tuningBest(nb::tuple parts) {
  Measured measured(parts);
  plait_blob *schedule = nullptr;
  plait_status *status = plait_tuning_best(&measured.key, &schedule);
  plait_code code = plait_status_code(status);
  if (code == PLAIT_DAMAGED || code == PLAIT_UNAVAILABLE)
    warn(status);
  else if (!absent(status))
    return takeBlob(schedule, true);
  return nb::none();
}

static void tuningPut(nb::tuple parts, const std::string &schedule, double least, double median, bool checked,
                      bool chosen) {
  Measured measured(parts);
  plait_measurement measurement{schedule.c_str(), least, median, checked, chosen};
  plait_status *status = plait_tuning_put(&measured.key, &measurement);
  if (plait_status_code(status) == PLAIT_RECOVERED)
    warn(status);
  else
    check(status);
}

static int32_t getThreads() {
  int32_t count = 0;
  check(plait_get_num_threads(&count));
  return count;
}

static std::string targetIsa() {
  const char *isa = nullptr;
  check(plait_target_isa(&isa));
  return isa;
}

void bindServices(nb::module_ &module) {
  module.def("cache_get", &cacheGet, nb::arg("parts"));
  module.def("cache_put", &cachePut, nb::arg("parts"), nb::arg("pack"));
  module.def("cache_info", &cacheInfo);
  module.def("cache_clear", &cacheClear);
  module.def("tuning_bucket", &plait_tuning_bucket, nb::arg("size"));
  module.def("tuning_best", &tuningBest, nb::arg("key"));
  module.def("tuning_put", &tuningPut, nb::arg("key"), nb::arg("schedule"), nb::arg("min_ns"), nb::arg("median_ns"),
             nb::arg("checked"), nb::arg("chosen"));
  module.def("get_num_threads", &getThreads);
  module.def("set_num_threads", [](int32_t count) { check(plait_set_num_threads(count)); }, nb::arg("count"));
  module.def("target_isa", &targetIsa);
  module.def("cpu_isa", &plait_cpu_isa);
}

} // namespace plait::python
