//===- Program.h - a function of a module, ready to call --------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares what plait-run and plait-tune share: the arrays of one
// function, made for given sizes, and calls of a pack that is held in memory.
//===----------------------------------------------------------------------===//

#ifndef TOOLS_SUPPORT_PROGRAM_H
#define TOOLS_SUPPORT_PROGRAM_H

#include "compiler/Driver/Compile.h"
#include "tools/support/Arrays.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <map>
#include <plait/runtime.h>
#include <string>

namespace plait {

/// Turns a status of the runtime into an error, and releases it. What a call did
/// after mending something is a warning.
llvm::Error takeStatus(plait_status *status);

/// Fails where two items "key=value" of an option have one key.
llvm::Error checkKeys(llvm::StringRef option, llvm::ArrayRef<std::string> items);

/// Sizes by symbol, from text such as "B=2,T=1000,H=4".
llvm::Expected<std::map<std::string, int64_t>> parseSizes(llvm::ArrayRef<std::string> items);

/// A pack in memory, released at the end.
class LoadedPack {
public:
  static llvm::Expected<LoadedPack> load(const std::vector<uint8_t> &bytes);
  LoadedPack(LoadedPack &&other) : pack(std::exchange(other.pack, nullptr)) {}
  ~LoadedPack() { plait_pack_release(pack); }
  llvm::Expected<const plait_function *> find(const std::string &name) const;

private:
  explicit LoadedPack(plait_pack *pack) : pack(pack) {}
  plait_pack *pack;
};

/// Arrays of the function's shapes for the given sizes; what is written is
/// poisoned, the rest is left to fillRandom.
llvm::Expected<Arrays> makeArrays(const plait_function *function, const std::map<std::string, int64_t> &sizes);

/// Normal numbers of both signs; for gates, a sixteenth of the log-sigmoid of
/// such, as models have them.
void fillRandom(Arrays &arrays, mlir::func::FuncOp function, uint64_t seed);

/// Calls a function; the values of the arrays are then what it wrote.
llvm::Error call(const plait_function *function, Arrays &arrays, const plait_call_options &options);

/// Times candidates in turn, as plait_time_interleaved does.
llvm::Expected<std::vector<plait_timing>> timeCalls(llvm::ArrayRef<plait_candidate> candidates, Arrays &arrays,
                                                    const plait_timing_options &options);

/// The function `name` of a module; the only one where the name is empty.
llvm::Expected<mlir::func::FuncOp> findFunction(mlir::ModuleOp module, llvm::StringRef name);

/// The target of a name; of none, the instruction set that PLAIT_TARGET asks for.
llvm::Expected<Target> chooseTarget(const std::optional<std::string> &name);

/// The num_threads of a call: all threads where `wanted` says nothing.
llvm::Expected<int> parseThreads(std::optional<int> wanted);

} // namespace plait

#endif // TOOLS_SUPPORT_PROGRAM_H
