#!/usr/bin/env bash
# At a release: keeps a copy of the wire contract, which later changes must not break (proto/check.sh).
set -euo pipefail
cd "$(dirname "$0")"
rm -rf released
mkdir released
cp -r fishplate released/
