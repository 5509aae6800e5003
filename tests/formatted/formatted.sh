#!/usr/bin/env bash
# Fails when `make fmt` would change a file: formatted.sh SOURCE_DIRECTORY
#
# Versions of clang-format differ in what they do with the same style, so only Debian 12's judges.
set -uo pipefail
cd "$1" || exit 1
git rev-parse --git-dir >/dev/null 2>&1 || { echo "skipped: $1 is no clone"; exit 77; }
clang-format --version 2>/dev/null | grep -q 'version 14\.' || { echo "skipped: no clang-format 14"; exit 77; }
make --no-print-directory fmt FMT_MODE='--dry-run -Werror'
