//===- compaction.cu - what is kept, side by side -------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file keeps the positive numbers of each warp and counts equal ones, by votes and
// matches. DEFECT names lanes in the mask of a vote that do not vote.
//
//===----------------------------------------------------------------------===//

extern "C" __global__ void compaction(const int *numbers, int *kept, int *counts, int *equals) {
  const unsigned all = 0xffffffffu;
  int at = blockIdx.x * blockDim.x + threadIdx.x, lane = threadIdx.x % 32, warp = at / 32;
  int number = numbers[at];
#ifdef DEFECT
  unsigned positive = 0;
  if (number > 0)
    positive = __ballot_sync(all, true);
#else
  unsigned positive = __ballot_sync(all, number > 0);
#endif
  if (number > 0)
    kept[warp * 32 + __popc(positive & ((1u << lane) - 1))] = number;
  unsigned equal = __match_any_sync(all, number);
  equals[at] = __popc(equal) * (__ffs(equal) - 1 == lane ? 1 : -1);
  int largest = __reduce_max_sync(all, number);
  if (lane == 0)
    counts[warp] = __any_sync(1u, positive != 0) ? __popc(positive) * 1000 + largest : -1;
}
