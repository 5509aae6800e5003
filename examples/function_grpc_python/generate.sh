#!/bin/sh
# Generates the contract's Python modules into generated/ (or $1). PROTO is the folder of the contract:
# PREFIX/share/millrace/proto of an installed Millrace. PYTHON chooses the interpreter.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=${1:-$here/generated}
mkdir -p "$out"
"${PYTHON:-python3}" -m grpc_tools.protoc -I "${PROTO:?is the folder share/millrace/proto}" --python_out="$out" \
  --grpc_python_out="$out" millrace/function/v1/function.proto
