#!/usr/bin/env bash
# Proves that the simulation sees what it must: each patch in mutants/ puts one known kind of bug into a copy of the core,
# and the simulation has to find it within 200 seeds. A patch that no longer applies, or a bug that survives, fails.
#
#   check_mutants.sh SOURCE_ROOT "COMPILER AND FLAGS" OBJECTS…     (the simulation's own object files)
set -u
root=$1 compile=$2
shift 2
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
failed=0

build() {  # NAME [PATCH]: a copy of the core, patched and compiled as one file, linked to $work/NAME/simulation
  local copy=$work/$1
  shift
  mkdir -p "$copy/runtime/pipeline" && cp -r "$root/runtime/base" "$copy/runtime/" &&
    cp "$root"/runtime/pipeline/*.h "$root"/runtime/pipeline/*.cc "$copy/runtime/pipeline/" || return 1
  if [ $# -gt 0 ]; then
    (cd "$copy" && patch -p1 --fuzz=0 --silent <"$1") || { echo "does not apply"; return 1; }
  fi
  for file in "$copy"/runtime/pipeline/*.cc; do
    [[ "$file" =~ _(test|benchmark)\.cc$ ]] || echo "#include \"${file#"$copy/"}\""
  done >"$copy/core.cc"
  # From inside the copy and by relative path, so that a compiler cache knows it again.
  (cd "$copy" && $compile -I. -c core.cc -o core.o && $compile core.o "${objects[@]}" -o simulation) || return 1
}
objects=("$@")

build unchanged || { echo "the unchanged core does not build"; exit 1; }
if ! timeout 120 "$work/unchanged/simulation" --seeds 20 --floor 0 >"$work/log"; then
  tail -3 "$work/log"
  echo "the unchanged core fails: nothing can be said of the mutants"
  exit 1
fi
count=0
for patch in "$root"/tests/simulation/mutants/*.patch; do
  name=$(basename "$patch" .patch)
  count=$((count + 1))
  if ! build "$name" "$patch"; then
    echo "FAIL $name: it does not apply or build any more; renew the patch"
    failed=1
  elif timeout 120 "$work/$name/simulation" --seeds 200 --floor 0 >"$work/log" 2>&1; then
    echo "FAIL $name: survived 200 seeds"
    failed=1
  elif grep -q 'replay it' "$work/log"; then
    echo "ok   $name: $(grep -m1 '^seed ' "$work/log")"
  else
    echo "FAIL $name: ended without saying what is wrong: $(tail -1 "$work/log")"
    failed=1
  fi
done
[ "$count" -ge 7 ] || { echo "only $count mutants"; failed=1; }
exit $failed
