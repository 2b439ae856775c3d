//===- FatalError.h - errors that LLVM would end the process for *- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the running of LLVM where its fatal errors, such as an
// instruction that a target has not got, must not end the caller's process.
//===----------------------------------------------------------------------===//

#ifndef COMPILER_TARGET_FATALERROR_H
#define COMPILER_TARGET_FATALERROR_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/Error.h"

namespace plait {

/// Runs `body`; a fatal error ends it and is the result. What `body` has allocated by then
/// is lost, and what it worked on is fit for nothing but to be destroyed. Other threads
/// may do the same at the same time.
llvm::Error catchFatalErrors(llvm::function_ref<void()> body);

} // namespace plait

#endif // COMPILER_TARGET_FATALERROR_H
