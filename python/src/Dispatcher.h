//===- Dispatcher.h - from Python arguments to a plan -----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares what a variant is called through: it sorts arguments, finds
// the plan of their signature, and asks Python for one that it does not have.
//===----------------------------------------------------------------------===//

#ifndef PLAIT_PYTHON_SRC_DISPATCHER_H
#define PLAIT_PYTHON_SRC_DISPATCHER_H

#include "python/src/Plan.h"

#include <map>
#include <string>

namespace plait::python {

class Dispatcher {
public:
  /// `names` are the variant's parameters; `shared` those without batch and time;
  /// `generate` gives (parameter, function of the number of heads) for arrays that
  /// are made when they are not given. `miss(args, kwargs)` gives a Plan, or the
  /// result of the call.
  Dispatcher(nb::object miss, nb::sequence names, nb::sequence shared, nb::dict generate, bool step);

  nb::object call(nb::args args, nb::kwargs kwargs);

  /// Times functions on the arguments of a call; see Plan::time.
  nb::object time(nb::sequence functions, nb::args args, nb::kwargs kwargs);

  /// Lets every plan choose its function anew.
  void reset();

private:
  enum Common { Scale, State, FinalState, Reverse, Segments, Threads, Out, InPlace, Position, Last };
  struct Bound {
    std::array<PyObject *, maxParameters> own{};
    std::array<PyObject *, Last> common{};
  };

  /// The plan of a call whose arguments are read into `inputs`, or its result.
  nb::object find(nb::args args, nb::kwargs kwargs, Inputs &inputs);
  bool bind(nb::args &args, nb::kwargs &kwargs, Bound &bound) const;
  int slotOf(PyObject *name, const std::vector<nb::object> &names) const;
  bool readAll(Bound &bound, Inputs &inputs, std::string &key, std::vector<PyObject *> &options);
  bool readStates(PyObject *object, Inputs &inputs) const;
  /// Raises unless all arrays are where the first one is.
  void checkPlaces(const Inputs &inputs) const;
  /// Names the array that gives no memory, where Python finds nothing wrong.
  void refuseArrays(const Bound &bound, Inputs &inputs) const;
  void generateMissing(Bound &bound, Inputs &inputs);
  void describe(int parameter, const Inputs &inputs, std::string &key) const;
  bool isPerToken(int parameter, const Tensor &tensor, const Tensor &first) const;

  nb::object miss;
  std::vector<nb::object> names, commonNames;
  std::vector<int> commonSlots;
  std::vector<bool> shared;
  std::vector<std::pair<int, nb::object>> generators;
  std::map<std::tuple<int64_t, int, int32_t>, nb::object> generated; ///< By heads, parameter and device.
  bool step;
  nb::dict plans;
};

} // namespace plait::python

#endif // PLAIT_PYTHON_SRC_DISPATCHER_H
