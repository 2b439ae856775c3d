//===- grammar.cu - what nvcc writes as grammar.ptx -----------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file became grammar.ptx by `nvcc -ptx -arch=sm_90a -lineinfo grammar.cu`, but for the folders of files.
#include <cooperative_groups.h>
#include <cuda_bf16.h>
#include <cuda_fp16.h>
__constant__ float table[4][3] = {{1, 2, 3}, {4, 5, 6.5f}};
__device__ int counter = 7;
__device__ int *pointer = &counter;
__device__ const char *names[2] = {"abc", "de"};
#include <cstdio>
struct S {
  char a;
  int *p;
  short b;
  double d;
};
__device__ S mixed = {1, &counter, 3, 2.5};
extern __shared__ __align__(128) unsigned char dynamic[];
__device__ __noinline__ float4 helper(float4 a, int b) {
  a.x += b;
  a.y *= table[b & 3][b % 3];
  return a;
}
__device__ float (*fp[2])(float);
__device__ __noinline__ float f0(float x) { return x + 1; }
__device__ __noinline__ float f1(float x) { return x * 2; }
__device__ float (*fps[2])(float) = {f0, f1};
__device__ __noinline__ int fib(int n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }
extern "C" __global__ void __launch_bounds__(256, 2) k(float *o, const float4 *in, S s, int n) {
  __shared__ float tile[16][17];
  int t = threadIdx.x;
  float local[32];
  for (int i = 0; i < n; ++i)
    local[i & 31] = in[i].x;
  tile[t & 15][t >> 4] = local[t & 31];
  __syncthreads();
  switch (n) {
  case 0:
    o[0] = 1;
    break;
  case 1:
    o[1] = sinf(o[0]);
    break;
  case 2:
    o[3] = 4;
    break;
  case 3:
    o[6] = 2;
    break;
  case 4:
    o[7] = 3;
    break;
  case 5:
    o[8] = o[7] * 2;
    break;
  case 6:
    o[9] = 1;
    break;
  }
  float4 h = helper(in[t], n);
  o[t] = tile[t >> 4][t & 15] + h.x + fps[n & 1](h.y) + fib(n) + *(float *)dynamic + s.d + *s.p + counter +
         names[n & 1][0];
  atomicAdd(o, 1.0f);
  if (__shfl_xor_sync(~0u, t, 1) > 3 && __any_sync(~0u, n > 2))
    printf("hi %d\n", t);
  asm volatile("{ .reg .b32 r; .reg .pred p; mov.b32 r, 1; setp.eq.s32 p, r, %0; @p bra DONE; DONE: }" ::"r"(n));
  if (n == 77)
    __trap();
  asm volatile("{ .reg .b32 r; mov.b32 r, 2; }");
}
__global__ void __cluster_dims__(2, 1, 1) clus(half2 *a, __nv_bfloat16 *b) {
  a[threadIdx.x] = __hfma2(a[0], a[1], a[2]);
  b[0] = b[1] * b[2];
  cooperative_groups::this_cluster().sync();
}
