//===- CudaArray.cpp - memory of a device of CUDA for Python --------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file allocates and copies through plait/cuda.h and passes arrays by DLPack.
//===----------------------------------------------------------------------===//

#include "python/src/CudaArray.h"

#include "python/src/Tensor.h"

#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>
#include <plait/cuda.h>

namespace plait::python {

CudaArray::CudaArray(std::vector<int64_t> extents, DLDataType dtype, int32_t device)
    : dtype(dtype), device(device), shape(std::move(extents)), strides(shape.size()), owned(true) {
  int64_t stride = 1;
  for (size_t i = shape.size(); i-- > 0;) {
    strides[i] = stride;
    stride *= std::max<int64_t>(shape[i], 1);
  }
  void *memory = nullptr;
  check(plait_cuda_allocate(device, span(), &memory));
  data = static_cast<char *>(memory);
}

CudaArray::CudaArray(nb::handle other) : keep(importCuda(other, 1)) {
  data = static_cast<char *>(const_cast<void *>(static_cast<const void *>(keep.data())));
  nb::dlpack::dtype type = keep.dtype();
  dtype = {type.code, type.bits, type.lanes};
  device = keep.device_id();
  for (size_t i = 0; i < keep.ndim(); ++i) {
    shape.push_back(static_cast<int64_t>(keep.shape(i)));
    strides.push_back(keep.stride(i));
  }
}

CudaArray::~CudaArray() {
  if (owned)
    plait_status_release(plait_cuda_free(device, data)); // a failed device frees all by itself
}

size_t CudaArray::span() const {
  int64_t reach = 0;
  for (size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] == 0)
      return 0;
    reach += (shape[i] - 1) * strides[i];
  }
  return static_cast<size_t>(reach + 1) * dtype.bits / 8;
}

void CudaArray::write(const void *bytes, size_t size) {
  plait_status *status;
  {
    nb::gil_scoped_release release;
    status = plait_cuda_copy_to_device(device, data, bytes, size);
  }
  check(status);
}

void CudaArray::read(void *bytes, size_t size) const {
  plait_status *status;
  {
    nb::gil_scoped_release release;
    status = plait_cuda_copy_to_host(device, bytes, data, size);
  }
  check(status);
}

nb::object CudaArray::exported(nb::handle self, nb::handle stream, nb::kwargs options) {
  auto &array = nb::cast<CudaArray &>(self);
  int64_t wanted = stream.is_none() ? 1 : nb::cast<int64_t>(stream);
  if (wanted != -1 && wanted != 1)
    check(plait_cuda_synchronize(array.device));
  std::vector<size_t> extents(array.shape.begin(), array.shape.end());
  nb::ndarray<nb::array_api> view(array.data, extents.size(), extents.data(), self, array.strides.data(),
                                  nb::dlpack::dtype{array.dtype.code, array.dtype.bits, array.dtype.lanes},
                                  nb::device::cuda::value, array.device);
  return nb::cast(view).attr("__dlpack__")(**options);
}

nb::ndarray<nb::ro> importCuda(nb::handle array, int stream) {
  nb::object capsule = array.attr("__dlpack__")(nb::arg("stream") = stream);
  nb::ndarray<nb::ro> imported;
  if (!nb::try_cast(capsule, imported) || imported.device_type() != nb::device::cuda::value)
    raise("DtypeError", "expects an array on a CUDA device, but got " + nb::cast<std::string>(nb::repr(array.type())));
  return imported;
}

nb::object copyToDevice(nb::handle array, int32_t device) {
  return nb::module_::import_("plait.cuda").attr("array")(array, device);
}

static nb::dict describeDevice(int32_t device) {
  plait_cuda_properties properties;
  check(plait_cuda_describe(device, &properties));
  nb::dict result;
  result["name"] = properties.name;
  result["capability"] = nb::make_tuple(properties.major, properties.minor);
  result["multiprocessors"] = properties.multiprocessors;
  return result;
}

void bindCuda(nb::module_ &module) {
  using Bytes = nb::ndarray<uint8_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
  using ReadOnlyBytes = nb::ndarray<const uint8_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
  nb::class_<CudaArray>(module, "CudaArray")
      .def(
          "__init__",
          [](CudaArray *self, std::vector<int64_t> shape, uint8_t code, uint8_t bits, int32_t device) {
            new (self) CudaArray(std::move(shape), {code, bits, 1}, device);
          },
          nb::arg("shape"), nb::arg("code"), nb::arg("bits"), nb::arg("device"))
      .def_static(
          "of", [](nb::object other) { return new CudaArray(nb::handle(other)); }, nb::arg("array"))
      .def("write", [](CudaArray &self, ReadOnlyBytes bytes) { self.write(bytes.data(), bytes.size()); })
      .def("read", [](const CudaArray &self, Bytes bytes) { self.read(bytes.data(), bytes.size()); })
      .def_prop_ro("span", &CudaArray::span)
      .def_prop_ro("shape", [](const CudaArray &self) { return nb::tuple(nb::cast(self.shape)); })
      .def_prop_ro("strides", [](const CudaArray &self) { return nb::tuple(nb::cast(self.strides)); })
      .def_prop_ro("dtype", [](nb::handle self) { return nb::module_::import_("plait.cuda").attr("dtype_of")(self); })
      .def("__repr__",
           [](nb::handle self) {
             const auto &array = nb::cast<const CudaArray &>(self);
             nb::object type = self.attr("dtype");
             return "<plait.cuda.Array of " + nb::cast<std::string>(nb::str(type)) + " " +
                    spell(array.shape.data(), int(array.shape.size())) + " on " + spellPlace(array.device) + ">";
           })
      .def_prop_ro("type_code", [](const CudaArray &self) { return nb::make_tuple(self.dtype.code, self.dtype.bits); })
      .def_prop_ro("device_id", [](const CudaArray &self) { return self.device; })
      .def_prop_ro("device", [](const CudaArray &self) { return "cuda:" + std::to_string(self.device); })
      .def(
          "__dlpack__",
          [](nb::handle self, nb::object stream, nb::kwargs options) {
            return CudaArray::exported(self, stream, options);
          },
          nb::kw_only(), nb::arg("stream") = nb::none(), nb::arg("options"))
      .def(
          "__array__",
          [](nb::handle, nb::args, nb::kwargs) {
            raise("DtypeError", "NumPy expects an array on the CPU, but got one on a CUDA device, which "
                                "plait.cuda.numpy copies");
          },
          nb::arg("args"), nb::arg("options"))
      .def("__dlpack_device__", [](const CudaArray &self) { return nb::make_tuple(int(kDLCUDA), self.device); });
  module.def("cuda_describe", &describeDevice, nb::arg("device"));
}

} // namespace plait::python
