#!/bin/sh
# Generates the stubs of the grpcio runner from proto/ into target/dist/grpcio. Does nothing when nothing changed.
set -eu
cd "$(dirname "$0")/../.."
out=${FISHPLATE_TARGET:-target}/dist/grpcio
stubs=$out/fishplate/v1
if [ -f "$stubs/__init__.py" ] && [ -z "$(find proto interop-tests/requirements.txt interop-tests/grpcio/build.sh -newer "$stubs/__init__.py" -type f -print -quit)" ]; then
  exit 0
fi
rm -rf "$out"
mkdir -p "$stubs"
.venv/bin/python -m grpc_tools.protoc -Iproto --python_out="$out" --grpc_python_out="$out" proto/fishplate/v1/*.proto
# A package of its own: the name `fishplate` in this runner is the stubs, even where the wheel is installed.
touch "$out/fishplate/__init__.py" "$stubs/__init__.py"
