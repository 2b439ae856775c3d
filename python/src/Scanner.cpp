//===- Scanner.cpp - scans along any axis ---------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file merges the dimensions around an axis and calls the scan's kernel.
//===----------------------------------------------------------------------===//

#include "python/src/Scanner.h"

#include "python/src/Caller.h"

#include <algorithm>

namespace plait::python {

constexpr int64_t widestRow = 512, narrowestRow = 16;

Scanner::Scanner(nb::object make, nb::sequence inputs) : make(std::move(make)) {
  for (nb::handle name : inputs)
    names.push_back(nb::cast<std::string>(name));
}

namespace {
/// Dimensions that lie evenly in memory, as one.
struct Merged {
  int64_t extent = 1, stride = 1;
  bool even = true;
};

/// An array as [B, T, H, D], or as [B, H, D] where it has no axis.
struct Rows {
  DLTensor tensor;
  int64_t shape[4], strides[4];
};
} // namespace

static Merged merge(const Tensor &tensor, int first, int last) {
  Merged result;
  for (int i = first; i < last; ++i)
    if (tensor.shape[i] == 0)
      return {0, 1, true};
  for (int i = last - 1; i >= first; --i) {
    if (tensor.shape[i] == 1)
      continue;
    if (result.extent == 1)
      result.stride = tensor.strides[i];
    else if (tensor.strides[i] != result.stride * result.extent)
      result.even = false;
    result.extent *= tensor.shape[i];
  }
  return result;
}

/// The head dim that the elements after the axis are cut into.
static int64_t rowWidth(const Tensor &tensor, int axis) {
  if (axis == tensor.rank - 1)
    return 1;
  int64_t last = tensor.shape[tensor.rank - 1];
  if (last >= narrowestRow && last <= widestRow)
    return last;
  int64_t count = merge(tensor, axis + 1, tensor.rank).extent, best = 1;
  for (int64_t width = 1; width <= std::min(count, widestRow); ++width)
    if (count % width == 0 && (width % narrowestRow == 0 || best % narrowestRow != 0))
      best = width;
  return best;
}

static void refuseStrides(const std::string &name, const Tensor &tensor) {
  raise("ArgumentError", name +
                             ": expects dimensions that lie evenly in memory on both sides of the axis, but got "
                             "strides " +
                             spell(tensor.strides, tensor.rank) + "; pass a contiguous copy");
}

/// Lays `tensor` with the axis between `before` and `after`; `axis` is -1 where it has none.
static void lay(const std::string &name, const Tensor &tensor, int before, int after, int axis, int64_t width,
                Rows &rows) {
  Merged batch = merge(tensor, 0, before);
  bool ownRow = after < tensor.rank && tensor.shape[tensor.rank - 1] == width;
  Merged heads = merge(tensor, after, ownRow ? tensor.rank - 1 : tensor.rank);
  int64_t rowStride = ownRow ? tensor.strides[tensor.rank - 1] : 1;
  if (!batch.even || !heads.even || (!ownRow && heads.extent > 1 && heads.stride != 1))
    refuseStrides(name, tensor);
  if (!ownRow)
    heads = {heads.extent / width, width, true};
  int rank = 0;
  auto add = [&](int64_t extent, int64_t stride) {
    rows.shape[rank] = extent;
    rows.strides[rank++] = stride;
  };
  add(batch.extent, batch.stride);
  if (axis >= 0)
    add(tensor.shape[axis], tensor.strides[axis]);
  add(heads.extent, heads.stride);
  add(width, width > 1 ? rowStride : 1);
  rows.tensor = {tensor.data, placeOf(tensor.device), rank, tensor.dtype, rows.shape, rows.strides, 0};
}

/// A dense array of the shape of `like`, as a tensor.
static Result makeLike(const Tensor &like, Kind kind, Tensor &tensor) {
  Result result = makeResult(kind, like.dtype, like.shape, like.rank, like);
  tensor.device = like.device;
  tensor.data = result.data;
  tensor.dtype = like.dtype;
  tensor.rank = like.rank;
  int64_t stride = 1;
  for (int i = like.rank - 1; i >= 0; --i) {
    tensor.shape[i] = like.shape[i];
    tensor.strides[i] = stride;
    stride *= std::max<int64_t>(like.shape[i], 1);
  }
  return result;
}

static const char *dtypeName(DLDataType dtype) {
  return dtype.code == kDLBfloat ? "bf16" : dtype.bits == 32 ? "f32" : "f16";
}

static void checkLike(const std::string &name, const Tensor &tensor, const std::string &firstName,
                      const Tensor &first) {
  checkShape(name, tensor, first.shape, first.rank, ", the shape of " + firstName);
  checkPlace(name, tensor, firstName, first);
  if (tensor.dtype.code != first.dtype.code || tensor.dtype.bits != first.dtype.bits)
    raise("DtypeError", name + ": expects " + dtypeName(first.dtype) + ", the type of " + firstName + ", but got " +
                            dtypeName(tensor.dtype));
}

/// The value before the first element has the shape of the inputs without the axis.
static void checkInitial(const Tensor &initial, const Tensor &first, int axis) {
  int64_t expected[maxRank];
  int rank = 0;
  for (int i = 0; i < first.rank; ++i)
    if (i != axis)
      expected[rank++] = first.shape[i];
  checkShape("initial", initial, expected, rank);
  if (initial.dtype.bits != 32)
    raise("DtypeError", std::string("initial: expects f32, but got ") + dtypeName(initial.dtype));
}

nb::object Scanner::call(nb::sequence arrays, nb::object initial, int axis, nb::object threads, nb::object out) {
  std::vector<Tensor> inputs(names.size());
  std::vector<nb::object> held(names.size()); // a view of one lives no longer
  for (size_t i = 0; i < names.size(); ++i) {
    held[i] = arrays[i];
    readArray(names[i], held[i], inputs[i]);
    checkLike(names[i], inputs[i], names[0], inputs[0]);
  }
  const Tensor &first = inputs[0];
  int position = axis < 0 ? axis + first.rank : axis;
  if (position < 0 || position >= first.rank)
    raise("ShapeError", "axis: expects an axis of " + names[0] + ", which has " + std::to_string(first.rank) +
                            " dimensions, but got " + std::to_string(axis));
  int64_t width = rowWidth(first, position);

  std::vector<Rows> rows(names.size() + 2);
  std::vector<const DLTensor *> arguments;
  auto pass = [&](const std::string &name, const Tensor &tensor, int after, int own) {
    Rows &view = rows[arguments.size()];
    lay(name, tensor, position, after, own, width, view);
    arguments.push_back(&view.tensor);
  };
  for (size_t i = 0; i < names.size(); ++i)
    pass(names[i], inputs[i], position + 1, position);
  Tensor start;
  if (!initial.is_none()) {
    readArray("initial", initial, start);
    checkInitial(start, first, position);
    checkPlace("initial", start, names[0], first);
    pass("initial", start, position, -1);
  }
  Kind kind = kindOf(nb::handle(arrays[0]).ptr());
  Tensor target;
  Result made;
  if (out.is_none()) {
    made = makeLike(first, kind, target);
  } else {
    readArray("out", out, target);
    checkLike("out", target, names[0], first);
    checkWritable("out", target);
  }
  pass("out", target, position + 1, position);
  for (size_t i = 0; !out.is_none() && i + 1 < arguments.size(); ++i)
    if (rangeOf(*arguments.back()).overlaps(rangeOf(*arguments[i])))
      raise("ArgumentError", "out: expects memory that no other argument shares");

  int64_t alignment = rowAlignment(arguments);
  nb::object &function =
      functions[{first.dtype.code, first.dtype.bits, width, initial.is_none(), first.device, alignment}];
  if (!function.is_valid())
    function = make(dtypeName(first.dtype), width, !initial.is_none(), first.device, alignment);
  Caller caller(kind, first, threadCount(threads.is_none() ? nullptr : threads.ptr()));
  caller.call(nb::cast<Function &>(function).get(), arguments.data(), arguments.size());
  return out.is_none() ? finishResult(kind, std::move(made.object), arrays[0]) : out;
}

} // namespace plait::python
