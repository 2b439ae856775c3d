//===- MmaTest.cpp - matrix products of a warp ----------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file deals random matrices to a warp, multiplies them with mma.sync and
// wmma.mma, and compares with sums written out for each order of addition.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/compute/Fragments.h"

#include "tests/runtime/emulator/compute/Support.h"

namespace plait::emulator::test {
namespace {

using Role = Fragment::Role;
using Matrix = std::vector<double>; // row-major

/// A number in the format of a type, and its bits.
double roundTo(const std::string &type, double value) {
  if (type == "f64")
    return value;
  if (type == "f32")
    return float(value);
  if (type == "f16")
    return double(_Float16(value));
  unsigned cut = type == "bf16" ? 16 : type == "tf32" ? 13 : 0; // towards zero
  if (cut)
    return as<float>(uint32_t(bitsOf(float(value))) >> cut << cut);
  return value;
}
uint64_t bitsIn(const std::string &type, double value) {
  if (type == "f64")
    return bitsOf(value);
  if (type == "f16")
    return bitsOf(_Float16(value));
  if (type == "bf16")
    return bitsOf(float(value)) >> 16;
  if (type == "e4m3") // of -2, -1, 0, 1, 2 alone
    return (value < 0 ? 0x80 : 0) | (value == 0 ? 0 : std::fabs(value) == 1 ? 0x38 : 0x40);
  if (type == "e5m2")
    return (value < 0 ? 0x80 : 0) | (value == 0 ? 0 : std::fabs(value) == 1 ? 0x3c : 0x40);
  if (type == "f32" || type == "tf32")
    return bitsOf(float(value));
  return uint64_t(int64_t(value)) & (type == "s32" ? 0xffffffff : 0xff);
}
unsigned bitsOfType(const std::string &type) {
  return type == "f64" ? 64 : type == "f32" || type == "tf32" || type == "s32" ? 32 : type.back() == '6' ? 16 : 8;
}

struct Product {
  std::string shape, d, a, b, c;
  bool isWmma = false;

  MmaShape extents() const { return *parseShape(shape); }
  Fragment fragment(Role role, const std::string &type) const {
    return isWmma ? *wmmaFragment(role, extents(), type) : mmaFragment(role, extents(), bitsOfType(type));
  }
  std::string text(const std::string &modifiers = "") const {
    bool namesAll = !isWmma || a != "f16";
    std::string types = "." + d + (namesAll ? "." + a + "." + b : "") + "." + c + " ";
    std::string text = isWmma ? "wmma.mma.sync.aligned.row.col." + shape : "mma.sync.aligned." + shape + ".row.col";
    text += modifiers + types;
    for (const auto &[role, type] :
         {std::pair(Role::Accumulator, d), {Role::A, a}, {Role::B, b}, {Role::Accumulator, c}}) {
      text += text.back() == ' ' ? "{" : ", {";
      for (unsigned i = 0; i < fragment(role, type).registers; ++i)
        text += std::string(i ? ", " : "") + (type == "f64" ? "%d" : "%r") + std::to_string(i);
      text += "}";
    }
    return text;
  }
};

void deal(const Fragment &fragment, const std::string &type, const Matrix &matrix, std::vector<Value> &registers) {
  for (unsigned r = 0; r < fragment.registers; ++r) {
    Value value = splat(0);
    for (unsigned l = 0; l < warpSize; ++l)
      for (unsigned i = 0; i < fragment.perRegister; ++i) {
        Coordinates at = coordinates(fragment, l, r * fragment.perRegister + i);
        value.lane[l] |= bitsIn(type, matrix[at.row * fragment.columns + at.column]) << (i * fragment.elementBits);
      }
    registers.push_back(value);
  }
}

/// Expects each element to have the bits of the expected number.
void expectMatrix(const Product &p, const std::vector<Value> &registers, const Matrix &expected) {
  Fragment fragment = p.fragment(Role::Accumulator, p.d);
  std::vector<Value> dealt;
  deal(fragment, p.d, expected, dealt);
  for (unsigned r = 0; r < fragment.registers; ++r)
    for (unsigned l = 0; l < warpSize; ++l)
      ASSERT_EQ(registers[r].lane[l], dealt[r].lane[l]) << p.text() << ", register " << r << " of lane " << l;
}

std::vector<Value> multiply(const Product &p, const Matrix &a, const Matrix &b, const Matrix &c, MmaOrder order,
                            const std::string &modifiers = "") {
  std::vector<Value> operands;
  deal(p.fragment(Role::A, p.a), p.a, a, operands);
  deal(p.fragment(Role::B, p.b), p.b, b, operands);
  deal(p.fragment(Role::Accumulator, p.c), p.c, c, operands);
  return run(p.text(modifiers), operands, ~Mask(0), {order});
}

Matrix fill(size_t count, auto next) {
  Matrix matrix(count);
  for (double &element : matrix)
    element = next();
  return matrix;
}

const MmaOrder orders[] = {MmaOrder::Truncated, MmaOrder::Forward, MmaOrder::Reverse, MmaOrder::Pairwise};

const Product products[] = {
    {"m16n8k8", "f32", "f16", "f16", "f32"},
    {"m16n8k16", "f32", "f16", "f16", "f32"},
    {"m16n8k8", "f16", "f16", "f16", "f16"},
    {"m16n8k16", "f16", "f16", "f16", "f16"},
    {"m16n8k8", "f32", "bf16", "bf16", "f32"},
    {"m16n8k16", "f32", "bf16", "bf16", "f32"},
    {"m16n8k4", "f32", "tf32", "tf32", "f32"},
    {"m16n8k8", "f32", "tf32", "tf32", "f32"},
    {"m8n8k4", "f64", "f64", "f64", "f64"},
    {"m16n8k4", "f64", "f64", "f64", "f64"},
    {"m16n8k8", "f64", "f64", "f64", "f64"},
    {"m16n8k16", "f64", "f64", "f64", "f64"},
    {"m8n8k16", "s32", "s8", "s8", "s32"},
    {"m16n8k16", "s32", "s8", "s8", "s32"},
    {"m16n8k32", "s32", "s8", "u8", "s32"},
    {"m16n8k32", "s32", "u8", "s8", "s32"},
    {"m16n8k16", "f32", "e4m3", "e5m2", "f32"},
    {"m16n8k32", "f32", "e4m3", "e4m3", "f32"},
    {"m16n8k32", "f16", "e5m2", "e5m2", "f16"},
    {"m16n16k16", "f32", "f16", "f16", "f32", true},
    {"m32n8k16", "f16", "f16", "f16", "f32", true},
    {"m8n32k16", "f32", "f16", "f16", "f16", true},
    {"m16n16k16", "f32", "bf16", "bf16", "f32", true},
    {"m32n8k16", "f32", "bf16", "bf16", "f32", true},
    {"m8n32k16", "f32", "bf16", "bf16", "f32", true},
    {"m16n16k8", "f32", "tf32", "tf32", "f32", true},
    {"m8n8k4", "f64", "f64", "f64", "f64", true},
    {"m16n16k16", "s32", "s8", "s8", "s32", true},
    {"m32n8k16", "s32", "u8", "u8", "s32", true},
};

TEST(Mma, SmallIntegersAreExactInEachOrder) {
  std::mt19937 random(13);
  for (const Product &p : products) {
    auto [m, n, k] = p.extents();
    bool isUnsigned = p.a == "u8" || p.b == "u8";
    auto small = [&]() { return isUnsigned ? double(random() % 100) : double(random() % 5) - 2; };
    Matrix a = fill(m * k, small), b = fill(k * n, small), c = fill(m * n, small), expected = c;
    for (unsigned i = 0; i < m; ++i)
      for (unsigned j = 0; j < n; ++j)
        for (unsigned s = 0; s < k; ++s)
          expected[i * n + j] += a[i * k + s] * b[s * n + j];
    for (MmaOrder order : orders)
      expectMatrix(p, multiply(p, a, b, c, order), expected);
  }
}

/// Those whose factors have at least 16 bits, and whose sums are f32 or f16.
std::vector<Product> productsOfFloats() {
  std::vector<Product> found;
  std::copy_if(std::begin(products), std::end(products), std::back_inserter(found),
               [](const Product &p) { return p.a == "f16" || p.a == "bf16" || p.a == "tf32"; });
  return found;
}

/// A block of products and c cut off 25 bits below the largest exponent, added, cut off to f32; `least` is the
/// factors' least exponent.
double sumTruncated(std::span<const double> a, std::span<const double> b, double c, int least) {
  int largest = std::ilogb(c);
  for (size_t i = 0; i < a.size(); ++i)
    largest = std::max(largest, std::max(std::ilogb(a[i]), least) + std::max(std::ilogb(b[i]), least));
  double unit = std::ldexp(1.0, largest - 25), sum = std::trunc(c / unit);
  for (size_t i = 0; i < a.size(); ++i)
    sum += std::trunc(a[i] * b[i] / unit);
  auto nearest = float(sum);
  return unit * (std::fabs(nearest) > std::fabs(sum) ? std::nextafter(nearest, 0.0f) : nearest);
}

TEST(Mma, TruncatesAlignedTerms) {
  std::mt19937 random(19);
  std::normal_distribution<double> normal;
  for (const Product &p : productsOfFloats()) {
    auto [m, n, k] = p.extents();
    for (int spread : {0, 3, 6}) {
      auto next = [&](const std::string &type) {
        return roundTo(type, std::ldexp(normal(random), int(random() % (2 * spread + 1)) - spread));
      };
      Matrix a = fill(m * k, [&]() { return next(p.a); }), b = fill(k * n, [&]() { return next(p.b); });
      Matrix c = fill(m * n, [&]() { return next(p.c); }), expected(m * n), row(k), column(k);
      for (unsigned i = 0; i < m; ++i)
        for (unsigned j = 0; j < n; ++j) {
          for (unsigned s = 0; s < k; ++s) {
            row[s] = a[i * k + s];
            column[s] = b[s * n + j];
          }
          expected[i * n + j] = sumTruncated(row, column, c[i * n + j], p.a == "f16" ? -14 : -126);
        }
      expectMatrix(p, multiply(p, a, b, c, MmaOrder::Truncated), expected);
    }
  }
}

/// The bits of c plus products of the pairs, as tensor cores add them.
uint64_t addTruncated(const Product &p, double c, const std::vector<std::pair<double, double>> &pairs) {
  auto [m, n, k] = p.extents();
  Matrix a(m * k), b(k * n), sums(m * n);
  for (size_t i = 0; i < pairs.size(); ++i) {
    a[i] = pairs[i].first;
    b[i * n] = pairs[i].second;
  }
  sums[0] = c;
  return multiply(p, a, b, sums, MmaOrder::Truncated).front().lane[0];
}

TEST(Mma, KeepsTwoBitsBelowTheLargestTerm) {
  const Product p{"m16n8k16", "f32", "bf16", "bf16", "f32"};
  EXPECT_EQ(addTruncated(p, 1, {{0x1p-12, 0x1p-12}}), 0x3f800000u);
  EXPECT_EQ(addTruncated(p, 1, {{0x1p-12, 0x1p-12}, {0x1p-12, 0x1p-12}}), 0x3f800001u);
  EXPECT_EQ(addTruncated(p, 1, {4, {0x1p-12, 0x1p-13}}), 0x3f800001u);
  EXPECT_EQ(addTruncated(p, 1, {16, {0x1p-13, 0x1p-13}}), 0x3f800000u);
  // A large product drops the accumulator as well.
  EXPECT_EQ(addTruncated(p, 0.5, {{0x1p12, 0x1p12}, {0x1p12, -0x1p12}}), 0x3f000000u);
  EXPECT_EQ(addTruncated(p, 0.25, {{0x1p12, 0x1p12}, {0x1p12, -0x1p12}}), 0u);
  // The exponent of 1.5 * 1.5 is 0.
  EXPECT_EQ(addTruncated(p, 0x1p-25, {{1.5, 1.5}, {-1.5, 1.5}}), 0x33000000u);
}

TEST(Mma, TruncatesSumsTowardsZero) {
  const Product p{"m16n8k16", "f32", "bf16", "bf16", "f32"};
  // Three quarters of the last bit are lost in either direction.
  EXPECT_EQ(addTruncated(p, 1, {3, {0x1p-12, 0x1p-13}}), 0x3f800000u);
  EXPECT_EQ(addTruncated(p, -1, {3, {-0x1p-12, 0x1p-13}}), 0xbf800000u);
  EXPECT_EQ(addTruncated(p, 1, {{-0x1p-12, 0x1p-13}}), 0x3f7fffffu);
  EXPECT_EQ(addTruncated(p, -1, {{0x1p-12, 0x1p-13}}), 0xbf7fffffu);
}

TEST(Mma, TruncatesEachBlock) {
  // One past 2^24 is lost, two in one block are not.
  const Product bytes{"m16n8k32", "f32", "e4m3", "e4m3", "f32"};
  std::vector<std::pair<double, double>> pairs(32);
  pairs[0] = pairs[15] = {1, 1};
  EXPECT_EQ(addTruncated(bytes, 0x1p24, pairs), 0x4b800001u);
  std::swap(pairs[15], pairs[16]);
  EXPECT_EQ(addTruncated(bytes, 0x1p24, pairs), 0x4b800000u);
}

TEST(Mma, TruncatesAtTheEndsOfTheRange) {
  const Product p{"m16n8k16", "f32", "bf16", "bf16", "f32"}, halves{"m16n8k16", "f32", "f16", "f16", "f32"};
  EXPECT_EQ(addTruncated(p, 0, {{0x1p63, 0x1p63}, {0x1p63, 0x1p63}}), 0x7f000000u);
  EXPECT_EQ(addTruncated(p, 0, {{0x1p64, 0x1p64}, {-0x1p64, 0x1p63}}), 0x7f000000u);
  EXPECT_EQ(addTruncated(p, 0, {{0x1p64, 0x1p63}, {0x1p64, 0x1p63}}), 0x7f800000u);
  EXPECT_EQ(addTruncated(p, 0, {{0x1p100, -0x1p100}}), 0xff800000u);
  EXPECT_EQ(addTruncated(p, 1, {{0x1p100, 0x1p100}, {0x1p100, -0x1p100}}), 0u);
  EXPECT_EQ(addTruncated(p, 0x1p-149, {{0x1p-75, 0x1p-74}}), 0x00000002u);
  EXPECT_EQ(addTruncated(p, 0, {{0x1p-75, -0x1p-75}}), 0x80000000u);
  EXPECT_EQ(addTruncated(p, 0, {{0x1p-133, 0x1p100}}), 0x2f000000u); // a denormal
  // Denormals of f16 have the exponent of 2^-14.
  EXPECT_EQ(addTruncated(halves, 0x1p-39, {{0x1p-24, 1}}), 0x33800100u);
  EXPECT_EQ(addTruncated(halves, 0x1p-40, {{0x1p-24, 1}}), 0x33800000u);
}

TEST(Mma, TruncatedSumsHaveInfinityAndNan) {
  const Product p{"m16n8k16", "f32", "bf16", "bf16", "f32"};
  const double infinity = HUGE_VAL, nan = std::nan("");
  EXPECT_EQ(addTruncated(p, 1, {{infinity, 0x1p-126}}), 0x7f800000u);
  EXPECT_EQ(addTruncated(p, 1, {{infinity, -2}}), 0xff800000u);
  EXPECT_EQ(addTruncated(p, -infinity, {{1, 1}}), 0xff800000u);
  EXPECT_EQ(addTruncated(p, -infinity, {{infinity, 1}}), 0x7fffffffu);
  EXPECT_EQ(addTruncated(p, 1, {{infinity, 1}, {1, -infinity}}), 0x7fffffffu);
  EXPECT_EQ(addTruncated(p, 1, {{infinity, 0}}), 0x7fffffffu);
  EXPECT_EQ(addTruncated(p, 1, {{nan, 0}}), 0x7fffffffu);
  EXPECT_EQ(addTruncated(p, nan, {{1, 1}}), 0x7fffffffu);
}

/// One element's sum, written out: in f32 each product is exact, each sum is rounded.
double sumInOrder(std::span<const double> products, double c, MmaOrder order) {
  if (order == MmaOrder::Pairwise) {
    std::function<float(size_t, size_t)> tree = [&](size_t first, size_t count) -> float {
      return count == 1 ? float(products[first]) : tree(first, count / 2) + tree(first + count / 2, count / 2);
    };
    return float(c) + tree(0, products.size());
  }
  float sum = float(c);
  for (size_t i = 0; i < products.size(); ++i)
    sum += float(products[order == MmaOrder::Forward ? i : products.size() - 1 - i]);
  return sum;
}

TEST(Mma, RoundsEachSumInTheOrderAskedFor) {
  std::mt19937 random(17);
  std::normal_distribution<double> normal;
  for (const Product &p : productsOfFloats()) {
    auto [m, n, k] = p.extents();
    Matrix a = fill(m * k, [&]() { return roundTo(p.a, normal(random)); });
    Matrix b = fill(k * n, [&]() { return roundTo(p.b, normal(random)); });
    Matrix c = fill(m * n, [&]() { return roundTo(p.c, normal(random)); });
    std::vector<Matrix> results;
    for (MmaOrder order : {MmaOrder::Forward, MmaOrder::Reverse, MmaOrder::Pairwise}) {
      Matrix expected(m * n), terms(k);
      for (unsigned i = 0; i < m; ++i)
        for (unsigned j = 0; j < n; ++j) {
          for (unsigned s = 0; s < k; ++s)
            terms[s] = a[i * k + s] * b[s * n + j];
          expected[i * n + j] = sumInOrder(terms, c[i * n + j], order);
        }
      expectMatrix(p, multiply(p, a, b, c, order), expected);
      results.push_back(expected);
    }
    bool differ = results[0] != results[1] && results[1] != results[2] && results[0] != results[2];
    EXPECT_TRUE(differ || p.d == "f16") << p.text();
  }
}

TEST(Mma, IgnoresTheLowerBitsOfTf32) {
  Product p{"m16n8k4", "f32", "tf32", "tf32", "f32"};
  std::vector<Value> operands(7, splat(bitsOf(1.0f)));
  for (unsigned i = 0; i < 3; ++i)
    operands[i] = splat(bitsOf(1.0f) | 0x1fff);
  EXPECT_EQ(run(p.text(), operands).front().lane[0], bitsOf(5.0f));
}

TEST(Mma, ReadsEveryByte) {
  // Times one, beside zeros: e4m3 0x7e is 448, 0x7f NaN; e5m2 0x7b is 57344, 0x7c infinity.
  auto first = [](const std::string &types, uint64_t a, uint64_t one) {
    std::vector<Value> operands(10, splat(0));
    operands[0] = splat(a);
    operands[4] = splat(one);
    return run("mma.sync.aligned.m16n8k32.row.col.f32." + types +
                   ".f32 {%r0, %r1, %r2, %r3}, {%r4, %r5, %r6, %r7}, "
                   "{%r8, %r9}, {%r0, %r1, %r2, %r3}",
               operands)
        .front()
        .lane[0];
  };
  EXPECT_EQ(first("e4m3.e4m3", 0x7e, 0x38), bitsOf(4 * 448.0f)); // four lanes share the row
  EXPECT_EQ(first("e4m3.e4m3", 0x7f, 0x38), 0x7fffffffu);
  EXPECT_EQ(first("e5m2.e4m3", 0xfb, 0x38), bitsOf(4 * -57344.0f));
  EXPECT_EQ(first("e5m2.e4m3", 0x7c, 0x38), 0x7f800000u);
}

TEST(Mma, SaturatesIntegers) {
  Product p{"m8n8k16", "s32", "s8", "s8", "s32"};
  Matrix a(8 * 16, 127), b(16 * 8, 127), c(8 * 8, 2147483647.0);
  expectMatrix(p, multiply(p, a, b, c, MmaOrder::Forward, ".satfinite"), c);
  Matrix wrapped(8 * 8, 2147483647.0 + 16 * 127 * 127 - 4294967296.0);
  expectMatrix(p, multiply(p, a, b, c, MmaOrder::Forward), wrapped);
}

TEST(Mma, CountsItsWork) {
  Operation operation = decode(products[1].text());
  EXPECT_TRUE(operation.isMma && operation.convergent && !operation.hasMemberMask);
  EXPECT_EQ(operation.flops, 2u * 16 * 8 * 16);
  EXPECT_EQ(operation.results, 4u);
}

} // namespace
} // namespace plait::emulator::test
