//===- VectorsTest.cpp - arith, math and vector ops on rows ---------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file runs the ops of row maps on literals: NaN rules, selects, and the
// moving of elements.
//===----------------------------------------------------------------------===//

#include "tests/compiler/Interpreter/Support.h"

#include <gtest/gtest.h>

#include <cmath>

using namespace plait;
using namespace plait::test;

namespace {

/// Runs ops on %x and %y, vectors of 4, and returns %r of a type.
Array compute(const std::string &ops, const std::string &type, const std::vector<double> &x,
              const std::vector<double> &y = {0, 0, 0, 0}) {
  auto results = run("func.func @f(%x: vector<4xf32>, %y: vector<4xf32>) -> " + type + " {\n" + ops +
                         "\n  return %r : " + type + "\n}",
                     {array({4}, x), array({4}, y)});
  return results[0];
}

const std::string v4 = "vector<4xf32>";

TEST(Vectors, MaximaDifferOnNaN) {
  expectElements(compute("%r = arith.maximumf %x, %y : vector<4xf32>", v4, {1, NaN, 3, -Inf}, {2, 2, NaN, -Inf}),
                 {2, NaN, NaN, -Inf});
  expectElements(compute("%r = arith.maxnumf %x, %y : vector<4xf32>", v4, {1, NaN, 3, NaN}, {2, 2, NaN, NaN}),
                 {2, 2, 3, NaN});
  expectElements(compute("%r = arith.minimumf %x, %y : vector<4xf32>", v4, {1, NaN, 3, 5}, {2, 2, NaN, 4}),
                 {1, NaN, NaN, 4});
  expectElements(compute("%r = arith.minnumf %x, %y : vector<4xf32>", v4, {1, NaN, 3, 5}, {2, 2, NaN, 4}),
                 {1, 2, 3, 4});
}

TEST(Vectors, ZerosHaveSigns) {
  Array result = compute("%r = arith.maximumf %x, %y : vector<4xf32>", v4, {-0.0, 0.0, -0.0, 0}, {0.0, -0.0, -0.0, 0});
  EXPECT_FALSE(std::signbit(result.data[0]) || std::signbit(result.data[1]));
  EXPECT_TRUE(std::signbit(result.data[2]));
}

TEST(Vectors, ComparisonsOfNaN) {
  const std::string select = "\n%r = arith.select %c, %x, %y : vector<4xi1>, vector<4xf32>";
  expectElements(compute("%c = arith.cmpf ogt, %x, %y : vector<4xf32>" + select, v4, {3, NaN, 1, 2}, {1, 5, 2, 2}),
                 {3, 5, 2, 2});
  expectElements(compute("%c = arith.cmpf ugt, %x, %y : vector<4xf32>" + select, v4, {3, NaN, 1, 2}, {1, 5, 2, 2}),
                 {3, NaN, 2, 2});
  expectElements(compute("%c = arith.cmpf une, %x, %y : vector<4xf32>" + select, v4, {3, 7, 1, 2}, {1, NaN, 2, 2}),
                 {3, 7, 1, 2});
  expectElements(compute("%c = arith.cmpf ord, %x, %y : vector<4xf32>" + select, v4, {3, 7, NaN, 2}, {1, NaN, 2, 2}),
                 {3, NaN, 2, 2});
}

TEST(Vectors, MathAtTheEdges) {
  expectElements(compute("%r = math.exp %x : vector<4xf32>", v4, {0, -Inf, Inf, NaN}), {1, 0, Inf, NaN});
  expectElements(compute("%r = math.log %x : vector<4xf32>", v4, {1, 0, -1, Inf}), {0, -Inf, NaN, Inf});
  expectElements(compute("%r = math.log1p %x : vector<4xf32>", v4, {0, -1, 1e-20, Inf}), {0, -Inf, 1e-20, Inf});
  expectElements(compute("%r = math.rsqrt %x : vector<4xf32>", v4, {4, 0, -1, Inf}), {0.5, Inf, NaN, 0});
  expectElements(compute("%r = math.tanh %x : vector<4xf32>", v4, {0, Inf, -Inf, NaN}), {0, 1, -1, NaN});
  expectElements(compute("%r = math.roundeven %x : vector<4xf32>", v4, {0.5, 1.5, -2.5, 2.4}), {0, 2, -2, 2});
  // f64 holds the subnormals of f32.
  expectElements(compute("%m = math.isnormal %x : vector<4xf32>\n%r = arith.uitofp %m : vector<4xi1> to vector<4xf32>",
                         v4, {0x1p-126, -0x1p-127, 0, Inf}),
                 {1, 0, 0, 0});
  expectElements(compute("%r = math.powf %x, %y : vector<4xf32>", v4, {2, 9, 0, 1}, {3, 0.5, 0, NaN}), {8, 3, 1, 1});
}

TEST(Vectors, Reductions) {
  const std::string end = ", %x : vector<4xf32> into f32";
  expectElements(compute("%r = vector.reduction <add>" + end, "f32", {1, 2, 3, 4}), {10});
  expectElements(compute("%r = vector.reduction <mul>" + end, "f32", {1, 2, 3, 4}), {24});
  expectElements(compute("%r = vector.reduction <maximumf>" + end, "f32", {1, NaN, 3, 4}), {NaN});
  expectElements(compute("%r = vector.reduction <maxnumf>" + end, "f32", {1, NaN, 3, 4}), {4});
  expectElements(compute("%r = vector.reduction <minimumf>" + end, "f32", {1, 0, 3, 4}), {0});
  expectElements(compute("%a = arith.constant 100.0 : f32\n"
                         "%r = vector.reduction <add>, %x, %a : vector<4xf32> into f32",
                         "f32", {1, 2, 3, 4}),
                 {110});
  expectElements(compute("%m = vector.shape_cast %x : vector<4xf32> to vector<2x2xf32>\n"
                         "%a = arith.constant dense<[10.0, 20.0]> : vector<2xf32>\n"
                         "%r = vector.multi_reduction <add>, %m, %a [0] : vector<2x2xf32> to vector<2xf32>",
                         "vector<2xf32>", {1, 2, 3, 4}),
                 {14, 26});
}

TEST(Vectors, NarrowTypesRoundToNearestEven) {
  const std::string narrow = "%n = arith.truncf %x : vector<4xf32> to vector<4xbf16>\n";
  const std::string widen = "%r = arith.extf %n : vector<4xbf16> to vector<4xf32>";
  expectElements(compute(narrow + widen, v4, {0x1.01p0, 0x1.03p0, -0x1.011p0, 0x1.ffp127}),
                 {1, 0x1.04p0, -0x1.02p0, Inf});
  expectElements(compute("%n = arith.truncf %x : vector<4xf32> to vector<4xf16>\n"
                         "%r = arith.extf %n : vector<4xf16> to vector<4xf32>",
                         v4, {0x1.002p0, 0x1.006p0, 0x1p-25, NaN}),
                 {1, 0x1.008p0, 0, NaN});
  expectElements(compute(narrow + "%s = arith.addf %n, %n : vector<4xbf16>\n"
                                  "%m = arith.mulf %s, %n : vector<4xbf16>\n"
                                  "%r = arith.extf %m : vector<4xbf16> to vector<4xf32>",
                         v4, {1, 0x1.02p0, 3, NaN}),
                 {2, 0x1.04p1, 18, NaN});
}

TEST(Vectors, BitsOfNumbers) {
  const std::string back = "%r = arith.sitofp %i : vector<4xi32> to vector<4xf32>";
  expectElements(compute("%i = arith.bitcast %x : vector<4xf32> to vector<4xi32>\n" + back, v4, {0, 1, -2, 0x1p-149}),
                 {0, 0x3f800000, double(INT32_MIN) + 0x40000000, 1});
  expectElements(compute("%i = arith.bitcast %x : vector<4xf32> to vector<4xi32>\n"
                         "%m = arith.constant dense<0x7fffffff> : vector<4xi32>\n"
                         "%a = arith.andi %i, %m : vector<4xi32>\n"
                         "%r = arith.bitcast %a : vector<4xi32> to vector<4xf32>",
                         v4, {-1.5, 2, -Inf, NaN}),
                 {1.5, 2, Inf, NaN});
  // The low half of 1.5 has no bits; the high half is 1.5 in bf16.
  expectElements(compute("%n = vector.bitcast %x : vector<4xf32> to vector<8xbf16>\n"
                         "%r = arith.extf %n : vector<8xbf16> to vector<8xf32>",
                         "vector<8xf32>", {1.5, 2, 3, -4}),
                 {0, 1.5, 0, 2, 0, 3, 0, -4});
  expectElements(compute("%n = vector.bitcast %x : vector<4xf32> to vector<8xi16>\n"
                         "%r = vector.bitcast %n : vector<8xi16> to vector<4xf32>",
                         v4, {1.1f, -2, 3, 0x1p-149}),
                 {1.1f, -2, 3, 0x1p-149});
}

TEST(Vectors, Masks) {
  const std::string select = "%r = arith.select %c, %x, %y : vector<4xi1>, vector<4xf32>";
  expectElements(compute("%c = vector.constant_mask [3] : vector<4xi1>\n" + select, v4, {1, 2, 3, 4}), {1, 2, 3, 0});
  expectElements(compute("%m = vector.constant_mask [2, 1] : vector<2x2xi1>\n"
                         "%c = vector.shape_cast %m : vector<2x2xi1> to vector<4xi1>\n" +
                             select,
                         v4, {1, 2, 3, 4}),
                 {1, 0, 3, 0});
  for (int bound : {-1, 2, 9})
    expectElements(compute("%n = arith.constant " + std::to_string(bound) +
                               " : index\n"
                               "%c = vector.create_mask %n : vector<4xi1>\n" +
                               select,
                           v4, {1, 2, 3, 4}),
                   {bound > 0 ? 1.0 : 0, bound > 1 ? 2.0 : 0, bound > 2 ? 3.0 : 0, bound > 3 ? 4.0 : 0});
}

TEST(Vectors, HalvesOfIntegers) {
  const std::string start = "%c = arith.constant dense<[-1, -2147483648, 65536, 3]> : vector<4xi32>\n"
                            "%d = arith.constant dense<[-1, 2, 65536, 5]> : vector<4xi32>\n";
  const std::string end = " %c, %d : vector<4xi32>\n%r = arith.sitofp %h : vector<4xi32> to vector<4xf32>";
  expectElements(compute(start + "%l, %h = arith.mulsi_extended" + end, v4, {0, 0, 0, 0}), {0, -1, 1, 0});
  expectElements(compute(start + "%l, %h = arith.mului_extended" + end, v4, {0, 0, 0, 0}), {-2, 1, 1, 0});
  expectElements(compute(start + "%h, %l = arith.mulsi_extended" + end, v4, {0, 0, 0, 0}), {1, 0, 0, 15});
  expectElements(compute(start + "%l, %h = arith.addui_extended %c, %d : vector<4xi32>, vector<4xi1>\n"
                                 "%r = arith.uitofp %h : vector<4xi1> to vector<4xf32>",
                         v4, {0, 0, 0, 0}),
                 {1, 0, 0, 0});
}

TEST(Vectors, Contractions) {
  const std::string start = "%w = vector.shape_cast %x : vector<4xf32> to vector<2x2xf32>\n"
                            "%v = arith.constant dense<[10.0, 100.0]> : vector<2xf32>\n"
                            "%a = arith.constant dense<[1.0, 2000.0]> : vector<2xf32>\n"
                            "%r = vector.contract {indexing_maps = [affine_map<(i, j) -> (i, j)>, "
                            "affine_map<(i, j) -> (j)>, affine_map<(i, j) -> (i)>], "
                            "iterator_types = [\"parallel\", \"reduction\"], kind = #vector.kind<";
  const std::string end = ">} %w, %v, %a : vector<2x2xf32>, vector<2xf32> into vector<2xf32>";
  expectElements(compute(start + "add" + end, "vector<2xf32>", {1, 2, 3, 4}), {211, 2430});
  expectElements(compute(start + "maximumf" + end, "vector<2xf32>", {1, 2, 3, 4}), {200, 2000});
  expectElements(compute("%i = arith.fptosi %x : vector<4xf32> to vector<4xi32>\n"
                         "%o = vector.outerproduct %i, %i : vector<4xi32>, vector<4xi32>\n"
                         "%s = vector.extract %o[2] : vector<4xi32> from vector<4x4xi32>\n"
                         "%r = arith.sitofp %s : vector<4xi32> to vector<4xf32>",
                         v4, {1, 2, 3, -4}),
                 {3, 6, 9, -12});
}

TEST(Vectors, Slices) {
  expectElements(compute("%r = vector.extract_strided_slice %x {offsets = [1], sizes = [2], strides = [1]} "
                         ": vector<4xf32> to vector<2xf32>",
                         "vector<2xf32>", {1, 2, 3, 4}),
                 {2, 3});
  expectElements(compute("%s = vector.extract_strided_slice %y {offsets = [0], sizes = [2], strides = [1]} "
                         ": vector<4xf32> to vector<2xf32>\n"
                         "%r = vector.insert_strided_slice %s, %x {offsets = [2], strides = [1]} "
                         ": vector<2xf32> into vector<4xf32>",
                         v4, {1, 2, 3, 4}, {5, 6, 7, 8}),
                 {1, 2, 5, 6});
}

TEST(Vectors, ElementsInAndOut) {
  expectElements(compute("%e = vector.extract %x[2] : f32 from vector<4xf32>\n"
                         "%r = vector.insert %e, %y[0] : f32 into vector<4xf32>",
                         v4, {1, 2, 3, 4}),
                 {3, 0, 0, 0});
  expectElements(compute("%i = arith.constant 3 : index\n%r = vector.extract %x[%i] : f32 from vector<4xf32>", "f32",
                         {1, 2, 3, 4}),
                 {4});
  expectElements(compute("%e:4 = vector.to_elements %x : vector<4xf32>\n"
                         "%r = vector.from_elements %e#3, %e#0 : vector<2xf32>",
                         "vector<2xf32>", {1, 2, 3, 4}),
                 {4, 1});
}

TEST(Vectors, Order) {
  expectElements(compute("%r = vector.shuffle %x, %y [0, 5, 2, -1] : vector<4xf32>, vector<4xf32>", v4, {1, 2, 3, 4},
                         {5, 6, 7, 8}),
                 {1, 6, 3, NaN});
  expectElements(compute("%r = vector.interleave %x, %y : vector<4xf32> -> vector<8xf32>", "vector<8xf32>",
                         {1, 2, 3, 4}, {5, 6, 7, 8}),
                 {1, 5, 2, 6, 3, 7, 4, 8});
  expectElements(compute("%a, %b = vector.deinterleave %x : vector<4xf32> -> vector<2xf32>\n"
                         "%r = arith.subf %b, %a : vector<2xf32>",
                         "vector<2xf32>", {1, 2, 3, 5}),
                 {1, 2});
  expectElements(compute("%m = vector.shape_cast %x : vector<4xf32> to vector<2x2xf32>\n"
                         "%t = vector.transpose %m, [1, 0] : vector<2x2xf32> to vector<2x2xf32>\n"
                         "%r = vector.shape_cast %t : vector<2x2xf32> to vector<4xf32>",
                         v4, {1, 2, 3, 4}),
                 {1, 3, 2, 4});
}

TEST(Vectors, BroadcastsAlongMissingAndUnitDimensions) {
  expectElements(compute("%e = vector.extract_strided_slice %x {offsets = [0], sizes = [2], strides = [1]} "
                         ": vector<4xf32> to vector<2xf32>\n"
                         "%c = vector.shape_cast %e : vector<2xf32> to vector<2x1xf32>\n"
                         "%b = vector.broadcast %c : vector<2x1xf32> to vector<2x2xf32>\n"
                         "%r = vector.shape_cast %b : vector<2x2xf32> to vector<4xf32>",
                         v4, {1, 2, 3, 4}),
                 {1, 1, 2, 2});
  expectElements(compute("%o = vector.outerproduct %x, %y : vector<4xf32>, vector<4xf32>\n"
                         "%r = vector.extract %o[1] : vector<4xf32> from vector<4x4xf32>",
                         v4, {1, 2, 3, 4}, {1, 10, 100, 1000}),
                 {2, 20, 200, 2000});
}

} // namespace
