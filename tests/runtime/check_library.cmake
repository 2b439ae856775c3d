# check_library.cmake - what the runtime library exports and needs
# SPDX-License-Identifier: Apache-2.0
#
# Usage: cmake -DLIBRARY=path -DHEADERS=folder -DREADELF=path -P check_library.cmake
# Exports exactly the functions that the headers declare, and needs no compiler.

execute_process(COMMAND "${READELF}" --dyn-syms --wide "${LIBRARY}"
  OUTPUT_VARIABLE symbols COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL "(FUNC|OBJECT) +(GLOBAL|WEAK) +DEFAULT +[0-9]+ [^\n@]+" lines "${symbols}")
set(exported)
foreach(line IN LISTS lines)
  string(REGEX REPLACE ".* " "" name "${line}")
  list(APPEND exported "${name}")
endforeach()
list(REMOVE_ITEM exported PLAIT_0)

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

list(SORT exported)
list(SORT declared)
list(LENGTH declared count)
if(NOT exported STREQUAL declared OR count LESS 30)
  message(FATAL_ERROR "the library expects to export what the headers declare:\n${declared}\nbut exports:\n${exported}")
endif()

execute_process(COMMAND "${READELF}" --dynamic --wide "${LIBRARY}"
  OUTPUT_VARIABLE dynamic COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL "NEEDED[^\n]*" needed "${dynamic}")
if(needed STREQUAL "" OR needed MATCHES "LLVM|MLIR|python|omp")
  message(FATAL_ERROR "the library expects to need no LLVM, Python or OpenMP, but needs:\n${needed}")
endif()
message(STATUS "${count} functions; needs ${needed}")
