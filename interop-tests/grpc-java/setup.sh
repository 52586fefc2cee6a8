#!/bin/sh
# Fetches grpc-java, protoc and the plugins from Maven Central, once, by a real build; after it every build is offline.
set -eu
cd "$(dirname "$0")"
out=${FISHPLATE_TARGET:-../../target}/dist/grpc-java
rm -f "$out/built"
./build.sh
# What the formatter says is a matter of the tests; here it only has to have run.
log=$out/setup.log
mvn -B -Dout="$(cd "$out" && pwd)" spotless:check >"$log" 2>&1 || grep -q 'format violations' "$log" || {
  cat "$log" >&2
  exit 1
}
