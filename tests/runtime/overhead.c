/*===- overhead.c - what the runtime itself costs ---------------------*- C -*-===*
 * SPDX-License-Identifier: Apache-2.0
 *
 * This file measures, on kernels that do next to nothing: a call, a parallel region,
 * the way from a cached pack to the first result, and what a tuner stores. It prints
 * minima, which other load on the machine disturbs least. What it stores goes to
 * PLAIT_CACHE_DIR. Usage: plait-runtime-overhead PACK [LIMIT], where LIMIT is the most
 * microseconds that a call may take.
 *===-----------------------------------------------------------------------===*/

#include <plait/runtime.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e6 + (double)time.tv_nsec * 1e-3;
}

static void check(plait_status *status) {
  if (!status)
    return;
  fprintf(stderr, "error: %s\n", plait_status_message(status));
  exit(1);
}

/* The shortest of many batches, in microseconds a call of `run`. */
static double shortest(void (*run)(void *), void *context, int batch) {
  double best = 1e9;
  for (int repeat = 0; repeat < 200; ++repeat) {
    double start = now();
    for (int i = 0; i < batch; ++i)
      run(context);
    double time = (now() - start) / batch;
    best = time < best ? time : best;
  }
  return best;
}

typedef struct {
  const plait_function *function;
  const DLTensor *arguments[2];
  plait_call_options options;
} Call;

static void make_call(void *context) {
  Call *call = context;
  check(plait_call(call->function, call->arguments, 2, &call->options));
}

static void nothing(void *context, int64_t first, int64_t last) {}

static void empty_region(void *threads) { check(plait_parallel_for(64, *(int32_t *)threads, nothing, NULL)); }

/* A region that finds the threads asleep. */
static double late_region(int32_t threads) {
  double best = 1e9;
  struct timespec rest = {0, 1000000};
  for (int repeat = 0; repeat < 50; ++repeat) {
    nanosleep(&rest, NULL);
    double start = now();
    empty_region(&threads);
    double time = now() - start;
    best = time < best ? time : best;
  }
  return best;
}

static void store(void *unused) {
  plait_tuning_key key = {"overhead", 0, 0, "f32", 0, 0, plait_cpu_isa(), "none"};
  plait_measurement measurement = {"", 1, 1, 1, 0};
  check(plait_tuning_put(&key, &measurement));
}

/* From the disk cache to the first result. */
static double load(const plait_key_part *key, Call *call) {
  double start = now();
  plait_blob *blob;
  plait_pack *pack;
  check(plait_cache_get(key, 1, &blob));
  check(plait_pack_open_memory(plait_blob_data(blob), plait_blob_size(blob), &pack));
  check(plait_pack_find(pack, "twice", &call->function));
  make_call(call);
  double time = now() - start;
  plait_blob_release(blob);
  plait_pack_release(pack);
  return time;
}

static void fill_cache(const char *path, const plait_key_part *key) {
  FILE *file = fopen(path, "rb");
  static char bytes[1 << 20];
  size_t size = file ? fread(bytes, 1, sizeof bytes, file) : 0;
  if (file)
    fclose(file);
  check(plait_cache_put(key, 1, bytes, size));
}

int main(int argc, char **argv) {
  if (argc < 2)
    return 1;
  float in[4] = {1, 2, 3, 4}, out[4];
  int64_t shape[2] = {1, 4}, strides[2] = {4, 1};
  DLTensor a = {in, {kDLCPU, 0}, 2, {kDLFloat, 32, 1}, shape, strides, 0}, b = a;
  b.data = out;
  Call call = {NULL, {&a, &b}, PLAIT_CALL_OPTIONS};
  plait_key_part key = {"overhead", "1", 1};
  fill_cache(argv[1], &key);
  double first = load(&key, &call), later = first;
  for (int repeat = 0; repeat < 50; ++repeat) {
    double time = load(&key, &call);
    later = time < later ? time : later;
  }

  plait_pack *pack;
  check(plait_pack_open(argv[1], &pack));
  check(plait_pack_find(pack, "twice", &call.function));
  double one = shortest(make_call, &call, 1000);
  int32_t two = 2;
  double region = shortest(empty_region, &two, 1000), late = late_region(two), stored = shortest(store, NULL, 1);
  plait_pack_release(pack);
  printf("call with two arguments        %8.3f us\n"
         "empty region on two threads    %8.3f us\n"
         "the same, on sleeping threads  %8.3f us\n"
         "cached pack to result, first   %8.1f us\n"
         "cached pack to result, again   %8.1f us\n"
         "storing a measurement          %8.1f us\n",
         one, region, late, first, later, stored);
  double limit = argc > 2 ? atof(argv[2]) : 0;
  if (limit > 0 && one > limit) {
    fprintf(stderr, "error: a call expects at most %g us, but took %g\n", limit, one);
    return 1;
  }
  return 0;
}
