//===- PackWriter.cpp - packs of several targets and schedules ------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file compiles a text once for each target and schedule and joins the
// variants into one pack.
//===----------------------------------------------------------------------===//

#include "compiler/Driver/PackWriter.h"

#include "compiler/Driver/Manifest.h"
#include "compiler/Driver/Version.h"

#include "llvm/Config/llvm-config.h"

#include <plait/runtime.h>
#include <set>

using namespace mlir;
using namespace plait;

void PackWriter::merge(std::vector<pack::Entry> entries, pack::Code code, ArrayRef<char> object) {
  uint32_t position = builder.addObject({reinterpret_cast<const uint8_t *>(object.data()), object.size()});
  for (pack::Entry &entry : entries) {
    entry.variants.front().code = code;
    entry.variants.front().object = position;
  }
  if (manifest.entries.empty()) {
    manifest.entries = std::move(entries);
    return;
  }
  for (auto [entry, added] : llvm::zip(manifest.entries, entries))
    entry.variants.push_back(std::move(added.variants.front()));
}

llvm::Error PackWriter::addElf(ModuleOp module, const CpuTarget &target, std::vector<pack::Entry> entries) {
  llvm::LLVMContext context;
  auto translated = compiler.translate(module, target, context);
  if (!translated)
    return translated.takeError();
  auto object = emitCode(**translated, target, CodeKind::Object);
  if (!object)
    return object.takeError();
  auto shared = linkShared(*object);
  if (!shared)
    return shared.takeError();
  merge(std::move(entries), pack::Code::Elf, *shared);
  return llvm::Error::success();
}

/// The PTX stays beside the cubin: later architectures and drivers compile it again.
llvm::Error PackWriter::addCuda(ModuleOp module, const CudaTarget &target, std::vector<pack::Entry> entries) {
  auto code = compiler.compileKernels(module, target);
  if (!code)
    return code.takeError();
  if (code->cubin) {
    merge(entries, pack::Code::Cubin, code->cubin->code);
    manifest.assembler = (*llvm::cantFail(compiler.assembler())).version();
  }
  merge(std::move(entries), pack::Code::Ptx, ArrayRef<char>(code->ptx.data(), code->ptx.size()));
  return llvm::Error::success();
}

llvm::Error PackWriter::add(ModuleOp module, const Target &target, std::vector<pack::Entry> entries) {
  if (llvm::Error error = readResources(module, target, entries))
    return error;
  return target.cpu() ? addElf(module, *target.cpu(), std::move(entries))
                      : addCuda(module, *target.cuda(), std::move(entries));
}

llvm::Expected<std::vector<uint8_t>> PackWriter::write() {
  if (manifest.entries.empty())
    return llvm::createStringError("expects a function (func.func) for a pack, but got none");
  manifest.abi = PLAIT_ABI_VERSION;
  manifest.compiler = compilerVersion();
  manifest.llvm = LLVM_VERSION_STRING;
  std::vector<uint8_t> bytes;
  if (pack::Refusal refusal = builder.build(manifest, bytes))
    return llvm::createStringError(*refusal);
  return bytes;
}

static llvm::Error addVariant(PackWriter &writer, Compiler &compiler, StringRef text, const Target &target,
                              StringRef schedule) {
  auto module = compiler.parse(text);
  if (!module)
    return module.takeError();
  if (llvm::Error error = compiler.lower(**module, target, schedule, Stage::Bufferized))
    return error;
  auto entries = readEntries(**module, target, schedule);
  if (!entries)
    return entries.takeError();
  if (llvm::Error error = compiler.lowerKernels(**module, target))
    return error;
  return writer.add(**module, target, std::move(*entries));
}

llvm::Expected<std::vector<uint8_t>> Compiler::compilePack(StringRef text, ArrayRef<Target> targets,
                                                           ArrayRef<std::string> schedules) {
  std::set<std::pair<StringRef, StringRef>> variants;
  for (const Target &target : targets)
    for (const std::string &schedule : schedules)
      if (!variants.emplace(target.isa(), schedule).second)
        return llvm::createStringError("expects distinct targets and distinct schedules, but got " + target.isa() +
                                       " with schedule '" + schedule + "' twice");
  PackWriter writer(*this);
  for (const Target &target : targets)
    for (const std::string &schedule : schedules)
      if (llvm::Error error = addVariant(writer, *this, text, target, schedule))
        return error;
  return writer.write();
}
