// Compiles what stands between TARGET_BEGIN and TARGET_END for a processor with more than the baseline has, so that one
// binary holds several kernels. Everything between must be in an unnamed namespace or carry the kernel's name.
#pragma once

#if defined(__x86_64__)
#define MILLRACE_FILTER_X86 1
#include <immintrin.h>
#else
#define MILLRACE_FILTER_X86 0
#endif

#define MILLRACE_FILTER_PRAGMA(text) _Pragma(#text)
#if defined(__clang__)
#define MILLRACE_FILTER_TARGET_BEGIN(features) \
  MILLRACE_FILTER_PRAGMA(clang attribute push(__attribute__((target(features))), apply_to = function))
#define MILLRACE_FILTER_TARGET_END MILLRACE_FILTER_PRAGMA(clang attribute pop)
#else
#define MILLRACE_FILTER_TARGET_BEGIN(features) \
  MILLRACE_FILTER_PRAGMA(GCC push_options) MILLRACE_FILTER_PRAGMA(GCC target(features))
#define MILLRACE_FILTER_TARGET_END MILLRACE_FILTER_PRAGMA(GCC pop_options)
#endif
