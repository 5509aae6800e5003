#!/bin/sh
# Builds one plugin of plugins/ alone against the installed SDK, as its author would without this repository.
. "$(dirname "$0")/lib.sh"
name=$1
mkdir -p "$WORK"
install_sdk
# A copy: a plugin that reads its neighbours by a relative path finds nothing there.
rm -rf "$WORK/alone"
mkdir -p "$WORK/alone"
cp -R "$SOURCE/plugins/$name" "$WORK/alone/"
configure_alone "$WORK/alone/$name"
build_alone
plugin=$(find "$WORK/build" -name '*.so')
[ -n "$plugin" ] || fail "no plugin came out of it"
for file in $plugin; do check_exports "$file"; done
