//===- OutputFile.cpp - files that are whole or not there -----------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements the writing of results. Upstream's writeToOutput renames over
// whatever has the name, a device or a link too, and ends the process on a full disk.
//===----------------------------------------------------------------------===//

#include "tools/support/OutputFile.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

/// Not followed: /dev/stdout is a link, and names a regular file where output is redirected to one.
static bool isDeviceOrLink(StringRef path) {
  sys::fs::file_status status;
  return !sys::fs::status(path, status, /*follow=*/false) && sys::fs::exists(status) &&
         !sys::fs::is_regular_file(status);
}

/// Left in the stream, the error would end the process.
static Error takeError(raw_fd_ostream &stream) {
  std::error_code code = stream.error();
  stream.clear_error();
  return code ? errorCodeToError(code) : Error::success();
}

static Error writeInPlace(StringRef path, StringRef content) {
  std::error_code code;
  raw_fd_ostream stream(path, code);
  if (code)
    return errorCodeToError(code);
  stream << content;
  stream.close();
  return takeError(stream);
}

static Error replaceFile(StringRef path, StringRef content) {
  auto file = sys::fs::TempFile::create(path + ".tmp-%%%%%%", sys::fs::all_read | sys::fs::all_write);
  if (!file)
    return file.takeError();
  raw_fd_ostream stream(file->FD, /*shouldClose=*/false);
  stream << content;
  stream.flush();
  if (Error error = takeError(stream))
    return joinErrors(std::move(error), file->discard());
  return file->keep(path);
}

Error plait::writeFile(StringRef path, StringRef content) {
  if (path == "-") {
    outs() << content;
    return Error::success();
  }
  if (Error error = isDeviceOrLink(path) ? writeInPlace(path, content) : replaceFile(path, content))
    return createStringError("'" + path.str() + "' can't be written: " + toString(std::move(error)));
  return Error::success();
}
