//===- plait-run.cpp - runs, checks and times functions -------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file compiles a function, runs it on given or random arrays, compares it
// with the f64 interpreter and times it.
//===----------------------------------------------------------------------===//

#include "compiler/Interpreter/Interpreter.h"
#include "tools/support/Program.h"
#include "tools/support/Tool.h"

#include "llvm/Support/CommandLine.h"
#include "llvm/Support/Format.h"

#include <algorithm>
#include <cmath>

using namespace plait;

namespace cl = llvm::cl;

namespace {

/// What the command line says.
struct Options {
  std::string input, entry, schedule;
  std::optional<std::string> target;
  std::vector<std::string> dims, inputs, outputs;
  bool check = false, time = false;
  std::optional<double> bound;
  std::optional<int> threads;
  uint64_t seed = 1;
};

Options parseOptions(int argc, char **argv) {
  static cl::OptionCategory category("plait-run options");
  static cl::opt<std::string> input(cl::Positional, cl::desc("<input.mlir, or - for standard input>"), cl::Required);
  static cl::opt<std::string> entry("entry", cl::cat(category), cl::value_desc("name"),
                                    cl::desc("The function to run; may be left out where there is only one"));
  static cl::list<std::string> dims("dim", cl::cat(category), cl::CommaSeparated, cl::value_desc("B=2,T=1000,H=4"),
                                    cl::desc("The sizes that the function leaves open"));
  static cl::list<std::string> inputs("input", cl::cat(category), cl::value_desc("q=file.npy"),
                                      cl::desc("Reads an argument from a file instead of drawing it"));
  static cl::list<std::string> outputs("output", cl::cat(category), cl::value_desc("o=file.npy"),
                                       cl::desc("Writes a result to a file, in f64"));
  static cl::opt<bool> check("check", cl::cat(category),
                             cl::desc("Compares each result with the f64 interpreter; fails past the bound"));
  static cl::opt<double> bound(
      "bound", cl::cat(category), cl::init(0),
      cl::desc("Largest relative RMS error for --check (default: 2e-6 for f32, 1e-3 for f16, 8e-3 "
               "for bf16 results; on CUDA 2e-6, 5e-4 and 5e-3, by the narrowest type of all arrays)"));
  static cl::opt<bool> time("time", cl::cat(category),
                            cl::desc("Times the function: minimum and median of many samples"));
  static cl::opt<std::string> target(
      "target", cl::cat(category), cl::value_desc("name"),
      cl::desc("What to compile for (default: the instruction set of PLAIT_TARGET, or native); for CUDA, as in "
               "sm_90a, the function runs on the first device"));
  static cl::opt<std::string> schedule(
      "schedule", cl::cat(category), cl::value_desc("name=value,..."),
      cl::desc("Schedule parameters, as in rows=8,columns=2 or, on CUDA, block=16,splits=4"));
  static cl::opt<int> threads("threads", cl::cat(category), cl::init(0),
                              cl::desc("Most threads to use (default: all that the process may use)"));
  static cl::opt<uint64_t> seed("seed", cl::cat(category), cl::init(1), cl::desc("Seed of the random arrays"));
  cl::ParseCommandLineOptions(argc, argv,
                              "Runs a function of the plait dialect\n\n"
                              "  plait-run attention.mlir --dim B=2,T=1000,H=4 --check --time\n");
  return {input,   entry, schedule, given(target), dims,           inputs,
          outputs, check, time,     given(bound),  given(threads), seed};
}

llvm::Error readInputs(Arrays &arrays, const Options &options) {
  for (llvm::StringRef item : options.inputs) {
    auto [name, path] = item.split('=');
    auto found = llvm::find(arrays.names, name);
    if (path.empty() || found == arrays.names.end())
      return llvm::createStringError("expects --input of an argument, as in q=file.npy, but got '" + item.str() + "'");
    HostArray &array = arrays.values[found - arrays.names.begin()];
    auto read = readNpy(path, array.dtype(), array.shape());
    if (!read)
      return read.takeError();
    array = std::move(*read);
  }
  return llvm::Error::success();
}

llvm::Error writeOutputs(const Arrays &arrays, const Options &options) {
  for (llvm::StringRef item : options.outputs) {
    auto [name, path] = item.split('=');
    auto found = llvm::find(arrays.names, name);
    if (path.empty() || found == arrays.names.end())
      return llvm::createStringError("expects --output of a result, as in o=file.npy, but got '" + item.str() + "'");
    if (llvm::Error error = writeNpy(path, arrays.values[found - arrays.names.begin()]))
      return error;
  }
  return llvm::Error::success();
}

/// The array that holds each result of the function: the argument that it
/// updates in place, or an argument of its own behind the others.
std::vector<size_t> resultPositions(mlir::func::FuncOp function) {
  std::vector<size_t> positions;
  size_t next = function.getNumArguments();
  for (unsigned r = 0; r < function.getNumResults(); ++r) {
    std::optional<size_t> updated;
    for (unsigned i = 0; i < function.getNumArguments(); ++i)
      if (auto attr = function.getArgAttrOfType<mlir::IntegerAttr>(i, "plait.result"); attr && attr.getInt() == r)
        updated = i;
    positions.push_back(updated ? *updated : next++);
  }
  return positions;
}

double relativeError(const std::vector<double> &values, const std::vector<double> &expected) {
  double difference = 0, norm = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    bool bothNaN = std::isnan(values[i]) && std::isnan(expected[i]);
    bool equal = values[i] == expected[i] || bothNaN; // infinities too
    difference += equal ? 0 : (values[i] - expected[i]) * (values[i] - expected[i]);
    norm += bothNaN ? 0 : expected[i] * expected[i];
  }
  if (difference == 0)
    return 0;
  return std::sqrt(difference / norm);
}

double boundOfType(DLDataType type, bool onCuda) {
  if (type.code == kDLBfloat)
    return onCuda ? 5e-3 : 8e-3;
  return type.bits == 16 ? (onCuda ? 5e-4 : 1e-3) : 2e-6;
}

/// The error that a result may have. On CUDA factors are of the rows' type, so that f32 states beside
/// narrow rows are no nearer to exact ones than these.
double boundFor(const HostArray &result, const Arrays &arrays, const Target &target) {
  if (target.cpu())
    return boundOfType(result.dtype(), /*onCuda=*/false);
  double bound = 0;
  for (const HostArray &array : arrays.values)
    bound = std::max(bound, boundOfType(array.dtype(), /*onCuda=*/true));
  return bound;
}

/// Compares what the compiled function wrote with the interpreter's results on
/// the same inputs.
llvm::Error compare(mlir::ModuleOp module, mlir::func::FuncOp function, const std::vector<Array> &arguments,
                    const Arrays &arrays, const Target &target, std::optional<double> bound) {
  auto expected = interpret(module, function.getName(), arguments);
  if (!expected)
    return expected.takeError();
  bool failed = false;
  for (auto [r, position] : llvm::enumerate(resultPositions(function))) {
    const HostArray &array = arrays.values[position];
    double error = relativeError(array.toDoubles(), (*expected)[r].data);
    double limit = bound ? *bound : boundFor(array, arrays, target);
    bool past = !(error <= limit);
    llvm::outs() << arrays.names[position] << ": relative RMS error " << llvm::format("%.2e", error)
                 << (past ? " is past " : " within ") << llvm::format("%.0e", limit) << "\n";
    failed |= past;
  }
  if (failed)
    return llvm::createStringError("results differ from the interpreter's");
  return llvm::Error::success();
}

llvm::Error measure(const plait_function *function, Arrays &arrays, int threads) {
  plait_timing_options options = PLAIT_TIMING_OPTIONS;
  options.rounds = 10000;
  options.max_seconds = 1;
  options.num_threads = threads;
  auto timings = timeCalls({{function, nullptr, nullptr}}, arrays, options);
  if (!timings)
    return timings.takeError();
  const plait_timing &timing = timings->front();
  llvm::outs() << "time: minimum " << llvm::format("%.3f", timing.min_ns / 1e3) << " us, median "
               << llvm::format("%.3f", timing.median_ns / 1e3) << " us of " << timing.samples << " samples\n";
  return llvm::Error::success();
}

llvm::Error runFunction(mlir::ModuleOp module, mlir::func::FuncOp function, const plait_function *compiled,
                        const Target &target, const Options &options) {
  auto sizes = parseSizes(options.dims);
  if (!sizes)
    return sizes.takeError();
  auto arrays = makeArrays(compiled, *sizes);
  if (!arrays)
    return arrays.takeError();
  fillRandom(*arrays, function, options.seed);
  if (llvm::Error error = readInputs(*arrays, options))
    return error;
  std::vector<Array> arguments; // as they are before the call, which may update some
  for (unsigned i = 0; i < function.getNumArguments(); ++i)
    arguments.push_back(
        {llvm::SmallVector<int64_t, 4>(llvm::ArrayRef(arrays->values[i].shape())), arrays->values[i].toDoubles()});
  auto threads = parseThreads(options.threads);
  if (!threads)
    return threads.takeError();
  if (llvm::Error error = arrays->place(target))
    return error;
  plait_call_options callOptions = PLAIT_CALL_OPTIONS;
  callOptions.num_threads = *threads;
  if (llvm::Error error = call(compiled, *arrays, callOptions))
    return error;
  if (options.check)
    if (llvm::Error error = compare(module, function, arguments, *arrays, target, options.bound))
      return error;
  if (llvm::Error error = writeOutputs(*arrays, options))
    return error;
  return options.time ? measure(compiled, *arrays, *threads) : llvm::Error::success();
}

llvm::Error run(const Options &options) {
  if (options.bound && !(*options.bound > 0))
    return llvm::createStringError("expects a --bound over 0, but got " + std::to_string(*options.bound));
  if (llvm::Error error =
          llvm::joinErrors(checkKeys("--input", options.inputs), checkKeys("--output", options.outputs)))
    return error;
  auto file = readInput(options.input);
  if (!file)
    return file.takeError();
  auto target = chooseTarget(options.target);
  if (!target)
    return target.takeError();
  Compiler compiler(options.input);
  auto module = compiler.parse((*file)->getBuffer());
  if (!module)
    return module.takeError();
  auto function = findFunction(**module, options.entry);
  if (!function)
    return function.takeError();
  auto bytes = compiler.compilePack((*file)->getBuffer(), *target, options.schedule);
  if (!bytes)
    return bytes.takeError();
  auto pack = LoadedPack::load(*bytes);
  if (!pack)
    return pack.takeError();
  auto compiled = pack->find(function->getName().str());
  if (!compiled)
    return compiled.takeError();
  return runFunction(**module, *function, *compiled, *target, options);
}

} // namespace

int main(int argc, char **argv) {
  return runTool("plait-run", argc, argv, [](int argc, char **argv) { return run(parseOptions(argc, argv)); });
}
