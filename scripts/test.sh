#!/usr/bin/env bash
# Everything that must hold, in all languages. Each stage is timed; the first that fails ends the run.
set -euo pipefail
cd "$(dirname "$0")/.."
export RUSTFLAGS="${RUSTFLAGS:-}"

names=() seconds=() whole=no stage_name="the start"
finish() {
    local code=$?
    # Whoever is cut short by a signal has no code to show for it.
    [ "$whole" = yes ] || [ "$code" != 0 ] || code=1
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

# Two lanes of stages at a time: after the builds, most stages wait for processes more than for a processor.
# Each line of a lane: NAME | COMMAND. What a lane printed is shown when it is done.
lanes() { # LANE LANE
    local folder start=$SECONDS failed=""
    folder=$(mktemp -d)
    for lane in 1 2; do
        lane "$folder/$lane" <<<"${!lane}" >"$folder/$lane.log" 2>&1 &
    done
    wait
    for lane in 1 2; do
        cat "$folder/$lane.log"
        while IFS='|' read -r took name; do
            names+=("$name")
            seconds+=("$took")
        done <"$folder/$lane"
        [ ! -f "$folder/$lane.failed" ] || failed+="${failed:+; }$(cat "$folder/$lane.failed")"
    done
    rm -rf "$folder"
    echo "two lanes: $((SECONDS - start)) s"
    [ -z "$failed" ] || { stage_name=$failed && return 1; }
}
lane() { # FOLDER; stages on standard input
    trap - EXIT
    : >"$1"
    while IFS='|' read -r name command; do
        [ -n "$command" ] || continue
        name=$(echo $name)
        echo
        echo "== $name"
        local start=$SECONDS
        eval "$command" </dev/null || { echo "$name" >"$1.failed" && return 0; }
        echo "$((SECONDS - start))|$name" >>"$1"
    done
}

python=.venv/bin/python
cargo_quiet() { cargo "$1" --quiet --locked "${@:2}"; }
documents() { RUSTDOCFLAGS="-D warnings" cargo_quiet doc --no-deps --workspace; }
lint_rust() {
    cargo fmt --all --check
    cargo fmt --manifest-path bench/Cargo.toml --check
    cargo fmt --manifest-path fuzz/guided/Cargo.toml --check
    cargo_quiet clippy --workspace --all-targets --all-features -- -D warnings
}
lint_python() {
    .venv/bin/ruff check bindings-python core interop-tests examples scripts
    .venv/bin/ruff format --check bindings-python core interop-tests examples scripts
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
stage "CEL: the conformance suite" make --no-print-directory conformance
stage "CEL: random expressions against two other engines" make --no-print-directory differential
stage "Rust: documentation" documents
stage "build what users get" scripts/build.sh
stage "CEL: the published policies" core/conformance/policy/run.sh target/release/fishplate .cache/cel-policy/testdata
stage "Python: lints and types" lint_python
lanes '
    C: tests | bindings-c/test.sh
    Python: tests | bindings-python/test.sh
    README: the four examples | "$python" scripts/readme_examples.py
' '
    Java: format, warnings and tests | bindings-java/test.sh
    traces: 10,000 ids from Python to Java | "$python" -m pytest -q -s interop-tests/traces
    kills: clients and servers in mid-stream | "$python" interop-tests/kills/kills.py
    kills: what keeps its state | "$python" interop-tests/kills/kept.py
    telemetry: pumps under control, over gRPC and shared memory | "$python" -m pytest -q examples/telemetry/tests
    flights: tests | "$python" -m pytest -q examples/flights/tests
    flights: the oracle over the slice | "$python" examples/flights/oracle.py
    payments: forms, what the rules catch | "$python" -m pytest -q examples/payments/tests
    payments: the oracle over 50,000 | "$python" examples/payments/oracle.py
'
stage "matrix: every scenario on every path" "$python" interop-tests/matrix.py
whole=yes
