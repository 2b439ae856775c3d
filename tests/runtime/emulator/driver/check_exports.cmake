# check_exports.cmake - what the emulator's library exports and needs
# SPDX-License-Identifier: Apache-2.0
#
# Usage: cmake -DLIBRARY=path -DLIST=EntryPoints.def -DREADELF=path -P check_exports.cmake
# Exports exactly the entry points of the list and its own, and needs no compiler.

execute_process(COMMAND "${READELF}" --dyn-syms --wide "${LIBRARY}"
  OUTPUT_VARIABLE symbols COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL "(FUNC|OBJECT) +(GLOBAL|WEAK) +DEFAULT +[0-9]+ [^\n@]+" lines "${symbols}")
set(exported)
foreach(line IN LISTS lines)
  string(REGEX REPLACE ".* " "" name "${line}")
  list(APPEND exported "${name}")
endforeach()

file(STRINGS "${LIST}" lines REGEX "^X\\(")
set(listed plaitEmulatorClear plaitEmulatorCounters plaitEmulatorReport)
foreach(line IN LISTS lines)
  string(REGEX REPLACE "X\\([^,]*, ([^,]*),.*" "\\1" symbol "${line}")
  list(APPEND listed "${symbol}")
endforeach()
list(REMOVE_DUPLICATES listed)

list(SORT exported)
list(SORT listed)
list(LENGTH listed count)
if(NOT exported STREQUAL listed OR count LESS 100)
  message(FATAL_ERROR "the library expects to export the list:\n${listed}\nbut exports:\n${exported}")
endif()

execute_process(COMMAND "${READELF}" --dynamic --wide "${LIBRARY}"
  OUTPUT_VARIABLE dynamic COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL "NEEDED[^\n]*" needed "${dynamic}")
if(needed STREQUAL "" OR needed MATCHES "LLVM|MLIR|cuda|plait")
  message(FATAL_ERROR "the library expects to need neither LLVM nor CUDA, but needs:\n${needed}")
endif()
if(NOT dynamic MATCHES "soname: \\[libplait_cuda_emulator.so\\]")
  message(FATAL_ERROR "the library expects the soname libplait_cuda_emulator.so, but has:\n${dynamic}")
endif()
message(STATUS "${count} functions; needs ${needed}")
