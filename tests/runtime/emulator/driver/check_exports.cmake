# check_exports.cmake - what the emulator's library exports and needs
# SPDX-License-Identifier: Apache-2.0
#
# Usage: cmake -DLIBRARY=path -DLIST=EntryPoints.def -DREADELF=path -P check_exports.cmake
# Exports exactly the entry points of the list and its own, and needs no compiler.

include("${CMAKE_CURRENT_LIST_DIR}/../../Exports.cmake")

file(STRINGS "${LIST}" lines REGEX "^X\\(")
set(listed plaitEmulatorClear plaitEmulatorCounters plaitEmulatorReport)
foreach(line IN LISTS lines)
  string(REGEX REPLACE "X\\([^,]*, ([^,]*),.*" "\\1" symbol "${line}")
  list(APPEND listed "${symbol}")
endforeach()
list(REMOVE_DUPLICATES listed)

expect_exports("${LIBRARY}" 100 "${listed}")
expect_needs_no("${LIBRARY}" "LLVM|MLIR|cuda|plait" dynamic)
if(NOT dynamic MATCHES "soname: \\[libplait_cuda_emulator.so\\]")
  message(FATAL_ERROR "the library expects the soname libplait_cuda_emulator.so, but has:\n${dynamic}")
endif()
