#!/bin/sh
# Fetches what Maven needs from Maven Central, once; after it every build and test is offline.
# A real run of each plugin is the only way to fetch what they load while they run (test provider, formatter).
set -eu
cd "$(dirname "$0")"
for tool in mvn javac; do
  command -v "$tool" >/dev/null || {
    echo "bindings-java: $tool is missing; on Debian and Ubuntu: apt-get install maven openjdk-17-jdk-headless" >&2
    exit 2
  }
done
log=target/setup.log
mkdir -p target
run() {
  mvn -B "$@" >"$log" 2>&1 || {
    cat "$log" >&2
    exit 1
  }
}
# One test that needs no native library runs for real.
run package -Dtest=UintTest
rm -f target/fishplate-0.1.0.jar
# What the formatter says is a matter of test.sh; here it only has to have run.
mvn -B spotless:check >"$log" 2>&1 || grep -q 'format violations' "$log" || {
  cat "$log" >&2
  exit 1
}
