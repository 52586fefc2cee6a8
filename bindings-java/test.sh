#!/bin/sh
# The suite of the Java binding: format, compiler warnings, tests. Needs no network after setup.sh.
set -eu
cd "$(dirname "$0")"
./build.sh
mvn -B -q -o spotless:check
mvn -B -q -o test
