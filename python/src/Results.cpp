//===- Results.cpp - arrays that a call makes -----------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file makes results: by NumPy and PyTorch themselves, and for any other
// library as aligned memory that it takes over through DLPack.
//===----------------------------------------------------------------------===//

#include "python/src/Results.h"

#include "python/src/CudaArray.h"

#include <cstdlib>
#include <memory>
#include <string>

namespace plait::python {

static const char *nameOf(DLDataType dtype) {
  return dtype.code == kDLBfloat ? "bfloat16" : dtype.bits == 32 ? "float32" : "float16";
}

static int indexOf(DLDataType dtype) { return dtype.code == kDLBfloat ? 2 : dtype.bits == 32 ? 0 : 1; }

/// What is looked up once is kept for ever, as the modules themselves are.
static PyObject *lookUp(const char *module, const char *name) {
  return nb::object(nb::module_::import_(module).attr(name)).release().ptr();
}

static nb::handle numpyType(DLDataType dtype) {
  static PyObject *known[3] = {};
  PyObject *&type = known[indexOf(dtype)];
  if (!type) {
    if (dtype.code == kDLBfloat)
      nb::module_::import_("ml_dtypes"); // gives NumPy the type
    type = nb::module_::import_("numpy").attr("dtype")(nameOf(dtype)).release().ptr();
  }
  return type;
}

static nb::handle torchType(DLDataType dtype) {
  static PyObject *known[3] = {};
  PyObject *&type = known[indexOf(dtype)];
  if (!type)
    type = lookUp("torch", nameOf(dtype));
  return type;
}

static nb::object shapeTuple(const int64_t *shape, int rank) {
  nb::object tuple = nb::steal(PyTuple_New(rank));
  for (int i = 0; i < rank; ++i)
    PyTuple_SET_ITEM(tuple.ptr(), i, PyLong_FromLongLong(shape[i]));
  return tuple;
}

static Result makeNumpy(DLDataType dtype, const int64_t *shape, int rank) {
  static PyObject *empty = lookUp("numpy", "empty");
  nb::object tuple = shapeTuple(shape, rank);
  PyObject *args[] = {tuple.ptr(), numpyType(dtype).ptr()};
  nb::object array = nb::steal(PyObject_Vectorcall(empty, args, 2, nullptr));
  if (!array.is_valid())
    throw nb::python_error();
  Tensor tensor;
  if (!read(array.ptr(), Kind::Numpy, tensor))
    raise("Error", "out: numpy.empty gave no plain array");
  return {std::move(array), tensor.data};
}

static Result makeTorch(DLDataType dtype, const int64_t *shape, int rank, const Tensor &like) {
  static PyObject *torch = nb::module_::import_("torch").release().ptr(), *name = PyUnicode_InternFromString("empty"),
                  *keywords =
                      PyTuple_Pack(2, PyUnicode_InternFromString("dtype"), PyUnicode_InternFromString("device"));
  nb::object tuple = shapeTuple(shape, rank), device = nb::handle(like.object).attr("device");
  PyObject *args[] = {torch, tuple.ptr(), torchType(dtype).ptr(), device.ptr()};
  nb::object array = nb::steal(PyObject_VectorcallMethod(name, args, 2, keywords));
  if (!array.is_valid())
    throw nb::python_error();
  auto address = nb::cast<uintptr_t>(array.attr("data_ptr")());
  return {std::move(array), reinterpret_cast<char *>(address)};
}

static Result makeOther(DLDataType dtype, const int64_t *shape, int rank) {
  constexpr size_t alignment = 64; // what JAX asks of memory that it takes over
  size_t extents[maxRank], bytes = dtype.bits / 8;
  for (int i = 0; i < rank; ++i)
    bytes *= extents[i] = static_cast<size_t>(shape[i]);
  void *data = std::aligned_alloc(alignment, (bytes / alignment + 1) * alignment);
  if (!data)
    raise("OutOfMemoryError", "can't allocate " + std::to_string(bytes) + " bytes for a result");
  nb::capsule owner(data, [](void *memory) noexcept { std::free(memory); });
  nb::ndarray<nb::array_api> array(data, static_cast<size_t>(rank), extents, owner, nullptr,
                                   nb::dlpack::dtype{dtype.code, dtype.bits, dtype.lanes});
  return {nb::cast(array), static_cast<char *>(data)};
}

static Result makeCuda(DLDataType dtype, const int64_t *shape, int rank, int32_t device) {
  auto array = std::make_unique<CudaArray>(std::vector<int64_t>(shape, shape + rank), dtype, device);
  char *data = array->data;
  return {nb::cast(array.release(), nb::rv_policy::take_ownership), data};
}

Result makeResult(Kind kind, DLDataType dtype, const int64_t *shape, int rank, const Tensor &like) {
  if (kind == Kind::Torch)
    return makeTorch(dtype, shape, rank, like);
  if (like.device != onHost)
    return makeCuda(dtype, shape, rank, like.device);
  return kind == Kind::Numpy ? makeNumpy(dtype, shape, rank) : makeOther(dtype, shape, rank);
}

nb::object finishResult(Kind kind, nb::object object, nb::handle like) {
  if (kind != Kind::Other)
    return object;
  return like.attr("__array_namespace__")().attr("from_dlpack")(object);
}

} // namespace plait::python
