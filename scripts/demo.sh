#!/usr/bin/env bash
# The main job: real flights through every language, and whether they agree.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh
scripts/build.sh
.venv/bin/python examples/flights/prepare.py
exec .venv/bin/python examples/flights/demo.py
