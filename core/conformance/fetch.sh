#!/usr/bin/env bash
# Fetches the conformance suite of CEL (Apache-2.0) into .cache/cel-spec: the module cel.dev/expr, by the Go module proxy,
# at the version in go.mod and with the checksum in go.sum, both beside this file. Does nothing if it is there.
set -euo pipefail
cd "$(dirname "$0")"
suite=../../.cache/cel-spec
if cmp -s go.sum "$suite/go.sum.pinned"; then
    exit 0
fi
command -v go >/dev/null || {
    echo "missing: go (it fetches and checks the conformance suite of CEL). Get it: https://go.dev/dl" >&2
    exit 2
}
# Not the developer's own cache, and no question to the checksum database: go.sum is the answer.
cache=$(mktemp -d)
trap 'chmod -R u+w "$cache" && rm -rf "$cache"' EXIT
export GOMODCACHE=$cache GOFLAGS=-mod=readonly GONOSUMDB='*' GOTOOLCHAIN=local
go mod download cel.dev/expr
from=$(go list -m -f '{{.Dir}}' cel.dev/expr)
rm -rf "$suite"
mkdir -p "$suite"
cp -r "$from/LICENSE" "$from/proto" "$from/tests" "$suite/"
chmod -R u+w "$suite"
cp go.sum "$suite/go.sum.pinned"
