//===- OutputFile.cpp - files that are whole or not there -----------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements the writing of results. Upstream renames over whatever
// has the name, a device or a link too.
//===----------------------------------------------------------------------===//

#include "tools/support/OutputFile.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

/// Not followed: /dev/stdout is a link, and names a regular file where output is redirected to one.
static bool isDeviceOrLink(StringRef path) {
  sys::fs::file_status status;
  return !sys::fs::status(path, status, /*follow=*/false) && sys::fs::exists(status) &&
         !sys::fs::is_regular_file(status);
}

static Error writeInPlace(StringRef path, StringRef content) {
  std::error_code code;
  raw_fd_ostream stream(path, code);
  if (!code) {
    stream << content;
    stream.close();
    code = stream.error();
    stream.clear_error();
  }
  return code ? errorCodeToError(code) : Error::success();
}

Error plait::writeFile(StringRef path, StringRef content) {
  Error error = isDeviceOrLink(path) ? writeInPlace(path, content) : writeToOutput(path, [&](raw_ostream &os) {
    os << content;
    return Error::success();
  });
  if (error)
    return createStringError("'" + path.str() + "' can't be written: " + toString(std::move(error)));
  return Error::success();
}
