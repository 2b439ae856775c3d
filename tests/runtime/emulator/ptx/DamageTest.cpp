//===- DamageTest.cpp - damaged text --------------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file tests that cut and altered texts are parsed or refused with a line of
// theirs, and nothing else happens. The sanitizers watch it in their build.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/Error.h"
#include "tests/runtime/emulator/ptx/Support.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

using namespace plait::emulator;
using namespace plait::emulator::ptx::test;

namespace {

/// Whether the text was accepted.
bool tryParse(const std::string &text) {
  // A copy of its own size, so that a read past the end is one past an allocation.
  std::vector<char> exact(text.begin(), text.end());
  try {
    ptx::parse(std::string_view(exact.data(), exact.size()));
    return true;
  } catch (const Error &error) {
    EXPECT_GE(error.line, 1);
    EXPECT_LE(error.line, std::count(text.begin(), text.end(), '\n') + 1);
    return false;
  }
}

class Damage : public testing::TestWithParam<const char *> {};

TEST_P(Damage, CutAnywhere) {
  std::string text = readInput(GetParam());
  ASSERT_TRUE(tryParse(text));
  for (size_t size = 0; size < text.size(); size += 1 + size / 100)
    tryParse(text.substr(0, size));
}

TEST_P(Damage, BytesAltered) {
  std::string text = readInput(GetParam());
  std::mt19937 random(1);
  for (int i = 0; i < 300; ++i) {
    std::string altered = text;
    for (int j = 0; j < 3; ++j)
      altered[random() % text.size()] ^= char(1u << random() % 8);
    tryParse(altered);
  }
}

/// What byte flips hardly make: tokens that are right, in the wrong places.
TEST_P(Damage, PiecesMoved) {
  std::string text = readInput(GetParam());
  std::mt19937 random(2);
  for (int i = 0; i < 300; ++i) {
    size_t from = random() % text.size(), length = random() % 40, to = random() % text.size();
    std::string altered = text;
    altered.insert(to, text.substr(from, length));
    altered.erase(random() % altered.size(), random() % 8);
    tryParse(altered);
  }
}

INSTANTIATE_TEST_SUITE_P(Texts, Damage, testing::Values("grammar.ptx", "llvm.ptx"), [](const auto &info) {
  std::string name = info.param;
  return name.substr(0, name.find('.'));
});

} // namespace
