# check_library.cmake - what the runtime library exports and needs
# SPDX-License-Identifier: Apache-2.0
#
# Usage: cmake -DLIBRARY=path -DHEADERS=folder -DREADELF=path -P check_library.cmake
# Exports exactly the functions that the headers declare, and needs no compiler.

include("${CMAKE_CURRENT_LIST_DIR}/Exports.cmake")

set(declarations)
file(GLOB headers "${HEADERS}/*.h")
foreach(path IN LISTS headers)
  file(READ "${path}" header)
  string(REGEX MATCHALL "PLAIT_API [^;(]*\\(" found "${header}")
  list(APPEND declarations ${found})
endforeach()
set(declared)
foreach(declaration IN LISTS declarations)
  string(REGEX MATCH "plait_[a-z_]+\\($" name "${declaration}")
  string(REPLACE "(" "" name "${name}")
  list(APPEND declared "${name}")
endforeach()

expect_exports("${LIBRARY}" 30 "${declared}")
expect_needs_no("${LIBRARY}" "LLVM|MLIR|python|omp" dynamic)
