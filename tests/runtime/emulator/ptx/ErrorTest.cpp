//===- ErrorTest.cpp - what is no PTX -------------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file tests the parser's errors, each with its line.
//
//===----------------------------------------------------------------------===//

#include "tests/runtime/emulator/ptx/Support.h"

#include <gtest/gtest.h>

using namespace plait::emulator::ptx::test;

namespace {

TEST(Error, Characters) {
  EXPECT_EQ(errorOf("\x7f"
                    "ELF"),
            "line 1: expects PTX, but got the character '\\x7f'");
  EXPECT_EQ(errorOfBody("ret;\n#"), "line 6: expects PTX, but got the character '#'");
  EXPECT_EQ(errorOfBody("ret; /* no end"), "line 5: expects '*/' after '/*', but got the end of the text");
  EXPECT_EQ(errorOfBody(".pragma \"nounroll;\n"), "line 5: expects '\"' at the end of a string, but got the end of the "
                                                  "line");
}

TEST(Error, HeadOfTheModule) {
  EXPECT_EQ(errorOf(""), "line 1: expects '.version' at the beginning of a module, but got the end of the text");
  EXPECT_EQ(errorOf(".version 9\n"), "line 1: expects a version such as 9.0, but got '9'");
  EXPECT_EQ(errorOf(".version 9.0\n.func"), "line 2: expects '.target' after .version, but got '.func'");
  EXPECT_EQ(errorOf(".version 9.0 .target 90"), "line 1: expects an architecture after .target, but got '90'");
  EXPECT_EQ(errorOf(".version 9.0 .target sm_90, 3"), "line 1: expects an option of .target, but got '3'");
  EXPECT_EQ(errorOf(".version 9.0 .target sm_90 .address_size 16"),
            "line 1: expects 32 or 64 after .address_size, but got '16'");
}

TEST(Error, ItemsOfTheModule) {
  EXPECT_EQ(errorOfItems("ret;"),
            "line 4: expects a function or a variable of .global, .const, .shared or .local, but got 'ret'");
  EXPECT_EQ(errorOfItems(".func f() { }\n.func f() { }"),
            "line 5: expects one definition of 'f', but got a second one");
  EXPECT_EQ(errorOfItems(".func f();\n.global .u32 f;"), "line 5: expects one definition of 'f', but got a second one");
  EXPECT_EQ(errorOfItems(".section 5"), "line 4: expects a name after .section, but got '5'");
  EXPECT_EQ(errorOfItems(".section .s ("), "line 4: expects '{' before the content of a section, but got '('");
  EXPECT_EQ(errorOfItems(".section .s { {}"),
            "line 4: expects '}' after the content of a section, but got the end of the text");
  EXPECT_EQ(errorOfItems(".file x"), "line 4: expects a number after .file, but got 'x'");
  EXPECT_EQ(errorOfItems(".file 1 x"), "line 4: expects the name of a file, but got 'x'");
  EXPECT_EQ(errorOfItems(".pragma x;"), "line 4: expects a string after .pragma, but got 'x'");
  EXPECT_EQ(errorOfItems(".pragma \"x\""), "line 4: expects ';' after .pragma, but got the end of the text");
}

TEST(Error, Variables) {
  EXPECT_EQ(errorOfItems(".global x;"), "line 4: expects a type before the name of a variable, but got 'x'");
  EXPECT_EQ(errorOfItems(".global .rn x;"), "line 4: expects a fundamental type, but got '.rn'");
  EXPECT_EQ(errorOfItems(".global .pred x;"), "line 4: expects a type that memory can hold, but got '.pred'");
  EXPECT_EQ(errorOfItems(".global .u32 5;"), "line 4: expects the name of a variable, but got '5'");
  EXPECT_EQ(errorOfItems(".global .u32 x"), "line 4: expects ';' after a declaration, but got the end of the text");
  EXPECT_EQ(errorOfItems(".global .align x .u32 x;"), "line 4: expects a number of bytes after .align, but got 'x'");
  EXPECT_EQ(errorOfItems(".global .align 3 .u32 x;"),
            "line 4: expects an alignment that is a power of two up to 2^20, but got 3");
  EXPECT_EQ(errorOfItems(".global .align 4294967296 .u32 x;"),
            "line 4: expects a number of bytes after .align below 2^32, but got 4294967296");
  EXPECT_EQ(errorOfItems(".global .attribute x;"), "line 4: expects '(' after .attribute, but got 'x'");
  EXPECT_EQ(errorOfItems(".global .attribute(x"),
            "line 4: expects ')' after the attributes, but got the end of the text");
  EXPECT_EQ(errorOfItems(".global .u32 x[];"), "line 4: expects a size of 'x', but got ';'");
  EXPECT_EQ(errorOfItems(".global .u32 x[0];"), "line 4: expects a size from 1 to 2^44, but got '0'");
  EXPECT_EQ(errorOfItems(".global .u32 x[2][];"),
            "line 4: expects a size of each dimension but the first, but got ';'");
  EXPECT_EQ(errorOfItems(".global .u32 x[2;"), "line 4: expects ']' after the size of an array, but got ';'");
  EXPECT_EQ(errorOfItems(".global .u8 x[1048576][1048576][1048576];"),
            "line 4: expects variables of at most 2^44 bytes, but got 'x[1048576][1048576][1048576]'");
  std::string dimensions;
  for (int i = 0; i < 17; ++i)
    dimensions += "[1]";
  EXPECT_EQ(errorOfItems(".global .u8 x" + dimensions + ";"), "line 4: expects at most 16 dimensions, but got '1'");
}

TEST(Error, InitialValues) {
  EXPECT_EQ(errorOfItems(".shared .u32 x = 1;"),
            "line 4: expects initial values of .global and .const variables alone, but got '1'");
  EXPECT_EQ(errorOfItems(".global .u32 x[2] = 1;"), "line 4: expects '{' before the values of an array, but got '1'");
  EXPECT_EQ(errorOfItems(".global .u32 x[2] = {1, 2, 3};"), "line 4: expects at most 2 values, but got '3'");
  EXPECT_EQ(errorOfItems(".global .u32 x[2] = {1; "), "line 4: expects '}' after the values of an array, but got ';'");
  EXPECT_EQ(errorOfItems(".global .u8 x = 256;"), "line 4: expects a value of 8 bits, but got 256");
  EXPECT_EQ(errorOfItems(".global .u8 x = -129;"), "line 4: expects a value of 8 bits, but got -129");
  EXPECT_EQ(errorOfItems(".global .u16 x = 0f3F800000;"),
            "line 4: expects values of the variable's type, but got '0f3F800000'");
  EXPECT_EQ(errorOfItems(".global .u64 x = generic(5);"),
            "line 4: expects the name of a variable or function, but got '5'");
  EXPECT_EQ(errorOfItems(".global .u64 x = generic(y;"), "line 4: expects ')' after generic(name, but got ';'");
  EXPECT_EQ(errorOfItems(".global .u64 x = 0xFF(y);"),
            "line 4: expects masked addresses in an array of bytes alone, but got '0xFF'");
  EXPECT_EQ(errorOfItems(".global .u8 x = 0xF0(y);"), "line 4: expects a mask of one byte, but got '0xF0'");
  EXPECT_EQ(errorOfItems(".global .u8 x = 0xFF(y;"), "line 4: expects ')' after a masked address, but got ';'");
  EXPECT_EQ(errorOfItems(".global .u8 x[2] = {0xFF(y), 0xFF00(z)};"),
            "line 4: expects the bytes of an address in order, from the lowest, but got '0xFF00(z)'");
  EXPECT_EQ(errorOfItems(".global .u8 x[2] = {0xFF(y), 0xFF00(y+4)};"),
            "line 4: expects the bytes of an address in order, from the lowest, but got '0xFF00(y+4)'");
  EXPECT_EQ(errorOfItems(".global .u8 x[1073741824] = {1};"),
            "line 4: expects initial values of at most 2^28 bytes, but got 1073741824");
}

TEST(Error, HeadsOfFunctions) {
  EXPECT_EQ(errorOfItems(".func 5"), "line 4: expects the name of a function, but got '5'");
  EXPECT_EQ(errorOfItems(".func f(.global .u32 x)"), "line 4: expects .param or .reg among the parameters, but got "
                                                     "'.global'");
  EXPECT_EQ(errorOfItems(".func (.param .u32 x f"), "line 4: expects ')' after the results, but got 'f'");
  EXPECT_EQ(errorOfItems(".entry k() .maxntid x"), "line 4: expects a number after .maxntid, but got 'x'");
  EXPECT_EQ(errorOfItems(".entry k() .maxntid 1, 2, 3, 4"),
            "line 4: expects at most three numbers after .maxntid, but got '4'");
  EXPECT_EQ(errorOfItems(".entry k() .maxnreg {"), "line 4: expects a number after .maxnreg, but got '{'");
  EXPECT_EQ(errorOfItems(".entry k() .fast {"), "line 4: expects '{' before the body of 'k', but got '.fast'");
}

TEST(Error, Statements) {
  EXPECT_EQ(errorOfItems(".entry k() { ret;"),
            "line 4: expects an instruction, a declaration or '}', but got the end of the text");
  EXPECT_EQ(errorOfBody(".global .u32 x;"), "line 5: expects a declaration of .reg, .local, .shared or .param, but got "
                                            "'.global'");
  EXPECT_EQ(errorOfBody(".reg .b32 5;"), "line 5: expects the name of a register, but got '5'");
  EXPECT_EQ(errorOfBody(".reg .b32 %x<y>;"), "line 5: expects a number of registers, but got 'y'");
  EXPECT_EQ(errorOfBody(".reg .b32 %x<4;"), "line 5: expects '>' after a number of registers, but got ';'");
  EXPECT_EQ(errorOfBody(".reg .b32 %x<2000000>;"),
            "line 5: expects at most 2^20 registers in a function, but got more");
  EXPECT_EQ(errorOfBody(".reg .b32 %r1;"), "line 5: expects one declaration of '%r1' in a block, but got a second one");
  EXPECT_EQ(errorOfBody(".reg .b32 %r<2>;"),
            "line 5: expects one declaration of '%r' in a block, but got a second one");
  EXPECT_EQ(errorOfBody("L:\nL: ret;"), "line 6: expects one declaration of 'L' in a block, but got a second one");
  EXPECT_EQ(errorOfBody(".reg .v2 .b32 v; .reg .v2 .b32 v;"),
            "line 5: expects one declaration of 'v' in a block, but got a second one");
  EXPECT_EQ(errorOfBody("L: .branchtargets 5;"), "line 5: expects a name in the list of targets, but got '5'");
  EXPECT_EQ(errorOfBody("L: .branchtargets a b;"), "line 5: expects ';' after the list of targets, but got 'b'");
  EXPECT_EQ(errorOfBody("L: .callprototype _"),
            "line 7: expects ';' after .callprototype, but got the end of the text");
  EXPECT_EQ(errorOfBody(".loc 1 x"), "line 5: expects a number after .loc, but got 'x'");
  EXPECT_EQ(errorOfBody(".loc 1 2 3, 4"), "line 5: expects function_name or inlined_at after .loc, but got '4'");
  EXPECT_EQ(errorOfBody(".loc 1 2 3, function_name 4"), "line 5: expects a label after function_name, but got '4'");
  EXPECT_EQ(errorOfBody(".loc 1 2 3, inlined_at x"), "line 5: expects a number after inlined_at, but got 'x'");
}

TEST(Error, Instructions) {
  EXPECT_EQ(errorOfBody("add.s32 %r1, %r2, %r4;"), "line 5: expects a register that is declared, but got '%r4'");
  EXPECT_EQ(errorOfBody("add.s32 %r1, %r2"), "line 6: expects ';' after the operands of add, but got '}'");
  EXPECT_EQ(errorOfBody("add.s32 %r1,;"), "line 5: expects an operand of add, but got ';'");
  EXPECT_EQ(errorOfBody("@%r1 ret;"), "line 5: expects a predicate register after '@', but got '%r1'");
  EXPECT_EQ(errorOfBody("@%p1 5;"), "line 5: expects an instruction, but got '5'");
  EXPECT_EQ(errorOfBody("selp.b32 %r1, 1, 2, !x;"), "line 5: expects a predicate after '!', but got 'x'");
  EXPECT_EQ(errorOfBody("mov.b64 {%r1, %r2;"), "line 5: expects '}' at the end of a list of operands, but got ';'");
  EXPECT_EQ(errorOfBody("call f, (%r1;"), "line 5: expects ')' at the end of a list of operands, but got ';'");
  EXPECT_EQ(errorOfBody("ld.b32 %r1, [%rd1;"), "line 5: expects ']' at the end of an address, but got ';'");
  EXPECT_EQ(errorOfBody("ld.b32 %r1, [{%rd1}];"),
            "line 5: expects a register, a symbol or a number as the base of an address, but got '{%rd1}'");
  EXPECT_EQ(errorOfBody("ld.b32 %r1, [%rd1+1.5];"), "line 5: expects an offset that is an integer, but got '+1.5'");
  EXPECT_EQ(errorOfBody(".reg .v2 .b32 v; mov.b32 %r1, v.z;"),
            "line 5: expects an element of a vector of 2, but got '.z'");
  EXPECT_EQ(errorOfBody("mov.b32 {{{{{%r1}}}}}, 1;"), "line 5: expects operands that are less nested, but got '{'");
}

TEST(Error, LongTokensAreCut) {
  EXPECT_EQ(errorOfItems(std::string(1000, 'x')),
            "line 4: expects a function or a variable of .global, .const, .shared or .local, but got '" +
                std::string(60, 'x') + "...'");
}

} // namespace
