//===- FewestSpillsTest.cpp - kernels that are compiled again -------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file tests which attempt is kept, with a script in ptxas's place that says
// how much each spills.
//===----------------------------------------------------------------------===//

#include "compiler/Driver/Compile.h"
#include "runtime/src/pack/Pack.h"
#include "tests/compiler/ScriptFolder.h"

#include <gtest/gtest.h>
#include <utility>

using namespace plait;

namespace {

/// Of any number of tokens four warps of 16 value channels each by default, eight of 8 otherwise: with 32 tokens a
/// block, then with 16. Of one token no schedule says how many a block has.
std::string programOf(const std::string &tokens) {
  return "!rows = tensor<?x" + tokens + R"(x?x64xbf16>
func.func @linear(%q: !rows {plait.name = "q"}, %k: !rows {plait.name = "k"}, %v: !rows {plait.name = "v"})
    -> (!rows {plait.name = "o"}) {
  %o = plait.attention causal ins(%q, %k, %v : !rows, !rows, !rows) -> !rows
  return %o : !rows
}
)";
}

const std::string text = programOf("?"), step = programOf("1");

struct Kept {
  std::string error;
  int64_t threads = 0, spilled = 0;
  std::string schedule = {}, code = {};
  size_t reports = 0;

  bool operator==(const Kept &other) const = default;
};

class FewestSpillsTest : public testing::Test {
protected:
  /// A program that says how many bytes attempts spill, or fails for `fail`: that with four warps, with eight and many
  /// products, with eight and few. Its cubins are the numbers of products.
  std::string ptxas(const std::string &usual, const std::string &small, const std::string &smallest) {
    return scripts.script("ptxas", "shift $(($# - 2))\n"
                                   "code=$(grep -c mma.sync \"$2\")\n"
                                   "if grep -q 'reqntid 128' \"$2\"; then bytes=" +
                                       usual + "; elif [ $code -gt 20 ]; then bytes=" + small +
                                       "; else bytes=" + smallest +
                                       "; fi\n"
                                       "[ $bytes = fail ] && exit 1\n"
                                       "echo $code >> " +
                                       scripts.path() + "/log\n" + reportAndWrite("linear_0"));
  }

  /// How often the program ran since the last call.
  int64_t runs() {
    std::ifstream log(scripts.path() + "/log");
    int64_t before = std::exchange(seen, 0);
    for (std::string line; std::getline(log, line);)
      ++seen;
    return seen - before;
  }

  bool hasTried(const std::string &products) {
    std::ifstream log(scripts.path() + "/log");
    for (std::string line; std::getline(log, line);)
      if (line == products)
        return true;
    return false;
  }

  Kept compile(const std::string &usual, const std::string &small, const std::string &smallest,
               const std::string &schedule = "") {
    Compiler compiler("input", ptxas(usual, small, smallest));
    Target target = llvm::cantFail(findTarget("sm_90a"));
    auto bytes = compiler.compilePack(text, target, schedule);
    if (!bytes)
      return {llvm::toString(bytes.takeError())};
    pack::Pack read;
    if (auto refusal = pack::Pack::read(std::move(*bytes), read))
      return {*refusal};
    const pack::Variant &variant = read.manifest().entries.at(0).variants.at(0);
    const pack::Launch &launch = variant.launches.at(0);
    std::span<const uint8_t> object = read.object(variant.object);
    std::string code(reinterpret_cast<const char *>(object.data()) + 4, object.size() - 4);
    return {"", launch.threads, launch.spilled, variant.schedule, code, compiler.reports().size()};
  }

  ScriptFolder scripts;
  int64_t seen = 0;
};

} // namespace

TEST_F(FewestSpillsTest, ASmallerTileIsKeptWhereItSpillsLess) {
  EXPECT_EQ(compile("8", "0", "0"), (Kept{"", 256, 0, "", "24", 1}));
  EXPECT_FALSE(hasTried("13"));
  EXPECT_EQ(compile("12", "4", "0", "alignment=8"), (Kept{"", 256, 0, "alignment=8", "13", 1}));
  EXPECT_EQ(compile("12", "4", "8"), (Kept{"", 256, 4, "", "24", 1}));
  EXPECT_EQ(compile("12", "fail", "8"), (Kept{"", 256, 8, "", "13", 1}));
}

TEST_F(FewestSpillsTest, ElseTheFirstIs) {
  EXPECT_EQ(compile("8", "8", "8"), (Kept{"", 128, 8, "", "116", 1}));
  EXPECT_EQ(compile("8", "12", "16"), (Kept{"", 128, 8, "", "116", 1}));
  EXPECT_EQ(compile("8", "fail", "fail"), (Kept{"", 128, 8, "", "116", 1}));
}

TEST_F(FewestSpillsTest, AnErrorOfTheFirstIsOne) {
  EXPECT_NE(compile("fail", "0", "0").error.find("ptxas"), std::string::npos);
}

TEST_F(FewestSpillsTest, NothingIsTriedWhereNothingSpillsOrTheTileIsGiven) {
  EXPECT_EQ(compile("0", "0", "0").threads, 128);
  EXPECT_EQ(compile("8", "0", "0", "block=64"), (Kept{"", 128, 8, "block=64", "116", 1}));
  EXPECT_EQ(compile("8", "0", "0", "channels=16"), (Kept{"", 128, 8, "channels=16", "116", 1}));
  EXPECT_FALSE(hasTried("24") || hasTried("13"));
}

TEST_F(FewestSpillsTest, CubinsAloneAreCompiledAgainToo) {
  Compiler compiler("input", ptxas("8", "0", "0"));
  auto code = compiler.compileCubin(text, llvm::cantFail(findCudaTarget("sm_90a")), "");
  ASSERT_TRUE(bool(code)) << llvm::toString(code.takeError());
  EXPECT_EQ(llvm::StringRef(code->data(), code->size()).drop_front(4), "24");
  ASSERT_EQ(compiler.reports().size(), 1u);
  EXPECT_EQ(compiler.reports()[0].report.spilledBytes(), 0);
  EXPECT_EQ(compiler.reports()[0].schedule, "block=32,channels=8");
}

TEST_F(FewestSpillsTest, AttemptsOfOnePtxAreAssembledOnce) {
  auto assembled = [&](const std::string &of) {
    Compiler compiler("input", ptxas("8", "8", "8"));
    llvm::cantFail(compiler.compileCubin(of, llvm::cantFail(findCudaTarget("sm_90a")), ""));
    EXPECT_EQ(compiler.reports()[0].schedule, "");
    return runs();
  };
  int64_t three = assembled(text), two = assembled(step);
  EXPECT_GT(two, 0);
  EXPECT_EQ(2 * three, 3 * two);
}
