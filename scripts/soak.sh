#!/usr/bin/env bash
# The long forms of the tests that walk at random: what `make test` tries some thousand or million times, many times
# more. Each is timed, and named as it fails. A variable that is set outside wins: FISHPLATE_WALKS=1000 scripts/soak.sh.
set -euo pipefail
cd "$(dirname "$0")/.."

said=$(mktemp)
trap 'rm -f "$said"' EXIT

walk() { # NAME VARIABLE TIMES CARGO-ARGUMENTS...
    local name=$1 variable=$2 times=$3 start
    shift 3
    times=${!variable:-$times}
    cargo test --release --locked --quiet --no-run "$@"
    start=$SECONDS
    echo
    echo "== $name, $times times"
    # A filter that finds no test would pass, too.
    # One seed alone, set for the kills, is not what a walk is to play.
    env -u FISHPLATE_SEED "$variable=$times" cargo test --release --locked --quiet "$@" | tee "$said"
    grep -q "^test result: ok. [1-9]" "$said" || { echo "soak: no test ran: cargo test $*" >&2 && exit 1; }
    printf 'soak: %s, %s times: %.1f minutes\n' "$name" "$times" "$(((SECONDS - start) * 10 / 60))e-1"
}

walk "windows: disordered streams against a model that keeps every event" FISHPLATE_STREAMS 1000000 \
    -p fishplate --lib windows_agree_with_a_model
walk "index: random rule sets and events against the plain programs" FISHPLATE_INDEX 20000000 \
    -p fishplate-cel --lib the_index_says_what_the_programs_say
walk "sessions: a client, a server and a link that breaks" FISHPLATE_WALKS 20000000 \
    -p fishplate --lib whatever_happens_to_a_session
walk "worlds: clients, links, a kept engine and a disk that fails, against models" FISHPLATE_SEEDS 1000000 \
    -p fishplate-simulator --test worlds whatever_happens
echo
echo "== expressions: of CEL against two other engines, ${FISHPLATE_DIFFERENTIAL:=10000000} times"
start=$SECONDS
cargo run --release --locked --quiet -p fishplate-cel-differential -- docs/cel-differential.md \
    --python .venv/bin/python --seed "${FISHPLATE_SEED:-$(date +%s%N)}" --count "$FISHPLATE_DIFFERENTIAL"
printf 'soak: expressions, %s times: %.1f minutes\n' "$FISHPLATE_DIFFERENTIAL" "$(((SECONDS - start) * 10 / 60))e-1"
echo
echo "== bytes: of any kind into whatever reads bytes, guided by coverage, ${FISHPLATE_FUZZ_SECONDS:=600} seconds for each target"
scripts/fuzz.sh "$FISHPLATE_FUZZ_SECONDS"
echo
echo "== kills: what keeps its state, ${FISHPLATE_KILLS:=500} times"
# Never two moments twice: the seed is printed.
scripts/build.sh > /dev/null
.venv/bin/python interop-tests/kills/kept.py --kills "$FISHPLATE_KILLS" --seed "${FISHPLATE_SEED:-$(date +%s)}"
printf '\nsoak: %.1f minutes in all\n' "$((SECONDS * 10 / 60))e-1"
