//===- Plan.cpp - how a call becomes arguments of a function --------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file runs a plan: makes results, lays views over all arrays, and calls.
//===----------------------------------------------------------------------===//

#include "python/src/Plan.h"

#include "python/src/Caller.h"
#include "python/src/CudaArray.h"

#include <algorithm>
#include <bit>
#include <plait/cuda.h>

namespace plait::python {

static DLDataType dtypeOf(const std::string &name) {
  if (name == "bf16")
    return {kDLBfloat, 16, 1};
  return {kDLFloat, static_cast<uint8_t>(name == "f32" ? 32 : 16), 1};
}

Plan::Plan(nb::object resolve, nb::sequence fieldList, nb::sequence outputList, nb::sequence captureList, int states,
           bool returnsState)
    : resolve(std::move(resolve)), states(states), returnsState(returnsState) {
  for (nb::handle item : fieldList) {
    Field field{nb::cast<int>(item[0]),     nb::cast<int>(item[1]), nb::cast<int>(item[2]), nb::cast<int64_t>(item[3]),
                nb::cast<int64_t>(item[4]), nb::cast<int>(item[5]), nb::cast<bool>(item[6])};
    if (field.source == Field::State && field.stop > 0)
      stateWidths[field.position] = std::max(stateWidths[field.position], field.stop);
    takesPosition |= field.source == Field::Position;
    fields.push_back(field);
  }
  for (nb::handle item : outputList) {
    Output output{dtypeOf(nb::cast<std::string>(item[0])), {}};
    for (nb::handle extent : nb::borrow<nb::sequence>(item[1]))
      output.shape.emplace_back(nb::cast<int>(extent[0]), nb::cast<int64_t>(extent[1]));
    outputs.push_back(std::move(output));
  }
  for (nb::handle item : captureList)
    captured.push_back(nb::borrow(item));
  captures.resize(captured.size());
  for (size_t i = 0; i < captured.size(); ++i)
    readArray("a captured array", captured[i], captures[i], true);
  inPlace = returnsState && states > 0 && outputs.size() == 1;
  if (fields.size() > maxFields || states > maxStates)
    raise("UnsupportedError", "a variant expects at most " + std::to_string(maxFields) + " arrays and " +
                                  std::to_string(maxStates) + " recurrences, but got " + std::to_string(fields.size()) +
                                  " and " + std::to_string(states));
}

const Tensor &Plan::captureOn(int position, int32_t device) {
  const Tensor &capture = captures[position];
  if (capture.device == device)
    return capture;
  if (device == onHost)
    checkPlace("a captured array", capture, "the first", Tensor());
  auto found = std::find_if(placed.begin(), placed.end(), [&](const Placed &place) { return place.device == device; });
  if (found == placed.end())
    found = placed.insert(
        found, Placed{device, std::vector<nb::object>(captures.size()), std::vector<Tensor>(captures.size())});
  Tensor &copy = found->tensors[position];
  if (!copy.object) {
    found->arrays[position] = copyToDevice(captured[position], device);
    readArray("a captured array", found->arrays[position], copy);
  }
  return copy;
}

/// The state of one run: the arrays it makes and the views it passes.
struct Plan::Call {
  Plan &plan;
  Inputs &inputs;
  std::array<Result, maxStates + 1> made;
  std::array<View, maxFields> views;
  std::array<const DLTensor *, maxFields> arguments;
  Result positions;             ///< [B, H] in f32, the same for all heads.
  int64_t parts = 0, share = 0; ///< Calls, and heads that each computes; 0 where one computes all.

  Call(Plan &plan, Inputs &inputs) : plan(plan), inputs(inputs) {}

  void prepare() {
    checkStates();
    readPositions();
    makeResults();
    split();
    lay();
    checkWritten();
  }
  void checkStates();
  void readPositions();
  void makeResults();
  void checkOut();
  void split();
  void lay();
  void layOne(const Field &field, View &view);
  void dense(const Output &output, char *data, View &view);
  void perHead(int64_t sharing, View &view);
  void take(const Tensor &tensor, View &view);
  void checkWritten();
  void move(int64_t part);
  void shapeOf(const Output &output, int64_t *shape);
  int64_t alignment() const { return rowAlignment({arguments.data(), plan.fields.size()}); }
  nb::object results();
};

void Plan::Call::shapeOf(const Output &output, int64_t *shape) {
  for (size_t i = 0; i < output.shape.size(); ++i) {
    auto [parameter, axis] = output.shape[i];
    shape[i] = parameter < 0 ? axis : inputs.arrays[parameter].shape[axis];
  }
}

void Plan::Call::checkStates() {
  if (inputs.stateObject && inputs.stateCount != plan.states)
    raise("ShapeError", std::string(inputs.stateName) + ": expects " +
                            (plan.states == 1 ? "one array" : "a tuple of " + std::to_string(plan.states) + " arrays") +
                            ", but got " + std::to_string(inputs.stateCount));
}

/// The position of each item of a batch, given once or for each.
static std::vector<int64_t> positionsOf(PyObject *object, int64_t batch) {
  using Integers = nb::ndarray<nb::ro, nb::device::cpu, nb::ndim<1>>;
  std::vector<int64_t> result;
  Integers array;
  if (object && kindOf(object) != Kind::Option && nb::try_cast(nb::handle(object), array)) {
    for (size_t i = 0; i < array.shape(0) && array.dtype().code == kDLInt; ++i) {
      int64_t at = static_cast<int64_t>(i) * array.stride(0);
      if (array.dtype().bits == 64)
        result.push_back(static_cast<const int64_t *>(array.data())[at]);
      else if (array.dtype().bits == 32)
        result.push_back(static_cast<const int32_t *>(array.data())[at]);
    }
  } else if (object && PyIndex_Check(object) && !PyBool_Check(object)) {
    nb::object number = nb::steal(PyNumber_Index(object));
    result.assign(batch, number.is_valid() ? PyLong_AsLongLong(number.ptr()) : -1);
    PyErr_Clear();
  }
  bool negative = std::any_of(result.begin(), result.end(), [](int64_t position) { return position < 0; });
  if (static_cast<int64_t>(result.size()) != batch || negative || !object)
    raise("ArgumentError", "position: expects that of the token, an integer of at least 0 or an array of " +
                               std::to_string(batch) + " on the CPU, but got " +
                               nb::cast<std::string>(nb::repr(object ? nb::handle(object) : nb::none())));
  return result;
}

static bool isOnDevice(PyObject *position) {
  return kindOf(position) == Kind::Torch && nb::cast<bool>(nb::handle(position).attr("is_cuda"));
}

/// Positions on a device as [B, H], by PyTorch and in its stream, which is the call's: a graph reads those that are
/// there when it runs.
static Result expandOnDevice(nb::handle position, const Inputs &inputs) {
  const Tensor &first = inputs.arrays[0];
  if (inputs.kind != Kind::Torch)
    raise("ArgumentError", "position: expects integers on the CPU beside arrays of another library than PyTorch");
  nb::object dtype = position.attr("dtype"), shape = position.attr("shape");
  auto type = nb::cast<std::string>(nb::str(dtype));
  if ((type != "torch.int32" && type != "torch.int64") || !shape.equal(nb::make_tuple(first.shape[0])))
    raise("ArgumentError", "position: expects int32 or int64 of [" + std::to_string(first.shape[0]) + "], but got " +
                               type + " of " + nb::cast<std::string>(nb::str(nb::list(shape))));
  Result rows{position.attr("float")().attr("unsqueeze")(1).attr("repeat")(1, first.shape[1]), nullptr};
  Tensor expanded;
  readArray("position", rows.object, expanded);
  if (expanded.device != first.device)
    raise("DtypeError", "position: expects an array on " + spellPlace(first.device) + ", but got one on " +
                            spellPlace(expanded.device));
  rows.data = expanded.data;
  return rows;
}

void Plan::Call::readPositions() {
  if (!plan.takesPosition) {
    if (inputs.positionObject)
      raise("ArgumentError", "position: expects a feature map of the position beside it");
    return;
  }
  const Tensor &first = inputs.arrays[0];
  if (inputs.positionObject && isOnDevice(inputs.positionObject)) {
    positions = expandOnDevice(inputs.positionObject, inputs);
    return;
  }
  std::vector<int64_t> given = positionsOf(inputs.positionObject, first.shape[0]);
  int64_t heads = first.shape[1], shape[] = {first.shape[0], heads};
  Kind kind = first.device == onHost ? Kind::Numpy : inputs.kind;
  void *stream = streamOf(kind, first);
  positions = makeResult(kind, {kDLFloat, 32, 1}, shape, 2, first);
  for (size_t i = 0, next = 0; i < given.size(); i = next) {
    while (next < given.size() && given[next] == given[i])
      ++next;
    auto value = static_cast<float>(given[i]);
    auto *data = reinterpret_cast<float *>(positions.data) + static_cast<int64_t>(i) * heads;
    size_t count = (next - i) * static_cast<size_t>(heads);
    if (first.device == onHost)
      std::fill_n(data, count, value);
    else
      check(plait_cuda_fill(first.device, data, std::bit_cast<uint32_t>(value), count, stream));
  }
}

void Plan::Call::makeResults() {
  for (size_t i = 0; i < plan.outputs.size(); ++i) {
    if (i == 0 && inputs.out.object) {
      checkOut();
      continue;
    }
    int64_t shape[maxRank];
    shapeOf(plan.outputs[i], shape);
    made[i] = makeResult(inputs.kind, plan.outputs[i].dtype, shape, static_cast<int>(plan.outputs[i].shape.size()),
                         inputs.arrays[0]);
  }
}

void Plan::Call::checkOut() {
  int64_t shape[maxRank];
  shapeOf(plan.outputs[0], shape);
  checkShape("out", inputs.out, shape, static_cast<int>(plan.outputs[0].shape.size()));
  checkWritable("out", inputs.out);
}

/// A parameter with fewer heads splits the heads of all others into as many calls.
void Plan::Call::split() {
  int64_t groups = 0, heads = 0;
  for (const Field &field : plan.fields) {
    if (!field.repeat)
      continue;
    int axis = field.heads - (field.time >= 0 && field.time < field.heads ? 1 : 0);
    int64_t found = inputs.arrays[field.position].shape[axis];
    if (groups != 0 && groups != found)
      raise("ShapeError",
            "expects one number of groups, but got " + std::to_string(groups) + " and " + std::to_string(found));
    groups = found;
    heads = inputs.arrays[0].shape[axis];
  }
  if (groups == heads || groups == 0)
    return;
  parts = groups;
  share = heads / groups;
}

void Plan::Call::take(const Tensor &tensor, View &view) {
  view.tensor = {tensor.data, placeOf(tensor.device), tensor.rank, tensor.dtype, view.shape, view.strides, 0};
  std::copy_n(tensor.shape, tensor.rank, view.shape);
  std::copy_n(tensor.strides, tensor.rank, view.strides);
}

void Plan::Call::dense(const Output &output, char *data, View &view) {
  int rank = static_cast<int>(output.shape.size());
  view.tensor = {data, placeOf(inputs.device()), rank, output.dtype, view.shape, view.strides, 0};
  shapeOf(output, view.shape);
  int64_t stride = 1;
  for (int i = rank - 1; i >= 0; --i) {
    view.strides[i] = stride;
    stride *= std::max<int64_t>(view.shape[i], 1);
  }
}

/// The positions as [B, 1, H], of fewer heads where several of the first parameter's share one.
void Plan::Call::perHead(int64_t sharing, View &view) {
  const Tensor &first = inputs.arrays[0];
  view.tensor = {positions.data, placeOf(first.device), 3, {kDLFloat, 32, 1}, view.shape, view.strides, 0};
  view.shape[0] = first.shape[0], view.shape[1] = 1, view.shape[2] = first.shape[1] / sharing;
  view.strides[0] = first.shape[1], view.strides[1] = view.strides[2] = 1;
}

void Plan::Call::layOne(const Field &field, View &view) {
  switch (field.source) {
  case Field::Parameter:
    take(inputs.arrays[field.position], view);
    break;
  case Field::State: {
    const Tensor &state = inputs.states[field.position];
    int64_t width = plan.stateWidths[field.position];
    if (state.rank != 4 || (width && state.shape[3] != width))
      raise("ShapeError", std::string(inputs.stateName) + ": expects [B, H, K, " +
                              (width ? std::to_string(width) : std::string("V")) + "], but got " +
                              spell(state.shape, state.rank));
    if (plan.inPlace)
      checkWritable("state", state);
    take(state, view);
    view.written = plan.inPlace;
    break;
  }
  case Field::Capture:
    take(plan.captureOn(field.position, inputs.device()), view);
    break;
  case Field::Output:
    view.written = inputs.out.object != nullptr;
    if (view.written)
      take(inputs.out, view);
    else
      dense(plan.outputs[0], made[0].data, view);
    break;
  case Field::Position:
    perHead(field.position, view);
    break;
  default:
    dense(plan.outputs[1 + field.position], made[1 + field.position].data, view);
  }
}

/// Lays the views of all arguments: an axis of one token, and columns.
void Plan::Call::lay() {
  for (size_t i = 0; i < plan.fields.size(); ++i) {
    const Field &field = plan.fields[i];
    View &view = views[i];
    layOne(field, view);
    if (field.time >= 0) {
      if (view.tensor.ndim == maxRank)
        raise("ShapeError", "expects at most 7 dimensions");
      std::copy_backward(view.shape + field.time, view.shape + view.tensor.ndim, view.shape + view.tensor.ndim + 1);
      std::copy_backward(view.strides + field.time, view.strides + view.tensor.ndim,
                         view.strides + view.tensor.ndim + 1);
      view.shape[field.time] = view.strides[field.time] = 1;
      ++view.tensor.ndim;
    }
    if (field.stop > 0) {
      int last = view.tensor.ndim - 1;
      view.tensor.byte_offset = field.start * view.strides[last] * (view.tensor.dtype.bits / 8);
      view.shape[last] = field.stop - field.start;
    }
    arguments[i] = &view.tensor;
  }
}

/// An array of the user's that is written shares no memory with the others.
void Plan::Call::checkWritten() {
  for (size_t i = 0; i < plan.fields.size(); ++i) {
    if (!views[i].written)
      continue;
    Range range = rangeOf(views[i].tensor);
    for (size_t j = 0; j < plan.fields.size(); ++j) {
      bool sameState = plan.fields[i].source == Field::State && plan.fields[j].source == Field::State &&
                       plan.fields[i].position == plan.fields[j].position;
      if (i != j && !sameState && range.overlaps(rangeOf(views[j].tensor)))
        raise("ArgumentError", std::string(plan.fields[i].source == Field::State ? "state" : "out") +
                                   ": expects memory that no other argument shares");
    }
  }
}

/// Moves the views to the heads that call number `part` computes.
void Plan::Call::move(int64_t part) {
  for (size_t i = 0; i < plan.fields.size(); ++i) {
    const Field &field = plan.fields[i];
    if (field.heads < 0)
      continue;
    View &view = views[i];
    int64_t item = view.tensor.dtype.bits / 8;
    int64_t step = field.repeat ? view.strides[field.heads] : share * view.strides[field.heads];
    if (part > 0 && field.repeat)
      step = inputs.arrays[field.position].strides[field.heads - (field.time >= 0 ? 1 : 0)];
    if (part > 0)
      view.tensor.byte_offset += step * item;
    view.shape[field.heads] = share;
    if (field.repeat)
      view.strides[field.heads] = 0;
  }
}

nb::object Plan::Call::results() {
  nb::handle like(inputs.arrays[0].object);
  nb::object out =
      inputs.out.object ? nb::borrow(inputs.out.object) : finishResult(inputs.kind, std::move(made[0].object), like);
  if (!plan.returnsState)
    return out;
  if (plan.inPlace)
    return nb::make_tuple(out, nb::borrow(inputs.stateObject));
  if (plan.states == 1)
    return nb::make_tuple(out, finishResult(inputs.kind, std::move(made[1].object), like));
  nb::object tuple = nb::steal(PyTuple_New(plan.states));
  for (int i = 0; i < plan.states; ++i)
    PyTuple_SET_ITEM(tuple.ptr(), i, finishResult(inputs.kind, std::move(made[1 + i].object), like).release().ptr());
  return nb::make_tuple(out, tuple);
}

Plan::Bucket Plan::functionFor(Sizes sizes, int64_t alignment, int32_t device) {
  for (const Bucket &bucket : functions)
    if (bucket.items == sizes.items && bucket.tokens == sizes.tokens && bucket.alignment == alignment &&
        bucket.device == device)
      return bucket;
  nb::object function = resolve(sizes.items, sizes.tokens, device, alignment);
  const plait_function *handle = nb::cast<Function &>(function).get();
  return functions.emplace_back(Bucket{sizes.items, sizes.tokens, alignment, device, std::move(function), handle});
}

/// A size without what is behind its first bits.
static int64_t leadingBits(int64_t size, int bits) {
  int shift = std::max(0, int(std::bit_width(uint64_t(size))) - bits);
  return size >> shift << shift;
}

/// About B * H and T of a call, from its sequences: a few functions serve all calls. Whether heads
/// are more than multiprocessors can decide between two.
Plan::Sizes Plan::sizesOf(const Call &call) const {
  int64_t batch = 1, tokens = 1, heads = -1;
  for (size_t i = 0; i < fields.size(); ++i) {
    const View &view = call.views[i];
    if (fields[i].source != Field::Parameter || fields[i].heads != 2 || view.tensor.ndim < 3)
      continue;
    heads = heads < 0 ? view.shape[2] : std::min(heads, view.shape[2]);
    batch = view.shape[0], tokens = view.shape[1];
  }
  return {leadingBits(batch * std::max<int64_t>(heads, 1), 4), leadingBits(tokens, 1)};
}

nb::object Plan::run(Inputs &inputs) {
  Call call(*this, inputs);
  call.prepare();
  Bucket chosen = functionFor(sizesOf(call), call.alignment(), inputs.device());
  Caller caller(inputs.kind, inputs.arrays[0], inputs.threads);
  for (int64_t part = 0; part < std::max<int64_t>(call.parts, 1); ++part) {
    if (call.parts > 0)
      call.move(part);
    caller.call(chosen.handle, call.arguments.data(), fields.size());
  }
  return call.results();
}

nb::object Plan::time(Inputs &inputs, nb::sequence functionList) {
  Call call(*this, inputs);
  call.prepare();
  auto [items, tokens] = sizesOf(call);
  int64_t alignment = call.alignment();
  if (call.parts > 0)
    call.move(0);
  std::vector<nb::object> kept;
  std::vector<plait_candidate> candidates;
  for (nb::handle function : functionList) {
    kept.push_back(nb::borrow(function));
    candidates.push_back({nb::cast<Function &>(function).get(), nullptr, nullptr});
  }
  plait_timing_options options = PLAIT_TIMING_OPTIONS;
  options.num_threads = inputs.threads;
  std::vector<plait_timing> timings(candidates.size());
  plait_status *status;
  {
    nb::gil_scoped_release release;
    status = plait_time_interleaved(candidates.data(), candidates.size(), call.arguments.data(), fields.size(),
                                    &options, timings.data());
  }
  check(status);
  nb::list rows;
  for (const plait_timing &timing : timings)
    rows.append(nb::make_tuple(timing.matches != 0, timing.min_ns, timing.median_ns));
  return nb::make_tuple(items, tokens, alignment, rows);
}

} // namespace plait::python
