//===- Bind.cpp - check arguments and describe them to kernels ------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file is on the path of every call: it compares numbers and writes descriptors.
// Messages are made in BindMessages.cpp once something is wrong.
//
//===----------------------------------------------------------------------===//

#include "runtime/src/call/Bind.h"

#include "runtime/src/call/Mismatch.h"

#include <cstring>

using namespace plait;

namespace {

bool sameType(DLDataType a, DLDataType b) { return std::memcmp(&a, &b, sizeof a) == 0; }

/// Gives the symbol of `dim` its value, or compares with the value it has.
bool bindExtent(const plait_dim &dim, int64_t extent, int64_t *symbols) {
  if (dim.symbol < 0)
    return extent == dim.factor;
  int64_t &value = symbols[dim.symbol];
  if (value < 0) {
    if (extent < 0 || (dim.factor != 1 && extent % dim.factor != 0))
      return false;
    value = dim.factor == 1 ? extent : extent / dim.factor;
    return true;
  }
  int64_t expected;
  return !__builtin_mul_overflow(value, dim.factor, &expected) && extent == expected;
}

/// Copies the strides or, without any, makes those of a compact array. Returns the first bad dimension, -1 if none.
int fillStrides(const DLTensor &tensor, bool written, const int64_t *sizes, int64_t *strides) {
  int rank = tensor.ndim;
  if (rank == 0)
    return -1;
  if (!tensor.strides) {
    uint64_t stride = 1;
    for (int d = rank - 1; d >= 0; --d) {
      strides[d] = int64_t(stride);
      stride *= uint64_t(sizes[d]);
    }
    return -1;
  }
  for (int d = 0; d < rank; ++d) {
    strides[d] = tensor.strides[d];
    if (written && strides[d] == 0 && sizes[d] > 1)
      return d;
  }
  if (strides[rank - 1] != 1 && sizes[rank - 1] > 1)
    return rank - 1;
  strides[rank - 1] = 1;
  return -1;
}

/// Checks one array and writes its descriptor.
Mismatch bindArgument(const ArgumentPlan &plan, const DLTensor *tensor, Bindings &bindings) {
  if (!tensor)
    return {Mismatch::NoTensor};
  int32_t place = placeOf(*tensor);
  if (place != bindings.device) [[unlikely]] {
    if (place == elsewhere || bindings.device != undecided)
      return {Mismatch::Device};
    bindings.device = place;
  }
  if (!sameType(tensor->dtype, plan.type))
    return {Mismatch::Type};
  int rank = int(plan.shape.size());
  if (tensor->ndim != rank)
    return {Mismatch::Rank};
  if (rank && !tensor->shape)
    return {Mismatch::NoShape};

  int64_t *words = bindings.next, *sizes = words + 3, *strides = sizes + rank;
  bool empty = false;
  for (int d = 0; d < rank; ++d) {
    sizes[d] = tensor->shape[d];
    if (!bindExtent(plan.shape[size_t(d)], sizes[d], bindings.symbols))
      return {Mismatch::Extent, d};
    empty |= sizes[d] == 0;
  }
  int bad = fillStrides(*tensor, plan.argument->direction != pack::Direction::In, sizes, strides);
  if (bad >= 0)
    return {Mismatch::Stride, bad};

  uintptr_t data = reinterpret_cast<uintptr_t>(tensor->data) + tensor->byte_offset;
  if (!tensor->data && !empty)
    return {Mismatch::NoData};
  if (data & (plan.type.bits / 8u - 1))
    return {Mismatch::Alignment};
  words[0] = words[1] = int64_t(data);
  words[2] = 0;
  return {};
}

} // namespace

Status plait::bindArguments(const plait_function &function, const DLTensor *const *arguments, size_t count,
                            Bindings &bindings) {
  if (count != function.arguments.size() || (count && !arguments))
    return describeCount(function, arguments ? count : 0);
  for (size_t i = 0; i < function.entry.symbols.size(); ++i)
    bindings.symbols[i] = -1;
  bindings.device = count ? undecided : onHost;
  bindings.next = bindings.words;
  for (size_t i = 0; i < count; ++i) {
    const ArgumentPlan &plan = function.arguments[i];
    Mismatch mismatch = bindArgument(plan, arguments[i], bindings);
    if (mismatch.kind != Mismatch::None) [[unlikely]]
      return describe(mismatch, function, i, arguments[i], bindings);
    bindings.operands[i] = bindings.next;
    bindings.next += 3 + 2 * plan.shape.size();
  }
  return nullptr;
}

/// The bytes of a temporary, rounded up to 64. False when they don't fit in 63 bits.
static bool temporarySize(const pack::Temporary &temporary, const int64_t *symbols, uint64_t &size) {
  int64_t bytes = int64_t(pack::elementSize(temporary.type));
  for (const pack::Dim &dim : temporary.shape) {
    int64_t extent = dim.factor;
    if (dim.symbol != pack::noSymbol && __builtin_mul_overflow(extent, symbols[dim.symbol], &extent))
      return false;
    if (__builtin_mul_overflow(bytes, extent, &bytes))
      return false;
  }
  if (bytes > INT64_MAX - 63)
    return false;
  size = (uint64_t(bytes) + 63) / 64 * 64;
  return true;
}

static void bindTemporary(const pack::Temporary &temporary, uint64_t address, size_t operand, Bindings &bindings) {
  int64_t *words = bindings.next;
  size_t rank = temporary.shape.size();
  words[0] = words[1] = int64_t(address);
  words[2] = 0;
  uint64_t stride = 1;
  for (size_t d = rank; d-- > 0;) {
    const pack::Dim &dim = temporary.shape[d];
    int64_t extent = dim.symbol == pack::noSymbol ? dim.factor : dim.factor * bindings.symbols[dim.symbol];
    words[3 + d] = extent;
    words[3 + rank + d] = int64_t(stride);
    stride *= uint64_t(extent);
  }
  bindings.operands[operand] = words;
  bindings.next += 3 + 2 * rank;
}

Status plait::sizeTemporaries(const plait_function &function, const pack::Variant &variant, const int64_t *symbols,
                              uint64_t &total) {
  total = 0;
  uint64_t size = 0;
  for (const pack::Temporary &temporary : variant.temporaries)
    if (!temporarySize(temporary, symbols, size) || __builtin_add_overflow(total, size, &total))
      return failure(PLAIT_OUT_OF_MEMORY, function.entry.name, ": the arrays ask for temporaries of over 2^63 bytes");
  return nullptr;
}

Status plait::takeWorkspace(const plait_function &function, const plait_call_options &options, DLDevice device,
                            uint64_t size, uint64_t &memory) {
  constexpr uint64_t alignment = 64;
  memory = reinterpret_cast<uintptr_t>(options.workspace(options.workspace_ctx, device, size));
  if (!memory)
    return failure(PLAIT_OUT_OF_MEMORY, function.entry.name, ": expects a workspace of ", size, " bytes, but got NULL");
  if (uint64_t rest = memory % alignment)
    return failure(PLAIT_INVALID_ARGUMENT, function.entry.name, ": expects a workspace aligned to ", alignment,
                   " bytes, but its address modulo that is ", rest);
  return nullptr;
}

void plait::bindTemporaries(const plait_function &function, const pack::Variant &variant, uint64_t memory,
                            Bindings &bindings) {
  size_t operand = function.arguments.size();
  for (const pack::Temporary &temporary : variant.temporaries) {
    uint64_t size = 0;
    temporarySize(temporary, bindings.symbols, size);
    bindTemporary(temporary, memory, operand++, bindings);
    memory += size;
  }
}
