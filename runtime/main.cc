// The program: everything is in runtime/cli; here it is only begun.
#include "runtime/cli/cli.h"

#ifdef MILLRACE_MIMALLOC
#include <mimalloc.h>
#endif

int main(int argc, char** argv) {
#ifdef MILLRACE_MIMALLOC
  mi_version();  // a reference, or the linker's --as-needed would drop the allocator
#endif
  return millrace::cli::run_program(argc, argv);
}
