#!/usr/bin/env bash
# Compares the engine with event-ruler over generated pairs.   usage: compare.sh FILTER_PAIRS COUNT [SEED]
# Needs Java, and Maven when event-ruler is not in the cache yet; 77 where one is missing.
set -euo pipefail

pairs_tool=$1 count=$2 seed=${3:-1}
here=$(cd "$(dirname "$0")" && pwd)
for tool in java mvn; do
  command -v $tool >/dev/null || { echo "skipped: $tool is not installed"; exit 77; }
done
class_path=$("$here/fetch")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$pairs_tool" make "$count" "$seed" >"$folder/pairs"
java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "$class_path" EventRuler <"$folder/pairs" >"$folder/answers"
"$pairs_tool" compare "$folder/pairs" "$folder/answers"
