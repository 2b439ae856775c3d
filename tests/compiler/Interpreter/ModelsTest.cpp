//===- ModelsTest.cpp - the models of tests/integration/models ------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file runs each model on two tokens small enough to follow by hand:
//
//   q_1 = q_2 = (1, 2, 0, 0)   k_1 = (1, 0, 0, 0)   k_2 = (1, 1, 0, 0)
//   v_1 = (1, 2, 3)            v_2 = (4, 0, -4)
//
// so that S_1 = [v_1; 0; 0; 0] where the first write is plain, and q reads the
// first row of the state plus twice the second.
//===----------------------------------------------------------------------===//

#include "tests/compiler/Interpreter/Support.h"

#include <gtest/gtest.h>

#include <cmath>

using namespace plait;
using namespace plait::test;

namespace {

const Array q = array({1, 2, 1, 4}, {1, 2, 0, 0, 1, 2, 0, 0});
const Array k = array({1, 2, 1, 4}, {1, 0, 0, 0, 1, 1, 0, 0});
const Array v = array({1, 2, 1, 3}, {1, 2, 3, 4, 0, -4});
const Array noState = array({1, 1, 4, 3}, {0});

/// What a token of gates looks like.
Array perToken(double first, double second) { return array({1, 2, 1}, {first, second}); }
Array perKey(std::vector<double> rows) { return array({1, 2, 1, 4}, std::move(rows)); }

/// The first rows of the final state; the last two are never written.
void expectState(const Array &state, std::vector<double> rows) {
  rows.resize(12, 0);
  expectElements(state, rows);
}

// phi(q) = (2, 3, 1, 1), phi(k_1) = (2, 1, 1, 1), phi(k_2) = (2, 2, 1, 1): weights 9 and 12.
TEST(Models, LinearAttention) {
  auto results = runModel("linear_attention", {q, k, v, noState, array({1, 1, 4, 1}, {0})});
  ASSERT_EQ(results.size(), 3u);
  const double eps = 1.0e-6f, one = 9 / (9 + eps), two = 1 / (21 + eps);
  expectElements(results[0], {one, 2 * one, 3 * one, 57 * two, 18 * two, -21 * two});
  expectElements(results[1], {10, 4, -2, 9, 2, -5, 5, 2, -1, 5, 2, -1});
  expectElements(results[2], {4, 3, 2, 2});
}

// S_2 = [v_1 / 2 + v_2; v_2; 0; 0]
TEST(Models, Retention) {
  auto results = runModel("retention", {q, k, v, array({1}, {-ln2}), noState});
  ASSERT_EQ(results.size(), 2u);
  expectElements(results[0], {0.5, 1, 1.5, 6.25, 0.5, -5.25});
  expectState(results[1], {4.5, 1, -2.5, 4, 0, -4});
}

TEST(Models, Lightning) {
  auto results = runModel("lightning", {q, k, v, array({1}, {-2 * ln2}), noState});
  ASSERT_EQ(results.size(), 2u);
  expectElements(results[0], {0.5, 1, 1.5, 6.125, 0.25, -5.625});
  expectState(results[1], {4.25, 0.5, -3.25, 4, 0, -4});
}

// dt = (1, 2) and A = -ln 2: the second token decays by 1/4 and writes 2 v_2. D = 10.
TEST(Models, Mamba2) {
  auto results = runModel("mamba2", {v, perToken(1, 2), array({1}, {-ln2}), k, q, array({1}, {10}), noState});
  ASSERT_EQ(results.size(), 2u);
  expectElements(results[0], {11, 22, 33, 64.25, 0.5, -63.25});
  expectState(results[1], {8.25, 0.5, -7.25, 8, 0, -8});
}

TEST(Models, SimpleGla) {
  auto results = runModel("simple_gla", {q, k, v, perToken(0, -ln2), noState});
  ASSERT_EQ(results.size(), 2u);
  expectElements(results[0], {0.5, 1, 1.5, 6.25, 0.5, -5.25});
  expectState(results[1], {4.5, 1, -2.5, 4, 0, -4});
}

TEST(Models, Gla) {
  auto results = runModel("gla", {q, k, v, perKey({0, 0, 0, 0, -2 * ln2, -ln2, 0, 0}), noState});
  ASSERT_EQ(results.size(), 2u);
  expectElements(results[0], {0.5, 1, 1.5, 6.125, 0.25, -5.625});
  expectState(results[1], {4.25, 0.5, -3.25, 4, 0, -4});
}

// The keys are (1/2, 0, 0, 0) and (1/2, 3/4, 0, 0).
TEST(Models, Hgrn2) {
  auto results = runModel("hgrn2", {q, perKey({-ln2, 0, 0, 0, -ln2, -2 * ln2, 0, 0}), v, noState});
  ASSERT_EQ(results.size(), 2u);
  expectElements(results[0], {0.25, 0.5, 0.75, 4.125, 0.25, -3.625});
  expectState(results[1], {2.25, 0.5, -1.25, 3, 0, -3});
}

// o_1 is the bonus alone, o_2 = (v_1 + 2.5 v_2) / 2.
TEST(Models, Rwkv6) {
  Array u = array({1, 4}, {0.5, 1, 0, 0});
  auto results = runModel("rwkv6", {q, k, v, perKey({0, 0, 0, 0, -ln2, -ln2, 0, 0}), u, noState});
  ASSERT_EQ(results.size(), 2u);
  expectElements(results[0], {0.25, 0.5, 0.75, 5.5, 1, -3.5});
  expectState(results[1], {4.5, 1, -2.5, 4, 0, -4});
}

// f = 0 is a decay of 1/2, i = (0, ln 2): m = (0, ln 2), so that the second
// token decays by 1/4; q.n is 1/2, less than e^-m = 1, then 1.625.
TEST(Models, Mlstm) {
  auto results = runModel(
      "mlstm", {q, k, v, perToken(0, ln2), perToken(0, 0), noState, array({1, 1, 4, 1}, {0}), array({1, 1}, {-Inf})});
  ASSERT_EQ(results.size(), 4u);
  const double eps = 1.0e-6f, one = 0.5 / (1 + eps), two = 1 / (1.625 + eps);
  expectElements(results[0], {one, 2 * one, 3 * one, 6.125 * two, 0.25 * two, -5.625 * two});
  expectState(results[1], {4.25, 0.5, -3.25, 4, 0, -4});
  expectElements(results[2], {1.25, 1, 0, 0});
  expectElements(results[3], {ln2});
}

// The scores (50, 0, ...) and (25, 300, ...) make a softmax of one slot.
TEST(Models, Gsa) {
  Array s = array({1, 2, 1, 5}, {100, 0, 0, 0, 0, 0, 200, 0, 0, 0});
  Array g = array({1, 2, 1, 5}, {0, 0, 0, 0, 0, -ln2, 0, 0, 0, 0});
  auto results = runModel("gsa", {q, k, v, s, g, array({1, 1, 4, 5}, {0}), array({1, 1, 5, 3}, {0})});
  ASSERT_EQ(results.size(), 3u);
  expectElements(results[0], {100, 200, 300, 800, 0, -800});
  expectElements(results[1], {50, 200, 0, 0, 0, 0, 200, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
  expectElements(results[2], {50, 100, 150, 800, 0, -800, 0, 0, 0, 0, 0, 0, 0, 0, 0});
}

// The second write is (v_2 - v_1) / 2.
TEST(Models, DeltaNet) {
  auto results = runModel("delta_net", {q, k, v, perToken(1, 0.5), noState});
  ASSERT_EQ(results.size(), 2u);
  expectElements(results[0], {0.5, 1, 1.5, 2.75, -0.5, -3.75});
  expectState(results[1], {2.5, 1, -0.5, 1.5, -1, -3.5});
}

// The second write is (v_2 - v_1 / 2) / 2.
TEST(Models, GatedDeltaNet) {
  auto results = runModel("gated_delta_net", {q, k, v, perToken(0, -ln2), perToken(1, 0.5), noState});
  ASSERT_EQ(results.size(), 2u);
  expectElements(results[0], {0.5, 1, 1.5, 2.875, -0.25, -3.375});
  expectState(results[1], {2.25, 0.5, -1.25, 1.75, -0.5, -2.75});
}

// The second write is (v_2 - v_1 / 4) / 2.
TEST(Models, Kda) {
  auto results = runModel("kda", {q, k, v, perKey({0, 0, 0, 0, -2 * ln2, -ln2, 0, 0}), perToken(1, 0.5), noState});
  ASSERT_EQ(results.size(), 2u);
  expectElements(results[0], {0.5, 1, 1.5, 2.9375, -0.125, -3.1875});
  expectState(results[1], {2.125, 0.25, -1.625, 1.875, -0.25, -2.375});
}

// p_2 = (2, 0, 0, 0) reads before the decay: the second write is (v_2 - 2 v_1) / 2.
TEST(Models, Comba) {
  Array p = perKey({5, 5, 5, 5, 2, 0, 0, 0});
  auto results = runModel("comba", {q, k, v, p, perToken(0, -ln2), perToken(1, 0.5), noState});
  ASSERT_EQ(results.size(), 2u);
  expectElements(results[0], {0.5, 1, 1.5, 1.75, -2.5, -6.75});
  expectState(results[1], {1.5, -1, -3.5, 1, -2, -5});
}

// a_2^T S_1 = 2 v_1 goes into the second row by b_2 = (0, 1, 0, 0).
TEST(Models, Rwkv7) {
  Array w = perKey({0, 0, 0, 0, -ln2, 0, 0, 0});
  auto results =
      runModel("rwkv7", {q, w, k, v, perKey({3, 3, 3, 3, 2, 0, 0, 0}), perKey({1, 1, 1, 1, 0, 1, 0, 0}), noState});
  ASSERT_EQ(results.size(), 2u);
  expectElements(results[0], {1, 2, 3, 16.5, 9, 1.5});
  expectState(results[1], {4.5, 1, -2.5, 6, 4, 2});
}

// One token of two sub-steps: its decay makes S = [v_1; 0; 0; 0], which the
// first write leaves as it is; the second is (v_2 - v_1) / 2.
TEST(Models, DeltaProduct) {
  Array one = array({1, 1, 1, 4}, {1, 2, 0, 0}), state = array({1, 1, 4, 3}, {2, 4, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0});
  auto results = runModel("delta_product", {one, k, v, array({1, 1, 1}, {-ln2}), perToken(1, 0.5), state});
  ASSERT_EQ(results.size(), 2u);
  expectElements(results[0], {2.75, -0.5, -3.75});
  expectState(results[1], {2.5, 1, -0.5, 1.5, -1, -3.5});
}

} // namespace
