//===- CodeObject.h - machine code from memory ------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the loader of linked ELF shared objects that sit in memory.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_SRC_LOADER_CODEOBJECT_H
#define PLAIT_RUNTIME_SRC_LOADER_CODEOBJECT_H

#include "runtime/src/Status.h"

#include <cstdint>
#include <span>
#include <string>

namespace plait {

/// A kernel of the interface PLAIT_ABI_VERSION. args[i] points to a strided memref descriptor; x, y and z number
/// the work item, or those of a span (pack/Manifest.h).
using Kernel = void (*)(void *const *args, void *scratch, uint32_t x, uint32_t y, uint32_t z);

/// A loaded shared object, unloaded with its owner.
class CodeObject {
public:
  CodeObject() = default;
  CodeObject(const CodeObject &) = delete;
  CodeObject &operator=(const CodeObject &) = delete;
  ~CodeObject();

  bool loaded() const { return handle; }

  /// Loads the object. `name` is what messages call it.
  Status load(std::span<const uint8_t> elf, const std::string &name);

  /// Finds a kernel.
  Status find(const std::string &symbol, const std::string &name, Kernel &kernel) const;

private:
  void *handle = nullptr;
};

} // namespace plait

#endif // PLAIT_RUNTIME_SRC_LOADER_CODEOBJECT_H
