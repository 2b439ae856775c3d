//===- CudaArray.h - memory of a device of CUDA for Python ------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares plait.cuda.Array, which needs no other library.
//===----------------------------------------------------------------------===//

#ifndef PLAIT_PYTHON_SRC_CUDAARRAY_H
#define PLAIT_PYTHON_SRC_CUDAARRAY_H

#include "python/src/Status.h"

#include <dlpack/dlpack.h>
#include <nanobind/ndarray.h>
#include <vector>

namespace plait::python {

/// An array on a device of CUDA: memory of its own, or what DLPack handed out.
class CudaArray {
public:
  /// Allocates, dense in row-major order.
  CudaArray(std::vector<int64_t> shape, DLDataType dtype, int32_t device);
  /// Takes the memory of another library's array, without a copy.
  explicit CudaArray(nb::handle other);
  CudaArray(const CudaArray &) = delete;
  CudaArray &operator=(const CudaArray &) = delete;
  ~CudaArray();

  /// Copies the elements from dense memory of the host, or to it those of a dense array.
  void write(const void *bytes, size_t size);
  void read(void *bytes, size_t size) const;

  /// A DLPack capsule that keeps `self` alive. A consumer on another stream than the default one waits here.
  static nb::object exported(nb::handle self, nb::handle stream, nb::kwargs options);

  /// The bytes from the first element to past the last one.
  size_t span() const;

  char *data = nullptr;
  DLDataType dtype{};
  int32_t device = 0;
  std::vector<int64_t> shape, strides;

private:
  nb::ndarray<nb::ro> keep; ///< Holds what DLPack handed out.
  bool owned = false;
};

/// Reads an array of another library that is on a device of CUDA, without waiting for work on it: `stream` is what
/// DLPack calls that, -1 where the caller uses the stream that the array is written in.
nb::ndarray<nb::ro> importCuda(nb::handle array, int stream);

/// The copy of a host's array on a device, as plait.cuda.array makes it.
nb::object copyToDevice(nb::handle array, int32_t device);

void bindCuda(nb::module_ &module);

} // namespace plait::python

#endif // PLAIT_PYTHON_SRC_CUDAARRAY_H
