//===- CudaTarget.cpp - the architectures of CUDA -------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file holds the table of CUDA targets. The version of PTX is the first
// that has what kernels use there, so that old drivers compile it too.
//===----------------------------------------------------------------------===//

#include "compiler/Target/CUDA/CudaTarget.h"

#include "mlir/IR/Builders.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace plait;

/// Shared memory is that of the CUDA C++ programming guide, table "technical
/// specifications per compute capability", for a block that opts in.
static const std::vector<CudaTarget> &cudaTargets() {
  constexpr int64_t kib = 1024;
  static const std::vector<CudaTarget> targets = {
      {"sm_80", "+ptx80", 80, 163 * kib},    {"sm_86", "+ptx80", 86, 99 * kib},   {"sm_89", "+ptx80", 89, 99 * kib},
      {"sm_90", "+ptx80", 90, 227 * kib},    {"sm_90a", "+ptx80", 90, 227 * kib}, {"sm_100", "+ptx86", 100, 227 * kib},
      {"sm_100a", "+ptx86", 100, 227 * kib}, {"sm_120", "+ptx87", 120, 99 * kib}, {"sm_120a", "+ptx87", 120, 99 * kib},
  };
  return targets;
}

std::vector<llvm::StringRef> plait::cudaTargetNames() {
  std::vector<llvm::StringRef> names;
  for (const CudaTarget &target : cudaTargets())
    names.push_back(target.isa);
  return names;
}

llvm::Expected<CudaTarget> plait::findCudaTarget(llvm::StringRef name) {
  auto found = llvm::find_if(cudaTargets(), [&](const CudaTarget &target) { return target.isa == name; });
  if (found != cudaTargets().end())
    return *found;
  return llvm::createStringError("expects a CUDA target among " + llvm::join(cudaTargetNames(), ", ") + ", but got '" +
                                 name.str() + "'");
}

CudaTarget CudaTarget::portable() const { return llvm::cantFail(findCudaTarget(llvm::StringRef(isa).rtrim('a'))); }

TargetAttr CudaTarget::attribute(mlir::MLIRContext *context) const {
  mlir::Builder b(context);
  return TargetAttr::get(context, isa,
                         b.getDictionaryAttr({b.getNamedAttr("capability", b.getI64IntegerAttr(capability)),
                                              b.getNamedAttr("fma", b.getUnitAttr()),
                                              b.getNamedAttr("shared", b.getI64IntegerAttr(shared))}));
}
