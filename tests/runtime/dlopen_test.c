/*===- dlopen_test.c - the runtime opened at run time -----------------*- C -*-===*
 * SPDX-License-Identifier: Apache-2.0
 *
 * This file opens the library by its path, as hosts with plugins do, uses its threads
 * and closes it again.
 *===-----------------------------------------------------------------------===*/

#include <plait/runtime.h>

#include <dlfcn.h>
#include <stdio.h>

static void mark(void *marks, int64_t first, int64_t last) {
  for (int64_t i = first; i < last; ++i)
    ((char *)marks)[i] = 1;
}

int main(int argc, char **argv) {
  void *library = argc == 2 ? dlopen(argv[1], RTLD_NOW | RTLD_LOCAL) : NULL;
  if (!library) {
    fprintf(stderr, "error: %s\n", dlerror());
    return 1;
  }
  plait_status *(*parallel_for)(int64_t, int32_t, plait_range_body, void *);
  *(void **)&parallel_for = dlsym(library, "plait_parallel_for");
  char marks[100] = {0};
  if (!parallel_for || parallel_for(100, 3, mark, marks) != NULL)
    return 2;
  for (int i = 0; i < 100; ++i)
    if (!marks[i])
      return 3;
  /* The workers are still there and must not lose their code. */
  dlclose(library);
  return 0;
}
