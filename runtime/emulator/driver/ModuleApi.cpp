//===- ModuleApi.cpp - modules and their functions ------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file implements the loading of PTX and the queries about functions.
//
//===----------------------------------------------------------------------===//

#include "runtime/emulator/driver/Enter.h"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>

using namespace plait::emulator;

namespace {

/// The buffer that a caller gave for the text of errors or of information.
struct LogBuffer {
  char *text = nullptr;
  void **size = nullptr; ///< the option's value: its bytes; in the end, how many are used

  void write(const std::string &message) const {
    if (!size)
      return;
    size_t room = reinterpret_cast<uintptr_t>(*size), used = text && room ? std::min(message.size(), room - 1) : 0;
    if (text && room) {
      std::memcpy(text, message.data(), used);
      text[used] = '\0';
    }
    *size = reinterpret_cast<void *>(message.empty() ? 0 : used + 1);
  }
};

struct JitLogs {
  LogBuffer errors, information;

  JitLogs(unsigned count, const CUjit_option *options, void **values) {
    for (unsigned i = 0; i < count; ++i)
      if (options[i] == CU_JIT_ERROR_LOG_BUFFER)
        errors.text = static_cast<char *>(values[i]);
      else if (options[i] == CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES)
        errors.size = &values[i];
      else if (options[i] == CU_JIT_INFO_LOG_BUFFER)
        information.text = static_cast<char *>(values[i]);
      else if (options[i] == CU_JIT_INFO_LOG_BUFFER_SIZE_BYTES)
        information.size = &values[i];
  }
};

struct Refusal {
  CUresult result = CUDA_SUCCESS;
  std::string message;
};

std::string located(int line, const std::string &message) {
  return "plait emulator: error: " + (line ? "line " + std::to_string(line) + ": " : "") + message;
}

/// Machine code begins with a number of its kind.
bool isMachineCode(const char *image) {
  static constexpr char elf[] = "\x7f"
                                "ELF",
                        fatbin[] = "\x50\xed\x55\xba", wrapped[] = "\xb1\x43\x62\x46";
  for (const char *magic : {elf, fatbin, wrapped})
    if (std::strncmp(image, magic, 4) == 0)
      return true;
  return false;
}

Refusal load(Driver &driver, const char *image, CUmodule *result) {
  if (isMachineCode(image))
    return {CUDA_ERROR_NO_BINARY_FOR_GPU, located(0, "expects PTX text, but got machine code")};
  try {
    ptx::Module module = ptx::parse(image);
    if (!readsVersion(driver.settings.driverVersion, module))
      return {CUDA_ERROR_UNSUPPORTED_PTX_VERSION,
              located(1, "expects a version of PTX that the driver " + std::to_string(driver.settings.driverVersion) +
                             " reads, but got " + std::to_string(module.versionMajor) + "." +
                             std::to_string(module.versionMinor))};
    if (std::string why = whyRefused(module, driver.settings.model); !why.empty())
      return {CUDA_ERROR_INVALID_PTX, located(0, why)};
    int version = module.version();
    *result = driver.modules.add({currentContext(), driver.device->load(module), version});
    return {};
  } catch (const Error &error) {
    return {CUDA_ERROR_INVALID_PTX, located(error.line, error.what())};
  }
}

CUresult loadWithLogs(Driver &driver, CUmodule *module, const void *image, const JitLogs &logs) {
  if (!module || !image)
    return CUDA_ERROR_INVALID_VALUE;
  Refusal refusal = load(driver, static_cast<const char *>(image), module);
  logs.errors.write(refusal.message);
  logs.information.write("");
  // A caller without a buffer could not know why.
  if (refusal.result != CUDA_SUCCESS && !logs.errors.text)
    driver.say(refusal.message);
  return refusal.result;
}

} // namespace

PLAIT_CUDA_API CUresult cuModuleLoadDataEx(CUmodule *module, const void *image, unsigned numOptions,
                                           CUjit_option *options, void **optionValues) {
  return enterUncaptured([&](Driver &driver) {
    if (numOptions && (!options || !optionValues))
      return CUDA_ERROR_INVALID_VALUE;
    return loadWithLogs(driver, module, image, JitLogs(numOptions, options, optionValues));
  });
}

PLAIT_CUDA_API CUresult cuModuleLoadData(CUmodule *module, const void *image) {
  return cuModuleLoadDataEx(module, image, 0, nullptr, nullptr);
}

PLAIT_CUDA_API CUresult cuModuleLoad(CUmodule *module, const char *fname) {
  if (!fname)
    return CUDA_ERROR_INVALID_VALUE;
  std::ifstream file(fname, std::ios::binary);
  if (!file)
    return CUDA_ERROR_FILE_NOT_FOUND;
  std::string text{std::istreambuf_iterator<char>(file), {}};
  return cuModuleLoadData(module, text.c_str());
}

PLAIT_CUDA_API CUresult cuModuleUnload(CUmodule hmod) {
  return enterUncaptured([&](Driver &driver) {
    if (!driver.modules.has(hmod))
      return CUDA_ERROR_INVALID_HANDLE;
    driver.unload(hmod);
    return CUDA_SUCCESS;
  });
}

PLAIT_CUDA_API CUresult cuModuleGetFunction(CUfunction *hfunc, CUmodule hmod, const char *name) {
  return enterContext([&](Driver &driver) {
    if (!hfunc || !name)
      return CUDA_ERROR_INVALID_VALUE;
    if (!driver.modules.has(hmod))
      return CUDA_ERROR_INVALID_HANDLE;
    const Kernel *kernel = findKernel(*hmod->program, name);
    if (!kernel)
      return CUDA_ERROR_NOT_FOUND;
    // One name has one handle, which keeps its attributes.
    *hfunc = driver.functions.findIf([&](auto &function) { return function.kernel == kernel; });
    if (!*hfunc) {
      uint32_t fixed = attributes(*kernel).staticSharedBytes, most = driver.settings.limits.sharedBytesByDefault;
      *hfunc = driver.functions.add({hmod, kernel, most - std::min(fixed, most)});
    }
    return CUDA_SUCCESS;
  });
}

PLAIT_CUDA_API CUresult cuModuleGetGlobal_v2(CUdeviceptr *dptr, size_t *bytes, CUmodule hmod, const char *name) {
  return enterContext([&](Driver &driver) {
    if (!name)
      return CUDA_ERROR_INVALID_VALUE;
    if (!driver.modules.has(hmod))
      return CUDA_ERROR_INVALID_HANDLE;
    const Allocation *variable = findVariable(*hmod->program, name);
    if (!variable)
      return CUDA_ERROR_NOT_FOUND;
    if (dptr)
      *dptr = variable->address;
    if (bytes)
      *bytes = variable->bytes;
    return CUDA_SUCCESS;
  });
}

static std::optional<int> attributeOf(const Driver &driver, const FunctionHandle &function,
                                      CUfunction_attribute which) {
  const FunctionAttributes &values = attributes(*function.kernel);
  switch (which) {
  case CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK:
    return values.maxThreads;
  case CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES:
    return values.staticSharedBytes;
  case CU_FUNC_ATTRIBUTE_CONST_SIZE_BYTES:
    return values.constBytes;
  case CU_FUNC_ATTRIBUTE_LOCAL_SIZE_BYTES:
    return values.localBytes;
  case CU_FUNC_ATTRIBUTE_NUM_REGS:
    return values.registers;
  case CU_FUNC_ATTRIBUTE_PTX_VERSION:
    return function.module->ptxVersion;
  case CU_FUNC_ATTRIBUTE_BINARY_VERSION:
    return driver.settings.model.major * 10 + driver.settings.model.minor;
  case CU_FUNC_ATTRIBUTE_CACHE_MODE_CA:
    return 0;
  case CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES:
    return function.maxDynamicShared;
  case CU_FUNC_ATTRIBUTE_PREFERRED_SHARED_MEMORY_CARVEOUT:
    return -1;
  }
  return std::nullopt;
}

PLAIT_CUDA_API CUresult cuFuncGetAttribute(int *pi, CUfunction_attribute attrib, CUfunction hfunc) {
  return enterContext([&](Driver &driver) {
    if (!pi)
      return CUDA_ERROR_INVALID_VALUE;
    if (!driver.functions.has(hfunc))
      return CUDA_ERROR_INVALID_HANDLE;
    auto value = attributeOf(driver, *hfunc, attrib);
    if (!value)
      return CUDA_ERROR_NOT_SUPPORTED;
    *pi = *value;
    return CUDA_SUCCESS;
  });
}

PLAIT_CUDA_API CUresult cuFuncSetAttribute(CUfunction hfunc, CUfunction_attribute attrib, int value) {
  return enterContext([&](Driver &driver) {
    if (!driver.functions.has(hfunc))
      return CUDA_ERROR_INVALID_HANDLE;
    if (attrib == CU_FUNC_ATTRIBUTE_PREFERRED_SHARED_MEMORY_CARVEOUT)
      return value >= -1 && value <= 100 ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE; // a wish, nothing else
    if (attrib != CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES)
      return CUDA_ERROR_NOT_SUPPORTED;
    int64_t most = int64_t(driver.settings.limits.sharedBytes) - attributes(*hfunc->kernel).staticSharedBytes;
    if (value < 0 || value > most)
      return CUDA_ERROR_INVALID_VALUE;
    hfunc->maxDynamicShared = uint32_t(value);
    return CUDA_SUCCESS;
  });
}

/// A wish about caches.
PLAIT_CUDA_API CUresult cuFuncSetCacheConfig(CUfunction hfunc, int config) {
  return enterContext(
      [&](Driver &driver) { return driver.functions.has(hfunc) ? CUDA_SUCCESS : CUDA_ERROR_INVALID_HANDLE; });
}

PLAIT_CUDA_API CUresult cuFuncGetName(const char **name, CUfunction hfunc) {
  return enterContext([&](Driver &driver) {
    if (!name)
      return CUDA_ERROR_INVALID_VALUE;
    if (!driver.functions.has(hfunc))
      return CUDA_ERROR_INVALID_HANDLE;
    *name = plait::emulator::name(*hfunc->kernel).data();
    return CUDA_SUCCESS;
  });
}

PLAIT_CUDA_API CUresult cuFuncGetParamInfo(CUfunction func, size_t paramIndex, size_t *paramOffset, size_t *paramSize) {
  return enterContext([&](Driver &driver) {
    if (!driver.functions.has(func))
      return CUDA_ERROR_INVALID_HANDLE;
    const FunctionAttributes &values = attributes(*func->kernel);
    if (!paramOffset || paramIndex >= values.parameters.size())
      return CUDA_ERROR_INVALID_VALUE;
    *paramOffset = values.parameters[paramIndex].offset;
    if (paramSize)
      *paramSize = values.parameters[paramIndex].bytes;
    return CUDA_SUCCESS;
  });
}

PLAIT_CUDA_API CUresult cuOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(int *numBlocks, CUfunction func,
                                                                             int blockSize, size_t dynamicSMemSize,
                                                                             unsigned flags) {
  return enterContext([&](Driver &driver) {
    if (!numBlocks || blockSize < 1)
      return CUDA_ERROR_INVALID_VALUE;
    if (!driver.functions.has(func))
      return CUDA_ERROR_INVALID_HANDLE;
    const FunctionAttributes &values = attributes(*func->kernel);
    bool fits = uint32_t(blockSize) <= values.maxThreads && dynamicSMemSize <= func->maxDynamicShared;
    *numBlocks = fits ? int(residentBlocks(driver.settings.model, blockSize, values.registers,
                                           values.staticSharedBytes + uint32_t(dynamicSMemSize)))
                      : 0;
    return CUDA_SUCCESS;
  });
}

PLAIT_CUDA_API CUresult cuOccupancyMaxActiveBlocksPerMultiprocessor(int *numBlocks, CUfunction func, int blockSize,
                                                                    size_t dynamicSMemSize) {
  return cuOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(numBlocks, func, blockSize, dynamicSMemSize, 0);
}
