//===- width.c - the loops of a calibration, for one vector width ---------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file is compiled once for each vector width: LANES is the number of floats in
// a vector, and the instruction set comes from the compiler's flags.
//===----------------------------------------------------------------------===//

#include "tools/bench/calibrate/width.h"

typedef float Vector __attribute__((vector_size(4 * LANES), aligned(4)));

// Hides a vector from the optimiser: a sum that starts at its own fixed point would
// otherwise be left out, and the peak come out too high.
#if defined(__x86_64__)
#define OPAQUE(vector) __asm__ volatile("" : "+v"(vector))
#elif defined(__aarch64__)
#define OPAQUE(vector) __asm__ volatile("" : "+w"(vector))
#endif

// Enough independent sums to hide the latency of an FMA, few enough for 16 registers.
#define SUMS 12
#define UNROLL 8

static float total(const Vector *sums, int count) {
  float sum = 0;
  for (int i = 0; i < count; ++i)
    for (int lane = 0; lane < LANES; ++lane)
      sum += sums[i][lane];
  return sum;
}

static double fma_loop(int64_t iterations, float *sink) {
  Vector sums[SUMS], x = (Vector){0} + 0.999f, y = (Vector){0} + 0.001f;
  for (int i = 0; i < SUMS; ++i)
    sums[i] = (Vector){0} + (float)i;
  for (int64_t n = 0; n < iterations; ++n) {
#pragma clang loop unroll(full)
    for (int i = 0; i < SUMS; ++i) {
      sums[i] = sums[i] * x + y;
      OPAQUE(sums[i]);
    }
  }
  *sink = total(sums, SUMS);
  return 2.0 * SUMS * LANES * (double)iterations;
}

static void read_loop(const float *from, int64_t count, float *sink) {
  Vector sums[UNROLL] = {0};
  for (int64_t n = 0; n + UNROLL * LANES <= count; n += UNROLL * LANES) {
#pragma clang loop unroll(full)
    for (int i = 0; i < UNROLL; ++i)
      sums[i] += *(const Vector *)(from + n + i * LANES);
  }
  *sink = total(sums, UNROLL);
}

static void copy_loop(float *restrict to, const float *restrict from, int64_t count) {
  for (int64_t n = 0; n + UNROLL * LANES <= count; n += UNROLL * LANES) {
#pragma clang loop unroll(full)
    for (int i = 0; i < UNROLL; ++i)
      *(Vector *)(to + n + i * LANES) = *(const Vector *)(from + n + i * LANES);
  }
}

static void update_loop(float *data, int64_t count, float factor) {
  for (int64_t n = 0; n + UNROLL * LANES <= count; n += UNROLL * LANES) {
#pragma clang loop unroll(full)
    for (int i = 0; i < UNROLL; ++i)
      *(Vector *)(data + n + i * LANES) *= factor;
  }
}

const Width WIDTH = {LANES, fma_loop, read_loop, copy_loop, update_loop};
