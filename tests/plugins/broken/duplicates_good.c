/* Claims the type of another plugin's component: good/keep_all.c. */
#include "../plain_filter.h"
PLUGIN(duplicates_good, component.type = "keep_all";)
