//===- Tensor.h - arrays of any library, without a copy ---------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares the view that a call takes of the arrays it is given.
//===----------------------------------------------------------------------===//

#ifndef PLAIT_PYTHON_SRC_TENSOR_H
#define PLAIT_PYTHON_SRC_TENSOR_H

#include "python/src/Status.h"

#include <dlpack/dlpack.h>
#include <nanobind/ndarray.h>
#include <span>

namespace plait::python {

constexpr int maxRank = 8;

/// Which library an object belongs to, as far as it matters for speed.
enum class Kind { Option, Numpy, Torch, Cuda, Other };

/// Tells arrays from options; the answer is kept for each type.
Kind kindOf(PyObject *object);

constexpr int32_t onHost = -1;

/// Memory of an array on the CPU or a device of CUDA. Strides count elements.
struct Tensor {
  PyObject *object = nullptr; ///< Borrowed from the call.
  char *data = nullptr;
  DLDataType dtype{};
  int32_t rank = 0;
  int64_t shape[maxRank];
  int64_t strides[maxRank];
  bool readOnly = false;
  int32_t device = onHost;  ///< Or the number of a device of CUDA.
  nb::ndarray<nb::ro> keep; ///< Holds what DLPack handed out.
};

/// What DLPack calls the place of memory.
inline DLDevice placeOf(int32_t device) { return device == onHost ? DLDevice{kDLCPU, 0} : DLDevice{kDLCUDA, device}; }

/// Spells it as messages do: "the CPU", "CUDA device 1".
std::string spellPlace(int32_t device);

/// Reads an array; false where plait.arrays.describe has to say what is wrong
/// with it: another device, a type without name here, a gradient. A tensor that
/// `lasts` longer than the call holds its memory itself.
bool read(PyObject *object, Kind kind, Tensor &tensor, bool lasts = false);

/// Reads the array `name` of f32, bf16 or f16, or raises what is wrong with it.
void readArray(const std::string &name, nb::handle object, Tensor &tensor, bool lasts = false);

/// Raises unless an array is where `first` is, which is called `firstName`.
void checkPlace(const std::string &name, const Tensor &tensor, const std::string &firstName, const Tensor &first);

/// What kernels may take of the rows of arrays [B, T, H, D], of which addresses and strides are multiples: 16 bytes, or
/// less where an array on a device of CUDA has rows that are less aligned than their length is.
int64_t rowAlignment(std::span<const DLTensor *const> arrays);

/// The stream that PyTorch uses on the device of its tensor; NULL, the default one, for all others.
void *streamOf(Kind kind, const Tensor &tensor);

/// Spells a shape or strides as messages do: [2, 5, 4, 64].
std::string spell(const int64_t *extents, int rank);

/// Raises unless an array has the shape given; `whose` says in the message where that is from.
void checkShape(const std::string &name, const Tensor &tensor, const int64_t *shape, int rank,
                const std::string &whose = "");

/// Raises unless each element of an array may be written and has a place of its own.
void checkWritable(const std::string &name, const Tensor &tensor);

/// The addresses from the first to past the last element of a view.
struct Range {
  const char *first, *last;
  bool overlaps(const Range &other) const { return first < other.last && other.first < last; }
};
Range rangeOf(const DLTensor &view);

} // namespace plait::python

#endif // PLAIT_PYTHON_SRC_TENSOR_H
