//===- plait-compile.cpp - compiles plait IR ahead of time ----------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file is the ahead-of-time compiler: IR to packs, libraries with headers,
// objects, assembly, LLVM IR, PTX or cubins. A file is written whole or not at all.
//===----------------------------------------------------------------------===//

#include "compiler/Driver/Compile.h"
#include "compiler/Driver/Library.h"
#include "tools/support/OutputFile.h"
#include "tools/support/Tool.h"

#include "runtime/src/pack/Pack.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/WithColor.h"

#include <optional>

using namespace plait;

namespace cl = llvm::cl;

namespace {

/// What the command line says.
struct Options {
  std::string input, output;
  std::vector<std::string> targets, kinds, schedules;
  std::string ptxas;
  bool resourceUsage;
};

Options parseOptions(int argc, char **argv) {
  static cl::OptionCategory category("plait-compile options");
  static cl::opt<std::string> input(cl::Positional, cl::desc("<input.mlir, or - for standard input>"), cl::Required);
  static cl::list<std::string> targets(
      "target", cl::cat(category), cl::CommaSeparated, cl::value_desc("name,..."),
      cl::desc("Instruction sets: native (default), x86-64-v4, x86-64-v3, x86-64, aarch64; for CUDA "
               "sm_80, sm_86, sm_89, sm_90, sm_90a, sm_100, sm_100a, sm_120, sm_120a. native is this "
               "machine's, with schedules for its cores. A pack holds all that are named; object, asm, llvm, ptx and "
               "cubin are a file for each"));
  static cl::list<std::string> kinds(
      "emit", cl::cat(category), cl::CommaSeparated, cl::value_desc("kind,..."),
      cl::desc("What to write: pack (default), shared (library that holds the pack), header "
               "(for the library), llvm; on the CPU object, asm; for CUDA ptx, cubin"));
  static cl::opt<std::string> output("o", cl::cat(category), cl::Required, cl::value_desc("file"),
                                     cl::desc("The file to write, or - for standard output. Of several each adds its "
                                              "own extension, behind that of its target: out.sm_90a.ptx"));
  static cl::list<std::string> schedules(
      "schedule", cl::cat(category), cl::value_desc("name=value,..."),
      cl::desc("Schedule parameters, as in rows=8,columns=2,block=64 or, on CUDA, block=16,channels=32,splits=4. "
               "Given again, a pack holds each; the first is the default"));
  static cl::opt<std::string> ptxas(
      "ptxas", cl::cat(category), cl::value_desc("path"),
      cl::desc("CUDA's assembler, or none for packs with PTX alone; looked for in PATH, CUDA_ROOT, "
               "CUDA_HOME, CUDA_PATH and /usr/local/cuda/bin"));
  static cl::opt<bool> resourceUsage("resource-usage", cl::cat(category),
                                     cl::desc("Print the registers, spills, stack and shared memory of each kernel "
                                              "in a cubin, and the schedule where it is no default"));
  cl::ParseCommandLineOptions(argc, argv,
                              "Compiles functions of the plait dialect ahead of time\n\n"
                              "  plait-compile attention.mlir --target=x86-64-v4,x86-64-v3 -o attention.plait\n"
                              "  plait-compile attention.mlir --emit=shared,header -o libattention\n"
                              "  plait-compile kernels.mlir --target=sm_90a,sm_80 --emit=pack,ptx,cubin -o kernels\n");
  Options options{input, output, targets, kinds, schedules, ptxas, resourceUsage};
  if (options.targets.empty())
    options.targets.push_back("native");
  if (options.kinds.empty())
    options.kinds.push_back("pack");
  if (options.schedules.empty())
    options.schedules.push_back("");
  return options;
}

/// The end of a file's name, where there are several, and what is in it.
struct OutputPart {
  std::string extension, content;
};

/// What one run of the tool compiles.
class Compilation {
public:
  explicit Compilation(const Options &options) : options(options), compiler(options.input, options.ptxas) {}
  llvm::Error prepare();
  /// Adds the files of a kind.
  llvm::Error make(llvm::StringRef kind, std::vector<OutputPart> &parts);
  /// What users should know of the kernels for CUDA, on the error stream.
  llvm::Error printNotes();
  /// Whether no ptxas is found, or wanted. One that is broken is an error elsewhere.
  bool lacksAssembler();

private:
  llvm::Expected<const std::vector<uint8_t> *> makePack();
  llvm::Expected<std::string> makeOfAll(llvm::StringRef kind);
  llvm::Expected<std::string> makeHeader();
  llvm::Expected<Bytes> makeLibrary();
  llvm::Expected<std::string> makeCode(llvm::StringRef kind, const Target &target, const std::string &schedule);

  std::string libraryName() const;

  const Options &options;
  Compiler compiler;
  std::unique_ptr<llvm::MemoryBuffer> source;
  std::vector<Target> targets;
  std::optional<std::vector<uint8_t>> pack;
};

llvm::Error Compilation::prepare() {
  auto file = readInput(options.input);
  if (!file)
    return file.takeError();
  source = std::move(*file);
  for (const std::string &name : options.targets) {
    auto target = findTarget(name);
    if (!target)
      return target.takeError();
    targets.push_back(std::move(*target));
  }
  return llvm::Error::success();
}

llvm::Expected<const std::vector<uint8_t> *> Compilation::makePack() {
  if (!pack) {
    auto made = compiler.compilePack(source->getBuffer(), targets, options.schedules);
    if (!made)
      return made.takeError();
    pack = std::move(*made);
  }
  return &*pack;
}

/// Libraries and headers name their data by the output file.
std::string Compilation::libraryName() const {
  llvm::StringRef stem = llvm::sys::path::stem(options.output);
  stem.consume_front("lib");
  return identifier(stem);
}

llvm::Expected<std::string> Compilation::makeHeader() {
  auto bytes = makePack();
  if (!bytes)
    return bytes.takeError();
  plait::pack::Pack content;
  if (auto refusal = plait::pack::Pack::read(**bytes, content))
    return llvm::createStringError(*refusal);
  return printHeader(content.manifest(), libraryName());
}

/// The library is code of a CPU, also where its pack is not.
llvm::Expected<Bytes> Compilation::makeLibrary() {
  auto bytes = makePack();
  if (!bytes)
    return bytes.takeError();
  auto first = llvm::find_if(targets, [](const Target &target) { return target.cpu(); });
  auto host = first == targets.end() ? findCpuTarget("native") : *first->cpu();
  if (!host)
    return host.takeError();
  return makePackLibrary(**bytes, libraryName(), *host);
}

llvm::Expected<std::string> asText(llvm::Expected<Bytes> bytes) {
  if (!bytes)
    return bytes.takeError();
  return std::string(bytes->begin(), bytes->end());
}

/// One file for all targets.
llvm::Expected<std::string> Compilation::makeOfAll(llvm::StringRef kind) {
  if (kind == "shared")
    return asText(makeLibrary());
  if (kind == "header")
    return makeHeader();
  auto bytes = makePack();
  if (!bytes)
    return bytes.takeError();
  return std::string((*bytes)->begin(), (*bytes)->end());
}

/// The extension of what is one file for all targets; of other kinds none.
llvm::StringRef extensionOfAll(llvm::StringRef kind) {
  return llvm::StringSwitch<llvm::StringRef>(kind)
      .Case("pack", ".plait")
      .Case("shared", ".so")
      .Case("header", ".h")
      .Default("");
}

/// The same of what is one file for each target.
llvm::StringRef extensionOfEach(llvm::StringRef kind) {
  return llvm::StringSwitch<llvm::StringRef>(kind)
      .Case("object", ".o")
      .Case("asm", ".s")
      .Case("llvm", ".ll")
      .Case("ptx", ".ptx")
      .Case("cubin", ".cubin")
      .Default("");
}

llvm::Error Compilation::make(llvm::StringRef kind, std::vector<OutputPart> &parts) {
  auto add = [&](const llvm::Twine &extension, llvm::Expected<std::string> content) {
    if (content)
      parts.push_back({extension.str(), std::move(*content)});
    return content.takeError();
  };
  if (llvm::StringRef extension = extensionOfAll(kind); !extension.empty())
    return add(extension, makeOfAll(kind));
  if (options.schedules.size() > 1)
    return llvm::createStringError("expects one schedule for --emit=" + kind + ", but got " +
                                   llvm::Twine(options.schedules.size()));
  llvm::StringSet<> names;
  for (auto [name, target] : llvm::zip(options.targets, targets)) {
    if (!names.insert(name).second)
      return llvm::createStringError("expects distinct targets for --emit=" + kind + ", but got " + name + " twice");
    std::string behind = targets.size() > 1 ? "." + name : "";
    if (llvm::Error error = add(behind + extensionOfEach(kind), makeCode(kind, target, options.schedules.front())))
      return error;
  }
  return llvm::Error::success();
}

llvm::Expected<std::string> Compilation::makeCode(llvm::StringRef kind, const Target &target,
                                                  const std::string &schedule) {
  llvm::StringRef text = source->getBuffer();
  if (kind == "llvm")
    return compiler.printLLVM(text, target, schedule);
  bool forCuda = kind == "ptx" || kind == "cubin";
  if (forCuda != (target.cuda() != nullptr))
    return llvm::createStringError("expects a " + llvm::StringRef(forCuda ? "CUDA" : "CPU") +
                                   " target for --emit=" + kind + ", but got " + target.isa());
  if (kind == "ptx")
    return compiler.compilePtx(text, *target.cuda(), schedule);
  if (kind == "cubin")
    return asText(compiler.compileCubin(text, *target.cuda(), schedule));
  return asText(
      compiler.compileCode(text, *target.cpu(), schedule, kind == "asm" ? CodeKind::Assembly : CodeKind::Object));
}

bool Compilation::lacksAssembler() {
  auto ptxas = compiler.assembler();
  if (ptxas)
    return !*ptxas;
  llvm::consumeError(ptxas.takeError());
  return false;
}

llvm::Error Compilation::printNotes() {
  for (const CudaReport &report : compiler.reports()) {
    for (const std::string &warning : report.report.warnings)
      llvm::WithColor::warning(llvm::errs(), report.isa) << warning << "\n";
    for (const KernelResources &kernel : report.report.kernels)
      if (options.resourceUsage) {
        kernel.print(llvm::WithColor::note(llvm::errs(), report.isa));
        llvm::errs() << (report.schedule.empty() ? "" : ", by " + report.schedule) << "\n";
      }
  }
  if (!pack || llvm::none_of(targets, [](const Target &target) { return target.cuda(); }))
    return llvm::Error::success();
  auto ptxas = compiler.assembler();
  if (!ptxas)
    return ptxas.takeError();
  if (!*ptxas)
    llvm::WithColor::note(llvm::errs(), "plait-compile")
        << "the pack holds PTX and no cubins, for there is no ptxas (" << Assembler::places() << ")\n";
  return llvm::Error::success();
}

llvm::Error run(const Options &options) {
  for (const std::string &kind : options.kinds)
    if (extensionOfAll(kind).empty() && extensionOfEach(kind).empty())
      return llvm::createStringError(
          "expects --emit among asm, cubin, header, llvm, object, pack, ptx, shared, but got '" + kind + "'");
  bool several =
      options.kinds.size() > 1 || (options.targets.size() > 1 && !extensionOfEach(options.kinds.front()).empty());
  if (several && options.output == "-")
    return llvm::createStringError("expects a file to write several to, with an extension each, but got '-'");
  Compilation compilation(options);
  if (llvm::Error error = compilation.prepare())
    return error;
  std::vector<OutputPart> parts; // nothing is written before all can be, but for cubins where there is no ptxas
  std::string withoutCubins;
  for (const std::string &kind : options.kinds)
    if (llvm::Error error = compilation.make(kind, parts)) {
      if (kind != "cubin" || !compilation.lacksAssembler())
        return error;
      withoutCubins = llvm::toString(std::move(error));
    }
  if (llvm::Error error = compilation.printNotes())
    return error;
  for (const OutputPart &part : parts)
    if (llvm::Error error = writeFile(options.output + (several ? part.extension : ""), part.content))
      return error;
  return withoutCubins.empty() ? llvm::Error::success() : llvm::createStringError(withoutCubins);
}

} // namespace

int main(int argc, char **argv) {
  return runTool("plait-compile", argc, argv, [](int argc, char **argv) { return run(parseOptions(argc, argv)); });
}
