/*===- fake_driver.c - a CUDA driver that refuses --------------------*- C -*-===*
 * SPDX-License-Identifier: Apache-2.0
 *
 * This file is a driver library that records what it is asked to launch, and for failures that a sound driver does not
 * have. The environment variable FAKE_CUDA_FAILS names the entry point that fails, and FAKE_CUDA_RESULT how;
 * FAKE_CUDA_CAPABILITY is that of its devices, 90 by default. Device memory is host memory, 1 MiB at most a piece. A
 * module is a text of kernels and their numbers of parameters, "twice 13"; one that begins with "bad" is refused. With
 * FAKE_CUDA_OLD it lacks an entry point.
 *===-----------------------------------------------------------------------===*/

#include "tests/runtime/fake_driver.h"

#include <stdlib.h>
#include <string.h>

#define API __attribute__((visibility("default")))
typedef unsigned long long device_pointer;

enum { invalid_value = 1, out_of_memory = 2, invalid_image = 200, invalid_context = 201, not_found = 500 };

static int devices = 2, depth, contexts[2];
static void *stack[16];
static struct fake_record record;

static int fails(const char *name) {
  const char *wanted = getenv("FAKE_CUDA_FAILS"), *result = getenv("FAKE_CUDA_RESULT");
  return wanted && strcmp(wanted, name) == 0 ? atoi(result) : 0;
}

#define REFUSE(name)                                                                                                   \
  if (fails(name))                                                                                                     \
  return fails(name)

/* What the tests ask: the contexts on the stack, and those ever retained. */
API int fake_depth(void) { return depth; }
API int fake_retained(void) { return contexts[0] + contexts[1]; }
API struct fake_record *fake_recorded(void) { return &record; }

static int capability(void) {
  const char *wanted = getenv("FAKE_CUDA_CAPABILITY");
  return wanted ? atoi(wanted) : 90;
}

API int cuGetErrorName(int result, const char **name) {
  *name = result == out_of_memory ? "CUDA_ERROR_OUT_OF_MEMORY" : result == 100 ? "CUDA_ERROR_NO_DEVICE" : NULL;
  return *name ? 0 : invalid_value;
}

API int cuGetErrorString(int result, const char **text) {
  *text = result == out_of_memory ? "out of memory" : result == 100 ? "no CUDA-capable device is detected" : NULL;
  return *text ? 0 : invalid_value;
}

API int cuInit(unsigned flags) {
  REFUSE("cuInit");
  return flags ? invalid_value : 0;
}

API int cuDeviceGetCount(int *count) {
  REFUSE("cuDeviceGetCount");
  *count = devices;
  return 0;
}

API int cuDeviceGet(int *device, int index) {
  REFUSE("cuDeviceGet");
  *device = index + 40; /* a handle is not the number */
  return 0;
}

API int cuDeviceGetName(char *name, int size, int device) {
  REFUSE("cuDeviceGetName");
  strncpy(name, device == 40 ? "Fake 0" : "Fake 1", (size_t)size);
  return 0;
}

API int cuDeviceGetAttribute(int *value, int attribute, int device) {
  REFUSE("cuDeviceGetAttribute");
  *value = attribute == 75   ? capability() / 10
           : attribute == 76 ? capability() % 10
           : attribute == 16 ? 132
           : attribute == 97 ? 232448
                             : -1;
  return device < 40 ? invalid_value : 0;
}

API int cuDeviceTotalMem_v2(size_t *size, int device) {
  REFUSE("cuDeviceTotalMem");
  *size = (size_t)80 << 30;
  return device < 40 ? invalid_value : 0;
}

API int cuDevicePrimaryCtxRetain(void **context, int device) {
  REFUSE("cuDevicePrimaryCtxRetain");
  ++contexts[device - 40];
  *context = &contexts[device - 40];
  return 0;
}

API int cuCtxPushCurrent_v2(void *context) {
  REFUSE("cuCtxPushCurrent");
  stack[depth++] = context;
  return 0;
}

API int cuCtxPopCurrent_v2(void **context) {
  *context = depth ? stack[--depth] : NULL;
  return *context ? 0 : invalid_context;
}

API int cuCtxSynchronize(void) {
  REFUSE("cuCtxSynchronize");
  return depth ? 0 : invalid_context;
}

API int cuMemAlloc_v2(device_pointer *data, size_t size) {
  if (!depth)
    return invalid_context;
  if (size > 1 << 20)
    return out_of_memory;
  *data = (device_pointer)(size_t)malloc(size);
  return 0;
}

API int cuMemFree_v2(device_pointer data) {
  REFUSE("cuMemFree");
  free((void *)(size_t)data);
  return depth ? 0 : invalid_context;
}

API int cuMemAllocAsync(device_pointer *data, size_t size, void *stream) {
  (void)stream;
  REFUSE("cuMemAllocAsync");
  return cuMemAlloc_v2(data, size);
}

API int cuMemFreeAsync(device_pointer data, void *stream) {
  (void)stream;
  REFUSE("cuMemFreeAsync");
  return cuMemFree_v2(data);
}

API int cuMemcpyHtoD_v2(device_pointer to, const void *from, size_t size) {
  REFUSE("cuMemcpyHtoD");
  memcpy((void *)(size_t)to, from, size);
  return depth ? 0 : invalid_context;
}

API int cuMemsetD32Async(device_pointer to, unsigned word, size_t count, void *stream) {
  REFUSE("cuMemsetD32Async");
  for (size_t i = 0; i < count; ++i)
    ((unsigned *)(size_t)to)[i] = word;
  record.filled_in = stream;
  return depth ? 0 : invalid_context;
}

API int cuStreamSynchronize(void *stream) {
  (void)stream;
  REFUSE("cuStreamSynchronize");
  return depth ? 0 : invalid_context;
}

#ifndef FAKE_CUDA_OLD
API int cuMemcpyDtoH_v2(void *to, device_pointer from, size_t size) {
  REFUSE("cuMemcpyDtoH");
  memcpy(to, (const void *)(size_t)from, size);
  return depth ? 0 : invalid_context;
}
#endif

/* Types are those of the runtime's table, which a sanitizer compares. */
API int cuModuleLoadDataEx(void **module, const void *image, unsigned count, const int *options, void *const *values) {
  REFUSE("cuModuleLoadDataEx");
  if (!depth)
    return invalid_context;
  if (count != 2 || options[0] != 5 || options[1] != 6 || (size_t)values[1] < 64)
    return invalid_value;
  if (strncmp(image, "bad", 3) == 0) {
    strcpy(values[0], "error   : no such\n\nerror   : instruction\n");
    return invalid_image;
  }
  ++record.loaded;
  *module = strdup(image);
  return 0;
}

API int cuModuleUnload(void *module) {
  ++record.unloaded;
  free(module);
  return depth ? 0 : invalid_context;
}

/* A kernel is its line in the module's text. */
API int cuModuleGetFunction(void **kernel, void *module, const char *name) {
  REFUSE("cuModuleGetFunction");
  *kernel = strstr(module, name);
  return *kernel ? 0 : not_found;
}

API int cuFuncSetAttribute(void *kernel, int attribute, int value) {
  REFUSE("cuFuncSetAttribute");
  ++record.attributes;
  record.attribute = attribute;
  record.value = value;
  return kernel && depth ? 0 : invalid_context;
}

API int cuLaunchKernel(void *kernel, unsigned gridX, unsigned gridY, unsigned gridZ, unsigned blockX, unsigned blockY,
                       unsigned blockZ, unsigned shared, void *stream, void *const *parameters, void *const *extra) {
  REFUSE("cuLaunchKernel");
  if (!depth || extra || record.launch_count == fake_max_launches)
    return invalid_value;
  const char *line = kernel;
  size_t length = strcspn(line, " ");
  struct fake_launch launch = {"", {gridX, gridY, gridZ}, {blockX, blockY, blockZ}, shared, stream, {0}, 0, 0};
  memcpy(launch.kernel, line, length);
  launch.count = atoi(line + length);
  for (int i = 0; i < launch.count; ++i)
    memcpy(&launch.words[i], parameters[i], sizeof launch.words[i]);
  launch.device = (int)((int *)stack[depth - 1] - contexts);
  record.launches[record.launch_count++] = launch;
  return 0;
}
