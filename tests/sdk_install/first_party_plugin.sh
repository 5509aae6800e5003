#!/bin/sh
# Builds one plugin of plugins/ alone against the installed SDK, as its author would without this repository.
# Needs: BUILD (this build tree), SOURCE (this source tree), WORK (a folder of this test's own), CMAKE, GENERATOR, CXX,
# LAUNCHER, DEPS.
set -eu
name=$1
PREFIX=$WORK/prefix
fail() { echo "FAILED: $*" >&2; exit 1; }

# Only the SDK, as a package of it would be.
mkdir -p "$WORK"
rm -rf "$PREFIX"
"$CMAKE" --install "$BUILD" --component sdk --prefix "$PREFIX" >"$WORK/install.log" || { cat "$WORK/install.log"; exit 1; }
[ -f "$PREFIX/include/millrace/plugin.h" ] || fail "the SDK's component installs no plugin.h"
[ ! -e "$PREFIX/bin" ] || fail "the SDK's component installs programs"

# A copy: a plugin that reads its neighbours by a relative path finds nothing there.
rm -rf "$WORK/alone" "$WORK/build"
mkdir -p "$WORK/alone"
cp -R "$SOURCE/plugins/$name" "$WORK/alone/"
"$CMAKE" -S "$WORK/alone/$name" -B "$WORK/build" -G "$GENERATOR" -DCMAKE_BUILD_TYPE=Debug "-DCMAKE_PREFIX_PATH=$PREFIX;$DEPS" \
  "-DCMAKE_CXX_FLAGS=-Wall -Wextra -O0" "-DCMAKE_CXX_COMPILER=$CXX" "-DCMAKE_CXX_COMPILER_LAUNCHER=$LAUNCHER" \
  >"$WORK/configure.log" 2>&1 || { cat "$WORK/configure.log"; fail "it does not configure alone"; }
grep -q "millrace_sdk_DIR:PATH=$PREFIX/" "$WORK/build/CMakeCache.txt" || fail "it found another SDK than the installed one"
"$CMAKE" --build "$WORK/build" -j 1 >"$WORK/build.log" 2>&1 || { cat "$WORK/build.log"; fail "it does not build alone"; }

# A plugin exports its entry and nothing else, and no symbol that the dynamic linker would merge with another plugin's.
plugin=$(find "$WORK/build" -name '*.so')
[ -n "$plugin" ] || fail "no plugin came out of it"
for file in $plugin; do
  exported=$(nm -D --defined-only "$file" | awk '{print $2, $3}')
  [ "$exported" = "T millrace_plugin_entry_v1" ] || fail "$file exports: $exported"
done
