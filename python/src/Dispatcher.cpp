//===- Dispatcher.cpp - from Python arguments to a plan -------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file is the way of every call: it must stay short in time. Whatever is
// unusual goes to `miss`, which explains or compiles.
//===----------------------------------------------------------------------===//

#include "python/src/Dispatcher.h"

#include "python/src/CudaArray.h"
#include "python/src/Scanner.h"

namespace plait::python {

/// A dispatcher forgets its plans when a program keeps making new signatures.
constexpr size_t maxPlans = 4096;

static std::vector<nb::object> interned(std::initializer_list<const char *> texts) {
  std::vector<nb::object> result;
  for (const char *text : texts)
    result.push_back(nb::steal(PyUnicode_InternFromString(text)));
  return result;
}

Dispatcher::Dispatcher(nb::object miss, nb::sequence nameList, nb::sequence sharedNames, nb::dict generate, bool step)
    : miss(std::move(miss)), step(step) {
  for (nb::handle name : nameList) {
    PyObject *text = nb::borrow(name).release().ptr();
    PyUnicode_InternInPlace(&text);
    names.push_back(nb::steal(text));
    shared.push_back(PySequence_Contains(sharedNames.ptr(), text) == 1);
    if (generate.contains(names.back()))
      generators.emplace_back(static_cast<int>(names.size()) - 1, generate[names.back()]);
  }
  if (names.size() > maxParameters)
    raise("UnsupportedError", "a variant expects at most 16 parameters, but got " + std::to_string(names.size()));
  if (step) {
    commonNames = interned({"scale", "state", "inplace", "position", "num_threads", "out"});
    commonSlots = {Scale, State, InPlace, Position, Threads, Out};
  } else {
    commonNames =
        interned({"scale", "initial_state", "output_final_state", "reverse", "cu_seqlens", "num_threads", "out"});
    commonSlots = {Scale, State, FinalState, Reverse, Segments, Threads, Out};
  }
}

int Dispatcher::slotOf(PyObject *name, const std::vector<nb::object> &candidates) const {
  for (size_t i = 0; i < candidates.size(); ++i)
    if (candidates[i].ptr() == name)
      return static_cast<int>(i);
  for (size_t i = 0; i < candidates.size(); ++i)
    if (PyUnicode_Compare(candidates[i].ptr(), name) == 0)
      return static_cast<int>(i);
  return -1;
}

bool Dispatcher::bind(nb::args &args, nb::kwargs &kwargs, Bound &bound) const {
  size_t count = args.size();
  if (count > names.size())
    return false;
  for (size_t i = 0; i < count; ++i)
    bound.own[i] = PyTuple_GET_ITEM(args.ptr(), i);
  PyObject *name, *value;
  Py_ssize_t position = 0;
  while (PyDict_Next(kwargs.ptr(), &position, &name, &value)) {
    int own = slotOf(name, names);
    int common = own < 0 ? slotOf(name, commonNames) : -1;
    if ((own < 0 && common < 0) || (own >= 0 && bound.own[own]))
      return false;
    (own >= 0 ? bound.own[own] : bound.common[commonSlots[common]]) = value;
  }
  for (PyObject *&value : bound.common)
    if (value == Py_None)
      value = nullptr;
  return true;
}

bool Dispatcher::isPerToken(int parameter, const Tensor &tensor, const Tensor &first) const {
  if (shared[parameter])
    return false;
  if (step)
    return (tensor.rank == 3 && tensor.shape[0] == first.shape[0]) ||
           (tensor.rank == 2 && tensor.shape[0] == first.shape[0] &&
            (tensor.shape[1] == first.shape[1] || (tensor.shape[1] > 0 && first.shape[1] % tensor.shape[1] == 0)));
  return tensor.rank == 4 ||
         (tensor.rank == 3 && tensor.shape[0] == first.shape[0] && tensor.shape[1] == first.shape[1]);
}

static void append(std::string &key, int64_t value) { key.append(reinterpret_cast<const char *>(&value), 8); }

/// What of an array the compiled function depends on.
void Dispatcher::describe(int parameter, const Inputs &inputs, std::string &key) const {
  const Tensor &tensor = inputs.arrays[parameter], &first = inputs.arrays[0];
  bool perToken = isPerToken(parameter, tensor, first);
  const char head[] = {static_cast<char>(parameter), static_cast<char>(tensor.dtype.code),
                       static_cast<char>(tensor.dtype.bits), static_cast<char>(tensor.rank),
                       static_cast<char>(perToken)};
  key.append(head, sizeof(head));
  if (!perToken) {
    for (int i = 0; i < tensor.rank; ++i)
      append(key, tensor.shape[i]);
    return;
  }
  int heads = step ? 1 : 2;
  int64_t mine = tensor.shape[heads], most = first.shape[heads];
  append(key, mine == most ? 1 : mine > 0 && most % mine == 0 ? most / mine : -1);
  if (tensor.rank > heads + 1)
    append(key, tensor.shape[heads + 1]);
}

bool Dispatcher::readStates(PyObject *object, Inputs &inputs) const {
  inputs.stateObject = object;
  inputs.stateName = step ? "state" : "initial_state";
  bool many = PyTuple_Check(object);
  Py_ssize_t count = many ? PyTuple_GET_SIZE(object) : 1;
  if (count > maxStates)
    return false;
  for (Py_ssize_t i = 0; i < count; ++i) {
    PyObject *item = many ? PyTuple_GET_ITEM(object, i) : object;
    Kind kind = kindOf(item);
    if (kind == Kind::Option || !read(item, kind, inputs.states[i]))
      return false;
  }
  inputs.stateCount = static_cast<int>(count);
  return true;
}

void Dispatcher::generateMissing(Bound &bound, Inputs &inputs) {
  for (auto &[parameter, make] : generators) {
    if (bound.own[parameter] && bound.own[parameter] != Py_None)
      continue;
    const Tensor &key = inputs.arrays[1];
    int axis = step ? 1 : 2;
    int64_t heads = key.object && key.rank == axis + 2 ? key.shape[axis] : 1;
    int32_t device = inputs.device();
    nb::object &array = generated[{heads, parameter, device}];
    if (!array.is_valid())
      array = device == onHost ? make(heads) : copyToDevice(make(heads), device);
    bound.own[parameter] = array.ptr();
  }
}

/// Reads all arrays and writes the signature; false where Python has to look.
bool Dispatcher::readAll(Bound &bound, Inputs &inputs, std::string &key, std::vector<PyObject *> &options) {
  int first = step ? 3 : 4;
  for (size_t pass = 0, i = 0; pass < 2; ++pass, i = 0) {
    if (pass == 1)
      generateMissing(bound, inputs);
    for (; i < names.size(); ++i) {
      PyObject *value = bound.own[i];
      if (!value || inputs.arrays[i].object)
        continue;
      Kind kind = kindOf(value);
      if (kind == Kind::Option)
        continue;
      if (!read(value, kind, inputs.arrays[i]) || (i == 0 && inputs.arrays[0].rank != first))
        return false;
      if (i == 0)
        inputs.kind = kind;
    }
    if (generators.empty())
      break;
  }
  if (!inputs.arrays[0].object)
    return false;
  for (size_t i = 0; i < names.size(); ++i) {
    if (inputs.arrays[i].object) {
      describe(static_cast<int>(i), inputs, key);
    } else if (bound.own[i]) {
      key.push_back(static_cast<char>(i));
      key.push_back(-1);
      options.push_back(bound.own[i]);
    }
  }
  for (Common slot : {Scale, FinalState, Reverse, InPlace})
    if (bound.common[slot]) {
      key.push_back(static_cast<char>(maxParameters + slot));
      options.push_back(bound.common[slot]);
    }
  if (bound.common[Segments] || (bound.common[State] && !readStates(bound.common[State], inputs)))
    return false;
  key.push_back(static_cast<char>(inputs.stateObject ? inputs.stateCount : -1)); // () is not None
  return true;
}

int32_t threadCount(PyObject *value) {
  if (!value)
    return 0;
  if (PyLong_CheckExact(value)) {
    int overflow = 0;
    long count = PyLong_AsLongAndOverflow(value, &overflow);
    if (!overflow && count >= 1 && count <= PLAIT_MAX_THREADS)
      return static_cast<int32_t>(count);
  }
  nb::object read = nb::module_::import_("plait.arrays").attr("expect_integer");
  return nb::cast<int32_t>(read("num_threads", nb::handle(value), 1, PLAIT_MAX_THREADS));
}

void Dispatcher::checkPlaces(const Inputs &inputs) const {
  const Tensor &first = inputs.arrays[0];
  auto name = [&](size_t i) { return nb::cast<std::string>(names[i]); };
  for (size_t i = 1; i < names.size(); ++i)
    if (inputs.arrays[i].object && inputs.arrays[i].device != first.device)
      checkPlace(name(i), inputs.arrays[i], name(0), first);
  for (int i = 0; i < inputs.stateCount; ++i)
    if (inputs.states[i].device != first.device)
      checkPlace(inputs.stateName, inputs.states[i], name(0), first);
  if (inputs.out.object && inputs.out.device != first.device)
    checkPlace("out", inputs.out, name(0), first);
}

void Dispatcher::refuseArrays(const Bound &bound, Inputs &inputs) const {
  for (size_t i = 0; i < names.size(); ++i)
    if (bound.own[i] && kindOf(bound.own[i]) != Kind::Option)
      readArray(nb::cast<std::string>(names[i]), bound.own[i], inputs.arrays[i]);
  nb::handle state = bound.common[State];
  for (nb::handle item : nb::isinstance<nb::tuple>(state) ? nb::borrow<nb::tuple>(state) : nb::make_tuple(state))
    readArray(inputs.stateName, item, inputs.states[0]);
}

nb::object Dispatcher::find(nb::args args, nb::kwargs kwargs, Inputs &inputs) {
  Bound bound;
  std::string key;
  std::vector<PyObject *> options;
  if (!bind(args, kwargs, bound) || !readAll(bound, inputs, key, options)) {
    nb::object result = miss(args, kwargs); // which says what is wrong
    if (nb::isinstance<Plan>(result))
      refuseArrays(bound, inputs);
    return result;
  }
  inputs.threads = threadCount(bound.common[Threads]);
  inputs.positionObject = bound.common[Position];
  if (PyObject *out = bound.common[Out])
    readArray("out", out, inputs.out);
  checkPlaces(inputs);
  nb::object full = nb::steal(PyTuple_New(1 + static_cast<Py_ssize_t>(options.size())));
  PyTuple_SET_ITEM(full.ptr(), 0, PyBytes_FromStringAndSize(key.data(), static_cast<Py_ssize_t>(key.size())));
  for (size_t i = 0; i < options.size(); ++i)
    PyTuple_SET_ITEM(full.ptr(), 1 + i, Py_NewRef(options[i]));
  PyObject *found = PyDict_GetItemWithError(plans.ptr(), full.ptr());
  bool hashable = found || !PyErr_Occurred();
  PyErr_Clear();
  nb::object plan = found ? nb::borrow(found) : miss(args, kwargs);
  if (!found && hashable && nb::isinstance<Plan>(plan)) {
    if (plans.size() >= maxPlans)
      plans.clear();
    plans[full] = plan;
  }
  return plan;
}

nb::object Dispatcher::call(nb::args args, nb::kwargs kwargs) {
  Inputs inputs;
  nb::object plan = find(args, kwargs, inputs);
  return nb::isinstance<Plan>(plan) ? nb::cast<Plan &>(plan).run(inputs) : plan;
}

nb::object Dispatcher::time(nb::sequence functions, nb::args args, nb::kwargs kwargs) {
  Inputs inputs;
  nb::object plan = find(args, kwargs, inputs);
  return nb::cast<Plan &>(plan).time(inputs, functions);
}

void Dispatcher::reset() {
  for (auto [key, plan] : plans)
    nb::cast<Plan &>(plan).reset();
}

} // namespace plait::python
