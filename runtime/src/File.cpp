//===- File.cpp - whole files, read and replaced --------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file reads and replaces files with the system's calls, so that each failure
// keeps its reason.
//
//===----------------------------------------------------------------------===//

#include "runtime/src/File.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace plait;

Descriptor::~Descriptor() { close(); }

int Descriptor::close() {
  if (fd < 0)
    return 0;
  int error = ::close(fd) == 0 ? 0 : errno;
  fd = -1;
  return error;
}

Status plait::readFile(const std::string &path, std::vector<uint8_t> &bytes, size_t limit) {
  Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.valid())
    return failure(errno == ENOENT ? PLAIT_NOT_FOUND : PLAIT_UNAVAILABLE, "can't read '", path,
                   "': ", errorText(errno));
  struct stat info;
  if (fstat(file.get(), &info) != 0)
    return systemFailure(errno, "can't read '", path, "'");
  if (!S_ISREG(info.st_mode))
    return failure(PLAIT_UNAVAILABLE, "can't read '", path, "': it is no regular file");
  bytes.resize(std::min(size_t(info.st_size), limit));
  size_t done = 0;
  while (done < bytes.size()) {
    ssize_t count = read(file.get(), bytes.data() + done, bytes.size() - done);
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0)
      return systemFailure(errno, "can't read '", path, "'");
    if (count == 0)
      break;
    done += size_t(count);
  }
  bytes.resize(done);
  return nullptr;
}

int plait::writeAll(int fd, std::span<const uint8_t> bytes) {
  while (!bytes.empty()) {
    ssize_t written = write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR)
      continue;
    if (written < 0)
      return errno;
    bytes = bytes.subspan(size_t(written));
  }
  return 0;
}

/// Creates a file of a name that nobody uses, also no process of the past with this number.
static int createTemporary(const std::string &folder, std::string &path) {
  static std::atomic<uint64_t> files;
  for (int attempt = 0; attempt < 1000; ++attempt) {
    path = plait::join(folder, temporaryPrefix, getpid(), "-", ++files);
    int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd >= 0 || errno != EEXIST)
      return fd;
  }
  return -1;
}

/// Writes all parts to an open file, closes it and returns errno, 0 for success.
static int writeAndClose(Descriptor &file, std::span<const std::span<const uint8_t>> parts) {
  int error = 0;
  for (std::span<const uint8_t> part : parts)
    error = error ? error : plait::writeAll(file.get(), part);
  int closing = file.close();
  return error ? error : closing;
}

Status plait::replaceFile(const std::string &path, std::span<const std::span<const uint8_t>> parts) {
  std::string temporary;
  Descriptor file(createTemporary(path.substr(0, path.rfind('/') + 1), temporary));
  if (!file.valid())
    return systemFailure(errno, "can't write '", path, "'");
  int error = writeAndClose(file, parts);
  if (!error && rename(temporary.c_str(), path.c_str()) != 0)
    error = errno;
  if (!error)
    return nullptr;
  unlink(temporary.c_str());
  return systemFailure(error, "can't write '", path, "'");
}

Status plait::writeFile(const std::string &path, std::span<const uint8_t> bytes) {
  std::span<const std::span<const uint8_t>> parts(&bytes, 1);
  struct stat info;
  if (lstat(path.c_str(), &info) != 0 || S_ISREG(info.st_mode))
    return replaceFile(path, parts);
  Descriptor file(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  int error = file.valid() ? writeAndClose(file, parts) : errno;
  return error ? systemFailure(error, "can't write '", path, "'") : nullptr;
}
