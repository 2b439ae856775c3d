//===- ScanTest.cpp - plait.scan in the interpreter -----------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file runs every kind of scan, in both directions and reads, on literals.
//===----------------------------------------------------------------------===//

#include "tests/compiler/Interpreter/Support.h"

#include <gtest/gtest.h>

#include <cmath>

using namespace plait;
using namespace plait::test;

namespace {

/// One scan of one or two inputs [1, T, 1, 1] with the words after `outs`.
std::string scan(const std::string &kind, bool two, const std::string &words) {
  std::string x = "tensor<?x?x?x1xf32>", c = "tensor<?x?x1xf32>";
  return "func.func @f(%x: " + x + ", " + (two ? "%y: " + x + ", " : "") + "%c: " + c + ") -> (" + x + ", " + c +
         ") {\n  %o, %l = plait.scan " + kind + " ins(%x" + (two ? ", %y : " + x + ", " + x : " : " + x) +
         ") outs(%x, %c : " + x + ", " + c + ") " + words + " -> " + x + ", " + c + "\n  return %o, %l : " + x + ", " +
         c + "\n}";
}

Array tokens(std::vector<double> data) {
  int64_t count = data.size();
  return array({1, count, 1, 1}, std::move(data));
}
Array carry(double c) { return array({1, 1, 1}, {c}); }

TEST(Scan, Add) {
  auto results = run(scan("add", false, ""), {tokens({1, 2, 4}), carry(10)});
  expectElements(results[0], {11, 13, 17});
  expectElements(results[1], {17});
}

TEST(Scan, ExclusiveReadsBeforeTheToken) {
  auto results = run(scan("add", false, "read(exclusive)"), {tokens({1, 2, 4}), carry(10)});
  expectElements(results[0], {10, 11, 13});
  expectElements(results[1], {17});
}

TEST(Scan, ReverseStartsAtTheLastToken) {
  auto results = run(scan("add", false, "reverse"), {tokens({1, 2, 4}), carry(10)});
  expectElements(results[0], {17, 16, 14});
  results = run(scan("add", false, "read(exclusive) reverse"), {tokens({1, 2, 4}), carry(10)});
  expectElements(results[0], {16, 14, 10});
  expectElements(results[1], {17});
}

TEST(Scan, Affine) {
  auto results = run(scan("affine", true, ""), {tokens({2, 3, 0}), tokens({1, 1, 5}), carry(1)});
  expectElements(results[0], {3, 10, 5});
}

TEST(Scan, MaxKeepsANan) {
  auto results = run(scan("max", false, ""), {tokens({1, NaN, 3}), carry(-Inf)});
  expectElements(results[0], {1, NaN, NaN});
}

TEST(Scan, MaxAffine) {
  auto results = run(scan("max_affine", true, ""), {tokens({-1, -1, -Inf}), tokens({0, 5, -7}), carry(2)});
  expectElements(results[0], {1, 5, -7});
}

TEST(Scan, LogSumExp) {
  auto results = run(scan("logsumexp", false, ""), {tokens({ln2, 0, -Inf, 1000}), carry(-Inf)});
  expectElements(results[0], {ln2, std::log(3.0), std::log(3.0), 1000});
  results = run(scan("logsumexp", false, ""), {tokens({-Inf, Inf, NaN}), carry(-Inf)});
  expectElements(results[0], {-Inf, Inf, NaN});
}

TEST(Scan, NoTokensPassTheCarry) {
  auto results = run(scan("add", false, ""), {tokens({}), carry(7)});
  expectElements(results[0], {});
  expectElements(results[1], {7});
}

TEST(Scan, EachElementForItself) {
  std::string x = "tensor<?x?x?x2xf32>", c = "tensor<?x?x2xf32>";
  auto results = run("func.func @f(%x: " + x + ", %c: " + c + ") -> (" + x + ", " + c +
                         ") {\n  %o, %l = plait.scan add ins(%x : " + x + ") outs(%x, %c : " + x + ", " + c + ") -> " +
                         x + ", " + c + "\n  return %o, %l : " + x + ", " + c + "\n}",
                     {array({2, 2, 1, 2}, {1, 10, 2, 20, 3, 30, 4, 40}), array({2, 1, 2}, {0, 0, 5, 5})});
  expectElements(results[0], {1, 10, 3, 30, 8, 35, 12, 75});
  expectElements(results[1], {3, 30, 12, 75});
}

TEST(Scan, SegmentsHaveCarriesOfTheirOwn) {
  auto results = run(R"mlir(
    func.func @f(%x: tensor<1x?x1x1xf32>, %s: tensor<4xi32>, %c: tensor<3x1x1xf32>)
        -> (tensor<1x?x1x1xf32>, tensor<3x1x1xf32>) {
      %o, %l = plait.scan add ins(%x : tensor<1x?x1x1xf32>) segments(%s : tensor<4xi32>)
        outs(%x, %c : tensor<1x?x1x1xf32>, tensor<3x1x1xf32>) reverse -> tensor<1x?x1x1xf32>, tensor<3x1x1xf32>
      return %o, %l : tensor<1x?x1x1xf32>, tensor<3x1x1xf32>
    })mlir",
                     {tokens({1, 2, 4}), array({4}, {0, 2, 2, 3}), array({3, 1, 1}, {10, 20, 30})});
  expectElements(results[0], {13, 12, 34});
  expectElements(results[1], {13, 20, 34});
}

} // namespace
