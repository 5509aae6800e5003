# Language level, compiler cache, dependency prefix and output layout, shared by every target.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 11)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
if(CMAKE_CXX_FLAGS_RELEASE STREQUAL "-O3 -DNDEBUG")
  set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG" CACHE STRING "" FORCE)
  set(CMAKE_C_FLAGS_RELEASE "-O2 -DNDEBUG" CACHE STRING "" FORCE)
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Debug")
  # Line tables are what a sanitizer report or a stack trace needs; full debug information triples the objects.
  set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g1" CACHE STRING "" FORCE)
  set(CMAKE_C_FLAGS_DEBUG "-O1 -g1" CACHE STRING "" FORCE)
endif()

find_program(MILLRACE_CCACHE ccache)
if(MILLRACE_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # Paths below this folder count as relative, so that a clone elsewhere finds what this one compiled.
  set(CMAKE_C_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} ${MILLRACE_CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_C_COMPILER_LAUNCHER})
  add_compile_options(-ffile-prefix-map=${PROJECT_SOURCE_DIR}/=)
endif()

# The same layout in the build tree as after `make install`, so the binary finds its plugins without a flag in both.
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/test-bin)
set(MILLRACE_BIN_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(MILLRACE_PLUGIN_DIRECTORY ${CMAKE_BINARY_DIR}/lib/millrace/plugins)

# scripts/setup builds librdkafka into this prefix when the system's is too old.
if(DEFINED ENV{MILLRACE_DEPS})
  set(millrace_deps $ENV{MILLRACE_DEPS})
elseif(DEFINED ENV{XDG_CACHE_HOME})
  set(millrace_deps $ENV{XDG_CACHE_HOME}/millrace/deps)
else()
  set(millrace_deps $ENV{HOME}/.cache/millrace/deps)
endif()
set(MILLRACE_DEPS ${millrace_deps} CACHE PATH "Prefix that scripts/setup installs into")
list(PREPEND CMAKE_PREFIX_PATH ${MILLRACE_DEPS})

find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(CURL REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
find_package(spdlog REQUIRED)
find_package(Boost 1.74 REQUIRED)
find_package(mimalloc REQUIRED)
pkg_check_modules(RDKAFKA IMPORTED_TARGET "rdkafka>=2.14")
if(NOT RDKAFKA_FOUND)
  message(FATAL_ERROR
    "Millrace needs librdkafka >= 2.14: older ones cannot do SASL/SCRAM against Kafka 4 and fetch slowly in little memory. "
    "Run scripts/setup, which builds Debian's newer source package into ${MILLRACE_DEPS}; or set MILLRACE_DEPS to a prefix that has one.")
endif()
