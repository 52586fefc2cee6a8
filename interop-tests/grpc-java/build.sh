#!/bin/sh
# Generates the stubs from proto/ and compiles the runner into target/dist/grpc-java. Does nothing when nothing changed.
# Needs no network after setup.sh; without it, Maven fetches what is missing.
set -eu
cd "$(dirname "$0")"
root=$(cd ../.. && pwd)
out=${FISHPLATE_TARGET:-$root/target}/dist/grpc-java
stamp=$out/built
if [ -f "$stamp" ] && [ -z "$(find pom.xml build.sh src "$root/proto" -newer "$stamp" -type f -print -quit)" ]; then
  exit 0
fi
mkdir -p "$out"
log=$out/build.log
build() {
  mvn -B "$@" -Dout="$out" compile >"$log" 2>&1
}
if ! build -o; then
  if ! grep -qiE 'offline|has not been downloaded|could not (find|transfer)|cannot access|failed to resolve' "$log" || ! build; then
    cat "$log" >&2
    exit 1
  fi
fi
touch "$stamp"
