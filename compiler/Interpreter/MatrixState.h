//===- MatrixState.h - the state of a recurrence ----------------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares S in R^{K x V}, keys as rows, with the few things that
// the recurrences do to it.
//===----------------------------------------------------------------------===//

#ifndef COMPILER_INTERPRETER_MATRIXSTATE_H
#define COMPILER_INTERPRETER_MATRIXSTATE_H

#include "compiler/Interpreter/Arrays.h"

#include <cmath>

namespace plait::interpreter {

using Row = llvm::SmallVector<double, 16>;

/// A view of the K x V elements of one batch and head.
class MatrixState {
public:
  MatrixState(double *data, int64_t keys, int64_t values) : data(data), keys(keys), values(values) {}

  /// S^T x, for x in R^K.
  Row read(const double *x) const {
    Row y(values, 0.0);
    for (int64_t k = 0; k < keys; ++k)
      for (int64_t v = 0; v < values; ++v)
        y[v] += data[k * values + v] * x[k];
    return y;
  }

  /// S <- S + x y^T.
  void write(const double *x, const double *y) {
    for (int64_t k = 0; k < keys; ++k)
      for (int64_t v = 0; v < values; ++v)
        data[k * values + v] += x[k] * y[v];
  }

  /// S <- diag(e^{g + shift}) S. The logs of rows lie `stride` apart: 0 is one
  /// for all.
  void decayRows(const double *g, int64_t stride, double shift = 0) {
    for (int64_t k = 0; k < keys; ++k) {
      double f = std::exp(g[k * stride] + shift);
      for (int64_t v = 0; v < values; ++v)
        data[k * values + v] *= f;
    }
  }

  /// The same by the log decays of a token: one a head, a token or a row, [H], [B, T, H] or [B, T, H, K].
  void decayRows(const Array &decay, int64_t batch, int64_t token, int64_t head, double shift = 0) {
    llvm::ArrayRef<int64_t> shape = decay.shape;
    int64_t number = shape.size() == 1 ? head : (batch * shape[1] + token) * shape[2] + head;
    bool each = shape.size() == 4;
    decayRows(decay.data.data() + number * (each ? keys : 1), each, shift);
  }

  /// S <- S diag(e^w).
  void decayColumns(const double *w) {
    for (int64_t v = 0; v < values; ++v) {
      double f = std::exp(w[v]);
      for (int64_t k = 0; k < keys; ++k)
        data[k * values + v] *= f;
    }
  }

private:
  double *data;
  int64_t keys, values;
};

} // namespace plait::interpreter

#endif // COMPILER_INTERPRETER_MATRIXSTATE_H
