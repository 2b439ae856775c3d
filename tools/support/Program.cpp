//===- Program.cpp - a function of a module, ready to call ----------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file makes the arrays of a function and calls it.
//===----------------------------------------------------------------------===//

#include "tools/support/Program.h"

#include "dialects/Plait/IR/PlaitOps.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/WithColor.h"

#include <cmath>

using namespace mlir;
using namespace plait;

llvm::Error plait::takeStatus(plait_status *status) {
  if (!status)
    return llvm::Error::success();
  std::string message = plait_status_message(status);
  bool done = plait_status_code(status) == PLAIT_RECOVERED;
  plait_status_release(status);
  if (!done)
    return llvm::createStringError(message);
  llvm::WithColor::warning() << message << "\n";
  return llvm::Error::success();
}

llvm::Error plait::checkKeys(llvm::StringRef option, llvm::ArrayRef<std::string> items) {
  std::map<std::string, std::string> known;
  for (const std::string &item : items) {
    std::string key = llvm::StringRef(item).split('=').first.trim().str();
    auto [first, fresh] = known.emplace(key, item);
    if (!fresh)
      return llvm::createStringError("expects one " + option.str() + " of " + key + ", but got '" + first->second +
                                     "' and '" + item + "'");
  }
  return llvm::Error::success();
}

llvm::Expected<std::map<std::string, int64_t>> plait::parseSizes(llvm::ArrayRef<std::string> items) {
  if (llvm::Error error = checkKeys("--dim", items))
    return error;
  std::map<std::string, int64_t> sizes;
  for (llvm::StringRef item : items) {
    auto [name, number] = item.split('=');
    int64_t value = 0;
    if (name.trim().empty() || number.trim().getAsInteger(10, value) || value < 0)
      return llvm::createStringError("expects sizes such as B=2,T=1000,H=4, but got '" + item.str() + "'");
    sizes[name.trim().str()] = value;
  }
  return sizes;
}

llvm::Expected<LoadedPack> plait::LoadedPack::load(const std::vector<uint8_t> &bytes) {
  plait_pack *pack = nullptr;
  if (llvm::Error error = takeStatus(plait_pack_open_memory(bytes.data(), bytes.size(), &pack)))
    return error;
  return LoadedPack(pack);
}

llvm::Expected<const plait_function *> plait::LoadedPack::find(const std::string &name) const {
  const plait_function *function = nullptr;
  if (llvm::Error error = takeStatus(plait_pack_find(pack, name.c_str(), &function)))
    return error;
  return function;
}

/// The shape of an argument for the values of the symbols.
static llvm::Expected<std::vector<int64_t>> shapeOf(const plait_argument &argument, llvm::ArrayRef<int64_t> values) {
  constexpr int64_t most = int64_t(1) << 36;
  std::vector<int64_t> shape;
  int64_t count = 1;
  for (int32_t d = 0; d < argument.rank; ++d) {
    plait_dim dim = argument.shape[d];
    int64_t extent = 0;
    if (llvm::MulOverflow(dim.factor, dim.symbol < 0 ? 1 : values[dim.symbol], extent) ||
        llvm::MulOverflow(count, extent, count) || count > most)
      return llvm::createStringError("expects arrays of at most 2^36 elements, but got more for " +
                                     std::string(argument.name));
    shape.push_back(extent);
  }
  return shape;
}

llvm::Expected<Arrays> plait::makeArrays(const plait_function *function, const std::map<std::string, int64_t> &sizes) {
  std::vector<int64_t> values;
  std::vector<std::string> known;
  for (size_t i = 0; i < plait_function_symbol_count(function); ++i) {
    std::string symbol = plait_function_symbol(function, i);
    auto size = sizes.find(symbol);
    if (size == sizes.end())
      return llvm::createStringError("expects a size for " + symbol + ", as in --dim " + symbol + "=4, but got none");
    values.push_back(size->second);
    known.push_back(symbol);
  }
  for (const auto &[name, size] : sizes)
    if (!llvm::is_contained(known, name))
      return llvm::createStringError("expects " + (known.empty() ? "no sizes" : "sizes of " + llvm::join(known, ", ")) +
                                     ", but got one of " + name);
  Arrays arrays;
  for (size_t i = 0; i < plait_function_argument_count(function); ++i) {
    plait_argument argument;
    if (llvm::Error error = takeStatus(plait_function_argument(function, i, &argument)))
      return error;
    auto shape = shapeOf(argument, values);
    if (!shape)
      return shape.takeError();
    arrays.names.push_back(argument.name);
    arrays.directions.push_back(argument.direction);
    arrays.values.emplace_back(argument.dtype, std::move(*shape));
    if (argument.direction == PLAIT_OUT)
      arrays.values.back().poison();
  }
  return arrays;
}

/// Whether a function's argument is a log decay.
static bool isGate(Value argument) {
  return llvm::any_of(argument.getUsers(), [&](Operation *user) {
    if (auto recur = dyn_cast<RecurOp>(user))
      return recur.getDecay() == argument || recur.getValueDecay() == argument;
    auto attention = dyn_cast<AttentionOp>(user);
    return attention && attention.getDecay() == argument;
  });
}

void plait::fillRandom(Arrays &arrays, func::FuncOp function, uint64_t seed) {
  std::mt19937_64 generator(seed);
  std::normal_distribution<double> normal;
  for (auto [i, array] : llvm::enumerate(arrays.values)) {
    if (arrays.directions[i] == PLAIT_OUT)
      continue;
    bool gate = i < function.getNumArguments() && isGate(function.getArgument(i));
    std::vector<double> values(array.count());
    for (double &value : values) {
      value = normal(generator);
      if (gate)
        value = -std::log1p(std::exp(-value)) / 16;
    }
    array.fromDoubles(values);
  }
}

llvm::Error plait::call(const plait_function *function, Arrays &arrays, const plait_call_options &options) {
  Arguments arguments = arrays.arguments();
  if (llvm::Error error =
          takeStatus(plait_call(function, arguments.pointers.data(), arguments.pointers.size(), &options)))
    return error;
  return arrays.fetch();
}

llvm::Expected<std::vector<plait_timing>> plait::timeCalls(llvm::ArrayRef<plait_candidate> candidates, Arrays &arrays,
                                                           const plait_timing_options &options) {
  Arguments arguments = arrays.arguments();
  std::vector<plait_timing> timings(candidates.size());
  if (llvm::Error error =
          takeStatus(plait_time_interleaved(candidates.data(), candidates.size(), arguments.pointers.data(),
                                            arguments.pointers.size(), &options, timings.data())))
    return error;
  return timings;
}

llvm::Expected<Target> plait::chooseTarget(const std::optional<std::string> &name) {
  if (name)
    return findTarget(*name);
  const char *isa = nullptr;
  if (llvm::Error error = takeStatus(plait_target_isa(&isa)))
    return error;
  // As this machine, whose cores the compiler then knows, where the code is for it.
  return findTarget(llvm::StringRef(isa) == plait_cpu_isa() ? "native" : isa);
}

llvm::Expected<int> plait::parseThreads(std::optional<int> wanted) {
  if (wanted && *wanted < 1)
    return llvm::createStringError("expects --threads of at least 1, but got " + std::to_string(*wanted));
  return wanted.value_or(0);
}

llvm::Expected<func::FuncOp> plait::findFunction(ModuleOp module, llvm::StringRef name) {
  std::vector<std::string> names;
  func::FuncOp found;
  for (auto function : module.getOps<func::FuncOp>()) {
    names.push_back(function.getName().str());
    if (name.empty() || function.getName() == name)
      found = function;
  }
  if (!found || (name.empty() && names.size() != 1))
    return llvm::createStringError("expects --entry to name one of " + llvm::join(names, ", ") + ", but got " +
                                   (name.empty() ? "none" : "'" + name.str() + "'"));
  if (found.getNumResults() == 0)
    return llvm::createStringError("expects a function with results, but got '" + found.getName().str() +
                                   "', which has none");
  return found;
}
