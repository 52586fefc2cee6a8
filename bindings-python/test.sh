#!/bin/sh
# Everything that holds this room to its word: format, lint, types, the stub against the module, the tests.
# Needs what build.sh has installed, and no network.
set -eu
cd "$(dirname "$0")"
bin=../.venv/bin
"$bin/ruff" format --check . ../interop-tests/python
"$bin/ruff" check . ../interop-tests/python
"$bin/mypy" --strict python tests
"$bin/python" -m mypy.stubtest fishplate --concise --mypy-config-file pyproject.toml
"$bin/python" -m pytest "$@"
