//===- HostArray.h - arrays of the command line tools -----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares row-major arrays in memory: what plait-run and plait-tune
// pass to the runtime, fill at random, read from and write to .npy files.
//===----------------------------------------------------------------------===//

#ifndef TOOLS_SUPPORT_HOSTARRAY_H
#define TOOLS_SUPPORT_HOSTARRAY_H

#include "llvm/Support/Error.h"

#include <dlpack/dlpack.h>
#include <random>
#include <vector>

namespace plait {

class HostArray {
public:
  HostArray(DLDataType type, std::vector<int64_t> shape);

  int64_t count() const;
  const std::vector<int64_t> &shape() const { return extents; }
  DLDataType dtype() const { return type; }
  const std::vector<char> &bytes() const { return data; }

  /// A view that lives as long as the array stays where it is.
  DLTensor view();

  /// The elements as f64, and back, rounded to the nearest.
  std::vector<double> toDoubles() const;
  void fromDoubles(llvm::ArrayRef<double> values);

  /// Fills floats with NaN, integers with -1: what nobody wrote shows.
  void poison();

private:
  DLDataType type;
  std::vector<int64_t> extents;
  std::vector<char> data;
};

/// Reads a .npy file of f32, f64 (rounded), f16, i32 or i64 as an array of
/// `type` and `shape`; anything else in it is an error that says what came.
llvm::Expected<HostArray> readNpy(llvm::StringRef path, DLDataType type, std::vector<int64_t> shape);

/// Writes an array as f64 (floats) or i64 to a .npy file, whole or not at all.
llvm::Error writeNpy(llvm::StringRef path, const HostArray &array);

/// "f32", "bf16", "f16", "i32", "i64".
std::string typeName(DLDataType type);

} // namespace plait

#endif // TOOLS_SUPPORT_HOSTARRAY_H
