/* Needs a function that nobody defines: the dynamic linker refuses the file. */
#include "../plain_filter.h"
uint32_t a_function_that_nobody_defines(void);
PLUGIN(undefined_symbol, plugin.needs_host_minor = a_function_that_nobody_defines();)
