//===- Tensor.cpp - arrays of any library, without a copy -----------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file reads NumPy's arrays by their array struct, which also says bf16,
// PyTorch's by DLPack's C exchange API where they have it, and all others by DLPack.
//===----------------------------------------------------------------------===//

#include "python/src/Tensor.h"

#include "python/src/CudaArray.h"
#include "python/src/Exchange.h"

#include <algorithm>
#include <unordered_map>

namespace plait::python {

/// The C side of NumPy's array interface, version 3.
struct ArrayStruct {
  int two;
  int rank;
  char kind;
  int itemSize;
  int flags;
  Py_intptr_t *shape;
  Py_intptr_t *strides;
  void *data;
  PyObject *descr;
};
constexpr int flagAligned = 0x100, flagNative = 0x200, flagWriteable = 0x400;

static Kind classify(PyTypeObject *type) {
  PyObject *object = reinterpret_cast<PyObject *>(type);
  if (!PyObject_HasAttrString(object, "__dlpack__") || PyObject_HasAttrString(object, "mask"))
    return Kind::Option; // as plait.arrays.is_array has it
  if (PyObject_HasAttrString(object, "__array_struct__"))
    return Kind::Numpy;
  if (nb::handle(object).is(nb::type<CudaArray>()))
    return Kind::Cuda;
  nb::object module = nb::getattr(nb::handle(object), "__module__", nb::str(""));
  return nb::isinstance<nb::str>(module) && nb::cast<std::string>(module).rfind("torch", 0) == 0 ? Kind::Torch
                                                                                                 : Kind::Other;
}

Kind kindOf(PyObject *object) {
  PyTypeObject *type = Py_TYPE(object);
  if (object == Py_None || type == &PyUnicode_Type || type == &PyBool_Type || type == &PyFloat_Type ||
      type == &PyLong_Type || type == &PyTuple_Type || type == &PyFunction_Type)
    return Kind::Option;
  static auto *known = new std::unordered_map<PyTypeObject *, Kind>;
  if (auto found = known->find(type); found != known->end())
    return found->second;
  Kind kind = classify(type);
  Py_INCREF(type); // the entry may outlive the type's module
  known->emplace(type, kind);
  return kind;
}

/// The name of a NumPy type that the array struct does not tell apart.
static bool isBfloat(PyObject *object) {
  static PyObject *known = nullptr; // the one dtype object of ml_dtypes
  nb::object dtype = nb::handle(object).attr("dtype");
  if (dtype.ptr() == known)
    return true;
  if (nb::cast<std::string>(nb::str(dtype)) != "bfloat16")
    return false;
  known = dtype.release().ptr();
  return true;
}

static bool readNumpy(PyObject *object, Tensor &tensor) {
  static PyObject *name = PyUnicode_InternFromString("__array_struct__");
  nb::object capsule = nb::steal(PyObject_GetAttr(object, name));
  if (!capsule.is_valid())
    throw nb::python_error();
  auto *array = static_cast<ArrayStruct *>(PyCapsule_GetPointer(capsule.ptr(), nullptr));
  if (!array || array->two != 2 || array->rank > maxRank || !(array->flags & flagNative) ||
      !(array->flags & flagAligned))
    return false;
  if (array->kind == 'f' && (array->itemSize == 4 || array->itemSize == 2))
    tensor.dtype = {kDLFloat, static_cast<uint8_t>(array->itemSize * 8), 1};
  else if (array->kind == 'V' && array->itemSize == 2 && isBfloat(object))
    tensor.dtype = {kDLBfloat, 16, 1};
  else
    return false;
  tensor.data = static_cast<char *>(array->data);
  tensor.rank = array->rank;
  tensor.readOnly = !(array->flags & flagWriteable);
  for (int i = 0; i < array->rank; ++i) {
    if (array->strides[i] % array->itemSize != 0)
      return false;
    tensor.shape[i] = array->shape[i];
    tensor.strides[i] = array->strides[i] / array->itemSize;
  }
  return true;
}

static bool isFloat(DLDataType type) {
  return type.lanes == 1 && ((type.code == kDLFloat && (type.bits == 32 || type.bits == 16)) ||
                             (type.code == kDLBfloat && type.bits == 16));
}

static bool readCuda(PyObject *object, Tensor &tensor) {
  const CudaArray &array = *nb::inst_ptr<CudaArray>(object);
  if (array.shape.size() > maxRank || !isFloat(array.dtype))
    return false;
  tensor.dtype = array.dtype;
  tensor.data = array.data;
  tensor.device = array.device;
  tensor.rank = static_cast<int32_t>(array.shape.size());
  std::copy(array.shape.begin(), array.shape.end(), tensor.shape);
  std::copy(array.strides.begin(), array.strides.end(), tensor.strides);
  return true;
}

/// Whether an attribute of a tensor of PyTorch is True.
static bool isTrue(PyObject *object, PyObject *name) {
  nb::object value = nb::steal(PyObject_GetAttr(object, name));
  if (!value.is_valid())
    throw nb::python_error();
  return value.ptr() == Py_True;
}

/// Gives a tensor the strides of row-major order without gaps.
static void layDense(Tensor &tensor) {
  int64_t stride = 1;
  for (int i = tensor.rank - 1; i >= 0; --i) {
    tensor.strides[i] = stride;
    stride *= std::max<int64_t>(tensor.shape[i], 1);
  }
}

static bool take(const DLTensor &view, Tensor &tensor) {
  bool isCuda = view.device.device_type == kDLCUDA;
  if ((!isCuda && view.device.device_type != kDLCPU) || view.ndim > maxRank || !isFloat(view.dtype))
    return false;
  tensor.device = isCuda ? view.device.device_id : onHost;
  tensor.dtype = view.dtype;
  tensor.data = static_cast<char *>(view.data) + view.byte_offset;
  tensor.rank = view.ndim;
  std::copy_n(view.shape, view.ndim, tensor.shape);
  if (view.strides)
    std::copy_n(view.strides, view.ndim, tensor.strides);
  else // dense, up to DLPack 1.1
    layDense(tensor);
  return true;
}

/// What DLPack handed out, as it described that.
static DLTensor viewOf(const nb::ndarray<nb::ro> &array) {
  nb::dlpack::dtype type = array.dtype();
  return {const_cast<void *>(array.data()),
          {static_cast<DLDeviceType>(array.device_type()), array.device_id()},
          static_cast<int32_t>(array.ndim()),
          {type.code, type.bits, type.lanes},
          const_cast<int64_t *>(array.shape_ptr()),
          const_cast<int64_t *>(array.stride_ptr()),
          0};
}

static bool readDlpack(PyObject *object, Kind kind, Tensor &tensor, bool lasts) {
  static PyObject *gradient = PyUnicode_InternFromString("requires_grad"),
                  *cuda = PyUnicode_InternFromString("is_cuda");
  if (kind == Kind::Torch && isTrue(object, gradient))
    return false;
  // The exchange leaves out what __dlpack__ checks and waits for, which is known of PyTorch: the gradient, and work
  // in its own stream. What it can't describe, __dlpack__ refuses, as a
  // layout that is not strided.
  const ExchangeApi *api = kind == Kind::Torch && !lasts ? exchangeOf(Py_TYPE(object)) : nullptr;
  if (DLTensor view; api && borrow(*api, object, view))
    return take(view, tensor);
  // The work goes into PyTorch's own stream and need not wait for it.
  if (kind == Kind::Torch && isTrue(object, cuda))
    tensor.keep = importCuda(object, -1);
  else if (!nb::try_cast(nb::handle(object), tensor.keep))
    return false;
  tensor.readOnly = kind == Kind::Other; // such as JAX's, which never change
  return take(viewOf(tensor.keep), tensor);
}

/// Strides of an empty array say nothing; libraries leave what they like.
static void straighten(Tensor &tensor) {
  if (std::find(tensor.shape, tensor.shape + tensor.rank, 0) != tensor.shape + tensor.rank)
    layDense(tensor);
}

bool read(PyObject *object, Kind kind, Tensor &tensor, bool lasts) {
  tensor.object = object;
  if (!(kind == Kind::Numpy  ? readNumpy(object, tensor)
        : kind == Kind::Cuda ? readCuda(object, tensor)
                             : readDlpack(object, kind, tensor, lasts)))
    return false;
  straighten(tensor);
  return true;
}

void readArray(const std::string &name, nb::handle object, Tensor &tensor, bool lasts) {
  Kind kind = kindOf(object.ptr());
  if (kind != Kind::Option && read(object.ptr(), kind, tensor, lasts))
    return;
  nb::module_ arrays = nb::module_::import_("plait.arrays");
  nb::dict argument;
  argument[name.c_str()] = object;
  arrays.attr("expect_data")(argument);
  arrays.attr("expect_float")(name, arrays.attr("describe")(name, object).attr("dtype"));
  raise("ArgumentError", name + ": expects an array that gives its memory, but got " + Py_TYPE(object.ptr())->tp_name +
                             ", which does not");
}

std::string spellPlace(int32_t device) {
  return device == onHost ? "the CPU" : "CUDA device " + std::to_string(device);
}

void checkPlace(const std::string &name, const Tensor &tensor, const std::string &firstName, const Tensor &first) {
  if (tensor.device != first.device)
    raise("DtypeError", name + ": expects an array on " + spellPlace(first.device) + " as " + firstName +
                            ", but got one on " + spellPlace(tensor.device));
}

/// The largest power of two that divides a number of bytes, 16 at most.
static int64_t alignmentOf(uint64_t bytes) {
  constexpr uint64_t most = 16;
  return static_cast<int64_t>((bytes | most) & -(bytes | most));
}

int64_t rowAlignment(std::span<const DLTensor *const> arrays) {
  int64_t least = alignmentOf(0);
  for (const DLTensor *array : arrays) {
    if (array->device.device_type != kDLCUDA || array->ndim != 4)
      continue;
    uint64_t item = array->dtype.bits / 8, places = reinterpret_cast<uintptr_t>(array->data) + array->byte_offset;
    for (int i = 0; i < 3; ++i)
      places |= array->shape[i] > 1 ? static_cast<uint64_t>(array->strides[i]) * item : 0;
    int64_t found = alignmentOf(places);
    if (found < alignmentOf(static_cast<uint64_t>(array->shape[3]) * item))
      least = std::min(least, found);
  }
  return least;
}

void *streamOf(Kind kind, const Tensor &tensor) {
  if (kind != Kind::Torch || tensor.device == onHost)
    return nullptr;
  if (const ExchangeApi *api = exchangeOf(Py_TYPE(tensor.object)))
    return currentStream(*api, tensor.device);
  nb::object stream = nb::module_::import_("torch.cuda").attr("current_stream")(tensor.device);
  return reinterpret_cast<void *>(nb::cast<uintptr_t>(stream.attr("cuda_stream")));
}

std::string spell(const int64_t *extents, int rank) {
  std::string text = "[";
  for (int i = 0; i < rank; ++i)
    text += (i ? ", " : "") + std::to_string(extents[i]);
  return text + "]";
}

void checkShape(const std::string &name, const Tensor &tensor, const int64_t *shape, int rank,
                const std::string &whose) {
  if (tensor.rank != rank || !std::equal(shape, shape + rank, tensor.shape))
    raise("ShapeError",
          name + ": expects " + spell(shape, rank) + whose + ", but got " + spell(tensor.shape, tensor.rank));
}

void checkWritable(const std::string &name, const Tensor &tensor) {
  if (tensor.readOnly)
    raise("ArgumentError", name + ": expects an array that may be written, but got a read-only one");
  for (int i = 0; i < tensor.rank; ++i)
    if (tensor.strides[i] == 0 && tensor.shape[i] > 1)
      raise("ArgumentError", name + ": expects an array that may be written, but got stride 0 in dimension " +
                                 std::to_string(i) + ", whose elements share memory");
}

Range rangeOf(const DLTensor &view) {
  int64_t low = 0, high = 0;
  for (int i = 0; i < view.ndim; ++i) {
    if (view.shape[i] == 0)
      return {nullptr, nullptr};
    int64_t reach = (view.shape[i] - 1) * view.strides[i];
    (reach < 0 ? low : high) += reach;
  }
  const char *data = static_cast<const char *>(view.data) + view.byte_offset;
  int64_t item = view.dtype.bits / 8;
  return {data + low * item, data + (high + 1) * item};
}

} // namespace plait::python
