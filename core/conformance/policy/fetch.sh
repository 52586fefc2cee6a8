#!/usr/bin/env bash
# Fetches the policies that cel-go tests its own reader with (Apache-2.0) into .cache/cel-policy: the module
# github.com/google/cel-go/policy, by the Go module proxy, at the version in go.mod and with the checksum in go.sum, both
# beside this file. Its test data only. Does nothing if it is there.
set -euo pipefail
cd "$(dirname "$0")"
policies=../../../.cache/cel-policy
if cmp -s go.sum "$policies/go.sum.pinned"; then
    exit 0
fi
command -v go >/dev/null || {
    echo "missing: go (it fetches and checks the published policies). Get it: https://go.dev/dl" >&2
    exit 2
}
# Not the developer's own cache, and no question to the checksum database: go.sum is the answer.
cache=$(mktemp -d)
trap 'chmod -R u+w "$cache" && rm -rf "$cache"' EXIT
export GOMODCACHE=$cache GOFLAGS=-mod=readonly GONOSUMDB='*' GOTOOLCHAIN=local
go mod download github.com/google/cel-go/policy
from=$cache/github.com/google/cel-go/policy@v0.32.0
rm -rf "$policies"
mkdir -p "$policies"
cp -r "$from/LICENSE" "$from/testdata" "$policies/"
chmod -R u+w "$policies"
cp go.sum "$policies/go.sum.pinned"
