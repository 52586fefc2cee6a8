#!/bin/sh
# Builds target/fishplate-0.1.0.jar with its native library. Does nothing when nothing changed. Needs no network after
# setup.sh; without it, Maven fetches what is missing.
set -eu
cd "$(dirname "$0")/.."
cargo_target=${CARGO_TARGET_DIR:-$PWD/target}
cargo build --quiet --release -p fishplate-java

cd bindings-java
jar=target/fishplate-0.1.0.jar
library=target/native/dev/fishplate/native/linux-x86_64/libfishplate_java.so
mkdir -p "$(dirname "$library")"
# Only what loading needs goes into the JAR.
if command -v strip >/dev/null; then
  strip --strip-unneeded -o "$library.new" "$cargo_target/release/libfishplate_java.so"
else
  cp "$cargo_target/release/libfishplate_java.so" "$library.new"
fi
if cmp -s "$library.new" "$library"; then rm "$library.new"; else mv "$library.new" "$library"; fi

if [ -f "$jar" ] && [ -z "$(find pom.xml java/src/main "$library" -newer "$jar" -print -quit)" ]; then
  exit 0
fi
log=target/package.log
mvn -B -o package -Dmaven.test.skip=true >"$log" 2>&1 && exit 0
if grep -qiE 'offline mode|has not been downloaded' "$log"; then
  mvn -B package -Dmaven.test.skip=true >"$log" 2>&1 && exit 0
fi
cat "$log" >&2
exit 1
