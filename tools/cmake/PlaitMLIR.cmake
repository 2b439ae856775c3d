# PlaitMLIR.cmake - finding LLVM/MLIR 22 and the functions that build on it
# SPDX-License-Identifier: Apache-2.0
#
# Debian's packages split LLVM so that some of its CMake exports do not fit;
# each line that works around one of them says which.

find_program(PLAIT_LLVM_CONFIG llvm-config-22 REQUIRED)
execute_process(COMMAND ${PLAIT_LLVM_CONFIG} --prefix OUTPUT_VARIABLE PLAIT_LLVM_PREFIX
                OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
find_package(MLIR REQUIRED CONFIG HINTS "${PLAIT_LLVM_PREFIX}/lib/cmake/mlir")
find_package(LLD REQUIRED CONFIG HINTS "${PLAIT_LLVM_PREFIX}/lib/cmake/lld")
if(NOT LLVM_VERSION_MAJOR EQUAL 22)
  message(FATAL_ERROR "expects LLVM 22, but got ${LLVM_PACKAGE_VERSION} at ${LLVM_DIR}")
endif()

# LLVM is the shared library, but MLIR its archives, of which the linker takes what
# is used: the loader would spend 30 ms of each start on the names of libMLIR.
file(GLOB PLAIT_MLIR_ARCHIVES "${PLAIT_LLVM_PREFIX}/lib/libMLIR*.a")
list(FILTER PLAIT_MLIR_ARCHIVES EXCLUDE REGEX "/libMLIR(Test|CAPI)[^/]*$")
add_library(plait_mlir INTERFACE)
if(NOT PLAIT_MLIR_ARCHIVES)
  message(FATAL_ERROR "expects MLIR's archives (libmlir-22-dev) in ${PLAIT_LLVM_PREFIX}/lib, but got none")
endif()
list(JOIN PLAIT_MLIR_ARCHIVES "," PLAIT_MLIR_GROUP)
target_link_libraries(plait_mlir INTERFACE "$<LINK_GROUP:RESCAN,${PLAIT_MLIR_GROUP}>" LLVM)
target_link_options(plait_mlir INTERFACE "LINKER:--gc-sections")
set(LLVM_RUNTIME_OUTPUT_INTDIR "${CMAKE_RUNTIME_OUTPUT_DIRECTORY}")
set(LLVM_LIBRARY_OUTPUT_INTDIR "${CMAKE_LIBRARY_OUTPUT_DIRECTORY}")
set(MLIR_BINARY_DIR "${CMAKE_BINARY_DIR}")

list(APPEND CMAKE_MODULE_PATH "${MLIR_CMAKE_DIR}" "${LLVM_CMAKE_DIR}")
include(TableGen)
include(AddLLVM)
include(AddMLIR)

include_directories(SYSTEM ${LLVM_INCLUDE_DIRS} ${MLIR_INCLUDE_DIRS})
separate_arguments(PLAIT_LLVM_DEFINITIONS NATIVE_COMMAND "${LLVM_DEFINITIONS}")

option(PLAIT_PRECOMPILE "Precompile MLIR's headers: a build from nothing takes half the time, but ccache can't help" OFF)

# Compiles a component with the headers of PlaitHeaders.h precompiled, once for all.
function(plait_precompile name)
  if(NOT TARGET plait_headers)
    file(CONFIGURE OUTPUT "${CMAKE_BINARY_DIR}/plait_headers.cpp" CONTENT "// Holds precompiled headers.\n")
    add_library(plait_headers OBJECT "${CMAKE_BINARY_DIR}/plait_headers.cpp")
    target_compile_definitions(plait_headers PRIVATE ${PLAIT_LLVM_DEFINITIONS})
    target_precompile_headers(plait_headers PRIVATE "${CMAKE_SOURCE_DIR}/tools/cmake/PlaitHeaders.h")
    add_dependencies(plait_headers PlaitIncGen TileIncGen)
  endif()
  target_precompile_headers(${name} REUSE_FROM plait_headers)
endfunction()

# plait_add_library(NAME source... [DEPENDS target...] [LINK library...])
# A component of the compiler: a static library of position-independent code
# over MLIR and LLVM.
function(plait_add_library name)
  cmake_parse_arguments(ARG "" "" "DEPENDS;LINK" ${ARGN})
  add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  target_compile_definitions(${name} PRIVATE ${PLAIT_LLVM_DEFINITIONS})
  target_link_libraries(${name} PUBLIC ${ARG_LINK} plait_mlir)
  # Every component includes headers that TableGen writes for the dialects.
  add_dependencies(${name} PlaitIncGen TileIncGen ${ARG_DEPENDS})
  if(PLAIT_PRECOMPILE)
    plait_precompile(${name})
  endif()
endfunction()

# plait_add_tool(NAME source... [LINK library...])
# A command of build/bin.
function(plait_add_tool name)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  target_compile_definitions(${name} PRIVATE ${PLAIT_LLVM_DEFINITIONS})
  target_link_libraries(${name} PRIVATE ${ARG_LINK})
  # libLLVM may not be on the loader's path.
  set_target_properties(${name} PROPERTIES BUILD_RPATH "${PLAIT_LLVM_PREFIX}/lib;${CMAKE_LIBRARY_OUTPUT_DIRECTORY}")
  add_dependencies(${name} PlaitIncGen TileIncGen)
endfunction()
