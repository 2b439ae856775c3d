//===- locals.cu - arrays of a thread's own -------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file sorts a few numbers in each thread, in an array that is indexed at run time
// and so lies in local memory. DEFECT goes past the array's end.
//
//===----------------------------------------------------------------------===//

constexpr int count = 12;

extern "C" __global__ void locals(const int *numbers, const int *picks, int *sorted, int *picked) {
  int thread = blockIdx.x * blockDim.x + threadIdx.x;
  int own[count];
#pragma unroll 1
  for (int i = 0; i < count; ++i) {
    int number = numbers[thread * count + i], at = i;
#pragma unroll 1
    for (; at > 0 && own[at - 1] > number; --at)
      own[at] = own[at - 1];
    own[at] = number;
  }
  for (int i = 0; i < count; ++i)
    sorted[thread * count + i] = own[i];
#ifdef DEFECT
  picked[thread] = own[picks[thread] + count];
#else
  picked[thread] = own[picks[thread]];
#endif
}
