//===- CacheSupport.h - a cache in a scratch folder -------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file has the fixture of the cache's tests.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_TESTS_RUNTIME_CACHESUPPORT_H
#define PLAIT_TESTS_RUNTIME_CACHESUPPORT_H

#include "tests/runtime/Support.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace plait::test {

/// The parts of a key.
struct Parts {
  Parts(std::initializer_list<std::pair<std::string, std::string>> parts) : texts(parts) {
    for (const auto &[label, value] : texts)
      list.push_back({label.c_str(), value.data(), value.size()});
  }
  Parts(const Parts &) = delete;

  std::vector<std::pair<std::string, std::string>> texts;
  std::vector<plait_key_part> list;
};

/// A cache in a folder of its own.
class Cache : public testing::Test {
protected:
  /// Looks up; a hit goes to `found`.
  plait_status *get(const Parts &parts);
  plait_status *put(const Parts &parts, const std::string &data);
  std::string explain(const Parts &parts);

  /// The file of an entry.
  std::string file(const Parts &parts);

  /// Makes an entry look as if it was last used so many seconds ago.
  void age(const Parts &parts, int seconds);

  /// The files in the folder of entries, unfinished ones included.
  size_t fileCount();

  ScratchFolder folder;
  Setting directory{"PLAIT_CACHE_DIR", folder.path.c_str()};
  Setting size{"PLAIT_CACHE_SIZE", nullptr};
  std::string found;
};

} // namespace plait::test

#endif // PLAIT_TESTS_RUNTIME_CACHESUPPORT_H
