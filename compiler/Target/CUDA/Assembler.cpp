//===- Assembler.cpp - cubins by ptxas ------------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file finds ptxas and runs it. Its input and output are files in memory, so
// that nothing is left behind where a process is killed.
//===----------------------------------------------------------------------===//

#include "compiler/Target/CUDA/Assembler.h"

#include "compiler/Target/CUDA/MemoryFile.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/Program.h"

#include <future>

using namespace plait;

/// Runs a program to its end; what it prints, on both streams, is the result. A failure is
/// an error with that text.
static llvm::Expected<std::string> runProgram(llvm::StringRef program, llvm::ArrayRef<std::string> arguments) {
  auto log = MemoryFile::create();
  if (!log)
    return log.takeError();
  std::string logPath = log->path(), reason;
  llvm::SmallVector<llvm::StringRef> words{program};
  llvm::append_range(words, arguments);
  std::optional<llvm::StringRef> streams[] = {"", logPath, logPath};
  int status = llvm::sys::ExecuteAndWait(program, words, std::nullopt, streams, 0, 0, &reason);
  auto bytes = log->read();
  if (!bytes)
    return bytes.takeError();
  std::string text(bytes->begin(), bytes->end());
  if (status == 0)
    return text;
  if (reason.empty())
    reason = "it ended with " + std::to_string(status);
  return llvm::createStringError("'" + program.str() + "' failed, " + reason + (text.empty() ? "" : ":\n" + text));
}

/// "ptxas 13.0.88" from "Cuda compilation tools, release 13.0, V13.0.88".
static llvm::Expected<std::string> readVersion(llvm::StringRef program) {
  auto text = runProgram(program, {"--version"});
  if (!text)
    return text.takeError();
  llvm::StringRef number = llvm::StringRef(*text).split(", V").second;
  number = number.take_while([](char c) { return llvm::isDigit(c) || c == '.'; });
  if (number.empty())
    return llvm::createStringError("expects ptxas, but '" + program.str() + " --version' says: " + *text);
  return "ptxas " + number.str();
}

llvm::StringRef plait::Assembler::places() { return "PATH, CUDA_ROOT, CUDA_HOME, CUDA_PATH, /usr/local/cuda/bin"; }

static std::string search() {
  if (auto found = llvm::sys::findProgramByName("ptxas"))
    return *found;
  llvm::SmallVector<std::string> folders;
  for (const char *name : {"CUDA_ROOT", "CUDA_HOME", "CUDA_PATH"})
    if (auto root = llvm::sys::Process::GetEnv(name); root && !root->empty())
      folders.push_back(*root + "/bin");
  folders.push_back("/usr/local/cuda/bin");
  for (const std::string &folder : folders)
    if (llvm::sys::fs::can_execute(folder + "/ptxas"))
      return folder + "/ptxas";
  return "";
}

llvm::Expected<std::optional<Assembler>> plait::Assembler::find(llvm::StringRef path) {
  if (path == "none")
    return std::nullopt;
  std::string program = path.empty() ? search() : path.str();
  if (program.empty())
    return std::nullopt;
  if (!llvm::sys::fs::can_execute(program))
    return llvm::createStringError("expects the path of ptxas, but '" + program + "' can't be run");
  auto version = readVersion(program);
  if (!version)
    return version.takeError();
  return Assembler(std::move(program), std::move(*version));
}

/// An error whose text calls a file by another name.
static llvm::Error renamed(llvm::Error error, llvm::StringRef from, llvm::StringRef to) {
  std::string text = llvm::toString(std::move(error));
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return llvm::createStringError(text);
}

/// The better of what there is and what other options make of the same PTX, which run side by side where there are
/// threads.
Cubin plait::Assembler::fewestSpills(Cubin best, llvm::StringRef ptx, llvm::ArrayRef<Options> choices) const {
  std::vector<std::future<llvm::Expected<Cubin>>> others;
  for (const Options &options : choices)
    others.push_back(std::async(&Assembler::run, this, ptx, options));
  for (auto &running : others) {
    auto other = running.get();
    if (!other)
      llvm::consumeError(other.takeError()); // what there is works
    else if (other->spilledBytes() < best.spilledBytes())
      best = std::move(*other);
  }
  return best;
}

llvm::Expected<Cubin> plait::Assembler::assemble(llvm::StringRef ptx, const CudaTarget &target) const {
  auto with = [&](const Options &more) {
    Options options{"-v", "-arch=" + target.isa};
    llvm::append_range(options, more);
    return options;
  };
  auto best = run(ptx, with({}));
  // What ptxas does by default for speed may take more registers than there are. Its levels are three kinds of code: 0
  // to 3, 4 and 5, 6 to 10; which of them fits is chance.
  if (best && best->spilledBytes() > 0)
    best =
        fewestSpills(std::move(*best), ptx, {with({"--register-usage-level=10"}), with({"--register-usage-level=0"})});
  // Plain code takes fewest registers, and a little longer: of HGRN2 in f32 at D=256 on sm_80 a block takes 22,070
  // clocks, or 20,859 with 8 bytes spilled (main loop of `plait-compile --emit=ptx` and ptxas with these options, in
  // the simulation of tools/bench/plait_bench/pipeline.py).
  if (best && best->spilledBytes() > 0)
    best = fewestSpills(std::move(*best), ptx, {with({"-O1", "--register-usage-level=0"}), with({"-Ofc=min"})});
  return best;
}

llvm::Expected<Cubin> plait::Assembler::run(llvm::StringRef ptx, Options options) const {
  auto input = MemoryFile::create(ptx);
  if (!input)
    return input.takeError();
  auto output = MemoryFile::create();
  if (!output)
    return output.takeError();
  options.insert(options.end(), {"-o", output->path(), input->path()});
  auto text = runProgram(program, options);
  if (!text)
    return renamed(text.takeError(), input->path(), "kernels.ptx");
  auto code = output->read();
  if (!code)
    return code.takeError();
  if (!llvm::StringRef(code->data(), code->size())
           .starts_with("\x7f"
                        "ELF"))
    return llvm::createStringError("expects a cubin of '" + program + "', but got " + std::to_string(code->size()) +
                                   " bytes of another kind");
  return Cubin{std::move(*code), parseReport(*text)};
}
