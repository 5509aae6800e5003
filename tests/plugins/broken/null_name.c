/* A plugin without a name. */
#include "../plain_filter.h"
PLUGIN(null_name, plugin.name = 0;)
