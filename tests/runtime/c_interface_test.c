/*===- c_interface_test.c - the runtime from C ------------------------*- C -*-===*
 * SPDX-License-Identifier: Apache-2.0
 *
 * This file uses the runtime as a C program does: the header in C11, the shared
 * library alone. It takes the path of a pack with the function "twice", runs it,
 * and then checks that neither a compiler nor Python came into the process.
 *===-----------------------------------------------------------------------===*/

#include <plait/runtime.h>

#include <stdio.h>
#include <string.h>

/* Prints a status, releases it and returns 1; returns 0 for success. */
static int failed(plait_status *status) {
  if (!status)
    return 0;
  fprintf(stderr, "error: %s\n", plait_status_message(status));
  plait_status_release(status);
  return 1;
}

static int run_twice(const char *path) {
  plait_pack *pack;
  const plait_function *twice;
  if (failed(plait_pack_open(path, &pack)) || failed(plait_pack_find(pack, "twice", &twice)))
    return 1;

  float in[6] = {1, 2, 3, 4, 5, 6}, out[6] = {0};
  int64_t shape[2] = {2, 3};
  DLTensor a = {in, {kDLCPU, 0}, 2, {kDLFloat, 32, 1}, shape, NULL, 0};
  DLTensor b = a;
  b.data = out;
  const DLTensor *arguments[2] = {&a, &b};
  plait_call_options options = PLAIT_CALL_OPTIONS;
  options.num_threads = 2;
  if (failed(plait_call(twice, arguments, 2, &options)))
    return 1;
  for (int i = 0; i < 6; ++i)
    if (out[i] != 2 * in[i]) {
      fprintf(stderr, "error: out[%d] expects %g, but got %g\n", i, 2 * in[i], out[i]);
      return 1;
    }

  /* A mistake is a message, not a crash. */
  plait_status *status = plait_call(twice, arguments, 1, NULL);
  int right = plait_status_code(status) == PLAIT_INVALID_ARGUMENT && strstr(plait_status_message(status), "twice");
  plait_status_release(status);
  plait_pack_release(pack);
  return !right;
}

/* Whether a library whose path has `part` is loaded. */
static int loaded(const char *part) {
  char line[4096];
  int found = 0;
  FILE *maps = fopen("/proc/self/maps", "r");
  while (maps && fgets(line, sizeof line, maps))
    if (strstr(line, ".so") && strstr(line, part))
      found = 1;
  if (maps)
    fclose(maps);
  return found;
}

int main(int argc, char **argv) {
  if (argc != 2 || run_twice(argv[1]))
    return 1;
  if (strcmp(plait_version(), PLAIT_VERSION) != 0 || plait_status_code(NULL) != PLAIT_OK)
    return 2;
  if (loaded("libLLVM") || loaded("libMLIR") || loaded("libpython") || !loaded("libplait_runtime")) {
    fprintf(stderr, "error: expects libplait_runtime and no LLVM, MLIR or Python among the loaded libraries\n");
    return 3;
  }
  return 0;
}
