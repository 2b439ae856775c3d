//===- calibrate.c - what the core can do, and calls without Python -------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file is the interface of libplait_calibrate, which the benchmark driver opens:
// peaks of arithmetic and memory that kernels are measured against, and calls of a
// compiled function from C.
//===----------------------------------------------------------------------===//

#include "tools/bench/calibrate/width.h"

#include <plait/runtime.h>
#include <stdio.h>

#define EXPORT __attribute__((visibility("default")))

// Results land here so that no loop is left out as dead.
static volatile float sink;

static const Width *width(int lanes) {
#if defined(__x86_64__)
  if (lanes == 16)
    return &plait_width_16;
  if (lanes == 8)
    return &plait_width_8;
#endif
  return &plait_width_4;
}

// Floats in the widest vector of this machine.
EXPORT int plait_calibrate_lanes(void) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f"))
    return 16;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    return 8;
#endif
  return 4;
}

EXPORT double plait_calibrate_fma(int lanes, int64_t iterations) {
  float result;
  double flops = width(lanes)->fma(iterations, &result);
  sink = result;
  return flops;
}

EXPORT void plait_calibrate_read(const float *from, int64_t count) {
  float result;
  width(plait_calibrate_lanes())->read(from, count, &result);
  sink = result;
}

EXPORT void plait_calibrate_copy(float *to, const float *from, int64_t count) {
  width(plait_calibrate_lanes())->copy(to, from, count);
}

EXPORT void plait_calibrate_update(float *data, int64_t count, int64_t repeats) {
  for (int64_t i = 0; i < repeats; ++i)
    width(plait_calibrate_lanes())->update(data, count, 1.0f);
}

static const char *message(plait_status *status) {
  static char text[1024];
  if (!status)
    return NULL;
  snprintf(text, sizeof text, "%s", plait_status_message(status));
  plait_status_release(status);
  return text;
}

// Opens a pack that stays open and finds a function in it. Returns NULL or an error.
EXPORT const char *plait_calibrate_load(const void *data, size_t size, const char *name,
                                        const plait_function **function) {
  plait_pack *pack;
  const char *error = message(plait_pack_open_memory(data, size, &pack));
  return error ? error : message(plait_pack_find(pack, name, function));
}

// Calls a function on one thread, again and again. Returns NULL or an error.
EXPORT const char *plait_calibrate_call(const plait_function *function, const DLTensor *const *arguments, size_t count,
                                        int64_t calls) {
  plait_call_options options = PLAIT_CALL_OPTIONS;
  options.num_threads = 1;
  const char *error = NULL;
  for (int64_t i = 0; i < calls && !error; ++i)
    error = message(plait_call(function, arguments, count, &options));
  return error;
}
