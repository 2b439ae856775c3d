//===- Launch.cpp - from a call to a launch -------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file runs kernels, and makes a result of what they were seen to do.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/driver/Tasks.h"

#include "runtime/emulator/Error.h"
#include "runtime/emulator/driver/ReportText.h"

#include <cstring>

using namespace plait::emulator;

namespace {

using Bytes = std::vector<uint8_t>;

std::string nameOf(const Kernel &kernel) { return "kernel " + std::string(name(kernel)); }

/// The parameters that lie in one buffer.
Bytes readBuffer(const Kernel &kernel, void **extra) {
  const uint8_t *buffer = nullptr;
  const size_t *bytes = nullptr;
  for (; reinterpret_cast<uintptr_t>(*extra) != CU_LAUNCH_PARAM_END; extra += 2)
    switch (reinterpret_cast<uintptr_t>(*extra)) {
    case CU_LAUNCH_PARAM_BUFFER_POINTER:
      buffer = static_cast<const uint8_t *>(extra[1]);
      break;
    case CU_LAUNCH_PARAM_BUFFER_SIZE:
      bytes = static_cast<const size_t *>(extra[1]);
      break;
    default:
      throw Error(0, nameOf(kernel) + " expects CU_LAUNCH_PARAM_BUFFER_POINTER or _SIZE in `extra`, but got " +
                         std::to_string(reinterpret_cast<uintptr_t>(*extra)));
    }
  size_t expected = attributes(kernel).parameterBytes;
  // A host's struct is as long as its alignment wants it.
  if (!buffer || !bytes || *bytes < expected || *bytes >= expected + 16)
    throw Error(0, nameOf(kernel) + " expects " + std::to_string(expected) + " bytes of parameters, but got " +
                       std::to_string(buffer && bytes ? *bytes : 0));
  return Bytes(buffer, buffer + expected);
}

/// The parameters that lie where an array of addresses says.
Bytes readParameters(const Kernel &kernel, void **parameters, void **extra) {
  const FunctionAttributes &expected = attributes(kernel);
  if (extra && parameters)
    throw Error(0, nameOf(kernel) + " expects `kernelParams` or `extra`, but got both");
  if (extra)
    return readBuffer(kernel, extra);
  if (!parameters && expected.parameterBytes)
    throw Error(0, nameOf(kernel) + " expects " + std::to_string(expected.parameters.size()) +
                       " parameters, but got none");
  Bytes bytes(expected.parameterBytes);
  for (size_t i = 0; i < expected.parameters.size(); ++i) {
    if (!parameters[i])
      throw Error(0, nameOf(kernel) + " expects the address of parameter " + std::to_string(i) + ", but got NULL");
    std::memcpy(bytes.data() + expected.parameters[i].offset, parameters[i], expected.parameters[i].bytes);
  }
  return bytes;
}

/// What a device would tell of a defect, if it noticed.
CUresult resultOf(Defect::Kind kind) {
  switch (kind) {
  case Defect::Kind::LaunchLimit:
    return CUDA_ERROR_INVALID_VALUE;
  case Defect::Kind::OutOfBounds:
    return CUDA_ERROR_ILLEGAL_ADDRESS;
  case Defect::Kind::Misaligned:
    return CUDA_ERROR_MISALIGNED_ADDRESS;
  case Defect::Kind::Deadlock:
  case Defect::Kind::StepLimit:
    return CUDA_ERROR_LAUNCH_TIMEOUT;
  case Defect::Kind::Uninitialized:
  case Defect::Kind::Race:
  case Defect::Kind::Async:
  case Defect::Kind::Convergence:
  case Defect::Kind::Barrier:
  case Defect::Kind::Operand:
  case Defect::Kind::Trap:
    break;
  }
  return CUDA_ERROR_LAUNCH_FAILED;
}

/// The result that says most.
CUresult resultOf(const Report &report) {
  CUresult result = report.completed ? CUDA_SUCCESS : CUDA_ERROR_LAUNCH_FAILED;
  for (const Defect &defect : report.defects)
    if (result == CUDA_SUCCESS || result == CUDA_ERROR_LAUNCH_FAILED)
      result = resultOf(defect.kind);
  return result;
}

bool isRefused(const Report &report) {
  for (const Defect &defect : report.defects)
    if (defect.kind == Defect::Kind::LaunchLimit)
      return true;
  return false;
}

/// A kernel to launch, as it was when the call came. It keeps its program.
struct Prepared {
  CUcontext context;
  std::shared_ptr<Program> program;
  const Kernel *kernel;
  Launch launch;
  Bytes parameters;

  CUresult operator()(Driver &driver) const {
    Launch all = launch;
    all.parameters = parameters;
    Report report = driver.device->launch(*kernel, all, driver.settings.options);
    report.counters.lines.clear(); // they are those of one text, which a sum is not
    driver.counters += report.counters;
    ++driver.launches;
    CUresult result = resultOf(report);
    if (result == CUDA_SUCCESS)
      return result;
    driver.say("plait emulator:\n" + describeDefects(report));
    if (isRefused(report) || driver.settings.isBlocking || !driver.contexts.has(context))
      return result;
    if (context->failure == CUDA_SUCCESS)
      context->failure = result;
    return CUDA_SUCCESS;
  }
};

} // namespace

Task plait::emulator::makeLaunch(const Driver &driver, const LaunchCall &call) {
  const FunctionHandle &function = *call.function;
  Prepared prepared{function.module->context, function.module->program, function.kernel, {}, {}};
  prepared.launch.grid = call.grid;
  prepared.launch.block = call.block;
  prepared.launch.dynamicSharedBytes = call.sharedBytes;
  if (call.sharedBytes > function.maxDynamicShared)
    throw Error(0, nameOf(*function.kernel) + " expects at most " + std::to_string(function.maxDynamicShared) +
                       " bytes of dynamic shared memory (CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES), but got " +
                       std::to_string(call.sharedBytes));
  const FunctionAttributes &values = attributes(*function.kernel);
  prepared.launch.largeShared =
      values.staticSharedBytes + function.maxDynamicShared > driver.settings.limits.sharedBytesByDefault;
  prepared.parameters = readParameters(*function.kernel, call.parameters, call.extra);
  return prepared;
}
