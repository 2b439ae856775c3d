//===- PackTest.cpp - packs, whole and damaged ----------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file tests that a pack comes back as it was written and that nothing else is
// taken for one.
//
//===----------------------------------------------------------------------===//

#include "runtime/src/pack/Checksum.h"
#include "runtime/src/pack/Format.h"
#include "tests/runtime/Support.h"

#include <gtest/gtest.h>

#include <cstring>
#include <ostream>

using namespace plait;
using namespace plait::test;

namespace {

std::string refusalOf(const pack::Manifest &manifest) {
  pack::PackBuilder builder;
  builder.addObject(kernelObject());
  pack::Bytes bytes;
  return builder.build(manifest, bytes).value_or("");
}

/// Writes the header's checksum anew, so that what lies behind it gets tested.
void sealHeader(pack::Bytes &bytes) {
  uint64_t sum = checksum(bytes.data(), pack::guardedHeaderSize);
  std::memcpy(bytes.data() + pack::guardedHeaderSize, &sum, sizeof sum);
}

plait_status *open(const pack::Bytes &bytes) {
  plait_pack *pack = nullptr;
  plait_status *status = plait_pack_open_memory(bytes.data(), bytes.size(), &pack);
  plait_pack_release(pack);
  return status;
}

TEST(Pack, ComesBackAsWritten) {
  pack::Manifest manifest = kernelManifest();
  manifest.llvm = "22.1";
  pack::Entry &twice = entry(manifest, "twice");
  twice.schedules = {{3, 11, "default"}};
  twice.variants[0].features = {"sse2"};
  twice.variants[0].temporaries = {{pack::ElementType::BF16, {{0, 2}, {pack::noSymbol, 64}}}};
  twice.variants[0].launches[0].flops = {{4, {0, 1}}, {7, {}}};
  twice.variants[0].launches[0].scratch = 256;

  pack::Pack pack;
  ASSERT_EQ(pack::Pack::read(buildPack(manifest), pack).value_or(""), "");
  const pack::Manifest &read = pack.manifest();
  EXPECT_EQ(read.abi, uint32_t(PLAIT_ABI_VERSION));
  EXPECT_EQ(read.compiler, "by hand");
  EXPECT_EQ(read.llvm, "22.1");
  ASSERT_EQ(read.entries.size(), manifest.entries.size());
  const pack::Entry &same = read.entries[0];
  EXPECT_EQ(same.name, "twice");
  EXPECT_EQ(same.symbols, (std::vector<std::string>{"B", "T"}));
  EXPECT_EQ(same.arguments[1].name, "out");
  EXPECT_EQ(same.arguments[1].direction, pack::Direction::Out);
  EXPECT_EQ(same.schedules[0].tokens, 11);
  const pack::Variant &variant = same.variants[0];
  EXPECT_EQ(variant.features, std::vector<std::string>{"sse2"});
  EXPECT_EQ(variant.temporaries[0].type, pack::ElementType::BF16);
  EXPECT_EQ(variant.temporaries[0].shape[0].factor, 2);
  EXPECT_EQ(variant.launches[0].scratch, 256u);
  EXPECT_EQ(variant.launches[0].flops[0].symbols, (std::vector<int16_t>{0, 1}));
  EXPECT_EQ(variant.launches[0].grid[1].symbol, pack::noSymbol);
  ASSERT_EQ(pack.objectCount(), 2u);
  EXPECT_TRUE(std::ranges::equal(pack.object(1), kernelObject(2)));
}

/// A function on CUDA: the first of the kernels, as a cubin.
pack::Variant cudaVariant() {
  pack::Variant variant = kernelManifest().entries[0].variants[0];
  variant.isa = "sm_90a";
  variant.code = pack::Code::Cubin;
  variant.launches[0].threads = 256;
  variant.launches[0].shared = 106496;
  variant.launches[0].alignment = {16, 4};
  variant.launches[0].registers = 254;
  variant.launches[0].spilled = 8;
  return variant;
}

TEST(Pack, HoldsVariantsForCuda) {
  pack::Manifest manifest = kernelManifest();
  manifest.assembler = "ptxas 13.0.88";
  pack::Entry &twice = manifest.entries[0];
  twice.variants.push_back(cudaVariant());
  // The text that later architectures compile: the same instruction set and schedule.
  twice.variants.push_back(cudaVariant());
  twice.variants.back().code = pack::Code::Ptx;
  twice.variants.back().launches[0].registers = twice.variants.back().launches[0].spilled = 0;

  pack::Bytes bytes = buildPack(manifest);
  pack::Pack pack;
  ASSERT_EQ(pack::Pack::read(bytes, pack).value_or(""), "");
  EXPECT_EQ(pack.manifest().assembler, "ptxas 13.0.88");
  const std::vector<pack::Variant> &variants = pack.manifest().entries[0].variants;
  ASSERT_EQ(variants.size(), 3u);
  EXPECT_EQ(variants[0].code, pack::Code::Elf);
  EXPECT_EQ(variants[0].launches[0].threads, 0u);
  EXPECT_EQ(variants[1].isa, "sm_90a");
  EXPECT_EQ(variants[1].code, pack::Code::Cubin);
  EXPECT_EQ(variants[2].code, pack::Code::Ptx);
  const pack::Launch &launch = variants[1].launches[0];
  EXPECT_EQ(launch.threads, 256u);
  EXPECT_EQ(launch.shared, 106496u);
  EXPECT_EQ(launch.alignment, (std::vector<uint8_t>{16, 4}));

  // The CPU's variant still is the one that a call takes; CUDA's do not run on it.
  PackPointer opened = openPack(bytes);
  plait_variant variant;
  ASSERT_OK(plait_function_variant(find(opened, "twice"), 1, &variant));
  EXPECT_EQ(variant.runnable, 0);
  EXPECT_EQ(variant.registers, 254);
  EXPECT_EQ(variant.spilled, 8);
  ASSERT_OK(plait_function_variant(find(opened, "twice"), 0, &variant));
  EXPECT_EQ(variant.registers, 0);
}

TEST(Pack, StoresEqualObjectsOnce) {
  pack::PackBuilder builder;
  EXPECT_EQ(builder.addObject(kernelObject(1)), 0u);
  EXPECT_EQ(builder.addObject(kernelObject(2)), 1u);
  EXPECT_EQ(builder.addObject(kernelObject(1)), 0u);
}

TEST(Pack, RefusesEveryFlippedByte) {
  const pack::Bytes whole = buildPack(kernelManifest());
  ASSERT_OK(open(whole));
  for (size_t i = 0; i < whole.size(); ++i) {
    pack::Bytes altered = whole;
    altered[i] ^= uint8_t(1 << i % 8);
    Outcome outcome(open(altered));
    ASSERT_EQ(outcome.code, PLAIT_DAMAGED) << "byte " << i;
    ASSERT_NE(outcome.message, "");
  }
}

TEST(Pack, RefusesEveryTruncation) {
  const pack::Bytes whole = buildPack(kernelManifest());
  for (size_t size = 0; size < whole.size(); size += size < 4096 ? 1 : 97)
    ASSERT_EQ(Outcome(open(pack::Bytes(whole.begin(), whole.begin() + long(size)))).code, PLAIT_DAMAGED) << size;
  pack::Bytes longer = whole;
  longer.push_back(0);
  EXPECT_FAILS(open(longer), PLAIT_DAMAGED, "bytes, but got");
}

TEST(Pack, RefusesForgedSizes) {
  pack::Bytes bytes = buildPack(kernelManifest());
  uint64_t huge = ~uint64_t(0);
  std::memcpy(bytes.data() + offsetof(pack::PackHeader, manifestSize), &huge, sizeof huge);
  sealHeader(bytes);
  EXPECT_FAILS(open(bytes), PLAIT_DAMAGED, "longer than the pack");
  // A header alone, whose manifest is empty.
  pack::PackHeader header;
  std::memcpy(&header, bytes.data(), sizeof header);
  header.packSize = sizeof header;
  header.manifestSize = 0;
  header.manifestChecksum = checksum(nullptr, 0);
  bytes.resize(sizeof header);
  std::memcpy(bytes.data(), &header, sizeof header);
  sealHeader(bytes);
  EXPECT_FAILS(open(bytes), PLAIT_DAMAGED, "no FlatBuffers manifest");
}

TEST(Pack, BelievesNoForgedManifest) {
  // Alters each byte of the manifest and makes the checksums fit: the verifiers must hold alone. Some forgeries are
  // sound manifests; they must be so in full.
  const pack::Bytes whole = buildPack(kernelManifest());
  pack::PackHeader header;
  std::memcpy(&header, whole.data(), sizeof header);
  size_t refused = 0;
  for (size_t i = 0; i < header.manifestSize; ++i)
    for (uint8_t flip : {0x01, 0x80, 0xff}) {
      pack::Bytes forged = whole;
      forged[sizeof header + i] ^= flip;
      header.manifestChecksum = checksum(forged.data() + sizeof header, header.manifestSize);
      header.headerChecksum = checksum(&header, pack::guardedHeaderSize);
      std::memcpy(forged.data(), &header, sizeof header);
      pack::Pack pack;
      if (pack::Pack::read(std::move(forged), pack))
        ++refused;
      else
        ASSERT_EQ(pack::verify(pack.manifest(), pack.objectCount()).value_or(""), "") << i;
    }
  EXPECT_GT(refused, header.manifestSize);
}

TEST(Pack, RefusesAnotherFormatAndInterface) {
  pack::Bytes bytes = buildPack(kernelManifest());
  bytes[offsetof(pack::PackHeader, version)] = 9;
  sealHeader(bytes);
  EXPECT_FAILS(open(bytes), PLAIT_DAMAGED, "expects format version 2, but got 9");

  pack::Manifest manifest = kernelManifest();
  manifest.abi = 77;
  EXPECT_FAILS(open(buildPack(manifest)), PLAIT_UNSUPPORTED, "expects kernel interface 2, but got 77");
}

TEST(Pack, ReadsFilesAndNamesThem) {
  ScratchFolder folder;
  std::string path = folder.path + "/kernels.plait";
  plait_pack *pack = nullptr;
  EXPECT_FAILS(plait_pack_open(path.c_str(), &pack), PLAIT_NOT_FOUND, path);
  EXPECT_FAILS(plait_pack_open(folder.path.c_str(), &pack), PLAIT_UNAVAILABLE, "no regular file");
  writeText(path, "PLAIT");
  EXPECT_FAILS(plait_pack_open(path.c_str(), &pack), PLAIT_DAMAGED, path);
  pack::Bytes bytes = buildPack(kernelManifest());
  writeText(path, std::string(bytes.begin(), bytes.end()));
  ASSERT_OK(plait_pack_open(path.c_str(), &pack));
  EXPECT_STREQ(plait_pack_compiler(pack), "by hand");
  plait_pack_release(pack);
}

TEST(Pack, DescribesItsFunctions) {
  PackPointer pack = openPack(kernelManifest());
  ASSERT_EQ(plait_pack_function_count(pack.get()), kernelManifest().entries.size());
  EXPECT_EQ(plait_pack_function(pack.get(), 99), nullptr);
  const plait_function *twice = find(pack, "twice");
  EXPECT_STREQ(plait_function_name(twice), "twice");
  ASSERT_EQ(plait_function_symbol_count(twice), 2u);
  EXPECT_STREQ(plait_function_symbol(twice, 1), "T");
  EXPECT_EQ(plait_function_symbol(twice, 2), nullptr);
  plait_argument argument;
  ASSERT_OK(plait_function_argument(twice, 1, &argument));
  EXPECT_STREQ(argument.name, "out");
  EXPECT_EQ(argument.direction, PLAIT_OUT);
  EXPECT_EQ(argument.dtype.bits, 32);
  ASSERT_EQ(argument.rank, 2);
  EXPECT_EQ(argument.shape[1].symbol, 1);
  EXPECT_FAILS(plait_function_argument(twice, 2, &argument), PLAIT_INVALID_ARGUMENT, "2 arguments, but got index 2");
  plait_variant variant;
  ASSERT_OK(plait_function_variant(twice, 0, &variant));
  EXPECT_EQ(variant.isa, baselineIsa());
  EXPECT_EQ(variant.runnable, 1);
  const plait_function *none = nullptr;
  EXPECT_FAILS(plait_pack_find(pack.get(), "thrice", &none), PLAIT_NOT_FOUND, "'twice'");
}

/// One misuse of the manifest and what is said about it.
struct Misuse {
  const char *name;
  void (*spoil)(pack::Entry &);
  const char *message;
};

void PrintTo(const Misuse &misuse, std::ostream *out) { *out << misuse.name; }

class ManifestMisuse : public testing::TestWithParam<Misuse> {};

TEST_P(ManifestMisuse, IsRefused) {
  pack::Manifest manifest = kernelManifest();
  EXPECT_EQ(refusalOf(manifest), "");
  GetParam().spoil(manifest.entries[0]);
  EXPECT_NE(refusalOf(manifest).find(GetParam().message), std::string::npos) << refusalOf(manifest);
}

INSTANTIATE_TEST_SUITE_P(
    Each, ManifestMisuse,
    testing::Values(
        Misuse{"name", [](pack::Entry &e) { e.name = "accumulate"; }, "distinct names, but got 'accumulate' twice"},
        Misuse{"no_name", [](pack::Entry &e) { e.name = ""; }, "a function without a name"},
        Misuse{"no_variant", [](pack::Entry &e) { e.variants.clear(); }, "at least one variant"},
        Misuse{"same_variant", [](pack::Entry &e) { e.variants.push_back(e.variants[0]); }, "two variants"},
        Misuse{"isa", [](pack::Entry &e) { e.variants[0].isa = ""; }, "without an instruction set"},
        Misuse{"object", [](pack::Entry &e) { e.variants[0].object = 1; }, "object 1, but the pack has 1"},
        Misuse{"symbols", [](pack::Entry &e) { e.symbols = {"B", "B"}; }, "symbols, but got 'B' twice"},
        Misuse{"symbol_count", [](pack::Entry &e) { e.symbols.resize(17, "S"); }, "at most 16 symbols, but got 17"},
        Misuse{"unbound", [](pack::Entry &e) { e.symbols.push_back("H"); }, "symbol 'H' in the shape of no argument"},
        Misuse{"dim", [](pack::Entry &e) { e.arguments[0].shape[0].symbol = 2; }, "argument 'in' has an extent"},
        Misuse{"factor", [](pack::Entry &e) { e.arguments[0].shape[0].factor = 0; }, "argument 'in' has an extent"},
        Misuse{"constant", [](pack::Entry &e) { e.arguments[0].shape[0] = {pack::noSymbol, -1}; }, "has an extent"},
        Misuse{"rank", [](pack::Entry &e) { e.arguments[0].shape.resize(9); },
               "at most 8 dimensions of argument 'in', but got 9"},
        Misuse{"arguments", [](pack::Entry &e) { e.arguments[1].name = "in"; }, "arguments, but got 'in' twice"},
        Misuse{"argument", [](pack::Entry &e) { e.arguments[1].name = ""; }, "arguments, but got an empty one"},
        Misuse{"operand", [](pack::Entry &e) { e.variants[0].launches[0].operands[0] = 2; }, "on operand 2 of 2"},
        Misuse{"grid", [](pack::Entry &e) { e.variants[0].launches[0].grid[0].divisor = 0; }, "a grid that is none"},
        Misuse{"grid_symbol", [](pack::Entry &e) { e.variants[0].launches[0].grid[0].symbol = 5; }, "a grid"},
        Misuse{"kernel", [](pack::Entry &e) { e.variants[0].launches[0].symbol = ""; }, "a launch without a symbol"},
        Misuse{"flops", [](pack::Entry &e) { e.variants[0].launches[0].flops = {{1, {9}}}; }, "unknown symbols"},
        Misuse{"span", [](pack::Entry &e) { e.variants[0].launches[0].span = 0; }, "a span of 0, but expects 1"},
        Misuse{"span_and_z",
               [](pack::Entry &e) {
                 e.variants[0].launches[0].span = 4;
                 e.variants[0].launches[0].grid[2] = {0, 1, 1};
               },
               "a span of 4, but expects 1 or a grid without z"},
        Misuse{"cpu_code", [](pack::Entry &e) { e.variants[0].isa = "sm_90a"; },
               "expects an instruction set of a CPU for its code, but got 'sm_90a'"},
        Misuse{"cpu_threads", [](pack::Entry &e) { e.variants[0].launches[0].threads = 32; },
               "on the CPU with threads, shared memory, alignments or registers"},
        Misuse{"cpu_registers", [](pack::Entry &e) { e.variants[0].launches[0].registers = 1; },
               "on the CPU with threads"},
        Misuse{"cpu_spilled", [](pack::Entry &e) { e.variants[0].launches[0].spilled = 4; }, "on the CPU with threads"},
        Misuse{"cpu_shared", [](pack::Entry &e) { e.variants[0].launches[0].shared = 1; }, "on the CPU with threads"},
        Misuse{"cpu_alignment", [](pack::Entry &e) { e.variants[0].launches[0].alignment = {4, 4}; },
               "on the CPU with threads"},
        Misuse{"temporary", [](pack::Entry &e) { e.variants[0].temporaries = {{pack::ElementType::F32, {{7, 1}}}}; },
               "temporary has an extent"},
        Misuse{"schedule", [](pack::Entry &e) { e.schedules = {{0, 0, "fast"}}; }, "fits no variant"},
        Misuse{"bucket", [](pack::Entry &e) { e.schedules = {{63, 0, "default"}}; }, "fits no variant or bucket"}),
    [](const testing::TestParamInfo<Misuse> &info) { return std::string(info.param.name); });

class CudaMisuse : public testing::TestWithParam<Misuse> {};

TEST_P(CudaMisuse, IsRefused) {
  pack::Manifest manifest = kernelManifest();
  manifest.entries[0].variants = {cudaVariant()};
  EXPECT_EQ(refusalOf(manifest), "");
  GetParam().spoil(manifest.entries[0]);
  EXPECT_NE(refusalOf(manifest).find(GetParam().message), std::string::npos) << refusalOf(manifest);
}

INSTANTIATE_TEST_SUITE_P(
    Each, CudaMisuse,
    testing::Values(
        Misuse{"isa", [](pack::Entry &e) { e.variants[0].isa = "aarch64"; },
               "expects an architecture sm_... for its code, but got 'aarch64'"},
        Misuse{"same_variant", [](pack::Entry &e) { e.variants.push_back(e.variants[0]); }, "two variants"},
        Misuse{"scratch", [](pack::Entry &e) { e.variants[0].launches[0].scratch = 64; },
               "on CUDA with private memory or a span"},
        Misuse{"span", [](pack::Entry &e) { e.variants[0].launches[0].span = 4; },
               "on CUDA with private memory or a span"},
        Misuse{"no_threads", [](pack::Entry &e) { e.variants[0].launches[0].threads = 0; }, "with 0 threads"},
        Misuse{"part_of_a_warp", [](pack::Entry &e) { e.variants[0].launches[0].threads = 48; },
               "with 48 threads, but expects a multiple of 32 up to 1024"},
        Misuse{"too_many_threads", [](pack::Entry &e) { e.variants[0].launches[0].threads = 1056; }, "1056 threads"},
        Misuse{"alignments", [](pack::Entry &e) { e.variants[0].launches[0].alignment = {16}; },
               "with 1 alignments for 2 operands"},
        Misuse{"no_alignment", [](pack::Entry &e) { e.variants[0].launches[0].alignment[1] = 1; },
               "with an alignment of 1, but expects 2, 4, 8 or 16"},
        Misuse{"odd_alignment", [](pack::Entry &e) { e.variants[0].launches[0].alignment[1] = 12; },
               "with an alignment of 12"},
        Misuse{"wide_alignment", [](pack::Entry &e) { e.variants[0].launches[0].alignment[1] = 32; },
               "with an alignment of 32"},
        Misuse{"registers", [](pack::Entry &e) { e.variants[0].launches[0].registers = 256; },
               "with 256 registers and 8 bytes spilled, but expects at most 255 and 524288"},
        Misuse{"spilled", [](pack::Entry &e) { e.variants[0].launches[0].spilled = (512 << 10) + 1; },
               "with 254 registers and 524289 bytes spilled"},
        Misuse{"ptx_registers", [](pack::Entry &e) { e.variants[0].code = pack::Code::Ptx; }, "as PTX with registers"}),
    [](const testing::TestParamInfo<Misuse> &info) { return std::string(info.param.name); });

} // namespace
