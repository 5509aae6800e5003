/* A component without a table. */
#include "../plain_filter.h"
PLUGIN(null_table, component.vtable = 0;)
