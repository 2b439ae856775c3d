//===- Compiler.cpp - libplait_compiler, opened when needed ---------------===//
// SPDX-License-Identifier: Apache-2.0
//
// This file opens the compiler by dlopen and passes texts and packs.
//===----------------------------------------------------------------------===//

#include "python/src/Compiler.h"

#include <dlfcn.h>
#include <dlpack/dlpack.h>
#include <filesystem>
#include <nanobind/ndarray.h>
#include <sstream>
#include <vector>

namespace plait::python {

namespace {
struct Library {
  char *(*compile)(const char *, size_t, const char *, const char *, const char *, void **, size_t *);
  char *(*schedules)(const char *, size_t, const char *, int64_t, int64_t, int64_t, char **);
  char *(*print)(const char *, size_t, const char *, const char *, const char *, char **);
  char *(*interpret)(const char *, size_t, const char *, const DLTensor *const *, size_t, const DLTensor *const *,
                     size_t);
  void (*free)(void *);
};
} // namespace

static std::filesystem::path folderOf(const void *symbol) {
  Dl_info info;
  return dladdr(symbol, &info) && info.dli_fname ? std::filesystem::path(info.dli_fname).parent_path() : ".";
}

std::string compilerPath() {
  const char *name = "libplait_compiler.so";
  std::filesystem::path here = folderOf(reinterpret_cast<const void *>(&compilerPath)) / name;
  if (std::filesystem::exists(here))
    return here.string();
  return (folderOf(reinterpret_cast<const void *>(&plait_version)) / name).string();
}

template <typename T> static void find(void *handle, const char *name, T &function) {
  function = reinterpret_cast<T>(dlsym(handle, name));
  if (!function)
    raise("CompileError", std::string("the compiler's library has no ") + name);
}

static const Library &library() {
  static Library *loaded = nullptr;
  if (loaded)
    return *loaded;
  void *handle;
  std::string path = compilerPath();
  {
    nb::gil_scoped_release release;
    handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  }
  if (!handle)
    raise("CompileError", std::string("the compiler can't be loaded: ") + dlerror());
  auto fresh = std::make_unique<Library>();
  find(handle, "plait_compiler_compile", fresh->compile);
  find(handle, "plait_compiler_schedules", fresh->schedules);
  find(handle, "plait_compiler_print", fresh->print);
  find(handle, "plait_compiler_interpret", fresh->interpret);
  find(handle, "plait_compiler_free", fresh->free);
  loaded = fresh.release(); // stays for the life of the process, as the library does
  return *loaded;
}

/// Raises the compiler's diagnostics; returns where there are none.
static void checkError(const Library &compiler, char *error) {
  if (!error)
    return;
  std::string text(error);
  compiler.free(error);
  while (!text.empty() && text.back() == '\n')
    text.pop_back();
  raise("CompileError", text);
}

static std::string takeText(const Library &compiler, char *text) {
  std::string result = text ? text : "";
  compiler.free(text);
  return result;
}

nb::bytes compile(const std::string &ir, const std::string &targets, const std::string &schedule,
                  const std::string &ptxas) {
  const Library &compiler = library();
  void *pack = nullptr;
  size_t size = 0;
  char *error;
  {
    nb::gil_scoped_release release;
    error = compiler.compile(ir.data(), ir.size(), targets.c_str(), schedule.c_str(), ptxas.c_str(), &pack, &size);
  }
  checkError(compiler, error);
  nb::bytes result(static_cast<const char *>(pack), size);
  compiler.free(pack);
  return result;
}

nb::list schedules(const std::string &ir, const std::string &target, int64_t items, int64_t tokens,
                   int64_t processors) {
  const Library &compiler = library();
  char *lines = nullptr;
  checkError(compiler, compiler.schedules(ir.data(), ir.size(), target.c_str(), items, tokens, processors, &lines));
  nb::list result;
  std::istringstream text(takeText(compiler, lines) + "\n"); // the default alone is an empty line
  for (std::string line; std::getline(text, line);)
    result.append(line);
  return result;
}

std::string print(const std::string &ir, const std::string &target, const std::string &schedule,
                  const std::string &stage) {
  const Library &compiler = library();
  char *text = nullptr;
  checkError(compiler, compiler.print(ir.data(), ir.size(), target.c_str(), schedule.c_str(), stage.c_str(), &text));
  return takeText(compiler, text);
}

namespace {
/// Borrowed views of a list of arrays.
struct Views {
  std::vector<nb::ndarray<nb::ro>> arrays;
  std::vector<DLTensor> tensors;
  std::vector<const DLTensor *> pointers;

  explicit Views(nb::sequence objects) {
    for (nb::handle object : objects)
      arrays.push_back(nb::cast<nb::ndarray<nb::ro>>(object));
    for (const auto &array : arrays) {
      nb::dlpack::dtype type = array.dtype();
      tensors.push_back({const_cast<void *>(static_cast<const void *>(array.data())),
                         {kDLCPU, 0},
                         static_cast<int32_t>(array.ndim()),
                         {type.code, type.bits, type.lanes},
                         const_cast<int64_t *>(array.shape_ptr()),
                         const_cast<int64_t *>(array.stride_ptr()),
                         0});
    }
    for (const DLTensor &tensor : tensors)
      pointers.push_back(&tensor);
  }
};
} // namespace

void interpret(const std::string &ir, const std::string &entry, nb::sequence arguments, nb::sequence results) {
  const Library &compiler = library();
  Views in(arguments), out(results);
  char *error;
  {
    nb::gil_scoped_release release;
    error = compiler.interpret(ir.data(), ir.size(), entry.c_str(), in.pointers.data(), in.pointers.size(),
                               out.pointers.data(), out.pointers.size());
  }
  checkError(compiler, error);
}

} // namespace plait::python
