//===- Blob.h - bytes that the library hands out ----------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file defines plait_blob.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_SRC_BLOB_H
#define PLAIT_RUNTIME_SRC_BLOB_H

#include <plait/runtime.h>

#include <string>

struct plait_blob {
  std::string bytes;
};

#endif // PLAIT_RUNTIME_SRC_BLOB_H
