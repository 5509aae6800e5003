# Warnings, hardening and sanitizers as one interface target, millrace_flags. Each flag is probed, and the list that the
# compiler took is printed, so a build log says how the binary was hardened.
include(CheckCXXCompilerFlag)
include(CheckLinkerFlag)

add_library(millrace_flags INTERFACE)
option(MILLRACE_WERROR "Treat warnings as errors" ON)
set(MILLRACE_SANITIZE "" CACHE STRING "Sanitizers, comma separated: address,undefined or thread")

set(millrace_wanted -Wall -Wextra -Wformat=2 -Werror=format-security -Wconversion -Wimplicit-fallthrough -Wtrampolines
    -Wbidi-chars=any -Wshadow -Wnon-virtual-dtor)
if(MILLRACE_WERROR)
  list(APPEND millrace_wanted -Werror)
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  list(APPEND millrace_wanted "-U_FORTIFY_SOURCE;-D_FORTIFY_SOURCE=3")
endif()
list(APPEND millrace_wanted -fstack-clash-protection -fstack-protector-strong -fcf-protection=full
     -ftrivial-auto-var-init=zero -fno-delete-null-pointer-checks -fno-strict-overflow -fno-strict-aliasing
     -fvisibility=hidden -fvisibility-inlines-hidden)

set(CMAKE_REQUIRED_FLAGS -Wformat)  # -Wformat-security alone is itself a warning
set(millrace_taken -D_GLIBCXX_ASSERTIONS)
foreach(flag IN LISTS millrace_wanted)
  string(MAKE_C_IDENTIFIER "millrace_has${flag}" variable)
  check_cxx_compiler_flag("${flag}" ${variable})
  if(${variable})
    list(APPEND millrace_taken ${flag})
  endif()
endforeach()
unset(CMAKE_REQUIRED_FLAGS)
target_compile_options(millrace_flags INTERFACE ${millrace_taken})

foreach(flag -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack -Wl,-z,separate-code -Wl,--as-needed -Wl,--no-copy-dt-needed-entries)
  string(MAKE_C_IDENTIFIER "millrace_has${flag}" variable)
  check_linker_flag(CXX "${flag}" ${variable})
  if(${variable})
    target_link_options(millrace_flags INTERFACE ${flag})
  endif()
endforeach()
# Half of a build's time goes to test sources, and optimising GoogleTest's templates is a third of that. What a test links
# is optimised as shipped.
set(MILLRACE_PLUGIN_TEST_OPTIONS -Og)

include(CheckPIESupported)
check_pie_supported(LANGUAGES CXX)
list(JOIN millrace_taken " " millrace_printed)
message(STATUS "Flags: ${millrace_printed}")

if(MILLRACE_SANITIZE)
  add_compile_options(-fsanitize=${MILLRACE_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${MILLRACE_SANITIZE})
  if(MILLRACE_SANITIZE MATCHES "undefined")
    add_compile_options(-fno-sanitize-recover=undefined)
  endif()
endif()
