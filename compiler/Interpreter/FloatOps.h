//===- FloatOps.h - float functions that several files need -----*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file defines the two kinds of maximum and minimum, by what they make of
// a NaN.
//===----------------------------------------------------------------------===//

#ifndef COMPILER_INTERPRETER_FLOATOPS_H
#define COMPILER_INTERPRETER_FLOATOPS_H

#include <algorithm>
#include <cmath>
#include <limits>

namespace plait::interpreter {

/// arith.maximumf: NaN where either is NaN, and +0 is more than -0.
inline double maximum(double x, double y) {
  if (std::isnan(x) || std::isnan(y))
    return std::numeric_limits<double>::quiet_NaN();
  if (x == y)
    return std::signbit(x) ? y : x;
  return std::max(x, y);
}

/// arith.minimumf.
inline double minimum(double x, double y) { return -maximum(-x, -y); }

/// arith.maxnumf: the number where one of them is NaN.
inline double maxnum(double x, double y) { return std::isnan(x) ? y : std::isnan(y) ? x : maximum(x, y); }

/// arith.minnumf.
inline double minnum(double x, double y) { return std::isnan(x) ? y : std::isnan(y) ? x : minimum(x, y); }

} // namespace plait::interpreter

#endif // COMPILER_INTERPRETER_FLOATOPS_H
