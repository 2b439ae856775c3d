//===- plait-tune.cpp - finds the fastest schedule of a function ----------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file times the schedules of a function for given sizes and writes what it
// finds to the tuning database, from which later compilations of the same text
// take it. Each candidate is stored as soon as it is measured.
//===----------------------------------------------------------------------===//

#include "compiler/Driver/Version.h"
#include "tools/support/Program.h"
#include "tools/support/Tool.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/SHA256.h"

#include <plait/cuda.h>

using namespace plait;

namespace cl = llvm::cl;

namespace {

/// What the command line says.
struct Options {
  std::string input, entry, exportPath, importPath;
  std::optional<std::string> target;
  std::vector<std::string> dims;
  std::optional<int> threads;
};

Options parseOptions(int argc, char **argv) {
  static cl::OptionCategory category("plait-tune options");
  static cl::opt<std::string> input(cl::Positional, cl::desc("<input.mlir, or - for standard input>"));
  static cl::opt<std::string> entry("entry", cl::cat(category), cl::value_desc("name"),
                                    cl::desc("The function to tune; may be left out where there is only one"));
  static cl::list<std::string> dims(
      "dim", cl::cat(category), cl::CommaSeparated, cl::value_desc("B=2,T=1000,H=4"),
      cl::desc("The sizes to tune for; the choice holds for sizes of the same power of two"));
  static cl::opt<std::string> target(
      "target", cl::cat(category), cl::value_desc("name"),
      cl::desc("What to tune for (default: the instruction set of PLAIT_TARGET, or native); for CUDA, as in sm_90a, "
               "schedules are timed on the first device"));
  static cl::opt<int> threads("threads", cl::cat(category), cl::init(0),
                              cl::desc("Most threads to use (default: all that the process may use)"));
  static cl::opt<std::string> exportPath("export", cl::cat(category), cl::value_desc("file"),
                                         cl::desc("Writes the whole database as JSON lines; - is standard output"));
  static cl::opt<std::string> importPath("import", cl::cat(category), cl::value_desc("file"),
                                         cl::desc("Adds the measurements of such a file"));
  cl::ParseCommandLineOptions(argc, argv,
                              "Finds the fastest schedule of a function\n\n"
                              "  plait-tune attention.mlir --dim B=1,T=2048,H=8\n"
                              "  plait-tune --export tuning.jsonl\n");
  return {input, entry, exportPath, importPath, given(target), dims, given(threads)};
}

/// What a measurement is kept under: as Python's, for a text tuned by one is
/// tuned for the other.
struct Key {
  std::string kernel, types, isa;
  int32_t keyDim = 0, valueDim = 0, items = 0, tokens = 0;

  plait_tuning_key fields() const {
    return {kernel.c_str(), keyDim, valueDim, types.c_str(), items, tokens, isa.c_str(), compilerVersion()};
  }
};

/// What schedules are chosen by.
llvm::Expected<CallSize> findCallSize(const std::map<std::string, int64_t> &sizes, const Target &target) {
  CallSize call;
  for (auto &[symbol, size] : sizes) {
    int64_t &product = symbol == "T" ? call.tokens : call.items;
    if (llvm::MulOverflow(product, size, product))
      return llvm::createStringError("expects sizes whose product is below 2^63, but got more");
  }
  if (target.cuda()) {
    plait_cuda_properties properties;
    if (llvm::Error error = takeStatus(plait_cuda_describe(cudaDevice, &properties)))
      return error;
    call.processors = properties.multiprocessors;
  }
  return call;
}

Key makeKey(llvm::StringRef text, const Arrays &arrays, const CallSize &call, const Target &target) {
  Key key;
  key.kernel = llvm::toHex(llvm::SHA256::hash(llvm::arrayRefFromStringRef(text)), /*LowerCase=*/true);
  key.isa = target.isa().str();
  key.items = plait_tuning_bucket(call.items);
  key.tokens = plait_tuning_bucket(call.tokens);
  int64_t rows = 0;
  for (auto [i, array] : llvm::enumerate(arrays.values)) {
    if (arrays.directions[i] == PLAIT_OUT)
      continue;
    key.types += (key.types.empty() ? "" : ",") + typeName(array.dtype());
    if (array.shape().size() != 4 || rows == 3)
      continue;
    key.valueDim = array.shape()[3];
    if (rows++ == 0)
      key.keyDim = key.valueDim;
  }
  return key;
}

/// The candidates of one function, the default first.
struct Candidates {
  Compiler &compiler;
  llvm::StringRef text;
  Target target;
  std::string name;
  std::vector<std::string> schedules;
  std::vector<LoadedPack> packs;
  std::vector<const plait_function *> functions;

  /// Compiles the next schedule.
  llvm::Error add();
  /// The same, but drops a schedule of CUDA that does not fit the device's shared memory, or spills
  /// more than the default.
  llvm::Error tryNext();
  /// A schedule for users. Without parameters it is the default, or on CUDA one beside a default of several ranges.
  llvm::StringRef display(size_t i) const {
    return !schedules[i].empty() ? llvm::StringRef(schedules[i]) : i == 0 ? "default" : "splits=1";
  }
};

llvm::Error Candidates::add() {
  auto bytes = compiler.compilePack(text, target, schedules[packs.size()]);
  if (!bytes)
    return bytes.takeError();
  auto pack = LoadedPack::load(*bytes);
  if (!pack)
    return pack.takeError();
  auto function = pack->find(name);
  if (!function)
    return function.takeError();
  functions.push_back(*function);
  packs.push_back(std::move(*pack));
  return llvm::Error::success();
}

/// Bytes that a thread of a CUDA kernel stores because registers are too few; 0 where that is not known.
int32_t spilledBytes(const plait_function *function) {
  plait_variant variant;
  llvm::cantFail(takeStatus(plait_function_variant(function, 0, &variant)));
  return variant.spilled;
}

llvm::Error Candidates::tryNext() {
  size_t next = packs.size();
  llvm::Error error = add();
  bool fits = !error;
  if (!fits && !target.cuda())
    return error;
  llvm::consumeError(std::move(error));
  if (fits && spilledBytes(functions.back()) <= spilledBytes(functions.front()))
    return llvm::Error::success();
  if (fits) {
    functions.pop_back();
    packs.pop_back();
  }
  schedules.erase(schedules.begin() + next);
  return llvm::Error::success();
}

/// Compiles the schedules behind the default.
llvm::Error addAlternatives(Candidates &candidates) {
  llvm::Error error = llvm::Error::success();
  size_t count = candidates.schedules.size();
  for (size_t i = 1; !error && i < count; ++i) {
    llvm::errs() << "\rcompiling " << i + 1 << " of " << count << " schedules";
    error = candidates.tryNext();
  }
  if (count > 1)
    llvm::errs() << "\n";
  return error;
}

llvm::Error store(const Key &key, const std::string &schedule, const plait_timing &timing, bool chosen) {
  plait_tuning_key fields = key.fields();
  plait_measurement measurement{schedule.c_str(), timing.min_ns, timing.median_ns, 1, chosen};
  return takeStatus(plait_tuning_put(&fields, &measurement));
}

/// Times each candidate against the default, in turn with it, and stores it.
/// Leaves the default only for one that is more than 5 % faster.
llvm::Error timeCandidates(const Candidates &candidates, Arrays &arrays, const Key &key, int threads) {
  plait_timing_options options = PLAIT_TIMING_OPTIONS;
  options.num_threads = threads;
  size_t best = 0;
  double bestRatio = 0.95;
  for (size_t i = 0; i < candidates.functions.size(); ++i) {
    auto pair = timeCalls({{candidates.functions[0], nullptr, nullptr}, {candidates.functions[i], nullptr, nullptr}},
                          arrays, options);
    if (!pair)
      return pair.takeError();
    const std::vector<plait_timing> &timings = *pair;
    const std::string &schedule = candidates.schedules[i];
    llvm::outs() << llvm::format("%12.1f us  %5.2fx  ", timings[1].min_ns / 1e3, timings[1].min_ns / timings[0].min_ns)
                 << candidates.display(i) << (timings[1].matches ? "" : "  (differs: left out)") << "\n";
    if (!timings[1].matches)
      continue;
    double ratio = timings[1].min_ns / timings[0].min_ns;
    if (i > 0 && ratio < bestRatio) {
      best = i;
      bestRatio = ratio;
    }
    if (llvm::Error error = store(key, schedule, timings[1], i == 0 || best == i))
      return error;
  }
  llvm::outs() << "chosen: " << candidates.display(best) << "\n";
  return llvm::Error::success();
}

/// Opens the database, so that nothing is timed which could not be stored.
llvm::Error openDatabase() {
  plait_tuning_key key = Key().fields();
  plait_blob *lines = nullptr;
  llvm::Error error = takeStatus(plait_tuning_list(&key, &lines));
  plait_blob_release(lines);
  return error;
}

/// Finds what can't be before the time is spent: the default is compiled and called with the arrays first.
llvm::Expected<Arrays> prepare(Candidates &candidates, const std::map<std::string, int64_t> &sizes,
                               mlir::func::FuncOp function, int threads) {
  if (llvm::Error error = candidates.add())
    return error;
  auto arrays = makeArrays(candidates.functions.front(), sizes);
  if (!arrays)
    return arrays;
  fillRandom(*arrays, function, /*seed=*/1);
  if (llvm::Error error = arrays->place(candidates.target))
    return error;
  plait_call_options options = PLAIT_CALL_OPTIONS;
  options.num_threads = threads;
  if (llvm::Error error = call(candidates.functions.front(), *arrays, options))
    return error;
  return arrays;
}

llvm::Error tune(const Options &options) {
  auto threads = parseThreads(options.threads);
  if (!threads)
    return threads.takeError();
  auto file = readInput(options.input);
  if (!file)
    return file.takeError();
  auto sizes = parseSizes(options.dims);
  if (!sizes)
    return sizes.takeError();
  auto target = chooseTarget(options.target);
  if (!target)
    return target.takeError();
  llvm::StringRef text = (*file)->getBuffer();
  Compiler compiler(options.input);
  auto module = compiler.parse(text);
  if (!module)
    return module.takeError();
  auto function = findFunction(**module, options.entry);
  if (!function)
    return function.takeError();
  if (llvm::Error error = openDatabase())
    return error;
  auto size = findCallSize(*sizes, *target);
  if (!size)
    return size.takeError();
  auto schedules = compiler.schedules(text, *target, *size);
  if (!schedules)
    return schedules.takeError();
  Candidates candidates{compiler, text, *target, function->getName().str(), *schedules, {}, {}};
  auto arrays = prepare(candidates, *sizes, *function, *threads);
  if (!arrays)
    return arrays.takeError();
  if (llvm::Error error = addAlternatives(candidates))
    return error;
  return timeCandidates(candidates, *arrays, makeKey(text, *arrays, *size, *target), *threads);
}

llvm::Error exportDatabase(llvm::StringRef path) {
  if (path != "-")
    return takeStatus(plait_tuning_export(path.str().c_str()));
  // By way of a file: to open standard output by a name would cut off what it holds.
  llvm::SmallString<128> temporary;
  if (std::error_code code = llvm::sys::fs::createTemporaryFile("plait-tune", "jsonl", temporary))
    return llvm::createStringError("a temporary file can't be made: " + code.message());
  llvm::FileRemover remover(temporary);
  if (llvm::Error error = exportDatabase(temporary))
    return error;
  auto lines = readInput(temporary);
  if (!lines)
    return lines.takeError();
  llvm::outs() << (*lines)->getBuffer();
  return llvm::Error::success();
}

llvm::Error run(const Options &options) {
  if (options.input.empty() && options.exportPath.empty() && options.importPath.empty())
    return llvm::createStringError("expects a file to tune, --export or --import, but got none of them");
  if (!options.importPath.empty()) {
    uint64_t imported = 0;
    if (llvm::Error error = takeStatus(plait_tuning_import(options.importPath.c_str(), &imported)))
      return error;
    llvm::outs() << "imported " << imported << " measurements\n";
  }
  if (!options.input.empty())
    if (llvm::Error error = tune(options))
      return error;
  return options.exportPath.empty() ? llvm::Error::success() : exportDatabase(options.exportPath);
}

} // namespace

int main(int argc, char **argv) {
  return runTool("plait-tune", argc, argv, [](int argc, char **argv) { return run(parseOptions(argc, argv)); });
}
