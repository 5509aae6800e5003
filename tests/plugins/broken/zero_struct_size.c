/* A descriptor that says it is 0 bytes long. */
#include "../plain_filter.h"
PLUGIN(zero_struct_size, plugin.struct_size = 0;)
