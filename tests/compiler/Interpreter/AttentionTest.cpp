//===- AttentionTest.cpp - plait.attention in the interpreter -------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file runs attention in its directions and normalisations, with K = V =
// 1: a row map is then a function of a number.
//===----------------------------------------------------------------------===//

#include "tests/compiler/Interpreter/Support.h"

#include <gtest/gtest.h>

using namespace plait;
using namespace plait::test;

namespace {

const std::string types = "tensor<?x?x?x1xf32>, tensor<?x?x?x1xf32>, tensor<?x?x?x1xf32>";

/// @f(q, k, v): attention with words around its operands.
std::string attention(const std::string &before, const std::string &after) {
  return "func.func @f(%q: tensor<?x?x?x1xf32>, %k: tensor<?x?x?x1xf32>, %v: tensor<?x?x?x1xf32>) -> "
         "tensor<?x?x?x1xf32> {\n  %o = plait.attention " +
         before + " ins(%q, %k, %v : " + types + ") " + after +
         " -> tensor<?x?x?x1xf32>\n  return %o : tensor<?x?x?x1xf32>\n}";
}

Array tokens(std::vector<double> data) {
  int64_t count = data.size();
  return array({1, count, 1, 1}, std::move(data));
}

const Array q = tokens({1, 1, 2}), k = tokens({1, 2, 3}), v = tokens({1, 10, 100});

TEST(Attention, CausalWithoutAMapOrNormaliser) {
  expectElements(run(attention("causal", ""), {q, k, v})[0], {1, 21, 642});
}

TEST(Attention, ReverseSeesLaterTokens) {
  expectElements(run(attention("causal", "reverse"), {q, k, v})[0], {321, 320, 600});
}

TEST(Attention, WithoutCausalSeesAll) { expectElements(run(attention("", ""), {q, k, v})[0], {321, 321, 642}); }

TEST(Attention, WithoutCausalQueriesMayBeFewer) {
  expectElements(run(attention("", ""), {tokens({1}), k, v})[0], {321});
  expectElements(run(attention("", ""), {q, tokens({}), tokens({})})[0], {0, 0, 0});
}

TEST(Attention, NormalizeBySumTakesTheScaleTwice) {
  auto results = run(attention("", "normalize(sum, eps = 0.5) scale(0.25)"), {q, k, v});
  expectElements(results[0], {80.25 / 2, 80.25 / 2, 160.5 / 3.5}); // z = 6, 6, 12, a quarter of each
}

TEST(Attention, NormalizeByClamp) {
  auto results = run(attention("causal", "normalize(clamp, eps = 2.5)"), {q, k, v});
  expectElements(results[0], {1 / 2.5, 21 / 3.0, 642 / 12.0});
}

TEST(Attention, KeyMapIsTheFeatureMapUnlessGiven) {
  const std::string square = "{ ^bb0(%x: vector<1xf32>): %y = arith.mulf %x, %x : vector<1xf32>\n"
                             "plait.yield %y : vector<1xf32> }";
  const std::string same = "{ ^bb0(%x: vector<1xf32>): plait.yield %x : vector<1xf32> }";
  expectElements(run(attention("", "feature_map " + square), {q, k, v})[0], {941, 941, 3764});
  expectElements(run(attention("", "feature_map " + square + " key_map " + same), {q, k, v})[0], {321, 321, 1284});
}

TEST(Attention, AMapMayWiden) {
  const std::string both = "{ ^bb0(%x: vector<1xf32>): %n = arith.negf %x : vector<1xf32>\n"
                           "%y = vector.shuffle %x, %n [0, 1] : vector<1xf32>, vector<1xf32>\n"
                           "plait.yield %y : vector<2xf32> }";
  expectElements(run(attention("", "feature_map " + both), {q, k, v})[0], {642, 642, 1284});
}

TEST(Attention, StatesEnterAndLeaveWithGroupsAndDecay) {
  auto results = run(R"mlir(
    func.func @f(%q: tensor<1x2x2x1xf32>, %k: tensor<1x2x1x1xf32>, %v: tensor<1x2x1x1xf32>, %g: tensor<1x2x1xf32>,
                 %s: tensor<1x1x1x1xf32>, %z: tensor<1x1x1x1xf32>)
        -> (tensor<1x2x2x1xf32>, tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>) {
      %o, %fs, %fz = plait.attention causal
        ins(%q, %k, %v : tensor<1x2x2x1xf32>, tensor<1x2x1x1xf32>, tensor<1x2x1x1xf32>)
        decay(%g : tensor<1x2x1xf32>) state(%s : tensor<1x1x1x1xf32>) normalizer(%z : tensor<1x1x1x1xf32>)
        normalize(sum, eps = 0.0) group_size(2)
        -> tensor<1x2x2x1xf32>, state tensor<1x1x1x1xf32>, normalizer tensor<1x1x1x1xf32>
      return %o, %fs, %fz : tensor<1x2x2x1xf32>, tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>
    })mlir",
                     {array({1, 2, 2, 1}, {1, 2, 1, 0}), tokens({1, 2}), tokens({3, 5}), array({1, 2, 1}, {0, -ln2}),
                      array({1, 1, 1, 1}, {7}), array({1, 1, 1, 1}, {1})});
  expectElements(results[0], {5, 5, 5, NaN}); // 10 / 2; (5 + 10) / (1 + 2); 0 / 0
  expectElements(results[1], {15});
  expectElements(results[2], {3});
}

} // namespace
