/*===- cuda.h - CUDA devices and their memory, from C ------------------*- C -*-===*
 * SPDX-License-Identifier: Apache-2.0
 *
 * This file adds the devices of CUDA and their memory to runtime.h, whose conventions
 * hold here too. Nothing of CUDA is needed to compile or to link with it.
 *
 * The CUDA driver is a library that the first of these calls opens, for the life of the
 * process: libcuda.so.1, or the path that the environment variable PLAIT_CUDA_DRIVER says.
 * The word "emulator" there stands for libplait_cuda_emulator.so beside this library: it
 * runs and checks PTX on the host (runtime/emulator/README.md).
 * Devices are used through their primary contexts; the calling thread's current context
 * stays what it was. An error of the driver is reported with its name and text.
 * PLAIT_UNSUPPORTED stands for a driver that is absent, too old, or without a device. A
 * child after fork() can't use a driver that its parent opened: PLAIT_UNAVAILABLE.
 *===-----------------------------------------------------------------------===*/

#ifndef PLAIT_CUDA_H
#define PLAIT_CUDA_H

#include <plait/runtime.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Gives the number of devices; they are numbered from 0. */
PLAIT_API plait_status *plait_cuda_device_count(int32_t *count);

/* What is known of a device. */
typedef struct plait_cuda_properties {
  /* The driver's name for it. */
  char name[256];
  /* The compute capability: 9 and 0 for sm_90. */
  int32_t major, minor;
  /* The number of multiprocessors. */
  int32_t multiprocessors;
  /* The most bytes of shared memory for one block. */
  int32_t shared_memory;
  /* The bytes of its memory. */
  uint64_t memory;
} plait_cuda_properties;

/* Describes a device. */
PLAIT_API plait_status *plait_cuda_describe(int32_t device, plait_cuda_properties *properties);

/* Allocates memory of a device, aligned to 256 bytes, freed by plait_cuda_free. The
 * address is one of the device's; it is NULL for a size of 0. */
PLAIT_API plait_status *plait_cuda_allocate(int32_t device, size_t size, void **data);

/* Frees memory of a device, after all work on it. NULL is allowed. */
PLAIT_API plait_status *plait_cuda_free(int32_t device, void *data);

/* Copies `size` bytes from host memory to a device, after the work of its default
 * stream, and returns when they are there, for work of any stream. */
PLAIT_API plait_status *plait_cuda_copy_to_device(int32_t device, void *to, const void *from, size_t size);

/* The other way; it returns when the bytes are there. */
PLAIT_API plait_status *plait_cuda_copy_to_host(int32_t device, void *to, const void *from, size_t size);

/* Writes `word` into `count` words of 32 bits on a device, in the order of a stream (a CUstream of
 * the device; NULL is the default one), and does not wait for it; a graph may capture it. The first
 * is at a multiple of 4. `data` may be NULL where `count` is 0. */
PLAIT_API plait_status *plait_cuda_fill(int32_t device, void *data, uint32_t word, size_t count, void *stream);

/* Waits for all work on a device, and reports what failed in it. */
PLAIT_API plait_status *plait_cuda_synchronize(int32_t device);

#ifdef __cplusplus
}
#endif

#endif /* PLAIT_CUDA_H */
