# millrace_library(config SOURCES a.cc b.cc DEPENDS millrace_base yaml-cpp): static library millrace_config. Headers are
#   included from the source root: #include "runtime/config/units.h".
# millrace_test(config SOURCES units_test.cc DEPENDS millrace_config LABEL unit): program config_test, registered with
#   ctest as one test. LABEL: unit (default), simulation, integration, e2e, long. TIMEOUT in seconds (default 120).
#   A sanitizer build has unit and simulation tests only. A test whose tool is missing prints a line with its reason and exits 77, which ctest shows as skipped.

function(millrace_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;DEPENDS" ${ARGN})
  add_library(millrace_${name} STATIC ${arg_SOURCES})
  target_include_directories(millrace_${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(millrace_${name} PUBLIC ${arg_DEPENDS} PRIVATE millrace_flags)
endfunction()

function(millrace_test name)
  if(NOT MILLRACE_TESTS)
    return()
  endif()
  cmake_parse_arguments(arg "" "LABEL;TIMEOUT" "SOURCES;DEPENDS;ARGUMENTS;ENVIRONMENT" ${ARGN})
  if(NOT arg_LABEL)
    set(arg_LABEL unit)
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  if(MILLRACE_SANITIZE AND NOT arg_LABEL MATCHES "^(unit|simulation)$")
    return()  # only these run under a sanitizer, so only these are built
  endif()
  find_package(GTest REQUIRED)
  add_executable(${name}_test ${arg_SOURCES})
  target_include_directories(${name}_test PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name}_test PRIVATE ${arg_DEPENDS} GTest::gtest GTest::gmock GTest::gtest_main millrace_flags)
  add_test(NAME ${name} COMMAND ${name}_test ${arg_ARGUMENTS})
  set_tests_properties(${name} PROPERTIES LABELS "${arg_LABEL}" TIMEOUT ${arg_TIMEOUT} SKIP_RETURN_CODE 77
    ENVIRONMENT "${arg_ENVIRONMENT}")
endfunction()
