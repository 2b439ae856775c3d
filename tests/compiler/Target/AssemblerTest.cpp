//===- AssemblerTest.cpp - finding and running ptxas ----------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file tests the search for ptxas and what comes of its ends, with scripts
// in its place.
//===----------------------------------------------------------------------===//

#include "compiler/Target/CUDA/Assembler.h"
#include "tests/compiler/ScriptFolder.h"

#include <gtest/gtest.h>

#include <optional>

using namespace plait;

namespace {

/// Folders of scripts, and an environment in which nothing else is found.
class AssemblerTest : public testing::Test {
protected:
  AssemblerTest() {
    for (const char *variable : {"PATH", "CUDA_ROOT", "CUDA_HOME", "CUDA_PATH"}) {
      const char *value = std::getenv(variable);
      former.emplace_back(variable, value ? std::optional<std::string>(value) : std::nullopt);
      setenv(variable, folder.c_str(), 1);
    }
  }

  ~AssemblerTest() override {
    for (auto &[variable, value] : former)
      value ? setenv(variable, value->c_str(), 1) : unsetenv(variable);
  }

  std::string script(const std::string &name, const std::string &body) { return scripts.script(name, body); }

  llvm::Expected<Cubin> assembleWith(const std::string &body) {
    auto ptxas = Assembler::find(script("fake", body));
    if (!ptxas)
      return ptxas.takeError();
    return (*ptxas)->assemble("the text", llvm::cantFail(findCudaTarget("sm_90a")));
  }

  ScriptFolder scripts;
  const std::string &folder = scripts.path();
  std::vector<std::pair<const char *, std::optional<std::string>>> former;
};

TEST_F(AssemblerTest, IsFoundInPathFirst) {
  std::string path = script("ptxas", "");
  script("bin/ptxas", "");
  auto found = Assembler::find();
  ASSERT_TRUE(bool(found)) << llvm::toString(found.takeError());
  ASSERT_TRUE(found->has_value());
  EXPECT_EQ((*found)->path(), path);
  EXPECT_EQ((*found)->version(), "ptxas 12.8.61");
}

TEST_F(AssemblerTest, IsFoundInEachFolderOfTheEnvironment) {
  std::string path = script("toolkit/bin/ptxas", "");
  for (const char *variable : {"CUDA_ROOT", "CUDA_HOME", "CUDA_PATH"}) {
    setenv(variable, (folder + "/toolkit").c_str(), 1);
    auto found = Assembler::find();
    ASSERT_TRUE(bool(found)) << llvm::toString(found.takeError());
    ASSERT_TRUE(found->has_value());
    EXPECT_EQ((*found)->path(), path) << variable;
    setenv(variable, "", 1);
  }
}

TEST_F(AssemblerTest, IsNotLookedForWhereNoneIsWanted) {
  script("ptxas", "");
  auto found = Assembler::find("none");
  ASSERT_TRUE(bool(found));
  EXPECT_FALSE(found->has_value());
}

TEST_F(AssemblerTest, IsRefusedWhenItIsBroken) {
  std::string path = script("ptxas", "");
  std::ofstream(path) << "#!/bin/sh\necho out of order >&2\nexit 3\n";
  EXPECT_EQ(llvm::toString(Assembler::find().takeError()), "'" + path + "' failed, it ended with 3:\nout of order\n");
}

TEST_F(AssemblerTest, GetsTheTextAndTheArchitecture) {
  // Its arguments are -v -arch=sm_90a -o OUT IN; the cubin is a head and the text.
  auto cubin = assembleWith("/bin/echo \"ptxas warning : $1 $2 $3\"\n"
                            "{ printf '\\177ELF'; /bin/cat \"$5\"; } > \"$4\"\n");
  ASSERT_TRUE(bool(cubin)) << llvm::toString(cubin.takeError());
  EXPECT_EQ(llvm::StringRef(cubin->code.data(), cubin->code.size()), "\x7f"
                                                                     "ELFthe text");
  EXPECT_EQ(cubin->report.warnings, std::vector<std::string>{"ptxas warning : -v -arch=sm_90a -o"});
}

/// A body that spills as many bytes as `cases`, of a shell's case over all arguments, say.
static std::string spilling(const std::string &cases) {
  return "case \"$*\" in " + cases + " esac\nshift $(($# - 2))\ncode=$bytes\n" + reportAndWrite("k");
}

TEST_F(AssemblerTest, KeepsWhatSpillsLeast) {
  // Each kind of code spills as much as the test wants.
  auto assemble = [&](int64_t usual, int64_t most, int64_t least, int64_t plain, int64_t quick) {
    std::string cases;
    std::pair<const char *, int64_t> kinds[] = {{"-O1 --register-usage-level=0 ", plain},
                                                {"-Ofc=min ", quick},
                                                {"--register-usage-level=10 ", most},
                                                {"--register-usage-level=0 ", least},
                                                {"", usual}};
    for (auto [options, spilled] : kinds)
      cases += "'-v -arch=sm_90a " + std::string(options) + "'-o*) bytes=" + std::to_string(spilled) + " ;; ";
    return llvm::cantFail(assembleWith(spilling(cases)));
  };
  // Plain and quick code are for what all others spill.
  using Case = std::array<int64_t, 6>;
  for (auto [usual, most, least, plain, quick, kept] : {Case{0, 4, 4, 4, 4, 0},
                                                        {4, 0, 8, 8, 8, 0},
                                                        {8, 4, 4, 0, 16, 0},
                                                        {8, 4, 4, 16, 0, 0},
                                                        {8, 12, 0, 4, 4, 0},
                                                        {16, 12, 60, 20, 20, 12},
                                                        {16, 60, 12, 20, 20, 12},
                                                        {96, 96, 100, 120, 120, 96},
                                                        {96, 100, 96, 92, 96, 92},
                                                        {96, 100, 96, 96, 92, 92}}) {
    Cubin cubin = assemble(usual, most, least, plain, quick);
    EXPECT_EQ(cubin.report.kernels.at(0).spillStores, kept);
    EXPECT_EQ(llvm::StringRef(cubin.code.data(), cubin.code.size()).drop_front(4), std::to_string(kept));
  }
}

TEST_F(AssemblerTest, AsksOnceWhereNothingSpills) {
  Cubin cubin =
      llvm::cantFail(assembleWith(spilling("*-O1*|*-Ofc*|*level*) echo more >> " + folder + "/log ;; *) bytes=0 ;;")));
  EXPECT_EQ(cubin.report.kernels.at(0).spillStores, 0);
  EXPECT_FALSE(std::filesystem::exists(folder + "/log"));
}

TEST_F(AssemblerTest, KeepsWhatSpillsIfThereIsNoOther) {
  for (auto [failing, kept] : {std::pair("*level*|*-Ofc*", 96), {"*sage-level=1*|*-Ofc*", 8}}) {
    auto cubin = assembleWith(spilling(std::string(failing) + ") exit 1 ;; *level*) bytes=8 ;; *) bytes=96 ;;"));
    ASSERT_TRUE(bool(cubin)) << llvm::toString(cubin.takeError());
    EXPECT_EQ(cubin->report.kernels.at(0).spillStores, kept);
  }
}

TEST_F(AssemblerTest, RepeatsWhatPtxasSaysOnBothStreams) {
  std::string text = llvm::toString(assembleWith("echo \"$5, line 7; error\"\necho fatal >&2\nexit 255\n").takeError());
  EXPECT_EQ(text, "'" + folder + "/fake' failed, it ended with 255:\nkernels.ptx, line 7; error\nfatal\n");
}

TEST_F(AssemblerTest, IsKilled) {
  std::string text = llvm::toString(assembleWith("kill -9 $$\n").takeError());
  EXPECT_NE(text.find("/fake' failed, "), std::string::npos) << text;
}

TEST_F(AssemblerTest, WritesNothing) {
  std::string text = llvm::toString(assembleWith("exit 0\n").takeError());
  EXPECT_EQ(text, "expects a cubin of '" + folder + "/fake', but got 0 bytes of another kind");
}

TEST_F(AssemblerTest, LeavesNoFile) {
  setenv("TMPDIR", folder.c_str(), 1);
  EXPECT_TRUE(bool(assembleWith("printf '\\177ELF' > \"$4\"\n")));
  unsetenv("TMPDIR");
  size_t files = 0;
  for ([[maybe_unused]] const auto &entry : std::filesystem::directory_iterator(folder))
    ++files;
  EXPECT_EQ(files, 1u); // the script
}

} // namespace
