//===- CApi.cpp - the compiler for C --------------------------------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file wraps the driver for C. Each call has a compiler of its own, so
// that threads share nothing.
//===----------------------------------------------------------------------===//

#include "compiler/Driver/CApi.h"

#include "compiler/Driver/Compile.h"
#include "compiler/Driver/Version.h"
#include "compiler/Interpreter/Interpreter.h"

#include "llvm/ADT/StringExtras.h"

#include <cstdlib>
#include <cstring>

using namespace plait;

static char *copyText(llvm::StringRef text) {
  auto *copy = static_cast<char *>(std::malloc(text.size() + 1));
  if (!copy)
    std::abort(); // no memory even for the message
  std::memcpy(copy, text.data(), text.size());
  copy[text.size()] = '\0';
  return copy;
}

static char *errorText(llvm::Error error) { return copyText(llvm::toString(std::move(error))); }

static llvm::Expected<std::vector<Target>> parseTargets(llvm::StringRef names) {
  std::vector<Target> targets;
  for (llvm::StringRef name : llvm::split(names, ',')) {
    auto target = findTarget(name.trim());
    if (!target)
      return target.takeError();
    targets.push_back(std::move(*target));
  }
  return targets;
}

const char *plait_compiler_version(void) { return compilerVersion(); }

char *plait_compiler_compile(const char *ir, size_t irSize, const char *targets, const char *schedule,
                             const char *ptxas, void **pack, size_t *packSize) {
  auto parsed = parseTargets(targets);
  if (!parsed)
    return errorText(parsed.takeError());
  Compiler compiler("input", ptxas);
  auto bytes = compiler.compilePack(llvm::StringRef(ir, irSize), *parsed, std::string(schedule));
  if (!bytes)
    return errorText(bytes.takeError());
  void *copy = std::malloc(bytes->size());
  if (!copy)
    return copyText("out of memory for a pack of " + std::to_string(bytes->size()) + " bytes");
  std::memcpy(copy, bytes->data(), bytes->size());
  *pack = copy;
  *packSize = bytes->size();
  return nullptr;
}

char *plait_compiler_schedules(const char *ir, size_t irSize, const char *target, int64_t items, int64_t tokens,
                               int64_t processors, char **lines) {
  auto found = findTarget(target);
  if (!found)
    return errorText(found.takeError());
  Compiler compiler;
  auto schedules = compiler.schedules(llvm::StringRef(ir, irSize), *found, {items, tokens, processors});
  if (!schedules)
    return errorText(schedules.takeError());
  *lines = copyText(llvm::join(*schedules, "\n"));
  return nullptr;
}

/// What the last stage makes: assembly on the CPU, PTX on CUDA.
static llvm::Expected<std::string> printCode(Compiler &compiler, llvm::StringRef ir, const Target &target,
                                             llvm::StringRef schedule, llvm::StringRef name) {
  bool wantsPtx = name == "ptx";
  if (wantsPtx != (target.cuda() != nullptr))
    return llvm::createStringError("expects a " + llvm::StringRef(wantsPtx ? "CUDA" : "CPU") + " target for stage " +
                                   name + ", but got " + target.isa());
  if (wantsPtx)
    return compiler.compilePtx(ir, *target.cuda(), schedule);
  auto code = compiler.compileCode(ir, *target.cpu(), schedule, CodeKind::Assembly);
  if (!code)
    return code.takeError();
  return std::string(code->begin(), code->end());
}

static llvm::Expected<std::string> printStage(Compiler &compiler, llvm::StringRef ir, const Target &target,
                                              llvm::StringRef schedule, llvm::StringRef name) {
  if (name == "llvm")
    return compiler.printLLVM(ir, target, schedule);
  if (name == "asm" || name == "ptx")
    return printCode(compiler, ir, target, schedule, name);
  auto stage = parseStage(name);
  if (!stage)
    return stage.takeError();
  auto module = compiler.parse(ir);
  if (!module)
    return module.takeError();
  if (llvm::Error error = compiler.lower(**module, target, schedule, *stage))
    return error;
  std::string text;
  llvm::raw_string_ostream stream(text);
  (*module)->print(stream);
  return text;
}

char *plait_compiler_print(const char *ir, size_t irSize, const char *target, const char *schedule, const char *stage,
                           char **text) {
  auto found = findTarget(target);
  if (!found)
    return errorText(found.takeError());
  Compiler compiler;
  auto printed = printStage(compiler, llvm::StringRef(ir, irSize), *found, schedule, stage);
  if (!printed)
    return errorText(printed.takeError());
  *text = copyText(*printed);
  return nullptr;
}

static int64_t elementCount(const DLTensor &tensor) {
  int64_t count = 1;
  for (int32_t d = 0; d < tensor.ndim; ++d)
    count *= tensor.shape[d];
  return count;
}

template <class T> static void widen(const DLTensor &tensor, std::vector<double> &data) {
  auto *from = reinterpret_cast<const T *>(static_cast<const char *>(tensor.data) + tensor.byte_offset);
  data.assign(from, from + elementCount(tensor));
}

static llvm::Expected<Array> readArray(const DLTensor &tensor, size_t index) {
  Array array;
  array.shape.assign(tensor.shape, tensor.shape + tensor.ndim);
  bool isFloat = tensor.dtype.code == kDLFloat, isInt = tensor.dtype.code == kDLInt;
  if (isFloat && tensor.dtype.bits == 64)
    widen<double>(tensor, array.data);
  else if (isFloat && tensor.dtype.bits == 32)
    widen<float>(tensor, array.data);
  else if (isInt && tensor.dtype.bits == 32)
    widen<int32_t>(tensor, array.data);
  else if (isInt && tensor.dtype.bits == 64)
    widen<int64_t>(tensor, array.data);
  else
    return llvm::createStringError("expects argument " + std::to_string(index) + " of f64, f32, i32 or i64");
  return array;
}

static llvm::Error writeResult(const Array &array, const DLTensor &tensor, size_t index) {
  bool sameShape = llvm::ArrayRef(array.shape) == llvm::ArrayRef(tensor.shape, tensor.ndim);
  if (!sameShape || tensor.dtype.code != kDLFloat || tensor.dtype.bits != 64)
    return llvm::createStringError("expects result " + std::to_string(index) + " of f64 with the function's shape");
  std::memcpy(static_cast<char *>(tensor.data) + tensor.byte_offset, array.data.data(),
              array.data.size() * sizeof(double));
  return llvm::Error::success();
}

char *plait_compiler_interpret(const char *ir, size_t irSize, const char *entry, const DLTensor *const *arguments,
                               size_t argumentCount, const DLTensor *const *results, size_t resultCount) {
  Compiler compiler;
  auto module = compiler.parse(llvm::StringRef(ir, irSize));
  if (!module)
    return errorText(module.takeError());
  std::vector<Array> inputs;
  for (size_t i = 0; i < argumentCount; ++i) {
    auto array = readArray(*arguments[i], i);
    if (!array)
      return errorText(array.takeError());
    inputs.push_back(std::move(*array));
  }
  auto outputs = interpret(**module, entry, inputs);
  if (!outputs)
    return errorText(outputs.takeError());
  if (outputs->size() != resultCount)
    return copyText("expects " + std::to_string(outputs->size()) + " results, but got " + std::to_string(resultCount));
  for (size_t i = 0; i < resultCount; ++i)
    if (llvm::Error error = writeResult((*outputs)[i], *results[i], i))
      return errorText(std::move(error));
  return nullptr;
}

void plait_compiler_free(void *memory) { std::free(memory); }
