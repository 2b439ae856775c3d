//===- TensorsTest.cpp - tensor, linalg and index ops ---------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file runs what surrounds the plait ops of a function.
//===----------------------------------------------------------------------===//

#include "tests/compiler/Interpreter/Support.h"

#include <gtest/gtest.h>

using namespace plait;
using namespace plait::test;

namespace {

TEST(Tensors, SlicesReachInAndPutBack) {
  auto results = run(R"mlir(
    func.func @f(%x: tensor<3x4xf32>, %n: index) -> (tensor<?x2xf32>, tensor<4xf32>, tensor<3x4xf32>) {
      %a = tensor.extract_slice %x[1, 0] [%n, 2] [1, 2] : tensor<3x4xf32> to tensor<?x2xf32>
      %b = tensor.extract_slice %x[2, 0] [1, 4] [1, 1] : tensor<3x4xf32> to tensor<4xf32>
      %c = tensor.insert_slice %b into %x[0, 0] [1, 4] [1, 1] : tensor<4xf32> into tensor<3x4xf32>
      return %a, %b, %c : tensor<?x2xf32>, tensor<4xf32>, tensor<3x4xf32>
    })mlir",
                     {array({3, 4}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}), array({}, {2})});
  expectElements(results[0], {4, 6, 8, 10});
  expectElements(results[1], {8, 9, 10, 11});
  expectElements(results[2], {8, 9, 10, 11, 4, 5, 6, 7, 8, 9, 10, 11});
}

TEST(Tensors, SizesAreValues) {
  auto results = run(R"mlir(
    func.func @f(%x: tensor<?x3xf32>) -> (index, index, tensor<?xi32>) {
      %c0 = arith.constant 0 : index
      %c5 = arith.constant -5 : index
      %n = tensor.dim %x, %c0 : tensor<?x3xf32>
      %m = arith.muli %n, %c5 : index
      %d = arith.floordivsi %m, %n : index
      %s = arith.constant 7 : i32
      %t = tensor.splat %s[%n] : tensor<?xi32>
      return %m, %d, %t : index, index, tensor<?xi32>
    })mlir",
                     {array({2, 3}, {0})});
  expectElements(results[0], {-10});
  expectElements(results[1], {-5});
  expectElements(results[2], {7, 7});
}

TEST(Tensors, ReshapeKeepsElements) {
  auto results = run(R"mlir(
    func.func @f(%x: tensor<2x3xf32>) -> (tensor<6xf32>, tensor<2x3x1xf32>, tensor<?x3xf32>) {
      %a = tensor.collapse_shape %x [[0, 1]] : tensor<2x3xf32> into tensor<6xf32>
      %b = tensor.expand_shape %x [[0], [1, 2]] output_shape [2, 3, 1] : tensor<2x3xf32> into tensor<2x3x1xf32>
      %c = tensor.cast %x : tensor<2x3xf32> to tensor<?x3xf32>
      return %a, %b, %c : tensor<6xf32>, tensor<2x3x1xf32>, tensor<?x3xf32>
    })mlir",
                     {array({2, 3}, {1, 2, 3, 4, 5, 6})});
  EXPECT_EQ(llvm::ArrayRef<int64_t>(results[0].shape), llvm::ArrayRef<int64_t>({6}));
  EXPECT_EQ(llvm::ArrayRef<int64_t>(results[1].shape), llvm::ArrayRef<int64_t>({2, 3, 1}));
  expectElements(results[2], {1, 2, 3, 4, 5, 6});
}

TEST(Tensors, FillCopyAndEmpty) {
  auto results = run(R"mlir(
    func.func @f(%x: tensor<2xf32>) -> (tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) {
      %h = arith.constant 0.5 : f32
      %e = tensor.empty() : tensor<2xf32>
      %a = linalg.fill ins(%h : f32) outs(%e : tensor<2xf32>) -> tensor<2xf32>
      %b = linalg.copy ins(%x : tensor<2xf32>) outs(%e : tensor<2xf32>) -> tensor<2xf32>
      return %a, %b, %e : tensor<2xf32>, tensor<2xf32>, tensor<2xf32>
    })mlir",
                     {array({2}, {3, 4})});
  expectElements(results[0], {0.5, 0.5});
  expectElements(results[1], {3, 4});
  expectElements(results[2], {NaN, NaN});
}

TEST(Tensors, ConstantsHaveTheValueOfTheirType) {
  auto results = run(R"mlir(
    func.func @f() -> (f32, tensor<2xi64>, tensor<2x2xf32>) {
      %a = arith.constant 0.1 : f32
      %b = arith.constant dense<[9007199254740992, -3]> : tensor<2xi64>
      %c = arith.constant dense<[[1.0, 2.0], [0x7F800000, 0xFFC00000]]> : tensor<2x2xf32>
      return %a, %b, %c : f32, tensor<2xi64>, tensor<2x2xf32>
    })mlir",
                     {});
  expectElements(results[0], {double(0.1f)});
  EXPECT_EQ(results[1].data[0], 9007199254740992.0);
  expectElements(results[2], {1, 2, Inf, NaN});
}

TEST(Tensors, IntegersWrapAtTheirWidth) {
  auto results = run(R"mlir(
    func.func @f(%x: i8, %y: i1) -> (i8, i32, i32, f32, i1) {
      %sum = arith.addi %x, %x : i8
      %signed = arith.extsi %sum : i8 to i32
      %unsigned = arith.extui %sum : i8 to i32
      %float = arith.uitofp %sum : i8 to f32
      %less = arith.cmpi ult, %sum, %x : i8
      return %sum, %signed, %unsigned, %float, %less : i8, i32, i32, f32, i1
    })mlir",
                     {array({}, {100}), array({}, {1})});
  for (auto [result, expected] : llvm::zip(results, std::vector<double>{-56, -56, 200, 200, 0}))
    expectElements(result, {expected});
}

} // namespace
