#!/bin/sh
# Everything that holds this room to its word: format, lint, types, the stub against the module, the tests, and the
# tests of the guard against a wheel of their own. Needs what build.sh has installed, and no network.
set -eu
cd "$(dirname "$0")"
bin="$PWD/../.venv/bin"
"$bin/ruff" format --check --quiet . ../interop-tests/python
"$bin/ruff" check --quiet . ../interop-tests/python
"$bin/mypy"
"$bin/python" -m mypy.stubtest fishplate --concise --mypy-config-file pyproject.toml
"$bin/python" -m pytest "$@"

faults="${CARGO_TARGET_DIR:-$PWD/../target}/dist/python-faults"
rm -rf "$faults"
"$bin/maturin" build --release --quiet --features fault-injection --interpreter "$bin/python" --out "$faults" 2>/dev/null
"$bin/python" -m zipfile -e "$faults"/fishplate-*.whl "$faults/site"
PYTHONPATH="$faults/site:$PWD/tests" "$bin/python" -m pytest -p conftest faults
