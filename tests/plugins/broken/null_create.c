/* A component that cannot be created. */
#include "../plain_filter.h"
PLUGIN(null_create, component.create = 0;)
