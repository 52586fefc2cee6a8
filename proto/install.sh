#!/usr/bin/env bash
# Fetches the linter of the wire contract (from npm) into .cache/proto. Does nothing if it is there. Needs a network, and is
# called by scripts/setup.sh; proto/check.sh afterwards needs none.
set -euo pipefail
cd "$(dirname "$0")"
tools=../.cache/proto
if cmp -s package.json "$tools/package.json" && [ -x "$tools/node_modules/.bin/buf" ]; then
    exit 0
fi
mkdir -p "$tools"
cp package.json package-lock.json "$tools/"
# Not `npm ci`: the lock file holds the tool for Linux, and npm adds the one for another system.
npm install --prefix "$tools" --no-save --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null
