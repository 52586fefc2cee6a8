#!/usr/bin/env bash
# Runs the published policies through `fishplate test` and `fishplate check`, untouched: run.sh PROGRAM FOLDER. Folders that
# cannot apply stand below with the reason, and in docs/policy.md. A folder of which nothing is known fails.
set -euo pipefail
program=$1 folder=$2

decided="limits nested_rules_unconditional_chaining nested_rules_unconditional_chaining_optional nested_rules_unwrap_rewrap
    nested_rules_variable_shadowing unnest variable_type_propagation"
# FOLDER CODES: each is refused, and with all of these codes.
refused="aggregate_errors F0441 F0442
aggregate_list_errors F0441 F0442
aggregate_nested_mixed_semantics F0440
errors F0101 F0202 F0405 F0416 F0442
errors_unreachable F0441
nested_incompatible_outputs F0442
yaml_parsing_cel_error F0204"
loaded="yaml_parsing"
# Functions written in Go: agent_tool_execution_governance, restricted_destinations. Keys that a program in Go reads: k8s.
# Messages as inputs: pb.
elsewhere="agent_tool_execution_governance restricted_destinations k8s pb"

names() { awk '{print $1}' <<<"$1" | tr '\n' ' '; }
for known in "$folder"/*/; do
    name=$(basename "$known")
    case " $(echo $decided) $loaded $elsewhere $(names "$refused") " in
    *" $name "*) ;;
    *) echo "cel-policy: $name is new, and nobody said what comes of it" >&2 && exit 1 ;;
    esac
done

passed=0 failed=0
for name in $decided; do
    out=$("$program" test "$folder/$name/tests.yaml" </dev/null) || true
    ok=$(grep -c ': ok$' <<<"$out") || true
    bad=$(grep -c ': FAILED$' <<<"$out") || true
    [ "$ok" -gt 0 ] && [ "$bad" -eq 0 ] || { echo "$name:" && echo "$out"; }
    [ $((ok + bad)) -gt 0 ] || bad=1
    passed=$((passed + ok)) failed=$((failed + bad))
done
while read -r name codes; do
    out=$("$program" check "$folder/$name/policy.yaml" 2>&1 </dev/null) && code=0 || code=$?
    good=yes
    [ "$code" = 2 ] || good=no
    for wanted in $codes; do grep -q "error\[$wanted\]" <<<"$out" || good=no; done
    if [ "$good" = yes ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1)) && echo "$name: exit $code" && echo "$out"
    fi
done <<<"$refused"
for name in $loaded; do
    if "$program" check "$folder/$name/policy.yaml" >/dev/null </dev/null; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1)) && echo "$name does not load"
    fi
done
apart=0
for name in $elsewhere; do apart=$((apart + $(grep -c '^      - name:' "$folder/$name/tests.yaml"))); done
echo "cel-policy: $passed of $((passed + failed)) tests passed, $apart not applicable"
[ "$failed" = 0 ]
