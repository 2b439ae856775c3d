//===- Arrays.cpp - the arrays of a call ----------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file moves the arrays of a call to a device of CUDA and back.
//===----------------------------------------------------------------------===//

#include "tools/support/Arrays.h"

#include "tools/support/Program.h"

#include <plait/cuda.h>

using namespace plait;

/// What can't be freed goes with the process.
void plait::FreeDeviceMemory::operator()(void *data) const { plait_status_release(plait_cuda_free(cudaDevice, data)); }

llvm::Error plait::Arrays::place(const Target &target) {
  if (!target.cuda())
    return llvm::Error::success();
  for (const HostArray &array : values) {
    const std::vector<char> &bytes = array.bytes();
    void *data = nullptr;
    if (llvm::Error error = takeStatus(plait_cuda_allocate(cudaDevice, bytes.size(), &data)))
      return error;
    copies.emplace_back(data);
    if (llvm::Error error = takeStatus(plait_cuda_copy_to_device(cudaDevice, data, bytes.data(), bytes.size())))
      return error;
  }
  return llvm::Error::success();
}

llvm::Error plait::Arrays::fetch() {
  if (copies.empty())
    return llvm::Error::success();
  if (llvm::Error error = takeStatus(plait_cuda_synchronize(cudaDevice)))
    return error;
  for (size_t i = 0; i < values.size(); ++i)
    if (directions[i] != PLAIT_IN)
      if (llvm::Error error = takeStatus(
              plait_cuda_copy_to_host(cudaDevice, values[i].view().data, copies[i].get(), values[i].bytes().size())))
        return error;
  return llvm::Error::success();
}

Arguments plait::Arrays::arguments() {
  Arguments arguments;
  for (HostArray &array : values)
    arguments.tensors.push_back(array.view());
  for (size_t i = 0; i < copies.size(); ++i) {
    arguments.tensors[i].data = copies[i].get();
    arguments.tensors[i].device = {kDLCUDA, cudaDevice};
  }
  for (DLTensor &tensor : arguments.tensors)
    arguments.pointers.push_back(&tensor);
  return arguments;
}
