#!/usr/bin/env bash
# Measures beside peers and limits, and writes bench/report: bench.sh [GROUP]... [--smoke]. Its workspace is its own
# (bench/Cargo.toml), so that nothing else ever builds the peers; they come from crates.io the first time.
set -euo pipefail
cd "$(dirname "$0")/../bench"
cargo build --release # not --locked: the lock follows the house; peers are pinned in Cargo.toml
exec "${CARGO_TARGET_DIR:-../target}/release/fishplate-bench" "$@"
