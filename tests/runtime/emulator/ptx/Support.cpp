//===- Support.cpp - what tests of the parser share -----------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file makes modules from a few lines of PTX.
//
//===----------------------------------------------------------------------===//

#include "tests/runtime/emulator/ptx/Support.h"

#include "runtime/emulator/Error.h"

#include <fstream>
#include <iterator>

using namespace plait::emulator;
using namespace plait::emulator::ptx;

const std::string test::head = ".version 8.8\n.target sm_90a\n.address_size 64\n";

static std::string kernel(const std::string &body) {
  return ".entry k() { .reg .pred %p<4>; .reg .b32 %r<4>; .reg .b64 %rd<4>; .reg .f32 %f<4>; .reg .f64 %fd<4>;\n" +
         body + "\n}\n";
}

Module test::parseItems(const std::string &items) { return parse(head + items); }

Function test::parseBody(const std::string &body) { return parseItems(kernel(body)).functions.at(0); }

Instruction test::parseInstruction(const std::string &text) { return parseBody(text).instructions.at(0); }

std::string test::errorOf(const std::string &text) {
  try {
    parse(text);
    return "";
  } catch (const Error &error) {
    return "line " + std::to_string(error.line) + ": " + error.what();
  }
}

std::string test::errorOfItems(const std::string &items) { return errorOf(head + items); }
std::string test::errorOfBody(const std::string &body) { return errorOfItems(kernel(body)); }

std::string test::readInput(const std::string &name) {
  std::ifstream file(std::string(PLAIT_TEST_INPUTS "/") + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}
