#!/bin/sh
# Builds the wheel into target/dist/python/ and installs it into the repository's .venv, with the tools that
# requirements-dev.txt pins. Run it as often as you like: what has not changed is not done again.
# PYTHON names another interpreter than python3 to make the .venv with; CARGO_TARGET_DIR moves the build folder.
set -eu
cd "$(dirname "$0")/.."
venv=.venv
out="${CARGO_TARGET_DIR:-target}/dist/python"
python="${PYTHON:-python3}"

if ! "$python" -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    echo "bindings-python: needs Python 3.11 or newer with its venv module as $python (or name one in PYTHON)" >&2
    exit 1
fi
[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"

stamp="$venv/.fishplate-requirements"
if ! cmp -s bindings-python/requirements-dev.txt "$stamp"; then
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r bindings-python/requirements-dev.txt
    cp bindings-python/requirements-dev.txt "$stamp"
fi

# What `fishplate matrix` plays. Packed beside the sources for as long as the wheel is built.
packed=bindings-python/python/fishplate/matrix.zip
trap 'rm -f "$packed"' EXIT
"$venv/bin/python" interop-tests/pack.py "$packed"

mkdir -p "$out"
rm -f "$out"/*.whl
"$venv/bin/maturin" build --release --quiet --manifest-path bindings-python/Cargo.toml \
    --interpreter "$venv/bin/python" --out "$out" 2>"$out.log" || { cat "$out.log" >&2; exit 1; }

# The content, not the file: a wheel carries the time at which it was packed.
content=$("$venv/bin/python" - "$out"/fishplate-*.whl <<'EOF'
import hashlib, sys, zipfile

with zipfile.ZipFile(sys.argv[1]) as wheel:
    parts = sorted((info.filename, info.CRC, info.file_size) for info in wheel.infolist())
print(hashlib.sha256(repr(parts).encode()).hexdigest())
EOF
)
stamp="$venv/.fishplate-wheel"
if [ "$(cat "$stamp" 2>/dev/null)" != "$content" ]; then
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-index --no-deps --force-reinstall \
        "$out"/fishplate-*.whl
    echo "$content" > "$stamp"
fi
