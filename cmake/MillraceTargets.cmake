# millrace_library(config SOURCES a.cc b.cc DEPENDS millrace_base yaml-cpp): static library millrace_config. Headers are
#   included from the source root: #include "runtime/config/units.h".
# millrace_test(config SOURCES units_test.cc DEPENDS millrace_config LABEL unit): program config_test, registered with
#   ctest as one test. LABEL: unit (default), simulation, integration, e2e, long. TIMEOUT in seconds (default 120).
#   Tests run beside each other: COST is about how many seconds it takes, so that the longest begin first, and
#   PROCESSORS (default 1) how many places it fills: 2 for one that computes the whole time, or counts milliseconds.
# millrace_test_again(config_old config ENVIRONMENT VERSION=1): the same program as another test; arguments as above.
#   A sanitizer build has unit and simulation tests only. A test whose tool is missing prints a line with its reason and exits 77, which ctest shows as skipped.

function(millrace_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;DEPENDS" ${ARGN})
  add_library(millrace_${name} STATIC ${arg_SOURCES})
  target_include_directories(millrace_${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(millrace_${name} PUBLIC ${arg_DEPENDS} PRIVATE millrace_flags)
endfunction()

set(millrace_test_values LABEL TIMEOUT COST PROCESSORS)
set(millrace_test_lists SOURCES DEPENDS ARGUMENTS ENVIRONMENT)

function(millrace_test name)
  if(NOT MILLRACE_TESTS)
    return()
  endif()
  cmake_parse_arguments(arg "" "${millrace_test_values}" "${millrace_test_lists}" ${ARGN})
  if(MILLRACE_SANITIZE AND arg_LABEL AND NOT arg_LABEL MATCHES "^(unit|simulation)$")
    return()  # only these run under a sanitizer, so only these are built
  endif()
  find_package(GTest REQUIRED)
  add_executable(${name}_test ${arg_SOURCES})
  target_include_directories(${name}_test PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name}_test PRIVATE ${arg_DEPENDS} GTest::gtest GTest::gmock GTest::gtest_main millrace_flags)
  list(FILTER arg_SOURCES INCLUDE REGEX "_test\\.cc$")
  set_property(SOURCE ${arg_SOURCES} APPEND PROPERTY COMPILE_OPTIONS ${MILLRACE_PLUGIN_TEST_OPTIONS})
  millrace_test_again(${name} ${name} ${ARGN})
endfunction()

function(millrace_test_again name program)
  if(NOT TARGET ${program}_test)
    return()
  endif()
  cmake_parse_arguments(arg "" "${millrace_test_values}" "${millrace_test_lists}" ${ARGN})
  foreach(default LABEL:unit TIMEOUT:120 COST:1 PROCESSORS:1)
    string(REPLACE ":" ";" default ${default})
    list(POP_FRONT default key)
    if(NOT arg_${key})
      set(arg_${key} ${default})
    endif()
  endforeach()
  add_test(NAME ${name} COMMAND ${program}_test ${arg_ARGUMENTS})
  set_tests_properties(${name} PROPERTIES LABELS "${arg_LABEL}" TIMEOUT ${arg_TIMEOUT} COST ${arg_COST}
    PROCESSORS ${arg_PROCESSORS} SKIP_RETURN_CODE 77 ENVIRONMENT "${arg_ENVIRONMENT}")
endfunction()
