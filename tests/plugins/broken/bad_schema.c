/* A schema that is not JSON. */
#include "../plain_filter.h"
PLUGIN(bad_schema, component.config_schema = "{\"type\": ";)
