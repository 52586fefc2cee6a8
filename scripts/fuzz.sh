#!/usr/bin/env bash
# libFuzzer over what reads bytes: scripts/fuzz.sh [SECONDS [TARGET...]], a minute for each target by default. Coverage
# guides it; the stable toolchain builds it, with a C++ compiler for libFuzzer itself. What it keeps is under
# .cache/fuzz; an input that breaks something is printed and kept there, too.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${1:-60}
shift || true
targets=("$@")
[ "${#targets[@]}" -gt 0 ] || targets=(parser checker evaluator json protobuf documents tables snapshots prepared)
command -v c++ >/dev/null || { echo "missing: a C++ compiler. On Debian and Ubuntu: apt-get install g++" >&2; exit 2; }

host=$(rustc -vV | sed -n 's/^host: //p')
folder=$PWD/.cache/fuzz
coverage="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters"
coverage+=" -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing"
# With a target named, the flags are not for build scripts.
RUSTFLAGS=$coverage cargo build --release --quiet --manifest-path fuzz/guided/Cargo.toml --target "$host" \
    --target-dir "$folder/build"
for target in "${targets[@]}"; do
    mkdir -p "$folder/$target" "$folder/seeds/$target"
    FISHPLATE_FUZZ_SEEDS="$folder/seeds/$target" cargo run --quiet --locked -p fishplate-fuzz -- "$target"
    echo "== $target, $seconds seconds"
    FISHPLATE_FUZZ_TARGET=$target "$folder/build/$host/release/fishplate-fuzz-guided" -max_total_time="$seconds" \
        -max_len=4096 -timeout=20 -rss_limit_mb=2048 -artifact_prefix="$folder/$target-" -dict="$folder/seeds/$target.dict" \
        -print_final_stats=1 -verbosity=0 "$folder/$target" "$folder/seeds/$target"
done
