//===- Bucket.cpp - sizes that share a tuned choice -----------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements plait_tuning_bucket.
//
//===----------------------------------------------------------------------===//

#include <plait/runtime.h>

#include <bit>

int32_t plait_tuning_bucket(int64_t value) { return value < 1 ? 0 : int32_t(std::bit_width(uint64_t(value))) - 1; }
