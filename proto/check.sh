#!/usr/bin/env bash
# Holds the wire contract to its rules: names and comments as `buf` wants them, its formatting, and nothing that would break
# a client of an earlier release. `proto/install.sh` fetches the tool; afterwards no network is needed.
set -euo pipefail
cd "$(dirname "$0")"
buf=../.cache/proto/node_modules/.bin/buf
[ -x "$buf" ] || { echo "missing: buf, the linter of the wire contract. Get it: proto/install.sh" >&2; exit 2; }
"$buf" lint
"$buf" format --diff --exit-code
# buf takes no folder within a module for another version of it.
released=$(mktemp -d)
trap 'rm -rf "$released"' EXIT
cp -r released/. "$released"
"$buf" breaking --against "$released"
echo "the wire contract is well-formed, and understands every client of an earlier release"
