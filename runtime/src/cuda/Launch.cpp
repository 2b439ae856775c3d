//===- Launch.cpp - run the kernels of a variant on CUDA ------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file passes descriptors to kernels word by word, in the order that pack/Manifest.h
// fixes. The driver copies the words before a launch returns.
//
//===----------------------------------------------------------------------===//

#include "runtime/src/cuda/Launch.h"

#include "runtime/src/call/Grid.h"

#include <algorithm>

using namespace plait;
using namespace plait::cuda;

namespace {

/// The most blocks of a grid in direction x.
constexpr int64_t mostBlocks = INT32_MAX;

/// An operand's descriptor (Bind.h) without the second pointer and the offset.
struct Operand {
  size_t rank;
  int64_t *words;

  int64_t size(size_t dim) const { return words[3 + dim]; }
  int64_t stride(size_t dim) const { return words[3 + rank + dim]; }
};

/// Checks what copies of several elements rely on: where each row starts. Where no other row is, its stride is free.
Status checkAlignment(const plait_function &function, const pack::Argument &argument, const Operand &operand,
                      uint64_t alignment) {
  auto refuse = [&](const auto &...parts) {
    return failure(PLAIT_INVALID_ARGUMENT, function.entry.name, ": argument '", argument.name, "' expects ", parts...);
  };
  if (uint64_t rest = uint64_t(operand.words[0]) % alignment)
    return refuse("data aligned to ", alignment, " bytes on CUDA, but its address modulo that is ", rest);
  for (size_t d = 0; d + 1 < operand.rank; ++d) {
    uint64_t stride = uint64_t(operand.stride(d)) * pack::elementSize(argument.type);
    if (operand.size(d) > 1 && stride % alignment)
      return refuse("strides of a multiple of ", alignment, " bytes on CUDA, but dimension ", d, " has ",
                    int64_t(stride));
  }
  return nullptr;
}

/// The parameters of a kernel, addresses of 64-bit words each.
class Parameters {
public:
  void add(const Operand &operand) {
    add(operand.words[0]);
    for (size_t i = 0; i < 2 * operand.rank; ++i)
      add(operand.words[3 + i]);
  }
  void add(int64_t &word) { words[count++] = &word; }

  void **data() { return words; }

private:
  /// Those of all operands, grid extents x and y, and the first work item.
  void *words[Bindings::maxOperands * (1 + 2 * pack::maxRank) + 3];
  size_t count = 0;
};

Status launch(const plait_function &function, const DeviceFunction &place, const pack::Variant &variant,
              const pack::Launch &launch, Function kernel, const Bindings &bindings, Stream stream) {
  Grid grid;
  if (Status status = evaluateGrid(function.entry.name, launch, bindings.symbols, grid))
    return status;
  Parameters parameters;
  for (size_t i = 0; i < launch.operands.size(); ++i) {
    size_t index = launch.operands[i];
    size_t arguments = function.arguments.size();
    const auto &shape =
        index < arguments ? function.arguments[index].argument->shape : variant.temporaries[index - arguments].shape;
    Operand operand = {shape.size(), static_cast<int64_t *>(bindings.operands[index])};
    if (index < arguments)
      if (Status status = checkAlignment(function, *function.arguments[index].argument, operand, launch.alignment[i]))
        return status;
    parameters.add(operand);
  }
  int64_t x = int64_t(grid.x), y = int64_t(grid.y), first = 0;
  for (int64_t *word : {&x, &y, &first})
    parameters.add(*word);
  const Driver &driver = *place.context.driver;
  while (first < grid.items) {
    int64_t blocks = std::min(grid.items - first, mostBlocks);
    Result result = driver.launchKernel(kernel, unsigned(blocks), 1, 1, launch.threads, 1, 1, launch.shared, stream,
                                        parameters.data(), nullptr);
    if (Status status = driver.check(result, function.entry.name, ": can't launch '", launch.symbol,
                                     "' on CUDA device ", place.context.index))
      return status;
    first += blocks;
  }
  return nullptr;
}

Status pickVariant(const DeviceFunction &place, const Bindings &bindings, const plait_call_options &options,
                   const VariantPlan *&plan) {
  if (!options.schedule && !options.isa) {
    plan = place.table ? place.function.tuned(*place.table, bindings.symbols) : nullptr;
    if (!plan)
      plan = place.fallback;
    if (plan)
      return nullptr;
  }
  return place.find(options.schedule, options.isa, plan);
}

} // namespace

/// Launches the kernels of a variant, with temporaries in `memory`.
static Status launchKernels(const plait_function &function, const DeviceFunction &place, const LoadedVariant &loaded,
                            uint64_t memory, Bindings &bindings, Stream stream) {
  const pack::Variant &variant = *loaded.variant;
  bindTemporaries(function, variant, memory, bindings);
  for (size_t i = 0; i < loaded.kernels.size(); ++i)
    if (Status status = launch(function, place, variant, variant.launches[i], loaded.kernels[i], bindings, stream))
      return status;
  return nullptr;
}

/// The same, with temporaries that are the stream's while the kernels run.
static Status launchAllocating(const plait_function &function, const DeviceFunction &place, const LoadedVariant &loaded,
                               uint64_t size, Bindings &bindings, Stream stream) {
  const Driver &driver = *place.context.driver;
  DevicePointer memory = 0;
  if (Status status =
          driver.check(driver.memoryAllocateOrdered(&memory, size, stream), function.entry.name, ": can't allocate ",
                       size, " bytes for temporaries on CUDA device ", place.context.index))
    return status;
  Status status = launchKernels(function, place, loaded, memory, bindings, stream);
  Result freed = driver.memoryFreeOrdered(memory, stream);
  if (status)
    return status;
  return driver.check(freed, function.entry.name, ": can't free temporaries on CUDA device ", place.context.index);
}

Status cuda::launchAll(const plait_function &function, Bindings &bindings, const plait_call_options &options) {
  const DeviceFunction *place = nullptr;
  if (Status status = function.devices.get(function, bindings.device, place))
    return status;
  const VariantPlan *plan = nullptr;
  if (Status status = pickVariant(*place, bindings, options, plan))
    return status;
  uint64_t size = 0, memory = 0;
  if (Status status = sizeTemporaries(function, *plan->variant, bindings.symbols, size))
    return status;
  bool isGiven = size && options.workspace;
  if (isGiven) // before the context changes, which is the caller's
    if (Status status = takeWorkspace(function, options, {kDLCUDA, bindings.device}, size, memory))
      return status;
  CurrentDevice current;
  if (Status status = current.enter(place->context))
    return status;
  const LoadedVariant *loaded = nullptr;
  if (Status status = function.pack.modules.load(*place, *plan, loaded))
    return status;
  if (size && !isGiven)
    return launchAllocating(function, *place, *loaded, size, bindings, options.cuda_stream);
  return launchKernels(function, *place, *loaded, memory, bindings, options.cuda_stream);
}
