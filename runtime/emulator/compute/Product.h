//===- Product.h - sums of products in a given order ------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file multiplies matrices whose elements lie as the lanes of a warp hold them:
// element e of lane l at e * 32 + l. Four neighbouring lanes hold four elements of
// one row of the accumulator, which is what is computed at a time.
//
//===----------------------------------------------------------------------===//

#ifndef PLAIT_RUNTIME_EMULATOR_COMPUTE_PRODUCT_H
#define PLAIT_RUNTIME_EMULATOR_COMPUTE_PRODUCT_H

#include "runtime/emulator/compute/Mma.h"

#include <cmath>
#include <cstring>

namespace plait::emulator {

/// Elements of one row of the accumulator, every second column.
template <typename T> using Quad [[gnu::vector_size(4 * sizeof(T))]] = T;
constexpr unsigned quad = 4;
/// Columns that a row of two quads covers.
constexpr unsigned columnBlock = 2 * quad;

/// Where the column of a matrix stands when those of each quad are side by side.
constexpr unsigned quadOrder(unsigned column) {
  return column / columnBlock * columnBlock + column % 2 * quad + column % columnBlock / 2;
}

constexpr unsigned mostElements = 32 * 32; ///< of a matrix of any shape

/// Where the quad of a row in an accumulator is, of every second of eight columns from `column` on.
template <typename T> T *quadOf(MmaShape shape, T *c, unsigned row, unsigned column, unsigned half) {
  unsigned element = (column / columnBlock * (shape.m / 8) + row / 8) * 2 + half;
  return c + element * warpSize + row % 8 * quad;
}

// By reference: how vectors are passed by value depends on the host.
template <typename T> void load(Quad<T> &to, const T *from) { std::memcpy(&to, from, sizeof(to)); }
template <typename T> void store(T *to, const Quad<T> &from) { std::memcpy(to, &from, sizeof(from)); }

template <typename T> void addProduct(T a, const Quad<T> &b, Quad<T> &sum) {
  if constexpr (std::is_same_v<T, double>)
    for (unsigned i = 0; i < quad; ++i)
      sum[i] = std::fma(a, b[i], sum[i]);
  else
    sum += a * b;
}

/// c += a b. `places` says where the element of each row and column of `a` lies; `b` is row-major, its
/// columns in quadOrder.
template <typename T> class Product {
public:
  Product(MmaShape shape, const uint16_t *places, const T *a, const T *b, T *c)
      : shape(shape), places(places), a(a), b(b), c(c) {}

  void add(MmaOrder order) {
    for (unsigned column = 0; column < shape.n; column += columnBlock)
      for (unsigned row = 0; row < shape.m; row += rows)
        order == MmaOrder::Pairwise ? addPairwise(row, column) : addInOrder(row, column, order == MmaOrder::Reverse);
  }

private:
  static constexpr unsigned rows = 4; ///< at a time: sums that do not wait for each other
  static constexpr unsigned mostSteps = 32;

  T *sums(unsigned row, unsigned column, unsigned half) const { return quadOf(shape, c, row, column, half); }

  /// Adds one product after the other.
  void addInOrder(unsigned row, unsigned column, bool isReverse) {
    Quad<T> sum[rows][2];
    for (unsigned r = 0; r < rows; ++r)
      for (unsigned half = 0; half < 2; ++half)
        load<T>(sum[r][half], sums(row + r, column, half));
    const uint16_t *place = places + row * shape.k;
    for (unsigned step = 0; step < shape.k; ++step) {
      unsigned k = isReverse ? shape.k - 1 - step : step;
      const T *factors = b + k * shape.n + column;
      Quad<T> even, odd;
      load<T>(even, factors);
      load<T>(odd, factors + quad);
      for (unsigned r = 0; r < rows; ++r) {
        T factor = a[place[r * shape.k + k]];
        addProduct<T>(factor, even, sum[r][0]);
        addProduct<T>(factor, odd, sum[r][1]);
      }
    }
    for (unsigned r = 0; r < rows; ++r)
      for (unsigned half = 0; half < 2; ++half)
        store<T>(sums(row + r, column, half), sum[r][half]);
  }

  /// Adds neighbouring products, then neighbouring sums, and to the accumulator last.
  void addPairwise(unsigned row, unsigned column) {
    for (unsigned r = row; r < row + rows; ++r) {
      for (unsigned half = 0; half < 2; ++half) {
        Quad<T> sum[mostSteps], factors, total;
        for (unsigned k = 0; k < shape.k; ++k) {
          load<T>(factors, b + k * shape.n + column + half * quad);
          sum[k] = a[places[r * shape.k + k]] * factors;
        }
        for (unsigned count = shape.k / 2; count; count /= 2)
          for (unsigned k = 0; k < count; ++k)
            sum[k] = sum[2 * k] + sum[2 * k + 1];
        T *to = sums(r, column, half);
        load<T>(total, to);
        store<T>(to, total + sum[0]);
      }
    }
  }

  const MmaShape shape;
  const uint16_t *const places;
  const T *const a, *const b;
  T *const c;
};

} // namespace plait::emulator

#endif // PLAIT_RUNTIME_EMULATOR_COMPUTE_PRODUCT_H
