//===- RowsTest.cpp - plait.map_rows and plait.project --------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file runs row maps over operands of every shape, and products with
// matrices of every kind.
//===----------------------------------------------------------------------===//

#include "tests/compiler/Interpreter/Support.h"

#include <gtest/gtest.h>

using namespace plait;
using namespace plait::test;

namespace {

TEST(MapRows, EveryShapeOfOperand) {
  auto results = run(R"mlir(
    func.func @f(%x: tensor<?x?x?x2xf32>, %hd: tensor<?x2xf32>, %d: tensor<2xf32>, %bth: tensor<?x?x?xf32>,
                 %h: tensor<?xf32>) -> (tensor<?x?x?x2xf32>, tensor<?x?x?xf32>) {
      %y, %z = plait.map_rows ins(%x, %hd, %d, %bth, %h : tensor<?x?x?x2xf32>, tensor<?x2xf32>, tensor<2xf32>,
                                  tensor<?x?x?xf32>, tensor<?xf32>)
        outs(%x, %bth : tensor<?x?x?x2xf32>, tensor<?x?x?xf32>) {
      ^bb0(%a: vector<2xf32>, %b: vector<2xf32>, %c: vector<2xf32>, %t: f32, %u: f32):
        %ab = arith.addf %a, %b : vector<2xf32>
        %abc = arith.addf %ab, %c : vector<2xf32>
        %tu = arith.addf %t, %u : f32
        plait.yield %abc, %tu : vector<2xf32>, f32
      } -> tensor<?x?x?x2xf32>, tensor<?x?x?xf32>
      return %y, %z : tensor<?x?x?x2xf32>, tensor<?x?x?xf32>
    })mlir",
                     {array({2, 1, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8}), array({2, 2}, {10, 20, 30, 40}),
                      array({2}, {100, 200}), array({2, 1, 2}, {1, 2, 3, 4}), array({2}, {0.5, 0.25})});
  expectElements(results[0], {111, 222, 133, 244, 115, 226, 137, 248});
  expectElements(results[1], {1.5, 2.25, 3.5, 4.25});
}

TEST(MapRows, PositionCountsFromTheOperand) {
  auto results = run(R"mlir(
    func.func @f(%out: tensor<?x?x?xf32>, %first: index) -> tensor<?x?x?xf32> {
      %y = plait.map_rows ins() from(%first) outs(%out : tensor<?x?x?xf32>) {
      ^bb0(%t: index):
        %i = arith.index_cast %t : index to i32
        %x = arith.sitofp %i : i32 to f32
        plait.yield %x : f32
      } -> tensor<?x?x?xf32>
      return %y : tensor<?x?x?xf32>
    })mlir",
                     {array({2, 3, 1}, {0}), array({}, {100})});
  expectElements(results[0], {100, 101, 102, 100, 101, 102});
}

TEST(MapRows, TruncationsRoundToNearestEven) {
  auto results = run(R"mlir(
    func.func @f(%x: tensor<1x1x1x1xbf16>, %out: tensor<1x1x1x1xbf16>) -> tensor<1x1x1x1xbf16> {
      %y = plait.map_rows ins(%x : tensor<1x1x1x1xbf16>) outs(%out : tensor<1x1x1x1xbf16>) {
      ^bb0(%r: vector<1xbf16>):
        %w = arith.extf %r : vector<1xbf16> to vector<1xf32>
        %three = arith.constant dense<3.0> : vector<1xf32>
        %third = arith.divf %w, %three : vector<1xf32>
        %n = arith.truncf %third : vector<1xf32> to vector<1xbf16>
        plait.yield %n : vector<1xbf16>
      } -> tensor<1x1x1x1xbf16>
      return %y : tensor<1x1x1x1xbf16>
    })mlir",
                     {array({1, 1, 1, 1}, {1}), array({1, 1, 1, 1}, {0})});
  expectElements(results[0], {0x1.56p-2});
}

TEST(MapRows, NoTokens) {
  auto results = run(R"mlir(
    func.func @f(%x: tensor<?x?x?x2xf32>) -> tensor<?x?x?x2xf32> {
      %y = plait.map_rows ins(%x : tensor<?x?x?x2xf32>) outs(%x : tensor<?x?x?x2xf32>) {
      ^bb0(%a: vector<2xf32>):
        plait.yield %a : vector<2xf32>
      } -> tensor<?x?x?x2xf32>
      return %y : tensor<?x?x?x2xf32>
    })mlir",
                     {array({2, 0, 3, 2}, {})});
  expectElements(results[0], {});
}

/// @f(x, m, out): two heads of x by a matrix.
std::string project(const std::string &matrix, const std::string &words) {
  return "func.func @f(%x: tensor<?x?x?x2xf32>, %m: " + matrix +
         ", %o: tensor<?x?x?x1xf32>) -> tensor<?x?x?x1xf32> {\n  %y = plait.project ins(%x, %m : "
         "tensor<?x?x?x2xf32>, " +
         matrix + ") outs(%o : tensor<?x?x?x1xf32>) " + words +
         " -> tensor<?x?x?x1xf32>\n  return %y : tensor<?x?x?x1xf32>\n}";
}

const Array rows = array({2, 1, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8});
const Array out = array({2, 1, 2, 1}, {0});

TEST(Project, SharedMatrix) {
  auto results = run(project("tensor<2x1xf32>", "scale(2.0)"), {rows, array({2, 1}, {1, 10}), out});
  expectElements(results[0], {42, 86, 130, 174});
}

TEST(Project, MatrixPerHead) {
  auto results = run(project("tensor<?x2x1xf32>", ""), {rows, array({2, 2, 1}, {1, 10, 100, 1000}), out});
  expectElements(results[0], {21, 4300, 65, 8700});
}

TEST(Project, MatrixPerGroupOfHeads) {
  auto results = run(project("tensor<?x2x1xf32>", "group_size(2)"), {rows, array({1, 2, 1}, {1, 10}), out});
  expectElements(results[0], {21, 43, 65, 87});
}

TEST(Project, MatrixPerBatchAndHead) {
  auto results = run(project("tensor<?x?x2x1xf32>", "group_size(2)"), {rows, array({2, 1, 2, 1}, {1, 10, 1, 0}), out});
  expectElements(results[0], {21, 43, 5, 7});
}

} // namespace
