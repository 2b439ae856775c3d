//===- FunctionTest.cpp - heads and bodies of functions -------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file tests modules as nvcc and LLVM write them, and the parts of a function.
//
//===----------------------------------------------------------------------===//

#include "tests/runtime/emulator/ptx/Support.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

using namespace plait::emulator::ptx;
using namespace plait::emulator::ptx::test;

namespace {

const Function &find(const Module &module, const std::string &name) {
  return *std::find_if(module.functions.begin(), module.functions.end(), [&](auto &f) { return f.name == name; });
}

template <typename T> std::vector<std::string> names(const std::vector<T> &list) {
  std::vector<std::string> result;
  for (const T &item : list)
    result.push_back(item.name);
  return result;
}

using Names = std::vector<std::string>;

TEST(Function, ModuleOfNvcc) {
  Module module = parse(readInput("grammar.ptx"));
  EXPECT_EQ(module.versionMajor, 9);
  EXPECT_EQ(module.versionMinor, 0);
  EXPECT_EQ(module.target, "sm_90a");
  EXPECT_EQ(module.addressBits, 64u);
  const Function &kernel = find(module, "k");
  EXPECT_TRUE(kernel.isEntry);
  EXPECT_EQ(kernel.parameters.size(), 4u);
  EXPECT_EQ(kernel.parameters[2].bytes, 32u);
  EXPECT_EQ(kernel.maxThreads, (std::array<uint32_t, 3>{256, 1, 1}));
  EXPECT_EQ(kernel.minBlocks, 2u);
  EXPECT_GT(kernel.instructions.size(), 200u);
  EXPECT_TRUE(find(module, "vprintf").isDeclaration);
  EXPECT_FALSE(find(module, "_Z2f0f").isDeclaration);
}

TEST(Function, ModuleOfLlvm) {
  Module module = parse(readInput("llvm.ptx"));
  EXPECT_EQ(names(module.functions), (Names{"ext", "callee", "rec", "k"}));
  const Function &kernel = module.functions[3];
  EXPECT_EQ(kernel.requiredThreads, (std::array<uint32_t, 3>{128, 1, 1}));
  EXPECT_EQ(kernel.maxRegisters, 200u);
  ASSERT_EQ(kernel.targetLists.size(), 2u);
  EXPECT_EQ(kernel.targetLists[1].name, "$L_brx_0");
  EXPECT_EQ(kernel.targetLists[1].targets.size(), 7u);
  EXPECT_EQ(kernel.targetLists[1].targets[2], "$L__BB2_4");
  EXPECT_EQ(names(kernel.variables),
            (Names{"__local_depot2", "stat", "param0", "retval0", "param0#1", "retval0#1", "param0#2"}));
}

TEST(Function, EachBlockHasItsNames) {
  Function function = parseBody("{ .reg .b32 r; .param .b32 a; mov.b32 r, 1; bra DONE; st.param.b32 [a], r; DONE: }\n"
                                "{ .reg .b64 r; .param .b64 a; mov.b64 r, 2; bra DONE; st.param.b64 [a], r; DONE: }");
  EXPECT_EQ(names(function.variables), (Names{"a", "a#1"}));
  EXPECT_EQ(names(function.labels), (Names{"DONE", "DONE#1"}));
  EXPECT_EQ(function.labels[0].target, 3u);
  EXPECT_EQ(function.labels[1].target, 6u);
  ASSERT_EQ(function.instructions.size(), 6u);
  int first = function.instructions[0].operands[0].index, second = function.instructions[3].operands[0].index;
  EXPECT_EQ(function.registers[first].type, Type::B32);
  EXPECT_EQ(function.registers[second].type, Type::B64);
  EXPECT_EQ(function.registers[second].name, "r#1");
  EXPECT_EQ(function.instructions[4].operands[0].name, "DONE#1");
  EXPECT_EQ(function.instructions[5].operands[0].elements[0].name, "a#1");
}

TEST(Function, InnerBlocksSeeOuterNames) {
  Function function = parseBody(".reg .b32 x; { bra OUT; mov.b32 x, 1; { .reg .f32 x; mov.f32 x, 0f00000000; } } OUT:");
  EXPECT_EQ(function.instructions[0].operands[0].name, "OUT");
  EXPECT_EQ(function.registers[function.instructions[1].operands[0].index].type, Type::B32);
  EXPECT_EQ(function.registers[function.instructions[2].operands[0].index].type, Type::F32);
}

TEST(Function, RegisterRanges) {
  Function function = parseBody(".reg .b16 %rs<3>, x, a1<12>; mov.b16 %rs2, a111; mov.b16 %rs0, a10;");
  EXPECT_EQ(function.registers[function.instructions[0].operands[0].index].name, "%rs2");
  EXPECT_EQ(function.registers[function.instructions[0].operands[1].index].name, "a111");
  EXPECT_EQ(function.registers[function.instructions[1].operands[1].index].name, "a10");
  EXPECT_NE(errorOfBody(".reg .b16 %rs<3>; mov.b16 %rs2, %rs3;"), "");
  EXPECT_NE(errorOfBody(".reg .b16 %rs<3>; mov.b16 %rs2, %rs01;"), "");
}

TEST(Function, Heads) {
  Module module = parseItems(".visible .func (.reg .b32 out) f (.reg .b32 in, .param .align 8 .b8 s[12]) .noreturn\n"
                             "{ mov.b32 out, in; ret; }\n"
                             ".weak .entry e(.param .u64 .ptr .global .align 16 a, .param .u32 b)\n"
                             ".maxntid 32, 4 .minnctapersm 1 .explicitcluster .reqnctapercluster 2, 1, 1 .pragma "
                             "\"nounroll\"; { }\n.entry bare { ret; }");
  const Function &function = module.functions[0], &kernel = module.functions[1];
  EXPECT_EQ(function.results[0].space, Space::Register);
  EXPECT_EQ(function.instructions[0].operands[1].index, 1);
  EXPECT_EQ(function.parameters[1].align, 8u);
  EXPECT_EQ(function.parameters[1].bytes, 12u);
  EXPECT_EQ(kernel.parameters[0].align, 8u);
  EXPECT_EQ(kernel.maxThreads, (std::array<uint32_t, 3>{32, 4, 1}));
  EXPECT_EQ(kernel.line, 6);
  EXPECT_TRUE(module.functions[2].isEntry);
}

TEST(Function, DefinitionsReplaceDeclarations) {
  Module module = parseItems(".func f(.param .b32 a);\n.extern .global .u32 x;\n.func g() { ret; }\n"
                             ".func f(.param .b32 a) { ret; }\n.global .u32 x = 5;\n.extern .global .u32 x;");
  EXPECT_EQ(names(module.functions), (Names{"f", "g"}));
  EXPECT_FALSE(module.functions[0].isDeclaration);
  EXPECT_EQ(module.functions[0].line, 7);
  ASSERT_EQ(module.variables.size(), 1u);
  EXPECT_FALSE(module.variables[0].isExtern);
}

TEST(Function, NotesAreSkipped) {
  Function function = parseBody(".pragma \"nounroll\";\n.loc 1 2 3\n.loc 1 7 3, function_name $L__info+4, inlined_at 1 "
                                "2 3\nret;\n");
  EXPECT_EQ(function.instructions.size(), 1u);
  EXPECT_EQ(parseItems(".file 1 \"a.cu\", 17, 23\n.section .debug_str { { .b8 1, 2 } L: .b64 L+4 }\n.func f() { }")
                .functions.size(),
            1u);
}

TEST(Function, TextsOfInstructionsAreShort) {
  auto textOf = [](int count) {
    std::string list = "%q0";
    for (int i = 1; i < count; ++i)
      list += ", %q" + std::to_string(i);
    return parseBody(".reg .b32 %q<99>;\nop {" + list + "}, {%q1}, {" + list + "};").instructions[0].text;
  };
  EXPECT_EQ(textOf(3), "op {%q0, %q1, %q2}, {%q1}, {%q0, %q1, %q2}");
  EXPECT_EQ(textOf(99), "op {%q0, ..., %q98}, {%q1}, {%q0, ..., %q98}");
}

TEST(Function, LongModulesTakeNoTime) {
  std::string text = head;
  for (int i = 0; i < 10; ++i) {
    text += ".entry k" + std::to_string(i) + "() { .reg .f32 %f<1000>; .reg .pred %p<1000>;\n";
    for (int j = 0; j < 999; ++j)
      text += "@%p" + std::to_string(j) + " fma.rn.f32 %f" + std::to_string(j) + ", %f1, %f2, 0f3F800000;\n";
    text += "}\n";
  }
  auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(parse(text).functions.size(), 10u);
  // Milliseconds, unless the build checks itself or the machine is busy.
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(1));
}

} // namespace
