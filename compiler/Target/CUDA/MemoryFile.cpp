//===- MemoryFile.cpp - files that programs open, without a disk ----------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file keeps content in files of memfd_create, which have a name in /proc.
//===----------------------------------------------------------------------===//

#include "compiler/Target/CUDA/MemoryFile.h"

#include <cerrno>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace plait;

static llvm::Error failure(const char *what) {
  return llvm::createStringError(std::string("a file in memory can't be ") + what + ": " +
                                 std::error_code(errno, std::generic_category()).message());
}

llvm::Expected<MemoryFile> plait::MemoryFile::create(llvm::StringRef content) {
  MemoryFile file(memfd_create("plait", MFD_CLOEXEC));
  if (file.descriptor < 0)
    return failure("made");
  while (!content.empty()) {
    ssize_t written = write(file.descriptor, content.data(), content.size());
    if (written < 0 && errno != EINTR)
      return failure("written");
    content = content.drop_front(std::max<ssize_t>(written, 0));
  }
  return file;
}

plait::MemoryFile::~MemoryFile() {
  if (descriptor >= 0)
    close(descriptor);
}

std::string plait::MemoryFile::path() const {
  return "/proc/" + std::to_string(getpid()) + "/fd/" + std::to_string(descriptor);
}

llvm::Expected<Bytes> plait::MemoryFile::read() const {
  struct stat status;
  if (fstat(descriptor, &status) != 0)
    return failure("read");
  Bytes bytes(status.st_size);
  size_t end = 0;
  while (end < bytes.size()) {
    ssize_t got = pread(descriptor, bytes.data() + end, bytes.size() - end, end);
    if (got == 0 || (got < 0 && errno != EINTR))
      return failure("read");
    end += std::max<ssize_t>(got, 0);
  }
  return bytes;
}
