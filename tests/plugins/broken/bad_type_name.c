/* A type that YAML users could not tell from a name. */
#include "../plain_filter.h"
PLUGIN(bad_type_name, component.type = "Bad-Name";)
