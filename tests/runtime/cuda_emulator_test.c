/*===- cuda_emulator_test.c - the emulator by its word ------------------*- C -*-===*
 * SPDX-License-Identifier: Apache-2.0
 *
 * This file uses CUDA memory from C with PLAIT_CUDA_DRIVER=emulator, which ctest
 * sets: the runtime library finds the emulator's beside itself.
 *===-----------------------------------------------------------------------===*/

#include <plait/cuda.h>

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

int main(void) {
  int32_t count = 0;
  plait_cuda_properties properties;
  if (failed(plait_cuda_device_count(&count)) || failed(plait_cuda_describe(0, &properties)))
    return 1;
  if (count != 1 || strcmp(properties.name, "Plait emulator of sm_80") || properties.major != 8) {
    fprintf(stderr, "error: expects an emulator of sm_80, but got %d devices, the first is %s\n", (int)count,
            properties.name);
    return 1;
  }
  char from[] = "some bytes", to[sizeof from] = "";
  void *data;
  if (failed(plait_cuda_allocate(0, sizeof from, &data)) ||
      failed(plait_cuda_copy_to_device(0, data, from, sizeof from)) ||
      failed(plait_cuda_copy_to_host(0, to, data, sizeof from)) || failed(plait_cuda_free(0, data)))
    return 1;
  return strcmp(from, to) != 0;
}
