/*===- CApi.h - the compiler for C -------------------------------------*- C -*-===*
 * SPDX-License-Identifier: Apache-2.0
 *
 * This file is the interface of libplait_compiler, which Python opens on the
 * first call that no cache can serve. Every function may be called from any
 * thread. Each one that can fail returns NULL, or a text that says what was
 * expected and what came, with locations; results are written only on success.
 * Texts and buffers that come back are released with plait_compiler_free.
 *===-----------------------------------------------------------------------===*/

#ifndef COMPILER_DRIVER_CAPI_H
#define COMPILER_DRIVER_CAPI_H

#include <dlpack/dlpack.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PLAIT_COMPILER_API __attribute__((visibility("default")))

/* "plait 0.1.0, llvm 22.1.8": a part of every cache key. It lives for ever. */
PLAIT_COMPILER_API const char *plait_compiler_version(void);

/* Compiles the functions of `ir` into a pack.
 *   targets    names with commas between: "x86-64-v4,sm_90a", or "native" for this
 *              machine's instruction set, with schedules for its cores. For CUDA the
 *              pack holds PTX and, where there is an assembler, cubins
 *   schedule   parameters such as "columns=2,rows=8"; "" is the default
 *   ptxas      the path of the assembler; "" lets the compiler look for one, "none" forbids it */
PLAIT_COMPILER_API char *plait_compiler_compile(const char *ir, size_t ir_size, const char *targets,
                                                const char *schedule, const char *ptxas, void **pack,
                                                size_t *pack_size);

/* Lists the schedules worth timing on a target, one a line, the default first: "" on a
 * CPU, and on CUDA what a model chooses for the size of a call.
 *   items       batches times heads, at least 1
 *   tokens      of each, at least 1
 *   processors  multiprocessors of the device, at least 1 */
PLAIT_COMPILER_API char *plait_compiler_schedules(const char *ir, size_t ir_size, const char *target, int64_t items,
                                                  int64_t tokens, int64_t processors, char **lines);

/* Prints the module at a stage: input, decomposed, tiled, bufferized, vector, llvm
 * (LLVM IR), and asm on the CPU or ptx on CUDA. */
PLAIT_COMPILER_API char *plait_compiler_print(const char *ir, size_t ir_size, const char *target, const char *schedule,
                                              const char *stage, char **text);

/* Runs a function in f64 from the definitions of its ops. `arguments` are row-major
 * arrays of f64, f32, i32 or i64; `results` are row-major f64 arrays of the shapes
 * that the function returns, which are filled. */
PLAIT_COMPILER_API char *plait_compiler_interpret(const char *ir, size_t ir_size, const char *entry,
                                                  const DLTensor *const *arguments, size_t argument_count,
                                                  const DLTensor *const *results, size_t result_count);

PLAIT_COMPILER_API void plait_compiler_free(void *memory);

#ifdef __cplusplus
}
#endif

#endif /* COMPILER_DRIVER_CAPI_H */
