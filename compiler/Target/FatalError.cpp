//===- FatalError.cpp - errors that LLVM would end the process for --------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file throws out of LLVM's handler of fatal errors. LLVM's frames have no
// clean-up code: they are left as they are.
//===----------------------------------------------------------------------===//

#include "compiler/Target/FatalError.h"

#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/PrettyStackTrace.h"
#include "llvm/Support/raw_ostream.h"

#include <mutex>

using namespace plait;

namespace {

struct FatalError {
  std::string reason;
};

/// Whether this thread is inside catchFatalErrors.
thread_local bool isCaught = false;

void handle(void *, const char *reason, bool) {
  if (isCaught)
    throw FatalError{reason};
  // Another thread's: as without a handler, it is printed, and LLVM ends the process.
  llvm::errs() << "LLVM ERROR: " << reason << "\n";
}

/// LLVM has one handler; it is there while any thread wants it.
class Handler {
public:
  Handler() {
    std::lock_guard<std::mutex> lock(mutex);
    if (users++ == 0)
      llvm::install_fatal_error_handler(handle);
    isCaught = true;
  }
  ~Handler() {
    isCaught = false;
    std::lock_guard<std::mutex> lock(mutex);
    if (--users == 0)
      llvm::remove_fatal_error_handler();
  }

private:
  static inline std::mutex mutex;
  static inline int users = 0;
};

} // namespace

llvm::Error plait::catchFatalErrors(llvm::function_ref<void()> body) {
  Handler handler;
  const void *stack = llvm::SavePrettyStackState();
  try {
    body();
  } catch (const FatalError &error) {
    llvm::RestorePrettyStackState(stack);
    return llvm::createStringError(error.reason);
  }
  return llvm::Error::success();
}
