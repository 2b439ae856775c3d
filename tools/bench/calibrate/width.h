//===- width.h - the loops of a calibration -----------------------*- C -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares what width.c defines for each vector width. Counts are of floats
// and multiples of 128.
//===----------------------------------------------------------------------===//

#ifndef TOOLS_BENCH_CALIBRATE_WIDTH_H
#define TOOLS_BENCH_CALIBRATE_WIDTH_H

#include <stdint.h>

typedef struct {
  // Floats in a vector.
  int lanes;
  // Multiplies and adds in registers; returns the number of flops.
  double (*fma)(int64_t iterations, float *sink);
  // Sums an array.
  void (*read)(const float *from, int64_t count, float *sink);
  // Copies an array, with ordinary stores.
  void (*copy)(float *restrict to, const float *restrict from, int64_t count);
  // Multiplies an array in place.
  void (*update)(float *data, int64_t count, float factor);
} Width;

extern const Width plait_width_4, plait_width_8, plait_width_16;

#endif // TOOLS_BENCH_CALIBRATE_WIDTH_H
