#!/bin/sh
# Follows docs/writing-a-plugin.md to the letter: its files, copied out of the page, built outside the tree against the
# installed SDK, tested, and run in the host.
. "$(dirname "$0")/lib.sh"
page=$SOURCE/docs/writing-a-plugin.md
example=$SOURCE/examples/filter_sample
mkdir -p "$WORK"
install_sdk

# A block that begins with ```LANGUAGE NAME is the file NAME.
rm -rf "$WORK/sample"
mkdir -p "$WORK/sample"
awk -v to="$WORK/sample/" '
  /^```[a-z]+ [A-Za-z_.]+$/ { file = to $2; printf "" > file; next }
  /^```/ { file = ""; next }
  file != "" { print > file }' "$page"
for file in CMakeLists.txt sample.cc sample_test.cc pipeline.yaml; do
  [ -f "$WORK/sample/$file" ] || fail "the page has no block called $file"
  diff -u "$example/$file" "$WORK/sample/$file" || fail "$page and $example/$file differ"
done
# What else the page shows as a file of its own at least compiles.
for file in "$WORK"/sample/*.cc; do
  [ -f "$example/$(basename "$file")" ] || "$CXX" -std=c++20 -Wall -Wextra -Wpedantic -Werror -fsyntax-only "-I$PREFIX/include" "$file" \
    || fail "$(basename "$file") of the page does not compile"
done

configure_alone "$WORK/sample"
build_alone
"$(dirname "$CMAKE")/ctest" --test-dir "$WORK/build" --output-on-failure --no-tests=error || fail "its test fails"
check_exports "$WORK/build/filter_sample.so"

# The page's commands, in the folder that the page speaks of; /usr/local is this build.
[ -x "$BUILD/bin/millrace" ] || fail "the host is not built"
ln -sfn "$WORK/build" "$WORK/sample/build"
grep -E '^\$ millrace ' "$page" | sed -e 's/^\$ //' -e "s|/usr/local/|$BUILD/|g" >"$WORK/commands"
[ "$(wc -l <"$WORK/commands")" -ge 2 ] || fail "the page runs no command of millrace"
while read -r command; do
  echo "+ $command"
  (cd "$WORK/sample" && export PATH="$BUILD/bin:$PATH" && timeout 120 $command </dev/null >"$WORK/output" 2>"$WORK/talk") ||
    { cat "$WORK/output" "$WORK/talk"; fail "$command"; }
  case $command in
    *" dev "*)
      grep -qE '^200 records produced: [1-9][0-9]* filtered out, [1-9][0-9]* delivered' "$WORK/output" ||
        { tail -5 "$WORK/output"; fail "the filter did not run, or nothing was delivered"; } ;;
  esac
done <"$WORK/commands"
