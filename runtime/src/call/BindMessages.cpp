//===- BindMessages.cpp - say what is wrong with an argument --------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file turns a finding into one line that names function, argument, what was
// expected and what came.
//
//===----------------------------------------------------------------------===//

#include "runtime/src/call/Mismatch.h"

using namespace plait;

namespace {

std::string spellType(DLDataType type) {
  std::string bits = std::to_string(type.bits), lanes = type.lanes == 1 ? "" : join("x", type.lanes);
  switch (type.code) {
  case kDLInt:
    return "i" + bits + lanes;
  case kDLUInt:
    return "u" + bits + lanes;
  case kDLFloat:
    return "f" + bits + lanes;
  case kDLBfloat:
    return "bf" + bits + lanes;
  default:
    return join("type code ", type.code, " of ", bits, " bits", lanes);
  }
}

/// "T", "3*T" or "64".
std::string spellDim(const plait_function &function, const plait_dim &dim) {
  if (dim.symbol < 0)
    return std::to_string(dim.factor);
  const std::string &name = function.entry.symbols[size_t(dim.symbol)];
  return dim.factor == 1 ? name : join(dim.factor, "*", name);
}

std::string spellShape(const plait_function &function, const ArgumentPlan &plan) {
  std::string text = "[";
  for (const plait_dim &dim : plan.shape)
    text += join(text.size() > 1 ? ", " : "", spellDim(function, dim));
  return text + "]";
}

/// The first argument that has the symbol in its shape.
const std::string &binder(const plait_function &function, int32_t symbol) {
  for (const ArgumentPlan &plan : function.arguments)
    for (const plait_dim &dim : plan.shape)
      if (dim.symbol == symbol)
        return plan.argument->name;
  return function.entry.name;
}

/// "T = 2048 as in 'q'", "a multiple of 3 (3*T)" or "64".
std::string expectedExtent(const plait_function &function, const plait_dim &dim, int64_t given,
                           const int64_t *symbols) {
  std::string spelled = spellDim(function, dim);
  if (dim.symbol < 0)
    return spelled;
  int64_t value = symbols[dim.symbol], product;
  if (value < 0)
    return given < 0 ? spelled + " >= 0" : join("a multiple of ", dim.factor, " (", spelled, ")");
  std::string number = __builtin_mul_overflow(value, dim.factor, &product) ? "" : join(" = ", product);
  return join(spelled, number, " as in '", binder(function, dim.symbol), "'");
}

/// "the CPU", "CUDA device 1" or "DLPack device 8:0".
std::string spellPlace(const DLTensor &tensor) {
  int32_t place = placeOf(tensor);
  if (place == onHost)
    return "the CPU";
  return place == elsewhere ? join("DLPack device ", deviceType(tensor), ":", tensor.device.device_id)
                            : join("CUDA device ", place);
}

/// What is expected follows from the first argument, once that has a place.
std::string expectedPlace(const plait_function &function, int32_t place) {
  if (place == undecided)
    return "the CPU or a CUDA device";
  return join(place == onHost ? "the CPU" : join("CUDA device ", place), " as '",
              function.arguments.front().argument->name, "'");
}

} // namespace

Status plait::describeCount(const plait_function &function, size_t count) {
  std::string names;
  for (const ArgumentPlan &plan : function.arguments)
    names += (names.empty() ? "" : ", ") + plan.argument->name;
  return failure(PLAIT_INVALID_ARGUMENT, function.entry.name, " expects ", function.arguments.size(), " arguments (",
                 names, "), but got ", count);
}

Status plait::describe(Mismatch mismatch, const plait_function &function, size_t index, const DLTensor *tensor,
                       const Bindings &bindings) {
  const ArgumentPlan &plan = function.arguments[index];
  std::string head = join(function.entry.name, ": argument '", plan.argument->name, "' expects ");
  size_t d = size_t(mismatch.dim);
  auto value = [&](const auto &...parts) { return failure(PLAIT_INVALID_ARGUMENT, head, parts...); };
  auto shape = [&](const auto &...parts) { return failure(PLAIT_INVALID_SHAPE, head, parts...); };
  switch (mismatch.kind) {
  case Mismatch::None:
    break;
  case Mismatch::NoTensor:
    return value("an array, but got NULL");
  case Mismatch::Device:
    return failure(PLAIT_INVALID_TYPE, head, "an array on ", expectedPlace(function, bindings.device),
                   ", but got one on ", spellPlace(*tensor));
  case Mismatch::Type:
    return failure(PLAIT_INVALID_TYPE, head, spellType(plan.type), ", but got ", spellType(tensor->dtype));
  case Mismatch::Rank:
    return shape(plan.shape.size(), " dimensions ", spellShape(function, plan), ", but got ", tensor->ndim);
  case Mismatch::NoShape:
    return value("a shape, but got NULL");
  case Mismatch::Extent:
    return shape("dimension ", d, " to be ",
                 expectedExtent(function, plan.shape[d], tensor->shape[d], bindings.symbols), ", but got ",
                 tensor->shape[d]);
  case Mismatch::Stride:
    if (d + 1 == plan.shape.size())
      return value("stride 1 in its last dimension, but got ", tensor->strides[d]);
    return value("a stride other than 0 in dimension ", d, ", but got 0");
  case Mismatch::NoData:
    return value("data, but got NULL");
  case Mismatch::Alignment:
    return value("data aligned to ", plan.type.bits / 8, " bytes, but its address modulo that is ",
                 (reinterpret_cast<uintptr_t>(tensor->data) + tensor->byte_offset) % (plan.type.bits / 8));
  }
  return nullptr;
}
