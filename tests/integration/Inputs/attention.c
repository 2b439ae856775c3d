//===- attention.c - compiled attention in a C program --------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file is a program as users write them: it includes the header that
// plait-compile made, calls its functions for three head dims, and compares them with
// the definition in double precision. It ends by looking at what is loaded.
//===----------------------------------------------------------------------===//

#include "libattention.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TOKENS = 70, HEADS = 2 };

typedef plait_status *Attention(const DLTensor *, const DLTensor *, const DLTensor *, const DLTensor *,
                                const plait_call_options *);

// Numbers between -1 and 1.
static float next_number(void) {
  static uint32_t state = 1;
  state = state * 1664525u + 1013904223u;
  return (float)(int32_t)state / 2147483648.0f;
}

static DLTensor random_tensor(int64_t *shape) {
  int64_t count = shape[0] * shape[1] * shape[2] * shape[3];
  float *data = malloc((size_t)count * sizeof *data);
  for (int64_t i = 0; i < count; ++i)
    data[i] = next_number();
  DLTensor tensor = {data, {kDLCPU, 0}, 4, {kDLFloat, 32, 1}, shape, NULL, 0};
  return tensor;
}

static double feature(float x) { return x > 0 ? x + 1.0 : exp(x); }

// The row of token t and head h.
static const float *row(const DLTensor *tensor, int t, int h) {
  return (const float *)tensor->data + (t * HEADS + h) * tensor->shape[3];
}

// The largest difference from sum_j (phi(q).phi(k_j)) v_j / (sum_j phi(q).phi(k_j) + eps).
static double largest_error(const DLTensor *q, const DLTensor *k, const DLTensor *v, const DLTensor *o) {
  int dim = (int)q->shape[3];
  double worst = 0, *sum = calloc((size_t)dim, sizeof *sum);
  for (int t = 0; t < TOKENS; ++t)
    for (int h = 0; h < HEADS; ++h) {
      double total = 1e-6;
      memset(sum, 0, (size_t)dim * sizeof *sum);
      for (int j = 0; j <= t; ++j) {
        double weight = 0;
        for (int d = 0; d < dim; ++d)
          weight += feature(row(q, t, h)[d]) * feature(row(k, j, h)[d]);
        total += weight;
        for (int d = 0; d < dim; ++d)
          sum[d] += weight * row(v, j, h)[d];
      }
      for (int d = 0; d < dim; ++d)
        worst = fmax(worst, fabs(sum[d] / total - row(o, t, h)[d]));
    }
  free(sum);
  return worst;
}

static int run(Attention *attention, int dim) {
  int64_t shape[4] = {1, TOKENS, HEADS, dim};
  DLTensor tensors[4];
  for (int i = 0; i < 4; ++i)
    tensors[i] = random_tensor(shape);
  plait_status *status = attention(&tensors[0], &tensors[1], &tensors[2], &tensors[3], NULL);
  if (status) {
    printf("error: %s\n", plait_status_message(status));
    plait_status_release(status);
    return 1;
  }
  double error = largest_error(&tensors[0], &tensors[1], &tensors[2], &tensors[3]);
  printf("head dim %d: %s\n", dim, error < 1e-5 ? "agrees" : "differs");
  for (int i = 0; i < 4; ++i)
    free(tensors[i].data);
  return error >= 1e-5;
}

// Names the libraries of this process that a compiled program has no need of.
static int report_libraries(void) {
  char line[4096];
  int found = 0;
  FILE *maps = fopen("/proc/self/maps", "r");
  while (maps && fgets(line, sizeof line, maps))
    if (strstr(line, "LLVM") || strstr(line, "MLIR") || strstr(line, "plait_compiler") || strstr(line, "libpython")) {
      printf("loaded: %s", line);
      found = 1;
    }
  if (maps)
    fclose(maps);
  if (!found)
    printf("no compiler and no Python is loaded\n");
  return found;
}

int main(void) {
  int wrong = run(attention_32, 32) + run(attention_64, 64) + run(attention_100, 100);
  return wrong + report_libraries();
}
