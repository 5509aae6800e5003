#!/usr/bin/env bash
# Plants one bug after the other in a copy of the engine and waits for the fuzzer to find it: planted.sh [SECONDS]
#
# A bug is FILE|TARGET|sed program. A program that changes nothing has fallen behind the engine and fails the test. Each
# gets SECONDS (default 120); 77 where clang is missing.
set -uo pipefail

here=$(cd "$(dirname "$0")" && pwd)
command -v "${CLANGXX:-clang++}" >/dev/null || { echo "skipped: clang is not installed"; exit 77; }
seconds=${1:-120}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/clean"
cp -r "$here/../engine" "$here/../reference" "$folder/clean/"
FUZZ_SOURCES=$folder/clean FUZZ_BUILD=$folder/build "$here/run" build || exit 1

failed=0
while IFS='|' read -r file target program; do
  [ -n "$file" ] && [[ "$file" != \#* ]] || continue
  cp "$folder/clean/engine/$file" "$folder/original"
  sed -i "$program" "$folder/clean/engine/$file"
  if cmp -s "$folder/clean/engine/$file" "$folder/original"; then
    echo "$file: '$program' changes nothing: the engine has moved on"
    failed=1
    continue
  fi
  minutes=$(awk "BEGIN { print $seconds / 60 }")
  start=$SECONDS
  if FUZZ_SOURCES=$folder/clean FUZZ_BUILD=$folder/build "$here/run" "$minutes" "$target" >"$folder/log" 2>&1; then
    echo "$file: '$program' was not found by $target in $seconds s"
    failed=1
  elif grep -qE '^engine: |AddressSanitizer|runtime error' "$folder/log" "$folder/build/$target.log"; then
    echo "$file: '$program' was found by $target after $((SECONDS - start)) s, building included"
  else
    echo "$file: '$program' broke something else:"
    tail -5 "$folder/log"
    failed=1
  fi
  cp "$folder/original" "$folder/clean/engine/$file"
  touch "$folder/clean/engine/$file"
  rm -rf "$folder/build/corpus-$target"
done <"$here/planted.txt"
exit $failed
