//===- halves.cu - arithmetic on f16 and bf16 -----------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file computes a polynomial in pairs of halves and of bfloats, and takes the larger
// of each and zero. DEFECT loads pairs from an odd address.
//
//===----------------------------------------------------------------------===//

#include <cuda_bf16.h>
#include <cuda_fp16.h>

extern "C" __global__ void halves(const __half *x, __half *y, const __nv_bfloat16 *u, __nv_bfloat16 *v) {
  int at = 2 * (blockIdx.x * blockDim.x + threadIdx.x);
#ifdef DEFECT
  at += 1;
#endif
  __half2 a = *reinterpret_cast<const __half2 *>(x + at), one = __float2half2_rn(1.0f);
  __half2 square = __hfma2(a, a, one), scaled = __hmul2(square, __floats2half2_rn(0.5f, -0.25f));
  *reinterpret_cast<__half2 *>(y + at) = __hmax2(__hsub2(scaled, a), __float2half2_rn(0.0f));
  __nv_bfloat162 b = *reinterpret_cast<const __nv_bfloat162 *>(u + at);
  __nv_bfloat162 sum = __hadd2(b, __hfma2(b, b, __float2bfloat162_rn(1.0f)));
  float2 wide = __bfloat1622float2(sum);
  *reinterpret_cast<__nv_bfloat162 *>(v + at) = __floats2bfloat162_rn(wide.x * 3.0f, wide.y / 3.0f);
}
