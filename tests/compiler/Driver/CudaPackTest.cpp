//===- CudaPackTest.cpp - packs with kernels for CUDA ---------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file tests the manifest that the attributes of kernels become, and packs
// that hold PTX, cubins and objects side by side.
//===----------------------------------------------------------------------===//

#include "compiler/Driver/Manifest.h"
#include "compiler/Driver/PackWriter.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <gtest/gtest.h>

using namespace plait;

namespace {

/// A function whose kernel is outlined.
constexpr llvm::StringLiteral functions = R"(
!x = memref<?x?xf32>
func.func private @double(!x, i32, i32, i32) attributes {plait.kernel}
func.func @twice(%x: !x {plait.name = "x", plait.dims = ["B", "T"], plait.result = 0 : index}) {
  %c0 = arith.constant 0 : index
  %size = memref.dim %x, %c0 : !x
  scf.forall (%b) in (%size) {
    %i = arith.index_cast %b : index to i32
    %z = arith.constant 0 : i32
    func.call @double(%x, %i, %z, %z) : (!x, i32, i32, i32) -> ()
  }
  return
}
)";

/// Its kernel with these attributes.
std::string kernel(const std::string &attributes) {
  return "llvm.func @double(%x: !llvm.ptr<1>, %n: i64) attributes {nvvm.kernel" + attributes + "} {\n  llvm.return\n}";
}

const std::string whole = ", tile.warps = 8 : i64, tile.shared_bytes = 1024 : i64, tile.alignment = array<i64: 16>";

struct Made {
  std::string error;
  pack::Pack pack;
};

llvm::Error addVariant(Compiler &compiler, PackWriter &writer, const Target &target, const std::string &kernelText) {
  auto host = compiler.parse(functions), device = compiler.parse(kernelText);
  if (!host || !device)
    return llvm::joinErrors(host.takeError(), device.takeError());
  // A CPU's text is one for its functions; plait-lower-kernel-abi drops them.
  for (auto function : llvm::make_early_inc_range((*device)->getOps<mlir::func::FuncOp>()))
    function.erase();
  auto entries = readEntries(**host, target, "");
  if (!entries)
    return entries.takeError();
  if (target.cpu())
    return writer.add(**device, *target.cpu(), std::move(*entries));
  auto kernels = compileKernels(compiler, **device, *target.cuda(), std::move(*entries));
  if (!kernels)
    return kernels.takeError();
  writer.add(std::move(*kernels), *target.cuda(), "");
  return llvm::Error::success();
}

/// Names of targets with the text of the kernel for each.
using Variants = std::vector<std::pair<llvm::StringRef, std::string>>;

Made makePack(const Variants &variants, llvm::StringRef ptxas = "none") {
  Compiler compiler("input", ptxas);
  PackWriter writer(compiler);
  Made made;
  for (const auto &[name, text] : variants)
    if (llvm::Error error = addVariant(compiler, writer, llvm::cantFail(findTarget(name)), text)) {
      made.error = llvm::toString(std::move(error));
      return made;
    }
  auto bytes = writer.write();
  if (!bytes)
    made.error = llvm::toString(bytes.takeError());
  else
    made.error = pack::Pack::read(std::move(*bytes), made.pack).value_or("");
  return made;
}

llvm::StringRef objectOf(const pack::Pack &pack, const pack::Variant &variant) {
  std::span<const uint8_t> object = pack.object(variant.object);
  return {reinterpret_cast<const char *>(object.data()), object.size()};
}

TEST(CudaPack, HoldsPtxForEachArchitectureAndLaterOnes) {
  Made made = makePack({{"sm_80", kernel(whole)}, {"sm_90a", kernel(whole)}, {"sm_90", kernel(whole)}});
  ASSERT_EQ(made.error, "");
  const pack::Manifest &manifest = made.pack.manifest();
  EXPECT_EQ(manifest.assembler, "");
  ASSERT_EQ(manifest.entries.size(), 1u);
  EXPECT_EQ(manifest.entries[0].arguments[0].direction, pack::Direction::InOut);
  const std::vector<pack::Variant> &variants = manifest.entries[0].variants;
  ASSERT_EQ(variants.size(), 2u);
  EXPECT_EQ(variants[0].isa, "sm_80");
  EXPECT_EQ(variants[1].isa, "sm_90");
  for (const pack::Variant &variant : variants) {
    EXPECT_EQ(variant.code, pack::Code::Ptx);
    EXPECT_TRUE(objectOf(made.pack, variant).contains(".target " + variant.isa + "\n"));
    EXPECT_TRUE(objectOf(made.pack, variant).contains(".entry double("));
  }
  const pack::Launch &launch = variants[0].launches.at(0);
  EXPECT_EQ(launch.symbol, "double");
  EXPECT_EQ(launch.threads, 256u);
  EXPECT_EQ(launch.shared, 1024u);
  EXPECT_EQ(launch.alignment, std::vector<uint8_t>{16});
  EXPECT_EQ(launch.grid[0].symbol, 0);
}

TEST(CudaPack, HoldsCubinsBeforePtx) {
  Compiler compiler;
  auto ptxas = compiler.assembler();
  ASSERT_TRUE(bool(ptxas)) << llvm::toString(ptxas.takeError());
  if (!*ptxas)
    GTEST_SKIP() << "needs ptxas";
  Made made = makePack({{"sm_90a", kernel(whole)}}, "");
  ASSERT_EQ(made.error, "");
  EXPECT_EQ(made.pack.manifest().assembler, (*ptxas)->version());
  const std::vector<pack::Variant> &variants = made.pack.manifest().entries[0].variants;
  ASSERT_EQ(variants.size(), 2u);
  EXPECT_EQ(variants[0].code, pack::Code::Cubin);
  EXPECT_EQ(variants[0].isa, "sm_90a");
  EXPECT_TRUE(objectOf(made.pack, variants[0])
                  .starts_with("\x7f"
                               "ELF"));
  EXPECT_EQ(variants[1].code, pack::Code::Ptx);
  EXPECT_EQ(variants[1].launches[0].threads, 256u);
}

TEST(CudaPack, StandsBesideCodeForACpu) {
  // What the runtime calls on the CPU, as plait-lower-kernel-abi leaves it.
  std::string host = "func.func private @host()\n"
                     "llvm.func @double(%args: !llvm.ptr) attributes {plait.scratch = 128 : i64} {\n  llvm.return\n}";
  Made made = makePack({{"x86-64-v3", host}, {"sm_90a", kernel(whole)}});
  ASSERT_EQ(made.error, "");
  const std::vector<pack::Variant> &variants = made.pack.manifest().entries.at(0).variants;
  ASSERT_EQ(variants.size(), 2u);
  EXPECT_EQ(variants[0].isa, "x86-64-v3");
  EXPECT_EQ(variants[0].code, pack::Code::Elf);
  EXPECT_EQ(variants[0].launches[0].scratch, 128u);
  EXPECT_EQ(variants[0].launches[0].threads, 0u);
  EXPECT_FALSE(variants[0].features.empty());
  EXPECT_EQ(variants[1].isa, "sm_90");
  EXPECT_EQ(variants[1].code, pack::Code::Ptx);
  EXPECT_EQ(variants[1].launches[0].scratch, 0u);
  EXPECT_TRUE(variants[1].features.empty());
}

TEST(CudaPack, RefusesKernelsWithoutWhatALaunchNeeds) {
  EXPECT_EQ(makePack({{"sm_80", kernel(", tile.warps = 8 : i64")}}).error,
            "input:1:1: error: expects a kernel with tile.warps and tile.alignment, but got one without");
  EXPECT_EQ(makePack({{"sm_80", kernel(", tile.alignment = array<i64: 16>")}}).error,
            "input:1:1: error: expects a kernel with tile.warps and tile.alignment, but got one without");
  EXPECT_EQ(makePack({{"sm_80", kernel(", tile.warps = 33 : i64, tile.alignment = array<i64: 16>")}}).error,
            "input:1:1: error: expects an i64 in 1..32 as \"tile.warps\", but got 33 : i64");
  EXPECT_EQ(makePack({{"sm_80", kernel(", tile.warps = 1 : i64, tile.alignment = array<i64: 32>")}}).error,
            "input:1:1: error: expects an array of i64, 2, 4, 8 or 16 as \"tile.alignment\", but got array<i64: 32>");
  EXPECT_EQ(makePack({{"sm_80", kernel(", tile.warps = 1 : i64, tile.alignment = array<i64: 4, 4>")}}).error,
            "function 'twice' launches 'double' with 2 alignments for 1 operands");
}

TEST(CudaPack, RefusesMoreSharedMemoryThanABlockMayTake) {
  std::string large = ", tile.warps = 8 : i64, tile.shared_bytes = 106496 : i64, tile.alignment = array<i64: 16>";
  EXPECT_EQ(makePack({{"sm_80", kernel(large)}}).error, "");
  EXPECT_EQ(makePack({{"sm_86", kernel(large)}}).error,
            "input:1:1: error: expects at most 101376 bytes of shared memory for sm_86, but got 106496");
}

TEST(CudaPack, RefusesALaunchWithoutItsKernel) {
  std::string other = "llvm.func @other() attributes {nvvm.kernel} {\n  llvm.return\n}";
  EXPECT_EQ(makePack({{"sm_80", other}}).error, "expects a kernel 'double', but got none");
}

/// A recurrence whose tokens may be split into ranges.
constexpr llvm::StringLiteral recurrence = R"(
!x = tensor<?x?x?x64xbf16>
!s = tensor<?x?x64x64xf32>
func.func @f(%x: !x {plait.name = "x"}, %o: !x {plait.name = "o"}, %s: !s {plait.name = "s"})
    -> (!x {plait.name = "y"}, !s {plait.name = "t"}) {
  %y, %t = plait.recur ins(%x, %x, %x : !x, !x, !x) outs(%o, %s : !x, !s) -> !x, !s
  return %y, %t : !x, !s
}
)";

/// The first entry of a pack of functions with these schedules.
pack::Entry entryOf(llvm::ArrayRef<std::string> schedules, llvm::StringRef functions = recurrence) {
  Compiler compiler("input", "none");
  std::vector<Target> targets{llvm::cantFail(findTarget("sm_90a"))};
  pack::Pack pack;
  EXPECT_EQ(pack::Pack::read(llvm::cantFail(compiler.compilePack(functions, targets, schedules)), pack), std::nullopt);
  return pack.manifest().entries[0];
}

/// The schedule for calls of 2^items heads and 2^tokens tokens; empty for the pack's first.
std::string scheduleOf(const pack::Entry &entry, int32_t items, int32_t tokens) {
  for (const pack::ScheduleRow &row : entry.schedules)
    if (row.items == items && row.tokens == tokens)
      return row.schedule;
  return "";
}

TEST(CudaPack, LeavesTheNumberOfRangesToTheSizeOfACall) {
  pack::Entry entry = entryOf({"", "splits=4", "splits=16"});
  ASSERT_EQ(entry.variants.size(), 3u);
  EXPECT_EQ(entry.variants[0].launches.size(), 1u);
  ASSERT_EQ(entry.variants[2].launches.size(), 2u);
  EXPECT_EQ(entry.variants[2].temporaries.size(), 1u) << "without decays no factors";
  EXPECT_EQ(entry.variants[2].launches[1].grid[2].factor, 16);
  EXPECT_EQ(scheduleOf(entry, 0, 13), "splits=16"); // one head, 8192 tokens
  EXPECT_EQ(scheduleOf(entry, 4, 11), "splits=4");  // 16 heads, 2048 tokens
  EXPECT_EQ(scheduleOf(entry, 6, 13), "");          // nearly as many heads as multiprocessors
  EXPECT_EQ(scheduleOf(entry, 8, 13), "");          // more
  EXPECT_EQ(scheduleOf(entry, 0, 5), "");           // one block
}

TEST(CudaPack, ChoosesForEachFunctionByItself) {
  auto [types, function] = recurrence.split("func.func @f");
  pack::Entry alone = entryOf({"", "splits=4"}),
              beside = entryOf({"", "splits=4"}, (recurrence + "func.func @g" + function).str());
  ASSERT_FALSE(alone.schedules.empty());
  ASSERT_EQ(alone.schedules.size(), beside.schedules.size());
  for (int32_t items = 0; items <= 8; ++items)
    for (int32_t tokens : {11, 13})
      EXPECT_EQ(scheduleOf(alone, items, tokens), scheduleOf(beside, items, tokens));
}

TEST(CudaPack, ChoosesAmongSchedulesThatDifferInRangesAlone) {
  pack::Entry entry = entryOf({"block=64", "block=64,splits=8", "splits=4"});
  EXPECT_EQ(entry.variants.size(), 3u);
  EXPECT_EQ(scheduleOf(entry, 0, 13), "block=64,splits=8");
  EXPECT_EQ(scheduleOf(entry, 8, 13), "");
  for (const pack::ScheduleRow &row : entry.schedules)
    EXPECT_EQ(row.schedule, "block=64,splits=8");
}

} // namespace
