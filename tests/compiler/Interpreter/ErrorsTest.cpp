//===- ErrorsTest.cpp - what the interpreter refuses ----------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file runs what can't be run: each error names the op, what it expects
// and what it got.
//===----------------------------------------------------------------------===//

#include "tests/compiler/Interpreter/Support.h"

#include <gtest/gtest.h>

using namespace plait;
using namespace plait::test;

namespace {

const std::string identity = "func.func @f(%x: tensor<?x2xf32> {plait.name = \"x\"}) -> tensor<?x2xf32> {\n"
                             "  return %x : tensor<?x2xf32>\n}";

TEST(Errors, NoSuchFunction) {
  EXPECT_EQ(errorOf(identity, {}, "g"),
            "builtin.module at test.mlir:0:0: expects a function @g with a body of one block, but got none");
}

TEST(Errors, Arguments) {
  EXPECT_EQ(errorOf(identity, {}), "func.func at test.mlir:1:1: expects 1 arguments, but got 0");
  EXPECT_EQ(errorOf(identity, {array({2, 3}, {0})}),
            "func.func at test.mlir:1:1: expects argument 0 (x) to fit tensor<?x2xf32>, but got shape [2, 3]");
  EXPECT_EQ(errorOf(identity, {Array{{2, 2}, {1, 2, 3}}}),
            "func.func at test.mlir:1:1: expects argument 0 (x) to hold the elements of [2, 2], but got 3 elements");
}

TEST(Errors, AnOpOutsideOfTheSet) {
  EXPECT_EQ(
      errorOf("func.func @f(%x: i32) -> i32 {\n  %y = math.ctpop %x : i32\n  return %y : i32\n}", {array({}, {0})}),
      "math.ctpop at test.mlir:2:8: expects an op that the interpreter defines, but got math.ctpop");
}

const std::string scan = R"mlir(func.func @f(%x: tensor<?x?x?x1xf32>, %s: tensor<?xi32>, %c: tensor<?x?x1xf32>)
    -> (tensor<?x?x?x1xf32>, tensor<?x?x1xf32>) {
  %o, %l = plait.scan add ins(%x : tensor<?x?x?x1xf32>) segments(%s : tensor<?xi32>)
    outs(%x, %c : tensor<?x?x?x1xf32>, tensor<?x?x1xf32>) -> tensor<?x?x?x1xf32>, tensor<?x?x1xf32>
  return %o, %l : tensor<?x?x?x1xf32>, tensor<?x?x1xf32>
})mlir";

std::string segmentsError(int64_t batches, std::vector<double> offsets) {
  int64_t count = offsets.size();
  return errorOf(scan, {array({batches, 4, 1, 1}, {0}), array({count}, std::move(offsets)), array({2, 1, 1}, {0})});
}

TEST(Errors, Segments) {
  const std::string at = "plait.scan at test.mlir:3:12: expects ";
  EXPECT_EQ(segmentsError(1, {0, 2, 4}), "no error");
  EXPECT_EQ(segmentsError(2, {0, 2, 4}), at + "a batch of 1 with segments, but got 2");
  EXPECT_EQ(segmentsError(1, {1, 2, 4}), at + "segment offsets from 0, but got 1");
  EXPECT_EQ(segmentsError(1, {0, 5, 4}), at + "segment offsets that never fall, but got 4 after 5");
  EXPECT_EQ(segmentsError(1, {0, 2, 3}), at + "segment offsets up to 4 tokens, but got 3");
  EXPECT_EQ(segmentsError(1, {0, 4}), at + "carry of shape [1, 1, 1], but got [2, 1, 1]");
}

TEST(Errors, SizesThatDoNotAgree) {
  std::string error = errorOf(R"mlir(
    func.func @f(%x: tensor<?x?x?x1xf32>, %k: tensor<?x?x?x1xf32>, %s: tensor<?x?x1x1xf32>) -> tensor<?x?x?x1xf32> {
      %o, %l = plait.recur ins(%x, %k, %x : tensor<?x?x?x1xf32>, tensor<?x?x?x1xf32>, tensor<?x?x?x1xf32>)
        outs(%x, %s : tensor<?x?x?x1xf32>, tensor<?x?x1x1xf32>) -> tensor<?x?x?x1xf32>, tensor<?x?x1x1xf32>
      return %o : tensor<?x?x?x1xf32>
    })mlir",
                              {array({1, 4, 2, 1}, {0}), array({1, 3, 2, 1}, {0}), array({1, 2, 1, 1}, {0})});
  EXPECT_EQ(error, "plait.recur at test.mlir:3:16: expects key of shape [1, 4, 2, 1], but got [1, 3, 2, 1]");
}

TEST(Errors, IntegersThatHaveNoValue) {
  const std::string divide = "func.func @f(%x: i32, %y: i32) -> i32 {\n  %z = arith.divsi %x, %y : i32\n"
                             "  return %z : i32\n}";
  EXPECT_EQ(errorOf(divide, {array({}, {1}), array({}, {0})}),
            "arith.divsi at test.mlir:2:8: expects an integer of magnitude up to 2^53, but got a larger or an "
            "undefined one");
  const std::string convert = "func.func @f(%x: f32) -> i8 {\n  %z = arith.fptosi %x : f32 to i8\n  return %z : i8\n}";
  EXPECT_NE(errorOf(convert, {array({}, {200})}).find("a number in the range of its result"), std::string::npos);
}

TEST(Errors, NumbersThatAreNotIntegers) {
  const std::string index = "func.func @f(%n: index) -> index {\n  return %n : index\n}";
  for (double number : {0.5, NaN, Inf, 0x1p60})
    EXPECT_EQ(
        errorOf(index, {array({}, {number})}),
        "func.func at test.mlir:1:1: expects argument 0 to hold integers of magnitude up to 2^53, but got another "
        "number");
  const std::string copy = "func.func @f(%x: tensor<2xf32>, %t: tensor<2xi32>) -> tensor<2xi32> {\n"
                           "  %r = linalg.copy ins(%x : tensor<2xf32>) outs(%t : tensor<2xi32>) -> tensor<2xi32>\n"
                           "  return %r : tensor<2xi32>\n}";
  EXPECT_EQ(errorOf(copy, {array({2}, {0}), array({2}, {0})}),
            "linalg.copy at test.mlir:2:8: expects an input of the output's type, but got another");
}

TEST(Errors, TypesThatCanNotBeHeld) {
  const std::string scalable = "func.func @f(%x: f32) -> vector<[4]xf32> {\n"
                               "  %r = vector.broadcast %x : f32 to vector<[4]xf32>\n  return %r : vector<[4]xf32>\n}";
  EXPECT_EQ(errorOf(scalable, {array({}, {0})}),
            "vector.broadcast at test.mlir:2:8: expects vectors of a fixed size, but got a scalable one");
  const std::string huge = "func.func @f(%x: f32) -> vector<9999999999xf32> {\n"
                           "  %r = vector.broadcast %x : f32 to vector<9999999999xf32>\n"
                           "  return %r : vector<9999999999xf32>\n}";
  EXPECT_EQ(errorOf(huge, {array({}, {0})}),
            "vector.broadcast at test.mlir:2:8: expects sizes from 0 and at most 2^30 elements, but got [9999999999]");
}

TEST(Errors, SizesOfTensors) {
  const std::string empty = "func.func @f(%n: index) -> tensor<?xf32> {\n  %e = tensor.empty(%n) : tensor<?xf32>\n"
                            "  return %e : tensor<?xf32>\n}";
  EXPECT_NE(errorOf(empty, {array({}, {-1})}).find("but got [-1]"), std::string::npos);
  const std::string slice = "func.func @f(%x: tensor<4xf32>, %n: index) -> tensor<2xf32> {\n"
                            "  %s = tensor.extract_slice %x[%n] [2] [1] : tensor<4xf32> to tensor<2xf32>\n"
                            "  return %s : tensor<2xf32>\n}";
  EXPECT_EQ(errorOf(slice, {array({4}, {0}), array({}, {3})}),
            "tensor.extract_slice at test.mlir:2:8: expects a slice inside of [4], but got offsets [3], sizes [2], "
            "strides [1]");
  EXPECT_NE(errorOf(slice, {array({4}, {0}), array({}, {0x1p53})}).find("expects a slice inside"), std::string::npos);
}

} // namespace
