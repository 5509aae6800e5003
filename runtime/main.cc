// The program: everything is in runtime/cli; here it is only begun, with the allocator set up for it.
#include "runtime/cli/cli.h"

#ifdef MILLRACE_MIMALLOC
#include <mimalloc.h>
#endif

namespace {

// How long the allocator keeps pages that are free before it gives them back to the system. Fetch buffers come and go
// many times a second; with the allocator's own 25 ms their pages went in between, and came back one fault at a time.
// The call is also the reference without which the linker's --as-needed would drop the allocator. What a variable of
// the environment says (MIMALLOC_DECOMMIT_DELAY, later MIMALLOC_PURGE_DELAY) holds instead.
void keep_free_pages_for_a_while() {
#ifdef MILLRACE_MIMALLOC
  constexpr long kMilliseconds = 2000;
#if MI_MALLOC_VERSION >= 210
  mi_option_set_default(mi_option_purge_delay, kMilliseconds);
#else
  mi_option_set_default(mi_option_decommit_delay, kMilliseconds);
#endif
#endif
}

}  // namespace

int main(int argc, char** argv) {
  keep_free_pages_for_a_while();
  return millrace::cli::run_program(argc, argv);
}
