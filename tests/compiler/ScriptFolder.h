//===- ScriptFolder.h - scripts in the place of ptxas -----------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0
//
// This file declares a folder of programs of the shell, and what one prints that
// spills.
//===----------------------------------------------------------------------===//

#ifndef TESTS_COMPILER_SCRIPTFOLDER_H
#define TESTS_COMPILER_SCRIPTFOLDER_H

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace plait {

/// A folder for as long as the object is there.
class ScriptFolder {
public:
  ScriptFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "plait-test-XXXXXX").string(); // for mkdtemp
    folder = mkdtemp(name.data());
  }
  ~ScriptFolder() { std::filesystem::remove_all(folder); }
  ScriptFolder(const ScriptFolder &) = delete;
  ScriptFolder &operator=(const ScriptFolder &) = delete;

  const std::string &path() const { return folder; }

  /// Writes a program that knows its version; its path.
  std::string script(const std::string &name, const std::string &body) const {
    std::filesystem::path path = std::filesystem::path(folder) / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << "#!/bin/sh\n"
                           "if [ \"$1\" = --version ]; then echo 'release 12.8, V12.8.61'; exit 0; fi\n"
                        << body;
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    return path.string();
  }

private:
  std::string folder;
};

/// The end of a body: reports that the kernel spills $bytes, and writes $code as the cubin to the file "$1".
inline std::string reportAndWrite(const std::string &kernel) {
  return "echo \"ptxas info    : Compiling entry function '" + kernel +
         "' for 'sm_90a'\"\n"
         "echo 'ptxas info    : Function properties for " +
         kernel +
         "'\n"
         "echo \"    0 bytes stack frame, $bytes bytes spill stores, 0 bytes spill loads\"\n"
         "echo 'ptxas info    : Used 255 registers'\n"
         "printf '\\177ELF'\"$code\" > \"$1\"\n";
}

} // namespace plait

#endif // TESTS_COMPILER_SCRIPTFOLDER_H
