/* A component that says it is 0 bytes long. */
#include "../plain_filter.h"
PLUGIN(zero_component_size, component.struct_size = 0;)
