//===- Link.cpp - shared objects without dependencies ---------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file links with lld in the process. lld reads and writes files, so that
// both ends are temporary ones, removed on every way out.
//===----------------------------------------------------------------------===//

#include "compiler/Target/CPU/ObjectFile.h"

#include "lld/Common/Driver.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/MemoryBuffer.h"

#include <mutex>

LLD_HAS_DRIVER(elf)

using namespace plait;

static llvm::Error createTemporary(llvm::StringRef suffix, llvm::SmallString<128> &path, int &descriptor) {
  if (std::error_code code = llvm::sys::fs::createTemporaryFile("plait", suffix, descriptor, path))
    return llvm::createStringError("a temporary file can't be made: " + code.message());
  return llvm::Error::success();
}

llvm::Expected<Bytes> plait::linkShared(const Bytes &object) {
  llvm::SmallString<128> input, output;
  int inputDescriptor = -1, outputDescriptor = -1;
  if (llvm::Error error = createTemporary("o", input, inputDescriptor))
    return error;
  llvm::FileRemover removeInput(input);
  if (llvm::Error error = createTemporary("so", output, outputDescriptor))
    return error;
  llvm::FileRemover removeOutput(output);
  llvm::raw_fd_ostream(outputDescriptor, /*shouldClose=*/true).close();
  llvm::raw_fd_ostream stream(inputDescriptor, /*shouldClose=*/true);
  stream << llvm::StringRef(object.data(), object.size());
  stream.close();
  if (stream.has_error()) {
    std::string reason = stream.error().message();
    stream.clear_error();
    return llvm::createStringError("a temporary file can't be written: " + reason);
  }

  std::string text;
  llvm::raw_string_ostream errors(text);
  const char *arguments[] = {"ld.lld",      "-shared",         "-nostdlib", "--no-undefined", "-z", "noseparate-code",
                             "--threads=1", "--build-id=none", "-O0",       "--strip-debug",  "-o", output.c_str(),
                             input.c_str()};
  static std::mutex oneLink; // lld keeps its state in globals
  std::lock_guard<std::mutex> lock(oneLink);
  lld::Result result = lld::lldMain(arguments, errors, errors, {{lld::Gnu, &lld::elf::link}});
  if (result.retCode != 0)
    return llvm::createStringError("lld failed: " + text);
  auto linked = llvm::MemoryBuffer::getFile(output, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!linked)
    return llvm::createStringError("the linked object can't be read: " + linked.getError().message());
  llvm::StringRef bytes = (*linked)->getBuffer();
  return Bytes(bytes.begin(), bytes.end());
}
