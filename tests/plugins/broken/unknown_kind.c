/* A kind of component that this host does not know yet: not an error, the rest of the plugin works. */
#include "../plain_filter.h"
PLUGIN(unknown_kind, component.kind = 99;)
