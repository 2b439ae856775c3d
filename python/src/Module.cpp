//===- Module.cpp - the native module of the Python package ---------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file names what _plait holds; python/plait/_plait.pyi types it.
//===----------------------------------------------------------------------===//

#include "python/src/Compiler.h"
#include "python/src/CudaArray.h"
#include "python/src/Dispatcher.h"
#include "python/src/Scanner.h"
#include "python/src/Services.h"

#include <nanobind/stl/pair.h>

namespace nb = nanobind;
using namespace plait::python;

NB_MODULE(_plait, module) {
  nb::set_leak_warnings(false); // caches live until the process ends
  nb::class_<Function>(module, "Function")
      .def(nb::init<nb::bytes, const std::string &>(), nb::arg("pack"), nb::arg("name"))
      .def("registers", &Function::registers);
  nb::class_<Plan>(module, "Plan")
      .def(nb::init<nb::object, nb::sequence, nb::sequence, nb::sequence, int, bool>(), nb::arg("resolve"),
           nb::arg("fields"), nb::arg("outputs"), nb::arg("captures"), nb::arg("states"), nb::arg("returns_state"))
      .def("reset", &Plan::reset);
  nb::class_<Dispatcher>(module, "Dispatcher")
      .def(nb::init<nb::object, nb::sequence, nb::sequence, nb::dict, bool>(), nb::arg("miss"), nb::arg("names"),
           nb::arg("shared"), nb::arg("generate"), nb::arg("step"))
      .def("__call__", &Dispatcher::call)
      .def("time", &Dispatcher::time)
      .def("reset", &Dispatcher::reset);
  nb::class_<Scanner>(module, "Scanner")
      .def(nb::init<nb::object, nb::sequence>(), nb::arg("make"), nb::arg("inputs"))
      .def("__call__", &Scanner::call, nb::arg("arrays"), nb::arg("initial").none(), nb::arg("axis"),
           nb::arg("num_threads").none(), nb::arg("out").none());
  module.def("describe_pack", &describePack, nb::arg("pack"));
  module.def("compile", &compile, nb::arg("ir"), nb::arg("targets"), nb::arg("schedule"), nb::arg("ptxas") = "");
  module.def("schedules", &schedules, nb::arg("ir"), nb::arg("target"), nb::arg("items"), nb::arg("tokens"),
             nb::arg("processors"));
  module.def("print", &print, nb::arg("ir"), nb::arg("target"), nb::arg("schedule"), nb::arg("stage"));
  module.def("interpret", &interpret, nb::arg("ir"), nb::arg("entry"), nb::arg("arguments"), nb::arg("results"));
  module.def("compiler_path", &compilerPath);
  module.attr("COMPILER") = PLAIT_COMPILER_VERSION;
  bindCuda(module);
  bindServices(module);
}
