/* A table that says it is 0 bytes long, so that it has no function at all. */
#include "../plain_filter.h"
PLUGIN(zero_table_size, table.struct_size = 0;)
