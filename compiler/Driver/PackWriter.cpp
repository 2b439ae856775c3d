//===- PackWriter.cpp - packs of several targets and schedules ------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file compiles a text once for each target and schedule and joins the
// variants into one pack.
//===----------------------------------------------------------------------===//

#include "compiler/Driver/Compile.h"
#include "compiler/Driver/Manifest.h"
#include "compiler/Driver/Version.h"

#include "runtime/src/pack/Pack.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "llvm/Config/llvm-config.h"

#include <plait/runtime.h>
#include <set>

using namespace mlir;

namespace plait {

/// Collects the variants of one text.
class PackWriter {
public:
  PackWriter(Compiler &compiler, StringRef text) : compiler(compiler), text(text) {}
  llvm::Error add(const CpuTarget &target, StringRef schedule);
  llvm::Expected<std::vector<uint8_t>> write();

private:
  llvm::Expected<uint32_t> addObject(ModuleOp module, const CpuTarget &target);
  void merge(std::vector<pack::Entry> entries);

  Compiler &compiler;
  StringRef text;
  pack::PackBuilder builder;
  pack::Manifest manifest;
};

llvm::Expected<uint32_t> PackWriter::addObject(ModuleOp module, const CpuTarget &target) {
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
  return builder.addObject({reinterpret_cast<const uint8_t *>(shared->data()), shared->size()});
}

/// The scratch that each kernel turned out to need.
static llvm::StringMap<uint64_t> scratchSizes(ModuleOp module) {
  llvm::StringMap<uint64_t> sizes;
  for (auto kernel : module.getOps<LLVM::LLVMFuncOp>())
    if (auto scratch = kernel->getAttrOfType<IntegerAttr>("plait.scratch"))
      sizes[kernel.getName()] = scratch.getInt();
  return sizes;
}

void PackWriter::merge(std::vector<pack::Entry> entries) {
  if (manifest.entries.empty()) {
    manifest.entries = std::move(entries);
    return;
  }
  for (auto [entry, added] : llvm::zip(manifest.entries, entries))
    entry.variants.push_back(std::move(added.variants.front()));
}

llvm::Error PackWriter::add(const CpuTarget &target, StringRef schedule) {
  auto module = compiler.parse(text);
  if (!module)
    return module.takeError();
  if (llvm::Error error = compiler.lower(**module, target, schedule, Stage::Bufferized))
    return error;
  auto entries = readEntries(**module, target, schedule);
  if (!entries)
    return entries.takeError();
  if (llvm::Error error = compiler.lowerKernels(**module))
    return error;
  llvm::StringMap<uint64_t> scratch = scratchSizes(**module);
  auto object = addObject(**module, target);
  if (!object)
    return object.takeError();
  for (pack::Entry &entry : *entries) {
    pack::Variant &variant = entry.variants.front();
    variant.object = *object;
    for (pack::Launch &launch : variant.launches)
      launch.scratch = scratch.lookup(launch.symbol);
  }
  merge(std::move(*entries));
  return llvm::Error::success();
}

llvm::Expected<std::vector<uint8_t>> PackWriter::write() {
  manifest.abi = PLAIT_ABI_VERSION;
  manifest.compiler = compilerVersion();
  manifest.llvm = LLVM_VERSION_STRING;
  std::vector<uint8_t> bytes;
  if (pack::Refusal refusal = builder.build(manifest, bytes))
    return llvm::createStringError(*refusal);
  return bytes;
}

llvm::Expected<std::vector<uint8_t>> Compiler::compilePack(StringRef text, ArrayRef<CpuTarget> targets,
                                                           ArrayRef<std::string> schedules) {
  std::set<std::pair<StringRef, StringRef>> variants;
  for (const CpuTarget &target : targets)
    for (const std::string &schedule : schedules)
      if (!variants.emplace(target.isa, schedule).second)
        return llvm::createStringError("expects distinct targets and distinct schedules, but got " + target.isa +
                                       " with schedule '" + schedule + "' twice");
  PackWriter writer(*this, text);
  for (const CpuTarget &target : targets)
    for (const std::string &schedule : schedules)
      if (llvm::Error error = writer.add(target, schedule))
        return error;
  return writer.write();
}

} // namespace plait
