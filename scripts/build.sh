#!/usr/bin/env bash
# Builds what users get, optimised: the program and the Rust runner, the C library with its runner, the wheel (into
# .venv), the JAR with its runner. Does nothing when nothing changed.
set -euo pipefail
cd "$(dirname "$0")/.."
export CARGO_NET_OFFLINE=true
# One call, so that every shared crate is built once for all of them.
echo "build: Rust (some minutes the first time)"
cargo build --release --locked -p fishplate-server -p fishplate-interop -p fishplate-c -p fishplate-java -p fishplate-payments
echo "build: C"
bindings-c/build.sh
echo "build: Python (a minute the first time)"
bindings-python/build.sh
echo "build: Java"
bindings-java/build.sh
interop-tests/java/build.sh
echo "build: clients with stubs generated from proto/"
interop-tests/grpcio/build.sh
interop-tests/grpc-java/build.sh
