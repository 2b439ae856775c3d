# PlaitCuda.cmake - finding CUDA's compiler and assembler
# SPDX-License-Identifier: Apache-2.0
#
# Tests alone need them. Sets PLAIT_NVCC and PLAIT_PTXAS, each false where no tool of CUDA 13 was found.

function(plait_is_cuda_13 result candidate)
  execute_process(COMMAND "${candidate}" --version OUTPUT_VARIABLE text ERROR_QUIET)
  if(NOT text MATCHES "release 13\\.")
    set(${result} FALSE PARENT_SCOPE)
  endif()
endfunction()

# PATH comes first, then the variables that point at a toolkit, then what tools/setup installs.
file(GLOB plait_cuda_wheels "${CMAKE_SOURCE_DIR}/.venv/lib/python3*/site-packages/nvidia/cu13")
foreach(tool nvcc ptxas)
  string(TOUPPER "PLAIT_${tool}" variable)
  find_program(${variable} ${tool}
    PATHS ENV CUDA_HOME ENV CUDA_PATH ENV CUDA_ROOT /usr/local/cuda ${plait_cuda_wheels}
    PATH_SUFFIXES bin
    VALIDATOR plait_is_cuda_13
    DOC "CUDA's ${tool}")
  if(NOT ${variable})
    message(STATUS "No ${tool} of CUDA 13: the tests that need it are left out; tools/setup installs it")
  endif()
endforeach()

# plait_add_ptx(OUTPUT source.cu [DEFINITION...])
# Compiles CUDA C++ to PTX for sm_90a in the file OUTPUT.
function(plait_add_ptx output source)
  list(TRANSFORM ARGN PREPEND "-D" OUTPUT_VARIABLE definitions)
  cmake_path(ABSOLUTE_PATH source)
  add_custom_command(
    OUTPUT "${output}"
    COMMAND "${PLAIT_NVCC}" -ptx -arch=sm_90a -std=c++17 -ccbin "${CMAKE_CXX_COMPILER}" -allow-unsupported-compiler
            "-I${CMAKE_SOURCE_DIR}" ${definitions} -MD -MF "${output}.d" -o "${output}" "${source}"
    DEPENDS "${source}"
    DEPFILE "${output}.d"
    VERBATIM)
endfunction()
