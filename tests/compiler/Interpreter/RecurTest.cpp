//===- RecurTest.cpp - plait.recur in the interpreter ---------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file runs what the models do not: directions, reads, groups, segments,
// gates at infinity, empty sequences. K = V = 1, so that a state is a number.
//===----------------------------------------------------------------------===//

#include "tests/compiler/Interpreter/Support.h"

#include <gtest/gtest.h>

#include <cmath>

using namespace plait;
using namespace plait::test;

namespace {

/// @f(q, k, v, gate, out, state): a recurrence with one more operand.
std::string recur(const std::string &gate, const std::string &gateType, const std::string &words) {
  const std::string x = "tensor<?x?x?x1xf32>", s = "tensor<?x?x1x1xf32>";
  return "func.func @f(%q: " + x + ", %k: " + x + ", %v: " + x + ", %g: " + gateType + ", %out: " + x + ", %s: " + s +
         ") -> (" + x + ", " + s + ") {\n  %o, %l = plait.recur ins(%q, %k, %v : " + x + ", " + x + ", " + x + ") " +
         gate + "(%g : " + gateType + ") outs(%out, %s : " + x + ", " + s + ") " + words + " -> " + x + ", " + s +
         "\n  return %o, %l : " + x + ", " + s + "\n}";
}

/// [1, T, 1, 1]
Array tokens(std::vector<double> data) {
  int64_t count = data.size();
  return array({1, count, 1, 1}, std::move(data));
}
Array perToken(std::vector<double> data) {
  int64_t count = data.size();
  return array({1, count, 1}, std::move(data));
}
Array state(double s) { return array({1, 1, 1, 1}, {s}); }

const Array ones = tokens({1, 1, 1});
const std::string perTokenType = "tensor<?x?x?xf32>";

TEST(Recur, ReverseRunsFromTheLastToken) {
  auto results = run(recur("decay", perTokenType, "reverse"),
                     {ones, ones, tokens({1, 2, 4}), perToken({0, -ln2, 0}), ones, state(8)});
  expectElements(results[0], {9, 8, 12}); // 8 + 4; 12 / 2 + 2; 8 + 1
  expectElements(results[1], {9});
}

TEST(Recur, ExclusiveReadsBeforeDecayAndWrite) {
  auto results = run(recur("decay", perTokenType, "read(exclusive) scale(2.0)"),
                     {ones, ones, tokens({1, 2, 4}), perToken({-ln2, -ln2, -ln2}), ones, state(8)});
  expectElements(results[0], {16, 10, 9}); // states 8, 8 / 2 + 1, 5 / 2 + 2
  expectElements(results[1], {6.25});
}

TEST(Recur, ExclusiveReverseReadsAfterTheToken) {
  auto results = run(recur("decay", "tensor<?xf32>", "read(exclusive) reverse"),
                     {ones, ones, tokens({1, 2, 4}), array({1}, {0}), ones, state(8)});
  expectElements(results[0], {14, 12, 8});
}

TEST(Recur, QueryHeadsShareTheHeadOfTheirGroup) {
  Array queries = array({1, 1, 4, 1}, {1, 2, 3, 4}), out = array({1, 1, 4, 1}, {0});
  Array twoHeads = array({1, 1, 2, 1}, {1, 1}), values = array({1, 1, 2, 1}, {10, 100});
  auto results = run(recur("decay", "tensor<?xf32>", "group_size(2)"),
                     {queries, twoHeads, values, array({2}, {0, -Inf}), out, array({1, 2, 1, 1}, {1, 1})});
  expectElements(results[0], {11, 22, 300, 400});
  expectElements(results[1], {11, 100});
}

TEST(Recur, ValueDecayActsOnColumns) {
  auto results = run(recur("value_decay", "tensor<?x?x?x1xf32>", ""),
                     {ones, ones, tokens({1, 2, 4}), tokens({0, -ln2, -ln2}), ones, state(3)});
  expectElements(results[0], {4, 4, 6});
}

TEST(Recur, AGateOfMinusInfinityForgets) {
  auto results =
      run(recur("decay", perTokenType, ""), {ones, ones, tokens({1, 2, 4}), perToken({0, -Inf, 0}), ones, state(3)});
  expectElements(results[0], {4, 2, 6});
}

TEST(Recur, APositiveGateGrows) {
  auto results =
      run(recur("decay", perTokenType, ""), {ones, ones, tokens({1, 1, 1}), perToken({0, ln2, ln2}), ones, state(0)});
  expectElements(results[0], {1, 3, 7});
}

TEST(Recur, NaNStaysInTheState) {
  auto results =
      run(recur("decay", perTokenType, ""), {ones, ones, tokens({1, NaN, 4}), perToken({0, 0, -Inf}), ones, state(0)});
  expectElements(results[0], {1, NaN, NaN});
}

TEST(Recur, NoTokensPassTheState) {
  Array none = tokens({});
  auto results = run(recur("decay", perTokenType, ""), {none, none, none, perToken({}), none, state(5)});
  expectElements(results[0], {});
  expectElements(results[1], {5});
}

TEST(Recur, SubstepsWriteBeforeTheRead) {
  auto results =
      run(recur("decay", "tensor<?xf32>", "reverse substeps(2)"),
          {tokens({1, 1}), tokens({1, 1, 1, 1}), tokens({1, 2, 4, 8}), array({1}, {-ln2}), tokens({0, 0}), state(8)});
  expectElements(results[0], {11, 16}); // 8 / 2 + 12; 16 / 2 + 3
}

TEST(Recur, SegmentsStartFromTheirOwnStates) {
  auto results = run(R"mlir(
    func.func @f(%x: tensor<1x?x1x1xf32>, %n: tensor<?xi64>, %s: tensor<?x1x1x1xf32>)
        -> (tensor<1x?x1x1xf32>, tensor<?x1x1x1xf32>) {
      %o, %l = plait.recur ins(%x, %x, %x : tensor<1x?x1x1xf32>, tensor<1x?x1x1xf32>, tensor<1x?x1x1xf32>)
        segments(%n : tensor<?xi64>)
        outs(%x, %s : tensor<1x?x1x1xf32>, tensor<?x1x1x1xf32>) -> tensor<1x?x1x1xf32>, tensor<?x1x1x1xf32>
      return %o, %l : tensor<1x?x1x1xf32>, tensor<?x1x1x1xf32>
    })mlir",
                     {tokens({1, 1, 2}), array({5}, {0, 0, 2, 2, 3}), array({4, 1, 1, 1}, {10, 20, 30, 40})});
  expectElements(results[0], {21, 22, 88});
  expectElements(results[1], {10, 22, 30, 44});
}

/// mLSTM's state at scale e^{-m}, with a per-head decay of 1/2.
TEST(Recur, StabilizeHoldsTheRunningMax) {
  auto results = run(R"mlir(
    func.func @f(%x: tensor<1x3x1x1xf32>, %g: tensor<1xf32>, %i: tensor<1x3x1xf32>, %m: tensor<1x1xf32>)
        -> (tensor<1x3x1x1xf32>, tensor<1x1x1x1xf32>, tensor<1x3x1xf32>, tensor<1x1xf32>) {
      %zero = arith.constant 0.0 : f32
      %e = tensor.empty() : tensor<1x1x1x1xf32>
      %s = linalg.fill ins(%zero : f32) outs(%e : tensor<1x1x1x1xf32>) -> tensor<1x1x1x1xf32>
      %o:4 = plait.recur ins(%x, %x, %x : tensor<1x3x1x1xf32>, tensor<1x3x1x1xf32>, tensor<1x3x1x1xf32>)
        decay(%g : tensor<1xf32>) stabilize(%i : tensor<1x3x1xf32>)
        outs(%x, %s, %i, %m : tensor<1x3x1x1xf32>, tensor<1x1x1x1xf32>, tensor<1x3x1xf32>, tensor<1x1xf32>)
        -> tensor<1x3x1x1xf32>, tensor<1x1x1x1xf32>, tensor<1x3x1xf32>, tensor<1x1xf32>
      return %o#0, %o#1, %o#2, %o#3
        : tensor<1x3x1x1xf32>, tensor<1x1x1x1xf32>, tensor<1x3x1xf32>, tensor<1x1xf32>
    })mlir",
                     {ones, array({1}, {-ln2}), perToken({1000, 1000 - ln2, -Inf}), array({1, 1}, {-Inf})});
  // m falls by ln 2 a token; the second input is as large as what is held of the first.
  expectElements(results[0], {1, 2, 2});
  expectElements(results[1], {2});
  expectElements(results[2], {1000, 1000 - ln2, 1000 - 2 * ln2});
  expectElements(results[3], {1000 - 2 * ln2});
}

} // namespace
