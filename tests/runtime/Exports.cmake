# Exports.cmake - reads what a library exports and needs
# SPDX-License-Identifier: Apache-2.0
#
# Shared by the scripts that check libraries. READELF is set by their callers.

# Expects that a library exports exactly these names, `least` or more.
function(expect_exports library least names)
  execute_process(COMMAND "${READELF}" --dyn-syms --wide "${library}"
    OUTPUT_VARIABLE symbols COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCHALL "(FUNC|OBJECT) +(GLOBAL|WEAK) +DEFAULT +[0-9]+ [^\n@]+" lines "${symbols}")
  set(exported)
  foreach(line IN LISTS lines)
    string(REGEX REPLACE ".* " "" name "${line}")
    list(APPEND exported "${name}")
  endforeach()
  list(REMOVE_ITEM exported PLAIT_0)
  list(SORT exported)
  list(SORT names)
  list(LENGTH names count)
  if(NOT exported STREQUAL names OR count LESS least)
    message(FATAL_ERROR "the library expects to export:\n${names}\nbut exports:\n${exported}")
  endif()
  message(STATUS "${count} functions")
endfunction()

# Expects that a library needs other libraries, but none that matches; `dynamic` becomes its dynamic section.
function(expect_needs_no library pattern dynamic)
  execute_process(COMMAND "${READELF}" --dynamic --wide "${library}"
    OUTPUT_VARIABLE section COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCHALL "NEEDED[^\n]*" needed "${section}")
  if(needed STREQUAL "" OR needed MATCHES "${pattern}")
    message(FATAL_ERROR "the library expects to need nothing of ${pattern}, but needs:\n${needed}")
  endif()
  message(STATUS "needs ${needed}")
  set(${dynamic} "${section}" PARENT_SCOPE)
endfunction()
