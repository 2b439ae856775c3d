//===- OutputFile.h - files that are whole or not there ---------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares how the command line tools write their results.
//===----------------------------------------------------------------------===//

#ifndef TOOLS_SUPPORT_OUTPUTFILE_H
#define TOOLS_SUPPORT_OUTPUTFILE_H

#include "llvm/Support/Error.h"

namespace plait {

/// Writes a file under a temporary name, then renames it: what stays after an
/// error is the file as it was. A device, a pipe, a symbolic link or "-" is
/// written as it is.
llvm::Error writeFile(llvm::StringRef path, llvm::StringRef content);

} // namespace plait

#endif // TOOLS_SUPPORT_OUTPUTFILE_H
