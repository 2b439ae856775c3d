//===- functions.cu - calls, recursion and a table of functions -----------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file calls functions of the device, one of them by itself, one through a pointer.
// DEFECT traps where a number is odd.
//
//===----------------------------------------------------------------------===//

__device__ __noinline__ int greatestDivisor(int a, int b) { return b == 0 ? a : greatestDivisor(b, a % b); }
__device__ __noinline__ int twice(int x) { return 2 * x; }
__device__ __noinline__ int square(int x) { return x * x; }
__device__ __noinline__ int negate(int x) { return -x; }

struct Pair {
  long long sum;
  int product;
};
__device__ __noinline__ Pair combine(const Pair &a, int b) { return {a.sum + b, a.product * b}; }

using Function = int (*)(int);
__device__ Function table[] = {twice, square, negate};

extern "C" __global__ void functions(const int *a, const int *b, int *divisors, int *applied, long long *combined) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  divisors[i] = greatestDivisor(a[i], b[i]);
  applied[i] = table[b[i] % 3](a[i]);
  Pair pair = combine({a[i], 1}, b[i]);
  combined[i] = pair.sum * pair.product;
#ifdef DEFECT
  if (a[i] % 2)
    __trap();
#endif
}
