//===- Plan.h - how a call becomes arguments of a function ------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the plan of one signature: views of what the call gives,
// arrays that it makes, and the compiled functions by size.
//===----------------------------------------------------------------------===//

#ifndef PLAIT_PYTHON_SRC_PLAN_H
#define PLAIT_PYTHON_SRC_PLAN_H

#include "python/src/Function.h"
#include "python/src/Results.h"

#include <array>
#include <vector>

namespace plait::python {

constexpr int maxParameters = 16, maxStates = 4, maxFields = 32;

/// What a call was given, read.
struct Inputs {
  std::array<Tensor, maxParameters> arrays; ///< By parameter; `object` is null where none.
  std::array<Tensor, maxStates> states;
  int stateCount = 0;
  PyObject *stateObject = nullptr;    ///< Borrowed.
  const char *stateName = "state";    ///< What the call calls it.
  PyObject *positionObject = nullptr; ///< Borrowed.
  Tensor out;
  Kind kind = Kind::Numpy; ///< Of the first array; results are of this kind.

  int32_t device() const { return arrays[0].device; }
  int32_t threads = 0;
};

/// An argument of the compiled function; plait.program.Field explains it.
struct Field {
  enum Source { Parameter, State, Capture, Output, FinalState, Position };
  int source, position, time;
  int64_t start, stop;
  int heads;
  bool repeat;
};

/// An array that the call makes: each extent is (parameter, axis) or (-1, constant).
struct Output {
  DLDataType dtype;
  std::vector<std::pair<int, int64_t>> shape;
};

class Plan {
public:
  /// Fields and outputs as plait.program says them. `resolve(items, tokens, device, alignment)` gives
  /// the Function to use for calls of about these sizes on a device of CUDA, or on the CPU (onHost),
  /// whose rows are at multiples of so many bytes.
  Plan(nb::object resolve, nb::sequence fields, nb::sequence outputs, nb::sequence captures, int states,
       bool returnsState);

  nb::object run(Inputs &inputs);

  /// (items, tokens, alignment, [(same bits as the first, shortest ns, median ns)]) of functions that take
  /// the same arguments, called in turn; the numbers are those that `resolve` gets.
  nb::object time(Inputs &inputs, nb::sequence functions);

  /// Forgets the functions, so that the next call asks again.
  void reset() { functions.clear(); }

private:
  struct View {
    DLTensor tensor;
    int64_t shape[maxRank], strides[maxRank];
    bool written = false; ///< The user's own array, and written.
  };
  struct Call; // the state of one run
  struct Sizes {
    int64_t items, tokens;
  };
  Sizes sizesOf(const Call &call) const;

  struct Bucket {
    int64_t items, tokens, alignment;
    int32_t device;
    nb::object function;
    const plait_function *handle;
  };
  /// A copy, so that the function lives through a call that another thread's reset() meets.
  Bucket functionFor(Sizes sizes, int64_t alignment, int32_t device);

  nb::object resolve;
  std::vector<Field> fields;
  std::vector<Output> outputs;
  std::vector<nb::object> captured;
  std::vector<Tensor> captures;

  /// The captured arrays on a device of CUDA: those of the host are copied once.
  struct Placed {
    int32_t device;
    std::vector<nb::object> arrays;
    std::vector<Tensor> tensors;
  };
  const Tensor &captureOn(int position, int32_t device);
  std::vector<Placed> placed;
  std::array<int64_t, maxStates> stateWidths{};
  int states;
  bool returnsState, inPlace = false, takesPosition = false;
  std::vector<Bucket> functions;
};

} // namespace plait::python

#endif // PLAIT_PYTHON_SRC_PLAN_H
