#!/bin/sh
# compile.sh COMPILER ARGUMENT...: runs the compiler; 77, which ctest shows as skipped, when it or its libc++ is not there.
command -v "$1" >/dev/null || { echo "$1 is not installed: skipped"; exit 77; }
case " $* " in
  *" -stdlib=libc++ "*)
    echo '#include <string>' | "$1" -stdlib=libc++ -x c++ -fsyntax-only - 2>/dev/null || { echo "libc++ is not installed: skipped"; exit 77; } ;;
esac
exec "$@"
