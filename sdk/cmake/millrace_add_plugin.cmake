# millrace_add_plugin(NAME SOURCES a.cc ... [SCHEMA schema.json] [LIBRARIES lib ...])
#   Builds NAME.so with every flag that a plugin needs: hidden visibility, a version script that exports the entry only,
#   full relro. SCHEMA embeds the file: `#include "schema.h"` gives `kSchema`, a constant string, for millrace::Info.
#   The file goes to MILLRACE_PLUGIN_DIRECTORY when that is set, and `cmake --install` puts it into lib/millrace/plugins,
#   unless MILLRACE_PLUGIN_INSTALL is OFF.
#
# millrace_add_plugin_test(NAME PLUGIN SOURCES a_test.cc a.cc ... [LIBRARIES lib ...] [LABEL unit] [TIMEOUT seconds])
#   Builds and registers a GoogleTest program from the plugin's own sources and millrace/testing.hpp. In it the entry is
#   called millrace_plugin_entry_v1_PLUGIN, so several plugins can be linked into one program. -DMILLRACE_PLUGIN_TESTS=OFF
#   leaves it out, and with it the need for GoogleTest: for packagers, and for compilers that GoogleTest was not built with.
#   MILLRACE_PLUGIN_TEST_OPTIONS: options of the compiler for the files *_test.* alone, such as -Og.

function(millrace_add_plugin name)
  cmake_parse_arguments(arg "" "SCHEMA" "SOURCES;LIBRARIES" ${ARGN})
  if(NOT arg_SOURCES)
    message(FATAL_ERROR "millrace_add_plugin(${name}): SOURCES is missing")
  endif()
  add_library(${name} MODULE ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE millrace::sdk ${arg_LIBRARIES})
  _millrace_plugin_code(${name})
  set_target_properties(${name} PROPERTIES
    PREFIX "" SUFFIX ".so"
    INSTALL_RPATH "$ORIGIN/.."
    LINK_DEPENDS "${millrace_sdk_map}")
  target_link_options(${name} PRIVATE "LINKER:--version-script=${millrace_sdk_map}" "LINKER:-z,relro" "LINKER:-z,now"
    "LINKER:-z,noexecstack")
  if(MILLRACE_PLUGIN_DIRECTORY)
    set_target_properties(${name} PROPERTIES LIBRARY_OUTPUT_DIRECTORY ${MILLRACE_PLUGIN_DIRECTORY})
  endif()
  if(arg_SCHEMA)
    _millrace_embed_schema(${name} ${arg_SCHEMA})
    target_include_directories(${name} PRIVATE ${CMAKE_CURRENT_BINARY_DIR}/${name}_generated)
  endif()
  if(NOT DEFINED MILLRACE_PLUGIN_INSTALL OR MILLRACE_PLUGIN_INSTALL)
    install(TARGETS ${name} LIBRARY DESTINATION lib/millrace/plugins COMPONENT plugins)
  endif()
endfunction()

function(millrace_add_plugin_test name plugin)
  if(DEFINED MILLRACE_PLUGIN_TESTS AND NOT MILLRACE_PLUGIN_TESTS)
    return()
  endif()
  cmake_parse_arguments(arg "" "LABEL;TIMEOUT" "SOURCES;LIBRARIES" ${ARGN})
  if(NOT arg_LABEL)
    set(arg_LABEL unit)
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  find_package(GTest REQUIRED)
  # The plugin's own sources are compiled with the plugin's code generation flags: what the test checks is what ships, and
  # a compiler cache has them from the plugin's build.
  set(shared ${arg_SOURCES})
  list(FILTER shared EXCLUDE REGEX "_test\\.[a-z]+$")
  list(FILTER arg_SOURCES INCLUDE REGEX "_test\\.[a-z]+$")
  add_executable(${name}_test ${arg_SOURCES})
  set(targets ${name}_test)
  if(shared)
    add_library(${name}_test_objects OBJECT ${shared})
    _millrace_plugin_code(${name}_test_objects)
    target_sources(${name}_test PRIVATE $<TARGET_OBJECTS:${name}_test_objects>)
    list(APPEND targets ${name}_test_objects)
  endif()
  foreach(target IN LISTS targets)
    target_link_libraries(${target} PRIVATE millrace::sdk ${arg_LIBRARIES} GTest::gtest GTest::gmock)
    target_compile_definitions(${target} PRIVATE MR_STATIC_PLUGIN=${plugin})
    target_include_directories(${target} PRIVATE ${CMAKE_CURRENT_BINARY_DIR}/${plugin}_generated)
  endforeach()
  target_link_libraries(${name}_test PRIVATE GTest::gtest_main)
  target_compile_options(${name}_test PRIVATE ${MILLRACE_PLUGIN_TEST_OPTIONS})
  target_compile_features(${name}_test PRIVATE cxx_std_20)
  enable_testing()
  add_test(NAME ${name} COMMAND ${name}_test)
  set_tests_properties(${name} PROPERTIES LABELS ${arg_LABEL} TIMEOUT ${arg_TIMEOUT} SKIP_RETURN_CODE 77)
endfunction()

function(_millrace_plugin_code target)
  target_compile_features(${target} PRIVATE cxx_std_20)
  set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE ON
    C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
  target_compile_options(${target} PRIVATE $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-fno-gnu-unique>)
endfunction()

function(_millrace_embed_schema name schema)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${schema})
  file(READ ${schema} millrace_schema_text)
  file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/${name}_generated/schema.h @ONLY
    CONTENT "#pragma once\ninline constexpr char kSchema[] = R\"__schema__(@millrace_schema_text@)__schema__\";\n")
endfunction()
