/* Built for ABI 2. */
#include "../plain_filter.h"
PLUGIN(wrong_major, plugin.abi_major = 2;)
