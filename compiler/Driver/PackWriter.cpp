//===- PackWriter.cpp - packs of several targets and schedules ------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file compiles a text once for each target and schedule and joins the
// variants into one pack. Of a variant the manifest is read between outlining and
// the lowering of kernels, where launches still are IR.
//===----------------------------------------------------------------------===//

#include "compiler/Driver/PackWriter.h"

#include "compiler/Driver/FewestSpills.h"
#include "compiler/Driver/Manifest.h"
#include "compiler/Driver/Version.h"
#include "compiler/Schedule/Schedule.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
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

llvm::Error PackWriter::add(ModuleOp module, const CpuTarget &target, std::vector<pack::Entry> entries) {
  if (llvm::Error error = readResources(module, target, entries))
    return error;
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

/// What the assembler says of each kernel.
static void addReport(std::vector<pack::Entry> &entries, const AssemblerReport &report) {
  for (pack::Entry &entry : entries)
    for (pack::Launch &launch : entry.variants.front().launches)
      for (const KernelResources &kernel : report.kernels)
        if (kernel.kernel == launch.symbol)
          launch.registers = kernel.registers, launch.spilled = kernel.spillStores;
}

bool PackWriter::hasText(ArrayRef<pack::Entry> entries) const {
  if (manifest.entries.empty() || entries.empty())
    return false;
  const pack::Variant &wanted = entries.front().variants.front();
  return llvm::any_of(manifest.entries.front().variants, [&](const pack::Variant &variant) {
    return variant.code == pack::Code::Ptx && variant.isa == wanted.isa && variant.schedule == wanted.schedule;
  });
}

llvm::Expected<CudaKernels> plait::compileKernels(Compiler &compiler, ModuleOp module, const CudaTarget &target,
                                                  std::vector<pack::Entry> entries) {
  if (llvm::Error error = readResources(module, target, entries))
    return error;
  auto code = compiler.compileKernels(module, target);
  if (!code)
    return code.takeError();
  return CudaKernels{std::move(*code), std::move(entries)};
}

/// The PTX stays beside the cubin: later architectures and drivers compile it again.
void PackWriter::add(CudaKernels kernels, const CudaTarget &target, StringRef tried) {
  auto &[code, entries] = kernels;
  if (code.cubin) {
    compiler.keepReport(target, *code.cubin, tried);
    std::vector<pack::Entry> assembled = entries;
    addReport(assembled, code.cubin->report);
    merge(std::move(assembled), pack::Code::Cubin, code.cubin->code);
    manifest.assembler = (*llvm::cantFail(compiler.assembler())).version();
  }
  for (pack::Entry &entry : entries)
    entry.variants.front().isa = target.portable().isa;
  if (!hasText(entries))
    merge(std::move(entries), pack::Code::Ptx, ArrayRef<char>(code.ptx.data(), code.ptx.size()));
}

void PackWriter::choose(StringRef function, const SplitModel &model, const std::map<int64_t, std::string> &schedules) {
  constexpr int64_t processors = 132; // an H100's
  constexpr int32_t mostItems = 10, mostTokens = 24;
  std::vector<int64_t> choices;
  for (auto &[splits, schedule] : schedules)
    choices.push_back(splits);
  // A bucket's calls have up to twice as many items; of tokens most have a power of two.
  auto middle = [](int32_t bucket) { return int64_t(3) << bucket >> 1; };
  for (int32_t items = 0; items <= mostItems; ++items)
    for (int32_t tokens = 0; tokens <= mostTokens; ++tokens)
      if (int64_t splits = model.choose({middle(items), int64_t(1) << tokens, processors}, choices); splits > 1)
        for (pack::Entry &entry : manifest.entries)
          if (entry.name == function)
            entry.schedules.push_back({items, tokens, schedules.at(splits)});
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

namespace {

/// A text in the LLVM dialect.
struct Lowered {
  OwningOpRef<ModuleOp> module;
  std::vector<pack::Entry> entries;
};

} // namespace

/// Lowers a text by the schedule `tried`, in place of the one that entries say.
static llvm::Expected<Lowered> lower(Compiler &compiler, StringRef text, const Target &target, StringRef schedule,
                                     StringRef tried) {
  auto module = compiler.parse(text);
  if (!module)
    return module.takeError();
  if (llvm::Error error = compiler.lower(**module, target, tried, Stage::Bufferized))
    return error;
  auto entries = readEntries(**module, target, schedule);
  if (!entries)
    return entries.takeError();
  if (llvm::Error error = compiler.lowerKernels(**module, target))
    return error;
  return Lowered{std::move(*module), std::move(*entries)};
}

static llvm::Error addVariant(PackWriter &writer, Compiler &compiler, StringRef text, const Target &target,
                              StringRef schedule) {
  if (target.cpu()) {
    auto lowered = lower(compiler, text, target, schedule, schedule);
    return lowered ? writer.add(*lowered->module, *target.cpu(), std::move(lowered->entries)) : lowered.takeError();
  }
  auto kept = withFewestSpills<CudaKernels>(schedule, [&](StringRef tried) -> llvm::Expected<CudaKernels> {
    auto lowered = lower(compiler, text, target, schedule, tried);
    if (!lowered)
      return lowered.takeError();
    return compileKernels(compiler, *lowered->module, *target.cuda(), std::move(lowered->entries));
  });
  if (!kept)
    return kept.takeError();
  writer.add(std::move(kept->made), *target.cuda(), kept->schedule);
  return llvm::Error::success();
}

/// Those schedules, by the number of ranges, that are the first one but for how they split tokens.
static std::map<int64_t, std::string> splitsOf(ArrayRef<std::string> schedules) {
  std::map<int64_t, std::string> splits;
  std::optional<ScheduleParameters> others;
  for (const std::string &schedule : schedules) {
    auto parameters = llvm::cantFail(parseSchedule(schedule)); // compiled with them
    int64_t ranges = parameters.try_emplace("splits", 1).first->second;
    parameters.erase("splits");
    if (!others)
      others = parameters;
    if (parameters == *others)
      splits[ranges] = schedule;
  }
  return splits;
}

/// Says which of the schedules of a pack for CUDA serves calls of which size.
static llvm::Error chooseSplits(PackWriter &writer, Compiler &compiler, StringRef text, ArrayRef<Target> targets,
                                ArrayRef<std::string> schedules) {
  auto cuda = llvm::find_if(targets, [](const Target &target) { return target.cuda(); });
  if (schedules.size() < 2 || cuda == targets.end())
    return llvm::Error::success();
  auto module = compiler.parse(text);
  if (!module)
    return module.takeError();
  if (llvm::Error error = compiler.lower(**module, *cuda, "", Stage::Decomposed))
    return error;
  for (auto function : (*module)->getOps<func::FuncOp>())
    writer.choose(function.getName(), SplitModel(function), splitsOf(schedules));
  return llvm::Error::success();
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
  if (llvm::Error error = chooseSplits(writer, *this, text, targets, schedules))
    return error;
  return writer.write();
}
