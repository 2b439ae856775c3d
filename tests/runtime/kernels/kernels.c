/*===- kernels.c - tiny kernels written by hand -----------------------*- C -*-===*
 * SPDX-License-Identifier: Apache-2.0
 *
 * This file stands in for what the compiler emits: functions of the kernel interface
 * in a shared object without dependencies. It is built once for each TAG.
 *===-----------------------------------------------------------------------===*/

#include <stdint.h>

typedef struct {
  float *allocated, *aligned;
  int64_t offset, sizes[2], strides[2];
} Matrix;

typedef struct {
  int64_t *allocated, *aligned;
  int64_t offset, sizes[1], strides[1];
} Vector;

static float *at(const Matrix *m, int64_t row, int64_t column) {
  return m->aligned + m->offset + row * m->strides[0] + column * m->strides[1];
}

/* out[x, :] = 2 * in[x, :] */
void twice(void *const *args, void *scratch, uint32_t x, uint32_t y, uint32_t z) {
  const Matrix *in = args[0], *out = args[1];
  for (int64_t column = 0; column < in->sizes[1]; ++column)
    *at(out, x, column) = 2 * *at(in, x, column);
}

/* out[x, :] = in[x, :] / 4 */
void quarter(void *const *args, void *scratch, uint32_t x, uint32_t y, uint32_t z) {
  const Matrix *in = args[0], *out = args[1];
  for (int64_t column = 0; column < in->sizes[1]; ++column)
    *at(out, x, column) = 0.25f * *at(in, x, column);
}

/* Twice, off in the last bit of one element. */
void nearly_twice(void *const *args, void *scratch, uint32_t x, uint32_t y, uint32_t z) {
  twice(args, scratch, x, y, z);
  const Matrix *out = args[1];
  if (x == 0 && out->sizes[1] > 0)
    ++*(int32_t *)at(out, 0, 0);
}

/* Twice and slow. */
void slowly_twice(void *const *args, void *scratch, uint32_t x, uint32_t y, uint32_t z) {
  for (volatile int wait = 0; wait < 20000; ++wait)
    ;
  twice(args, scratch, x, y, z);
}

/* state[x, :] += in[x, :], in place */
void accumulate(void *const *args, void *scratch, uint32_t x, uint32_t y, uint32_t z) {
  const Matrix *in = args[0], *state = args[1];
  for (int64_t column = 0; column < in->sizes[1]; ++column)
    *at(state, x, column) += *at(in, x, column);
}

/* out[i] = i-th item's x, y, z in decimal, where i counts x fastest; the grid is 3 x 4 x n. */
void coordinates(void *const *args, void *scratch, uint32_t x, uint32_t y, uint32_t z) {
  const Vector *out = args[0];
  int64_t item = x + 3 * (y + 4 * (int64_t)z);
  out->aligned[item * out->strides[0]] = x + 10 * (int64_t)y + 100 * (int64_t)z;
}

/* out[3 i + x] = z for the z items i from y on, where no other call was: the grid is 3 x n. */
void neighbours(void *const *args, void *scratch, uint32_t x, uint32_t y, uint32_t z) {
  const Vector *out = args[0];
  for (int64_t i = y; i < (int64_t)y + z; ++i)
    out->aligned[3 * i + x] += z;
}

/* Goes through 4096 bytes of scratch; out[x] = 1 if nobody else wrote there meanwhile. */
void use_scratch(void *const *args, void *scratch, uint32_t x, uint32_t y, uint32_t z) {
  const Vector *out = args[0];
  volatile uint64_t *words = scratch;
  int64_t intact = ((uintptr_t)scratch & 63) == 0;
  for (int i = 0; i < 512; ++i)
    words[i] = x + (uint64_t)i;
  for (int i = 0; i < 512; ++i)
    intact &= words[i] == x + (uint64_t)i;
  out->aligned[x * out->strides[0]] = intact;
}

/* out[x] = TAG */
void tag(void *const *args, void *scratch, uint32_t x, uint32_t y, uint32_t z) {
  const Vector *out = args[0];
  out->aligned[x * out->strides[0]] = TAG;
}

/* Counts its items in out[0], for grids too large to visit; not safe for two threads. */
void count(void *const *args, void *scratch, uint32_t x, uint32_t y, uint32_t z) {
  const Vector *out = args[0];
  ++out->aligned[0];
  out->aligned[1] = x;
  out->aligned[2] = y;
  out->aligned[3] = z;
}
