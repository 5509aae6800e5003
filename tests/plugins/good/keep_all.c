/* The smallest filter in plain C: it keeps every record. Proof that a plugin needs no C++. */
#include "../plain_filter.h"
PLUGIN(keep_all, component.caps = MR_CAP_CONCURRENT;)
