//===- CodeObject.cpp - machine code from memory --------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file writes an object to an anonymous file and lets the system's loader map it,
// so that debuggers and profilers see the kernels like any other code.
//
//===----------------------------------------------------------------------===//

#include "runtime/src/loader/CodeObject.h"

#include "runtime/src/File.h"

#include <atomic>
#include <cerrno>
#include <cstring>
#include <dlfcn.h>
#include <elf.h>
#include <sys/mman.h>

using namespace plait;

namespace {

#if defined(__x86_64__)
constexpr Elf64_Half hostMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr Elf64_Half hostMachine = EM_AARCH64;
#endif

Status checkHeader(std::span<const uint8_t> elf, const std::string &name) {
  Elf64_Ehdr header;
  if (elf.size() < sizeof header)
    return failure(PLAIT_DAMAGED, name, " expects an ELF shared object, but got ", elf.size(), " bytes");
  std::memcpy(&header, elf.data(), sizeof header);
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_ident[EI_CLASS] != ELFCLASS64 ||
      header.e_type != ET_DYN)
    return failure(PLAIT_DAMAGED, name, " expects a 64-bit ELF shared object, but got another file");
  if (header.e_machine != hostMachine)
    return failure(PLAIT_UNSUPPORTED, name, " expects code for ELF machine ", hostMachine, ", but got ",
                   header.e_machine);
  return nullptr;
}

/// A path to the descriptor that no earlier load has used. The system's loader compares paths before it opens files,
/// and descriptors repeat; so a counter goes into the spelling, in binary.
std::string uniquePath(int fd) {
  static std::atomic<uint64_t> loads;
  std::string path = "/proc/self";
  for (uint64_t count = ++loads; count; count >>= 1)
    path += count & 1 ? "/." : "//.";
  return path + "/fd/" + std::to_string(fd);
}

} // namespace

CodeObject::~CodeObject() {
  if (handle)
    dlclose(handle);
}

Status CodeObject::load(std::span<const uint8_t> elf, const std::string &name) {
  if (Status status = checkHeader(elf, name))
    return status;
  // The mapping outlives the descriptor.
  Descriptor file(memfd_create("plait-kernels", MFD_CLOEXEC));
  if (!file.valid())
    return systemFailure(errno, "can't hold ", name, " in memory");
  if (int error = writeAll(file.get(), elf))
    return systemFailure(error, "can't hold ", name, " in memory");
  handle = dlopen(uniquePath(file.get()).c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!handle)
    return failure(PLAIT_DAMAGED, "can't load ", name, ": ", dlerror());
  return nullptr;
}

Status CodeObject::find(const std::string &symbol, const std::string &name, Kernel &kernel) const {
  kernel = reinterpret_cast<Kernel>(dlsym(handle, symbol.c_str()));
  if (!kernel)
    return failure(PLAIT_DAMAGED, name, " expects kernel '", symbol, "', but has none of this name");
  return nullptr;
}
