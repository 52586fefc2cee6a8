#!/bin/sh
# The suite of the Java binding: format (of its runner, too), compiler warnings, tests; sessions are tested against the
# program `fishplate serve`. Needs no network after setup.sh.
set -eu
cd "$(dirname "$0")"
./build.sh
(cd .. && cargo build --quiet --release -p fishplate-server)
program=${CARGO_TARGET_DIR:-$PWD/../target}/release/fishplate
mvn -B -q -o spotless:check
mvn -B -q -o -f ../interop-tests/java/pom.xml spotless:check
mvn -B -q -o test -Dfishplate.program="$program"
