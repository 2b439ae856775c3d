/*===- fake_driver.h - what the fake CUDA driver was asked -----------*- C -*-===*
 * SPDX-License-Identifier: Apache-2.0
 *
 * This file is shared by the fake driver and the tests that look at its record.
 *===-----------------------------------------------------------------------===*/

#ifndef PLAIT_TESTS_RUNTIME_FAKE_DRIVER_H
#define PLAIT_TESTS_RUNTIME_FAKE_DRIVER_H

enum { fake_max_launches = 8, fake_max_words = 64 };

/* One cuLaunchKernel. */
struct fake_launch {
  char kernel[32];
  unsigned grid[3], block[3], shared;
  void *stream;
  /* The parameters, and their number. */
  long long words[fake_max_words];
  int count;
  /* The number of the device whose context was current. */
  int device;
};

/* All that was asked of modules and kernels. */
struct fake_record {
  struct fake_launch launches[fake_max_launches];
  int launch_count;
  /* Modules loaded and unloaded, attributes set, and the last one's number and value. */
  int loaded, unloaded, attributes, attribute, value;
  /* The stream of the last fill. */
  void *filled_in;
};

#endif /* PLAIT_TESTS_RUNTIME_FAKE_DRIVER_H */
