# Shared by the tests of this folder: an installed SDK, and what every plugin built with it must look like.
# Needs: BUILD (this build tree), SOURCE (this source tree), WORK (a folder of this test's own), CMAKE, GENERATOR.
set -eu
fail() { echo "FAILED: $*" >&2; exit 1; }

# Installs only the SDK, as a package of it would be, into $PREFIX.
install_sdk() {
  PREFIX=$WORK/prefix
  rm -rf "$PREFIX"
  "$CMAKE" --install "$BUILD" --component sdk --prefix "$PREFIX" >"$WORK/install.log" || { cat "$WORK/install.log"; exit 1; }
  [ -f "$PREFIX/include/millrace/plugin.h" ] || fail "the SDK's component installs no plugin.h"
  [ ! -e "$PREFIX/bin" ] || fail "the SDK's component installs programs"
}

# configure_alone SOURCE_DIRECTORY ARGUMENT...: outside the tree, with the installed SDK and nothing else of ours.
configure_alone() {
  directory=$1
  shift
  rm -rf "$WORK/build"
  "$CMAKE" -S "$directory" -B "$WORK/build" -G "$GENERATOR" -DCMAKE_BUILD_TYPE=Debug "-DCMAKE_PREFIX_PATH=$PREFIX;$DEPS" \
    "-DCMAKE_CXX_FLAGS=-Wall -Wextra -O0 $FLAGS" "-DCMAKE_CXX_COMPILER=$CXX" "-DCMAKE_CXX_COMPILER_LAUNCHER=$LAUNCHER" \
    "$@" >"$WORK/configure.log" 2>&1 || { cat "$WORK/configure.log"; fail "it does not configure alone"; }
  grep -q "millrace_sdk_DIR:PATH=$PREFIX/" "$WORK/build/CMakeCache.txt" || fail "it found another SDK than the installed one"
}

build_alone() {
  "$CMAKE" --build "$WORK/build" -j 1 "$@" >"$WORK/build.log" 2>&1 || { cat "$WORK/build.log"; fail "it does not build alone"; }
}

# A plugin exports its entry and nothing else, and no symbol that the dynamic linker would merge with another plugin's.
check_exports() {
  exported=$(nm -D --defined-only "$1" | awk '{print $2, $3}')
  [ "$exported" = "T millrace_plugin_entry_v1" ] || fail "$1 exports: $exported"
}
