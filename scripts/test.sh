#!/usr/bin/env bash
# Everything that must hold, in all languages. Each stage is timed; the first that fails ends the run.
set -euo pipefail
cd "$(dirname "$0")/.."
export RUSTFLAGS="${RUSTFLAGS:-}"

names=() seconds=()
finish() {
    local code=$?
    echo
    echo "where the time went:"
    for at in "${!names[@]}"; do printf '  %5ss  %s\n' "${seconds[$at]}" "${names[$at]}"; done
    printf '  %5ss  in all\n' "$SECONDS"
    if [ "$code" = 0 ]; then echo "make test: ${#names[@]} stages passed"; else echo "make test: FAILED in: $stage_name"; fi
    exit "$code"
}
trap finish EXIT

stage() { # NAME COMMAND...
    stage_name=$1
    shift
    echo
    echo "== $stage_name"
    local start=$SECONDS
    "$@"
    names+=("$stage_name")
    seconds+=($((SECONDS - start)))
}

python=.venv/bin/python
cargo_quiet() { cargo "$1" --quiet --locked "${@:2}"; }
documents() { RUSTDOCFLAGS="-D warnings" cargo_quiet doc --no-deps --workspace; }
lint_rust() {
    cargo fmt --all --check
    cargo_quiet clippy --workspace --all-targets --all-features -- -D warnings
}
lint_python() {
    .venv/bin/ruff check bindings-python interop-tests examples scripts
    .venv/bin/ruff format --check bindings-python interop-tests examples scripts
    (cd bindings-python && ../.venv/bin/mypy)
}
generated() { cargo_quiet run -p fishplate-boundary --features generate --bin fishplate-generate -- --check; }

stage "set-up" scripts/setup.sh
export CARGO_NET_OFFLINE=true
stage "the crate graph is the architecture's" "$python" scripts/check_graph.py
stage "Rust: format and lints" lint_rust
stage "generated files are as the tables say" generated
stage "the wire contract: lints, and what was released" proto/check.sh
stage "Rust: tests" cargo test --workspace --locked --quiet
stage "Rust: documentation" documents
stage "build what users get" scripts/build.sh
stage "C: tests" bindings-c/test.sh
stage "Python: lints and types" lint_python
stage "Python: tests" bindings-python/test.sh
stage "Java: format, warnings and tests" bindings-java/test.sh
stage "README: the four examples" "$python" scripts/readme_examples.py
stage "matrix: every scenario on every path" "$python" interop-tests/matrix.py
stage "traces: 10,000 ids from Python to Java" "$python" -m pytest -q -s interop-tests/traces
stage "kills: clients and servers in mid-stream" "$python" interop-tests/kills/kills.py
stage "telemetry: pumps under control, over gRPC and shared memory" "$python" -m pytest -q examples/telemetry/tests
stage "flights: tests" "$python" -m pytest examples/flights/tests
stage "flights: the oracle over the slice" "$python" examples/flights/oracle.py
