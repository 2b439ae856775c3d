//===- Library.h - packs as C libraries -------------------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the two files that let a C program call a pack with
// nothing but the runtime: a shared library that holds it, and a header with
// one function for each of the pack's.
//===----------------------------------------------------------------------===//

#ifndef COMPILER_DRIVER_LIBRARY_H
#define COMPILER_DRIVER_LIBRARY_H

#include "compiler/Target/CPU/ObjectFile.h"
#include "runtime/src/pack/Manifest.h"

#include <string>
#include <vector>

namespace plait {

/// A name that C accepts, from a file's.
std::string identifier(llvm::StringRef name);

/// A shared library for `target` that holds `pack` as the data
/// `<name>_pack` and `<name>_pack_size`.
llvm::Expected<Bytes> makePackLibrary(const std::vector<uint8_t> &pack, llvm::StringRef name, const CpuTarget &target);

/// The header that declares a function for each entry of the pack.
std::string printHeader(const pack::Manifest &manifest, llvm::StringRef name);

} // namespace plait

#endif // COMPILER_DRIVER_LIBRARY_H
