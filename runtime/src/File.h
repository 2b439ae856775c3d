//===- File.h - whole files, read and replaced ------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares how packs, cache entries and exports reach the disk.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_SRC_FILE_H
#define PLAIT_RUNTIME_SRC_FILE_H

#include "runtime/src/Status.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace plait {

/// An owned file descriptor.
class Descriptor {
public:
  explicit Descriptor(int fd) : fd(fd) {}
  Descriptor(const Descriptor &) = delete;
  Descriptor &operator=(const Descriptor &) = delete;
  ~Descriptor();

  bool valid() const { return fd >= 0; }
  int get() const { return fd; }
  /// Closes it now and returns errno, 0 for success: a full disk may show only here.
  int close();

private:
  int fd;
};

/// Reads a file, or its first `limit` bytes. A missing one is PLAIT_NOT_FOUND.
Status readFile(const std::string &path, std::vector<uint8_t> &bytes, size_t limit = SIZE_MAX);

/// Writes all bytes to a descriptor and returns errno, 0 for success.
int writeAll(int fd, std::span<const uint8_t> bytes);

/// The start of the names that replaceFile gives to unfinished files.
constexpr std::string_view temporaryPrefix = ".tmp-";

/// Puts a file in place whole or not at all: writes it under a temporary name in the same folder and renames it.
Status replaceFile(const std::string &path, std::span<const std::span<const uint8_t>> parts);

/// Writes a file that a user named. A device, a pipe or a symbolic link, which a rename would put an end to, is written
/// as it is; any other file is replaced.
Status writeFile(const std::string &path, std::span<const uint8_t> bytes);

} // namespace plait

#endif // PLAIT_RUNTIME_SRC_FILE_H
