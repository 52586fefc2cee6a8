#!/bin/sh
# The suite of the Java binding: format (of its runner, too), compiler warnings, tests. Needs no network after setup.sh.
set -eu
cd "$(dirname "$0")"
./build.sh
mvn -B -q -o spotless:check
mvn -B -q -o -f ../interop-tests/java/pom.xml spotless:check
mvn -B -q -o test
