/*===- runtime.h - the C interface of Plait's runtime ------------------*- C -*-===*
 * SPDX-License-Identifier: Apache-2.0
 *
 * This file is the interface of libplait_runtime, and its manual; cuda.h adds CUDA. The
 * library loads compiled kernels from packs and runs them; it holds the thread
 * pool, the disk cache of compiled packs and the tuning database. It contains no
 * compiler, never prints, never exits and needs no initialisation.
 *
 * Conventions
 *  - A function that can fail returns a plait_status*: NULL means success,
 *    anything else is an object that the caller releases.
 *  - Objects are opaque and named by their release function. A `const char *` that
 *    comes back belongs to the object it was asked from, unless said otherwise.
 *  - Results are written through the last parameters, and only on success.
 *  - NULL for a name, a path, data or another input is an error. Objects and places for
 *    results may not be NULL, unless said otherwise.
 *  - Every function may be called from any thread at any time, also in a child
 *    after fork(). Releasing an object while another thread still uses that very
 *    reference is the one thing to avoid.
 *===-----------------------------------------------------------------------===*/

#ifndef PLAIT_RUNTIME_H
#define PLAIT_RUNTIME_H

#include <dlpack/dlpack.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PLAIT_API __attribute__((visibility("default")))

/*===-- Version -----------------------------------------------------------===*/

/* The version of this header. */
#define PLAIT_VERSION "0.1.0"

/* The interface between a kernel and this runtime. A pack states the number it was
 * compiled for and is refused by a runtime with another one. */
#define PLAIT_ABI_VERSION 2

/* Returns the version of the loaded library, a string that lives for ever. */
PLAIT_API const char *plait_version(void);

/*===-- Status ------------------------------------------------------------===*/

/* What kind of failure a status stands for. */
typedef enum plait_code {
  /* Success; plait_status_code(NULL). */
  PLAIT_OK = 0,
  /* A value, stride, alignment, count or setting is not what was expected. */
  PLAIT_INVALID_ARGUMENT = 1,
  /* An array has another rank or another extent than was expected. */
  PLAIT_INVALID_SHAPE = 2,
  /* An array has the wrong element type or lives on the wrong device. */
  PLAIT_INVALID_TYPE = 3,
  /* Nothing has this name or this key. A cache miss is reported so. */
  PLAIT_NOT_FOUND = 4,
  /* A pack, cache entry or database is truncated or altered. */
  PLAIT_DAMAGED = 5,
  /* The request is well formed, but this machine or this version can't do it. */
  PLAIT_UNSUPPORTED = 6,
  /* The operating system or a driver refused: a folder that can't be written, a full disk,
   * an error of CUDA. */
  PLAIT_UNAVAILABLE = 7,
  /* Memory ran out. */
  PLAIT_OUT_OF_MEMORY = 8,
  /* The call did what it was asked, after mending something; the message says what. */
  PLAIT_RECOVERED = 9
} plait_code;

/* The outcome of a call that did not simply succeed. */
typedef struct plait_status plait_status;

/* Returns the kind of failure; PLAIT_OK for NULL. */
PLAIT_API plait_code plait_status_code(const plait_status *status);

/* Returns one line that says what was expected and what came, naming the kernel and
 * the argument; "" for NULL. The text lives as long as the status. */
PLAIT_API const char *plait_status_message(const plait_status *status);

/* Releases a status. NULL is allowed. */
PLAIT_API void plait_status_release(plait_status *status);

/* Bytes that the library hands out: a cached pack, or a text. */
typedef struct plait_blob plait_blob;

/* Returns the first byte. One zero byte follows the last, so that a text is a C string. */
PLAIT_API const void *plait_blob_data(const plait_blob *blob);

/* Returns the number of bytes, without the zero byte. */
PLAIT_API size_t plait_blob_size(const plait_blob *blob);

/* Releases the bytes. NULL is allowed. */
PLAIT_API void plait_blob_release(plait_blob *blob);

/*===-- Processor ---------------------------------------------------------===*/

/* Instruction sets have these names, in rising order: "x86-64", "x86-64-v3" (AVX2),
 * "x86-64-v4" (AVX-512) on x86; "aarch64" (NEON) on Arm. */

/* Returns the widest instruction set that the processor and the operating system
 * support. The string lives for ever. */
PLAIT_API const char *plait_cpu_isa(void);

/* Returns 1 when kernels of the instruction set `isa` run on this machine, else 0. */
PLAIT_API int plait_cpu_runs(const char *isa);

/* Returns the detected features, LLVM's names in alphabetical order with commas
 * between. The string lives for ever. */
PLAIT_API const char *plait_cpu_features(void);

/* Gives the instruction set to compile for and to pick kernels by: the value of the
 * environment variable PLAIT_TARGET, or plait_cpu_isa() when that is unset, empty or
 * "native". Fails when PLAIT_TARGET is unknown or does not run here. */
PLAIT_API plait_status *plait_target_isa(const char **isa);

/*===-- Packs -------------------------------------------------------------===*/

/* A pack is one file: a checksummed manifest and the machine code of its functions,
 * for one or several instruction sets. */
typedef struct plait_pack plait_pack;

/* A function of a pack, ready to be called. It lives as long as its pack. */
typedef struct plait_function plait_function;

/* Reads, checks and opens the pack at `path`. Truncated and altered packs are refused.
 * The caller releases the pack. */
PLAIT_API plait_status *plait_pack_open(const char *path, plait_pack **pack);

/* The same for a pack in memory. The bytes are copied, they may be freed afterwards. */
PLAIT_API plait_status *plait_pack_open_memory(const void *data, size_t size, plait_pack **pack);

/* Adds a reference; plait_pack_release gives it back. */
PLAIT_API void plait_pack_retain(plait_pack *pack);

/* Gives a reference back. With the last one the machine code is unloaded, though never
 * under a call that still runs. NULL is allowed. */
PLAIT_API void plait_pack_release(plait_pack *pack);

/* Returns the name and version of the compiler that made the pack. */
PLAIT_API const char *plait_pack_compiler(const plait_pack *pack);

/* Returns the number of functions in the pack. */
PLAIT_API size_t plait_pack_function_count(const plait_pack *pack);

/* Returns a function by its position, NULL past the end. */
PLAIT_API const plait_function *plait_pack_function(const plait_pack *pack, size_t index);

/* Finds a function by its name. */
PLAIT_API plait_status *plait_pack_find(const plait_pack *pack, const char *name, const plait_function **function);

/*===-- Functions ---------------------------------------------------------===*/

/* Which way the data of an argument goes. */
typedef enum plait_direction {
  /* Read, never written. */
  PLAIT_IN = 0,
  /* Written in full, its former content is not read. */
  PLAIT_OUT = 1,
  /* Read and updated in place. */
  PLAIT_IN_OUT = 2
} plait_direction;

/* One extent of a shape: factor * value(symbol), or factor itself. */
typedef struct plait_dim {
  /* Position of the symbol (see plait_function_symbol), -1 for a constant extent. */
  int32_t symbol;
  /* What the symbol is multiplied by, or the constant. */
  int64_t factor;
} plait_dim;

/* What a function expects of one argument. */
typedef struct plait_argument {
  /* The name in the source, for messages. */
  const char *name;
  /* Whether it is read, written, or both. */
  plait_direction direction;
  /* The element type; bf16 is kDLBfloat of 16 bits. */
  DLDataType dtype;
  /* The number of dimensions. */
  int32_t rank;
  /* `rank` extents, outermost first. */
  const plait_dim *shape;
} plait_argument;

/* One compiled form of a function. */
typedef struct plait_variant {
  /* The instruction set it is compiled for. */
  const char *isa;
  /* The schedule it is compiled with, as the compiler spells it. */
  const char *schedule;
  /* 1 when it runs on this machine's CPU (PLAIT_TARGET is not considered), else 0. */
  int runnable;
  /* Of CUDA kernels in machine code the most registers of a thread, and the most bytes that one
   * stores because registers are too few; 0 of others. */
  int32_t registers, spilled;
} plait_variant;

/* Returns the function's name. */
PLAIT_API const char *plait_function_name(const plait_function *function);

/* Returns the number of symbols, the sizes that are free at the call, such as B, T, H. */
PLAIT_API size_t plait_function_symbol_count(const plait_function *function);

/* Returns the name of a symbol, NULL past the end. */
PLAIT_API const char *plait_function_symbol(const plait_function *function, size_t index);

/* Returns the number of arguments, results included. */
PLAIT_API size_t plait_function_argument_count(const plait_function *function);

/* Describes an argument by its position in the call. */
PLAIT_API plait_status *plait_function_argument(const plait_function *function, size_t index, plait_argument *argument);

/* Returns the number of variants. */
PLAIT_API size_t plait_function_variant_count(const plait_function *function);

/* Describes a variant. Of one instruction set, the first is the default. */
PLAIT_API plait_status *plait_function_variant(const plait_function *function, size_t index, plait_variant *variant);

/*===-- Calls -------------------------------------------------------------===*/

/* A piece of a parallel loop: does the work items first .. last - 1. */
typedef void (*plait_range_body)(void *body_ctx, int64_t first, int64_t last);

/* A parallel loop of the host's. It calls `body` on ranges that cover 0 .. count - 1
 * once each, on any of its threads, and returns when all of them have returned. */
typedef void (*plait_parallel_for_fn)(void *ctx, int64_t count, plait_range_body body, void *body_ctx);

/* Memory that the caller gives to a call: `size` bytes, a multiple of 64, on the device of the call's
 * arrays, at a multiple of 64. NULL makes the call fail with PLAIT_OUT_OF_MEMORY, another address with
 * PLAIT_INVALID_ARGUMENT. It returns to its caller, without an exception or a longjmp. */
typedef void *(*plait_workspace_fn)(void *ctx, DLDevice device, size_t size);

/* How to make a call. Start from PLAIT_CALL_OPTIONS. */
typedef struct plait_call_options {
  /* sizeof(plait_call_options). Later versions append fields: those that a caller's older
   * header lacks are 0, and a size that this version does not know is an error. */
  size_t size;
  /* The most threads to use, the calling one included, at most PLAIT_MAX_THREADS;
   * 0 stands for plait_get_num_threads(). The result does not depend on it. */
  int32_t num_threads;
  /* Runs the work items instead of the built-in pool; NULL for the pool. It is not asked
   * when one thread is wanted, or the work is not worth two. */
  plait_parallel_for_fn parallel_for;
  /* Passed to parallel_for. */
  void *parallel_for_ctx;
  /* Runs the variant with exactly this schedule; NULL lets the pack's tuning table
   * choose, and where it is silent the default. */
  const char *schedule;
  /* Runs a variant of exactly this instruction set; NULL takes the widest that the
   * machine and PLAIT_TARGET (read when the pack was opened) allow. */
  const char *isa;
  /* For arrays on CUDA: the stream (a CUstream) of their device that the work goes into;
   * NULL is the default stream. */
  void *cuda_stream;
  /* Gives the memory for what a call's kernels pass on to each other, where there are several. Asked
   * at most once, by the calling thread, before the first kernel; the memory is used until the last
   * one ends, on CUDA in the order of the stream, and where the call fails, too. NULL for the
   * library's own: the CPU's is kept by the thread, CUDA's is allocated and freed in the order of
   * the stream. */
  plait_workspace_fn workspace;
  /* Passed to workspace. */
  void *workspace_ctx;
} plait_call_options;

#define PLAIT_CALL_OPTIONS {sizeof(plait_call_options), 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL}

/* Runs a function.
 *
 * `arguments` holds `count` arrays in the order of plait_function_argument. They are
 * borrowed for the call. Checked before anything runs, and refused with a message that
 * names function, argument, what was expected and what came:
 *  - all are on the CPU, or all on one device of CUDA; element type, rank and extents
 *    fit; the extents agree on the value of each symbol; no extent is negative;
 *  - the last dimension has stride 1 (or an extent of at most 1). Other strides are
 *    free for arrays that are read; in an array that is written, no stride is 0
 *    where the extent is more than 1. NULL strides mean row-major order without gaps;
 *  - the first element, byte_offset included, is aligned to the size of an element,
 *    and is not NULL unless the array is empty.
 * Arrays that are written may not overlap any other argument; this is not checked.
 *
 * Every extent may be 0. NULL options are the defaults. A call inside a work item of
 * the pool runs serially; two threads may call at once. Kernels run with rounding to
 * nearest and subnormal numbers, whatever mode the calling thread is in.
 *
 * On CUDA the call returns before the work is done, and never waits. The variant is of
 * the device's architecture or, without one, of PTX that the driver compiles for it. The
 * first call of a variant on a device loads it; later ones may be captured in a graph, and
 * allocate nothing but what `workspace` in the options could give them. Addresses and strides
 * in bytes must be multiples of what the kernel asks for, at most 16 (less with `alignment` in
 * its schedule); another alignment is an error too.
 */
PLAIT_API plait_status *plait_call(const plait_function *function, const DLTensor *const *arguments, size_t count,
                                   const plait_call_options *options);

/*===-- Threads -----------------------------------------------------------===*/

/* The most threads one may ask for. */
#define PLAIT_MAX_THREADS 1024

/* Gives the number of threads that calls use unless told otherwise: the value last set,
 * else the environment variable PLAIT_NUM_THREADS (read once), else the processors that
 * the affinity mask and the cgroup's quota leave to this process. Fails when
 * PLAIT_NUM_THREADS is neither empty nor a number from 1 to PLAIT_MAX_THREADS. */
PLAIT_API plait_status *plait_get_num_threads(int32_t *count);

/* Sets that number, 1 to PLAIT_MAX_THREADS, for the whole process. */
PLAIT_API plait_status *plait_set_num_threads(int32_t count);

/* Runs body(body_ctx, first, last) on ranges that cover 0 .. count - 1 once each, on the
 * pool that kernels use. `num_threads` is as in plait_call_options. Runs on the calling
 * thread alone when called from inside a body, or while another thread holds the pool.
 * A child that a body forks may not return from the body. */
PLAIT_API plait_status *plait_parallel_for(int64_t count, int32_t num_threads, plait_range_body body, void *body_ctx);

/*===-- Timing ------------------------------------------------------------===*/

/* One contender of plait_time_interleaved. */
typedef struct plait_candidate {
  /* The function to call. All candidates take the same arguments. */
  const plait_function *function;
  /* As in plait_call_options; NULL is the function's own choice. */
  const char *schedule;
  /* As in plait_call_options; NULL is the widest. */
  const char *isa;
} plait_candidate;

/* How to time. Start from PLAIT_TIMING_OPTIONS. */
typedef struct plait_timing_options {
  /* sizeof(plait_timing_options). */
  size_t size;
  /* How often each candidate is sampled, at least 1. */
  int32_t rounds;
  /* As in plait_call_options. */
  int32_t num_threads;
  /* A sample repeats the call until it lasts at least this long. */
  double min_sample_seconds;
  /* No new round starts after this time; one round is always made. */
  double max_seconds;
} plait_timing_options;

#define PLAIT_TIMING_OPTIONS {sizeof(plait_timing_options), 15, 1, 50e-6, 10.0}

/* What was found about a candidate. */
typedef struct plait_timing {
  /* 1 when its results have the very bits of the first candidate's; on CUDA, where
   * schedules may sum in other orders, a relative RMS difference of 1e-2 at most.
   * Candidates that differ are not timed. */
  int32_t matches;
  /* The number of samples taken. */
  int32_t samples;
  /* The shortest sample, in nanoseconds a call. */
  double min_ns;
  /* The median sample, in nanoseconds a call. */
  double median_ns;
} plait_timing;

/* Compares `candidate_count` candidates on one set of arguments: each is run once on
 * poisoned results and compared with the first, then they are timed in turn,
 * A B C A B C ..., so that a drift of the clock meets all of them alike. Writes one
 * element of `timings` for each candidate. Arrays that are updated in place start each
 * sample with the content they came with; in the end all results are those of one call
 * of the first candidate. The first error of any candidate is returned. */
PLAIT_API plait_status *plait_time_interleaved(const plait_candidate *candidates, size_t candidate_count,
                                               const DLTensor *const *arguments, size_t count,
                                               const plait_timing_options *options, plait_timing *timings);

/*===-- Disk cache --------------------------------------------------------===*/

/* The disk cache holds compiled packs, one checksummed file each, in the folder
 * PLAIT_CACHE_DIR, by default $XDG_CACHE_HOME/plait or ~/.cache/plait. It keeps to
 * PLAIT_CACHE_SIZE bytes (K, M and G may follow the number; 512M by default; 0 turns it
 * off) by dropping the entries that were not used for longest. Any number of processes
 * share it. Both variables are read at each call. */

/* One labelled part of a key, for example {"schedule", text, length}. Borrowed. */
typedef struct plait_key_part {
  /* What the part is; each label occurs once in a key. */
  const char *label;
  /* Its bytes. */
  const void *value;
  /* Their number. */
  size_t size;
} plait_key_part;

/* Writes the key of the parts, in any order: 64 hexadecimal digits of a SHA-256 and a
 * zero byte. */
PLAIT_API plait_status *plait_cache_key(const plait_key_part *parts, size_t count, char key[65]);

/* Looks the parts up. A hit gives the pack's bytes, released by the caller. A miss is
 * the status PLAIT_NOT_FOUND, PLAIT_DAMAGED (the entry is removed) or PLAIT_UNAVAILABLE
 * (the folder can't be used), with the reason in its message. */
PLAIT_API plait_status *plait_cache_get(const plait_key_part *parts, size_t count, plait_blob **pack);

/* Stores bytes under the parts. A failure leaves no partial file and may be ignored: the
 * status says why the entry could not be kept. */
PLAIT_API plait_status *plait_cache_put(const plait_key_part *parts, size_t count, const void *data, size_t size);

/* Says why the parts are not in the cache: the entry that is nearest to them and the
 * labels that differ, with both values. The caller releases the text. */
PLAIT_API plait_status *plait_cache_explain(const plait_key_part *parts, size_t count, plait_blob **text);

/* The state of the cache. */
typedef struct plait_cache_state {
  /* The folder. It need not exist yet. */
  char directory[4096];
  /* The most bytes it may hold. */
  uint64_t capacity;
  /* The bytes it holds now. */
  uint64_t bytes;
  /* The entries it holds now. */
  uint64_t entries;
  /* What this process has met so far. */
  uint64_t hits, misses, evictions;
} plait_cache_state;

/* Describes the cache. */
PLAIT_API plait_status *plait_cache_info(plait_cache_state *state);

/* Removes all entries and says how many there were; `removed` may be NULL. The tuning
 * database stays. */
PLAIT_API plait_status *plait_cache_clear(uint64_t *removed);

/*===-- Tuning database ---------------------------------------------------===*/

/* The tuning database is the file tuning.db (SQLite) in the cache's folder. A damaged one
 * is set aside as tuning.db.damaged (-2, -3 after it, where there is one already) and a
 * fresh one is started; the call that met it does its work and returns PLAIT_RECOVERED, or
 * PLAIT_DAMAGED where it looked for what the fresh one has not got. */

/* Returns the bucket of a size: the largest n with 2^n <= value, and 0 for value < 1.
 * Tuned choices hold for a bucket of the items (the product of all symbols but T,
 * that is B*H) and a bucket of the tokens (T). */
PLAIT_API int32_t plait_tuning_bucket(int64_t value);

/* What a measurement is about. Borrowed. */
typedef struct plait_tuning_key {
  /* The kernel, in a spelling that covers its whole definition. */
  const char *kernel;
  /* The head dimensions of keys and of values. */
  int32_t key_dim, value_dim;
  /* The element types, for example "f32,f32,f32". */
  const char *types;
  /* Bucket of B*H. */
  int32_t items_bucket;
  /* Bucket of T. */
  int32_t tokens_bucket;
  /* The instruction set. */
  const char *isa;
  /* Name and version of the compiler. */
  const char *compiler;
} plait_tuning_key;

/* What was measured. */
typedef struct plait_measurement {
  /* The schedule, as the compiler spells it. */
  const char *schedule;
  /* Nanoseconds a call: shortest and median sample. */
  double min_ns, median_ns;
  /* 1 when the result was compared with the reference. */
  int32_t checked;
  /* 1 for the schedule to use from now on; it takes the place of the one chosen before. */
  int32_t chosen;
} plait_measurement;

/* Stores a measurement. A former one of the same schedule is replaced, but stays chosen if
 * it was. Once the call has returned, killing the process loses nothing. */
PLAIT_API plait_status *plait_tuning_put(const plait_tuning_key *key, const plait_measurement *measurement);

/* Gives the chosen schedule as a text, released by the caller; PLAIT_NOT_FOUND if nothing
 * was chosen for this key. */
PLAIT_API plait_status *plait_tuning_best(const plait_tuning_key *key, plait_blob **schedule);

/* Gives all measurements of a key as JSON lines, fastest first, released by the caller. */
PLAIT_API plait_status *plait_tuning_list(const plait_tuning_key *key, plait_blob **lines);

/* Writes the whole database to a file, one JSON object a line. No partial file stays
 * after a failure. A device, a pipe or a symbolic link is written as it is. */
PLAIT_API plait_status *plait_tuning_export(const char *path);

/* Adds the measurements of such a file and says how many; `imported` may be NULL. A bad
 * line is an error that names it, and then nothing is added. */
PLAIT_API plait_status *plait_tuning_import(const char *path, uint64_t *imported);

#ifdef __cplusplus
}
#endif

#endif /* PLAIT_RUNTIME_H */
